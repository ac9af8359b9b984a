<?php
/**
 * The checkout that a visitor is in.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Shop;

defined( 'ABSPATH' ) || exit;

/**
 * A token in WooCommerce's own session: one from the first look at the checkout until the order.
 */
class Checkout_Session {

	const TOKEN = 'convertos_checkout';
	const TOLD  = 'convertos_checkout_told';

	/**
	 * The token, or empty where no checkout was begun.
	 */
	public function token(): string {
		$session = self::session();
		return $session ? (string) $session->get( self::TOKEN, '' ) : '';
	}

	/**
	 * Begins a checkout, unless one is going on.
	 *
	 * @return string The token; empty where there is no session.
	 */
	public function begin(): string {
		$session = self::session();
		if ( ! $session ) {
			return '';
		}
		if ( '' === $this->token() ) {
			$session->set( self::TOKEN, wp_generate_uuid4() );
			$session->set( self::TOLD, '' );
		}
		return $this->token();
	}

	/**
	 * Whether something is news; the same is no news a second time.
	 *
	 * @param string $news What is known, in one text.
	 */
	public function is_news( string $news ): bool {
		$session = self::session();
		if ( ! $session || $session->get( self::TOLD, '' ) === md5( $news ) ) {
			return false;
		}
		$session->set( self::TOLD, md5( $news ) );
		return true;
	}

	/**
	 * Ends the checkout: the next look begins another.
	 */
	public function end(): void {
		$session = self::session();
		if ( $session ) {
			$session->set( self::TOKEN, null );
			$session->set( self::TOLD, null );
		}
	}

	/**
	 * WooCommerce's session, or null.
	 *
	 * @return \WC_Session|null
	 */
	private static function session() {
		$session = function_exists( 'WC' ) ? WC()->session : null;
		return $session instanceof \WC_Session ? $session : null;
	}
}
