<?php
/**
 * Plugin Name: Stand-in for WooCommerce
 * Description: Orders, products, cart and session, as far as a connector uses them, with WooCommerce's hooks in WooCommerce's order.
 * Version: 10.9.1
 *
 * Source: class-wc-order.php, abstract-wc-order.php, class-wc-checkout.php, wc-order-functions.php and the Store API's checkout route of
 * WooCommerce 10.9, checked 2026-11. Deviations: an order is one row of JSON; there are no taxes, shipping or coupons.
 *
 * @package Stand_In
 */

defined( 'ABSPATH' ) || exit;

define( 'WC_VERSION', '10.9.1' );
require __DIR__ . '/objects.php';
require __DIR__ . '/orders.php';
require __DIR__ . '/visit.php';
require __DIR__ . '/utilities.php';

/** The shop of a request. */
final class WooCommerce {
	/** @var self|null */
	private static $instance;
	/** @var WC_Cart|null */
	public $cart;
	/** @var WC_Session|null */
	public $session;
	/** @var WC_Customer|null */
	public $customer;
	/** @var string */
	public $version = WC_VERSION;

	public static function instance(): self {
		if ( null === self::$instance ) {
			self::$instance = new self();
		}
		return self::$instance;
	}

	public function init(): void {
		do_action( 'before_woocommerce_init' );
		register_post_type( 'product', array( 'public' => true ) );
		register_taxonomy( 'product_cat', 'product' );
		register_taxonomy( 'product_tag', 'product' );
		if ( ! is_admin() && ! wp_doing_cron() && 'cli' !== PHP_SAPI ) {
			$this->session  = new Stand_In_Session();
			$this->customer = new WC_Customer();
			$this->cart     = new WC_Cart( $this->session );
		}
		do_action( 'woocommerce_init' );
	}
}

function WC(): WooCommerce { // phpcs:ignore WordPress.NamingConventions.ValidFunctionName -- WooCommerce's own name.
	return WooCommerce::instance();
}

add_action( 'init', array( WC(), 'init' ), 0 );
add_action( 'init', array( 'Stand_In_Rows', 'make_table' ), 1 );
add_action(
	'rest_api_init',
	static function () {
		register_rest_route(
			'wc/v3',
			'/orders',
			array(
				'methods'             => 'POST',
				'permission_callback' => '__return_true',
				'callback'            => 'stand_in_rest_order',
			)
		);
	}
);

/**
 * An order that a program makes: unpaid first, then paid where that was said, as WooCommerce's controller does.
 *
 * @param WP_REST_Request $request What was sent.
 */
function stand_in_rest_order( WP_REST_Request $request ): WP_REST_Response {
	$given = $request->get_json_params();
	$order = new WC_Order();
	$order->set_created_via( 'rest-api' );
	$order->set_address( $given['billing'], 'billing' );
	foreach ( $given['line_items'] as $line ) {
		$order->add_product( wc_get_product( $line['product_id'] ), $line['quantity'] );
	}
	$order->calculate_totals();
	$order->save();
	if ( ! empty( $given['set_paid'] ) ) {
		$order->payment_complete();
	}
	return new WP_REST_Response( array( 'id' => $order->get_id() ), 201 );
}
