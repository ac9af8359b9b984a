<?php
/**
 * The visit behind an order, kept with the order.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Shop;

use ConvertOS\Connector\Touches\Trace;
use ConvertOS\Connector\Touches\Visit;

defined( 'ABSPATH' ) || exit;

/**
 * Writes it while the checkout builds the order, which saves it anyway; reads it when the order is told of.
 */
class Order_Trace {

	const META      = '_convertos_trace';
	const WC_PREFIX = '_wc_order_attribution_';

	/**
	 * Reads the visit.
	 *
	 * @var Trace
	 */
	private $trace;

	/**
	 * Only stores.
	 *
	 * @param Trace $trace Reads the visit.
	 */
	public function __construct( Trace $trace ) {
		$this->trace = $trace;
	}

	/**
	 * Attaches this request's visit to an order that is about to be saved.
	 *
	 * @param \WC_Order $order          The order.
	 * @param string    $checkout_token The checkout that it comes from, or empty.
	 */
	public function attach( \WC_Order $order, string $checkout_token ): void {
		$trace = $this->trace->of_request();
		if ( '' !== $checkout_token ) {
			$trace['checkout_token'] = $checkout_token;
		}
		if ( $trace ) {
			$order->update_meta_data( self::META, (string) wp_json_encode( $trace, JSON_UNESCAPED_SLASHES ) );
		}
		if ( ! empty( $trace['touches'] ) && ! self::is_attributed_by_woocommerce() ) {
			$this->attribute( $order, end( $trace['touches'] ) );
		}
	}

	/**
	 * The visit behind an order; where the site itself saw none, what WooCommerce noted.
	 *
	 * @param \WC_Order $order The order.
	 * @return array<string, mixed>
	 */
	public static function of( \WC_Order $order ): array {
		$trace = json_decode( (string) $order->get_meta( self::META ), true );
		$trace = is_array( $trace ) ? $trace : array();
		if ( empty( $trace['touches'] ) && false !== ( $trace['consent'] ?? null ) ) {
			$trace['touches'] = self::noted_by_woocommerce( $order );
		}
		return array_filter(
			$trace,
			static function ( $value ) {
				return array() !== $value;
			}
		);
	}

	/**
	 * The last arrival, in the words of WooCommerce's own order attribution, for shops that are older than it (8.5).
	 *
	 * @param \WC_Order             $order The order.
	 * @param array<string, string> $touch The arrival.
	 */
	private function attribute( \WC_Order $order, array $touch ): void {
		$is_utm = isset( $touch['utm_source'] );
		$words  = array(
			'source_type'        => $is_utm ? 'utm' : 'referral',
			'referrer'           => $touch['referrer'] ?? '',
			'session_entry'      => $touch['landing_page'] ?? '',
			'session_start_time' => gmdate( 'Y-m-d H:i:s', (int) strtotime( $touch['occurred_at'] ) ),
		);
		if ( ! $is_utm && isset( $touch['referrer'] ) ) {
			$words['utm_source'] = (string) wp_parse_url( $touch['referrer'], PHP_URL_HOST );
		}
		foreach ( $touch as $name => $value ) {
			if ( 0 === strpos( $name, 'utm_' ) ) {
				$words[ $name ] = $value;
			}
		}
		foreach ( array_filter( $words, 'strlen' ) as $name => $value ) {
			$order->update_meta_data( self::WC_PREFIX . $name, $value );
		}
	}

	/**
	 * The session that WooCommerce noted, as a list of one arrival, or none.
	 *
	 * @param \WC_Order $order The order.
	 * @return array<int, array<string, string>>
	 */
	private static function noted_by_woocommerce( \WC_Order $order ): array {
		$word = static function ( string $name ) use ( $order ): string {
			$value = $order->get_meta( self::WC_PREFIX . $name );
			return is_scalar( $value ) ? (string) $value : '';
		};
		$type = $word( 'source_type' );
		if ( in_array( $type, array( '', 'typein', 'admin', 'mobile_app' ), true ) ) {
			return array();
		}
		$at    = strtotime( $word( 'session_start_time' ) . ' UTC' );
		$touch = array(
			'occurred_at'  => $at ? gmdate( 'Y-m-d\TH:i:s\Z', $at ) : Order_Payload::time( $order->get_date_created() ),
			'referrer'     => $word( 'referrer' ),
			'landing_page' => $word( 'session_entry' ),
		);
		foreach ( array( 'source', 'medium', 'campaign' ) as $name ) {
			// For organic and referred visits WooCommerce writes the engine or site where UTM would stand.
			$touch[ ( 'utm' === $type ? 'utm_' : 'origin_' ) . $name ] = $word( "utm_$name" );
		}
		foreach ( 'utm' === $type ? array( 'content', 'term', 'id' ) : array() as $name ) {
			$touch[ "utm_$name" ] = $word( "utm_$name" );
		}
		return array( array_filter( $touch ) + self::click_ids( $word( 'session_entry' ) ) );
	}

	/**
	 * Click ids in an address.
	 *
	 * @param string $url The address.
	 * @return array<string, string>
	 */
	private static function click_ids( string $url ): array {
		wp_parse_str( (string) wp_parse_url( $url, PHP_URL_QUERY ), $parameters );
		return array_filter( array_intersect_key( $parameters, array_flip( Visit::CLICK_IDS ) ), 'is_string' );
	}

	/**
	 * Whether WooCommerce attributes orders itself.
	 */
	private static function is_attributed_by_woocommerce(): bool {
		return class_exists( '\Automattic\WooCommerce\Internal\Orders\OrderAttributionController' )
			&& 'yes' === get_option( 'woocommerce_feature_order_attribution_enabled', 'yes' );
	}
}
