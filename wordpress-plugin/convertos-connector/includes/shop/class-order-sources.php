<?php
/**
 * What the field mapping can take from an order.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Shop;

use ConvertOS\Connector\People\Customer_Sources;

defined( 'ABSPATH' ) || exit;

/**
 * Reads only what a rule asks for.
 */
final class Order_Sources {

	/**
	 * By the first name of a path: order, billing, shipping, order_meta; user and user_meta of its account.
	 *
	 * @param \WC_Order $order The order.
	 * @return array<string, mixed>
	 */
	public static function of( \WC_Order $order ): array {
		$of_prefix = static function ( string $prefix ) use ( $order ) {
			return static function ( string $name ) use ( $order, $prefix ) {
				$getter = "get_{$prefix}{$name}";
				return is_callable( array( $order, $getter ) ) ? self::plain( $order->$getter() ) : null;
			};
		};
		return array(
			'order'      => $of_prefix( '' ),
			'billing'    => $of_prefix( 'billing_' ),
			'shipping'   => $of_prefix( 'shipping_' ),
			'order_meta' => static function ( string $name ) use ( $order ) {
				return self::plain( $order->get_meta( $name ) );
			},
		) + Customer_Sources::of( (int) $order->get_customer_id() );
	}

	/**
	 * A value without objects.
	 *
	 * @param mixed $value The value.
	 * @return mixed
	 */
	private static function plain( $value ) {
		if ( $value instanceof \DateTimeInterface ) {
			return $value->getTimestamp();
		}
		return is_object( $value ) ? null : $value;
	}
}
