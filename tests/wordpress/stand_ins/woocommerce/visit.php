<?php
/**
 * A visitor: session, cart, customer.
 *
 * @package Stand_In
 */

/** What is remembered of a visitor. */
abstract class WC_Session {
	/** @var array<string, mixed> */
	protected $data = array();

	/** @return mixed */
	public function get( $name, $default_value = null ) {
		return $this->data[ $name ] ?? $default_value;
	}

	/** @param mixed $value */
	public function set( $name, $value ): void {
		$this->data[ $name ] = $value;
	}
}

/** A session, found again by a cookie. */
class Stand_In_Session extends WC_Session {
	const COOKIE = 'stand_in_session';

	/** @var string */
	private $key;

	public function __construct() {
		$given      = isset( $_COOKIE[ self::COOKIE ] ) ? sanitize_key( $_COOKIE[ self::COOKIE ] ) : '';
		$this->key  = '' === $given ? wp_generate_password( 20, false ) : $given;
		$this->data = (array) get_option( "stand_in_session_{$this->key}", array() );
		add_action( 'shutdown', array( $this, 'save_data' ), 1 );
	}

	public function set_customer_session_cookie( bool $is_wanted ): void {
		if ( $is_wanted && ! headers_sent() ) {
			setcookie( self::COOKIE, strtolower( $this->key ), 0, '/' );
			$this->key = strtolower( $this->key );
		}
	}

	public function save_data(): void {
		if ( array_filter( $this->data ) ) {
			update_option( "stand_in_session_{$this->key}", $this->data, false );
		}
	}
}

/** Whoever looks at the page. */
class WC_Customer extends WC_Data {
	/** @var array<string, mixed> */
	protected $data = array( 'billing_email' => '', 'billing_first_name' => '', 'billing_last_name' => '', 'billing_phone' => '' );
}

/** What a visitor wants to buy. */
class WC_Cart {
	/** @var WC_Session */
	private $session;

	public function __construct( WC_Session $session ) {
		$this->session = $session;
	}

	public function add_to_cart( $product_id = 0, $quantity = 1 ): string {
		$lines         = $this->session->get( 'cart', array() );
		$key           = md5( (string) $product_id );
		$lines[ $key ] = array( 'key' => $key, 'product_id' => $product_id, 'variation_id' => 0, 'quantity' => $quantity );
		$this->session->set( 'cart', $lines );
		do_action( 'woocommerce_add_to_cart', $key, $product_id, $quantity, 0, array(), array() );
		return $key;
	}

	/** @return array<string, array<string, mixed>> */
	public function get_cart(): array {
		return array_map(
			static function ( array $line ): array {
				$product            = wc_get_product( $line['product_id'] );
				$line['data']       = $product;
				$line['line_total'] = (float) $product->get_price() * $line['quantity'];
				return $line;
			},
			$this->session->get( 'cart', array() )
		);
	}

	/** @return string */
	public function get_total( $context = 'view' ) { // phpcs:ignore
		return (string) array_sum( array_column( $this->get_cart(), 'line_total' ) );
	}

	public function is_empty(): bool {
		return ! $this->session->get( 'cart', array() );
	}

	public function empty_cart(): void {
		$this->session->set( 'cart', array() );
	}
}
