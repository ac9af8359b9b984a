<?php
/**
 * Made-up events.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use ConvertOS\Connector\Outbox\Event;

defined( 'ABSPATH' ) || exit;

/**
 * One of each type, to see the way of an event. Orders are marked as tests and earn nothing.
 */
final class Samples {

	/**
	 * Types there is a sample of.
	 *
	 * @return string[]
	 */
	public static function types(): array {
		return array_keys( self::data() );
	}

	/**
	 * A sample event.
	 *
	 * @param string $type The type.
	 */
	public static function of( string $type ): ?Event {
		$data = self::data();
		return isset( $data[ $type ] ) ? Event::of( $type, $data[ $type ] ) : null;
	}

	/**
	 * The data by type.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	private static function data(): array {
		$now    = gmdate( 'Y-m-d\TH:i:s\Z' );
		$person = array(
			'email'      => 'sample@example.com',
			'first_name' => 'Sample',
			'last_name'  => 'Person',
		);
		$order  = $person + array(
			'order_id'    => 'sample-' . gmdate( 'YmdHis' ),
			'status'      => 'processing',
			'currency'    => function_exists( 'get_woocommerce_currency' ) ? get_woocommerce_currency() : 'EUR',
			'total'       => '42.00',
			'created_at'  => $now,
			'modified_at' => $now,
			'test'        => true,
			'items'       => array(
				array(
					'id'       => 1,
					'name'     => 'Sample product',
					'quantity' => '1',
					'total'    => '42.00',
				),
			),
		);
		$touch  = array(
			'visitor_id'   => 'sample-visitor',
			'utm_source'   => 'sample',
			'utm_medium'   => 'test',
			'utm_campaign' => 'sample',
			'landing_page' => home_url( '/' ),
		);
		$token  = array(
			'checkout_token' => 'sample-' . gmdate( 'YmdHis' ),
			'total'          => '42.00',
			'currency'       => $order['currency'],
		);
		return array(
			'lead.created'        => $person + array(
				'form_plugin' => 'sample',
				'form_name'   => 'Sample form',
				'fields'      => array( 'message' => 'A sample' ),
			),
			'customer.registered' => $person + array( 'customer_id' => 'sample' ),
			'customer.updated'    => array( 'phone' => '+302101234567' ) + $person + array( 'customer_id' => 'sample' ),
			'order.created'       => $order,
			'order.paid'          => array( 'paid_at' => $now ) + $order,
			'order.refunded'      => array(
				'refund' => array(
					'id'          => 'sample-refund',
					'amount'      => '2.00',
					'refunded_at' => $now,
				),
			) + $order,
			'order.cancelled'     => array( 'status' => 'cancelled' ) + $order,
			'order.updated'       => array( 'status' => 'completed' ) + $order,
			'checkout.started'    => $person + $token,
			'checkout.completed'  => array( 'order_id' => $order['order_id'] ) + $person + $token,
			'checkout.abandoned'  => $person + $token,
			'touch.recorded'      => $touch,
			'product.updated'     => array(
				'product_id' => 'sample',
				'name'       => 'Sample product',
				'status'     => 'draft',
				'price'      => '42.00',
			),
		);
	}
}
