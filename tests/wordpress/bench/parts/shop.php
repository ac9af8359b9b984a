<?php
/**
 * The shop, through WooCommerce's public functions only: the same for the stand-in and the real one.
 *
 * @package Bench
 */

namespace Bench;

/**
 * Keeps orders in tables of their own, or as posts; the stand-in always has tables.
 *
 * @param array<string, mixed> $given is_wanted.
 */
function keep_orders_in_tables( array $given ): bool {
	$synchronizer = '\\Automattic\\WooCommerce\\Internal\\DataStores\\Orders\\DataSynchronizer';
	if ( class_exists( $synchronizer ) ) {
		\wc_get_container()->get( $synchronizer )->create_database_tables();
	}
	return update_option( 'woocommerce_custom_orders_table_enabled', $given['is_wanted'] ? 'yes' : 'no' );
}

/**
 * A product is made.
 *
 * @param array<string, mixed> $given name, sku, price.
 */
function make_product( array $given ): int {
	$known = \wc_get_product_id_by_sku( $given['sku'] ?? '' );
	if ( $known ) {
		\wc_get_product( $known )->delete( true );
	}
	$product = new \WC_Product_Simple();
	$product->set_name( $given['name'] );
	$product->set_sku( $given['sku'] ?? '' );
	$product->set_regular_price( $given['price'] );
	$product->set_price( $given['price'] );
	$product->set_status( 'publish' );
	$product->set_stock_status( 'instock' );
	return $product->save();
}

/**
 * The product's name changes.
 *
 * @param array<string, mixed> $given id, name.
 */
function rename_product( array $given ): int {
	$product = \wc_get_product( $given['id'] );
	$product->set_name( $given['name'] );
	return $product->save();
}

/**
 * Fills an order.
 *
 * @param \WC_Order            $order The order.
 * @param array<string, mixed> $given email, product, quantity, customer, meta.
 */
function fill( \WC_Order $order, array $given ): void {
	$order->add_product( \wc_get_product( $given['product'] ), $given['quantity'] ?? 1 );
	$order->set_address(
		array(
			'email'      => $given['email'],
			'first_name' => $given['first_name'] ?? 'Maria',
			'last_name'  => $given['last_name'] ?? 'Lopez',
			'phone'      => $given['phone'] ?? '',
			'country'    => 'GR',
		),
		'billing'
	);
	$order->set_payment_method( $given['payment_method'] ?? 'bacs' );
	$order->set_customer_id( $given['customer'] ?? 0 );
	foreach ( $given['meta'] ?? array() as $name => $value ) {
		$order->update_meta_data( $name, $value );
	}
	$order->calculate_totals();
}

/**
 * Somebody of the shop makes an order by hand.
 *
 * @param array<string, mixed> $given As of fill(); status.
 */
function order_by_admin( array $given ): int {
	$order = \wc_create_order();
	fill( $order, $given );
	$order->set_status( $given['status'] ?? 'pending' );
	return $order->save();
}

/**
 * Puts something into the visitor's cart.
 *
 * @param array<string, mixed> $given product, quantity.
 */
function add_to_cart( array $given ): string {
	return (string) \WC()->cart->add_to_cart( $given['product'], $given['quantity'] ?? 1 );
}

/**
 * The visitor looks at the checkout; types their address, where one is given.
 *
 * @param array<string, mixed> $given product, email.
 * @return array<string, string> The cookies that the visitor gets.
 */
function look_at_checkout( array $given ): array {
	add_to_cart( $given );
	\WC()->session->set_customer_session_cookie( true );
	do_action( 'woocommerce_before_checkout_form', new \stdClass() );
	if ( isset( $given['email'] ) ) {
		do_action( 'woocommerce_checkout_update_order_review', http_build_query( array( 'billing_email' => $given['email'], 'billing_first_name' => 'Maria' ) ) );
	}
	\WC()->session->save_data();
	return array();
}

/**
 * A visitor buys through the classic checkout, in the steps of WC_Checkout::process_checkout().
 *
 * @param array<string, mixed> $given As of fill(); pay: gateway, cod or none.
 */
function classic_checkout( array $given ): int {
	add_to_cart( $given );
	do_action( 'woocommerce_before_checkout_form', new \stdClass() );
	$posted = array( 'billing_email' => $given['email'], 'payment_method' => $given['payment_method'] ?? 'bacs' );
	$order  = new \WC_Order();
	$order->set_created_via( 'checkout' );
	fill( $order, $given );
	do_action( 'woocommerce_checkout_create_order', $order, $posted );
	$order->save();
	do_action( 'woocommerce_checkout_update_order_meta', $order->get_id(), $posted );
	do_action( 'woocommerce_checkout_order_created', $order );
	do_action( 'woocommerce_checkout_order_processed', $order->get_id(), $posted, $order );
	settle( $order, $given['pay'] ?? 'none' );
	\WC()->cart->empty_cart();
	return $order->get_id();
}

/**
 * A visitor buys through the checkout block, in the steps of the Store API.
 *
 * @param array<string, mixed> $given As of fill(); pay.
 */
function block_checkout( array $given ): int {
	add_to_cart( $given );
	do_action( 'woocommerce_blocks_checkout_enqueue_data' );
	$order = new \WC_Order();
	$order->set_status( 'checkout-draft' );
	$order->set_created_via( 'store-api' );
	$order->save();
	fill( $order, $given );
	do_action( 'woocommerce_store_api_checkout_update_order_from_request', $order, new \WP_REST_Request( 'POST', '/wc/store/v1/checkout' ) );
	$order->save();
	$order->update_status( 'pending' );
	do_action( 'woocommerce_store_api_checkout_order_processed', $order );
	settle( $order, $given['pay'] ?? 'none' );
	\WC()->cart->empty_cart();
	return $order->get_id();
}

/**
 * A program makes an order through the shop's REST API.
 *
 * @param array<string, mixed> $given As of fill().
 */
function order_by_rest( array $given ): int {
	wp_set_current_user( 1 );
	$request = new \WP_REST_Request( 'POST', '/wc/v3/orders' );
	$request->set_header( 'content-type', 'application/json' );
	$request->set_body(
		(string) wp_json_encode(
			array(
				'status'     => 'processing',
				'set_paid'   => true,
				'billing'    => array( 'email' => $given['email'], 'first_name' => 'Maria' ),
				'line_items' => array( array( 'product_id' => $given['product'], 'quantity' => 1 ) ),
			)
		)
	);
	return (int) rest_do_request( $request )->get_data()['id'];
}

/**
 * The order is paid, or is to be paid on delivery.
 *
 * @param \WC_Order $order The order.
 * @param string    $how   gateway, cod or none.
 */
function settle( \WC_Order $order, string $how ): void {
	if ( 'gateway' === $how ) {
		$order->payment_complete( 'transaction-1' );
	} elseif ( 'cod' === $how ) {
		$order->update_status( 'processing' );
	}
}

/**
 * The payment arrives.
 *
 * @param array<string, mixed> $given id.
 */
function pay( array $given ): bool {
	return \wc_get_order( $given['id'] )->payment_complete( 'transaction-1' );
}

/**
 * The order's status changes.
 *
 * @param array<string, mixed> $given id, status.
 */
function set_order_status( array $given ): bool {
	return \wc_get_order( $given['id'] )->update_status( $given['status'] );
}

/**
 * Money goes back.
 *
 * @param array<string, mixed> $given id, amount, reason.
 */
function refund( array $given ): int {
	$refund = \wc_create_refund( array( 'order_id' => $given['id'], 'amount' => $given['amount'], 'reason' => $given['reason'] ?? '' ) );
	return is_wp_error( $refund ) ? 0 : $refund->get_id();
}

/**
 * The order is deleted for good.
 *
 * @param array<string, mixed> $given id.
 */
function delete_order( array $given ): bool {
	return (bool) \wc_get_order( $given['id'] )->delete( true );
}

/**
 * What WooCommerce says of an order.
 *
 * @param array<string, mixed> $given id.
 * @return array<string, mixed>
 */
function order_facts( array $given ): array {
	$order = \wc_get_order( $given['id'] );
	return array(
		'status'   => $order->get_status(),
		'total'    => (string) $order->get_total(),
		'refunded' => (string) $order->get_total_refunded(),
		'meta'     => array_map(
			static function ( $meta ) {
				return array( $meta->key, $meta->value );
			},
			$order->get_meta_data()
		),
	);
}
