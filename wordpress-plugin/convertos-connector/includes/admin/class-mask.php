<?php
/**
 * Hides persons in what administrators look at.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Leaves so much that one recognises what one knows already.
 */
final class Mask {

	/**
	 * Members that are not about a person.
	 */
	const PLAIN = array( 'form_plugin', 'form_id', 'form_name', 'order_id', 'order_number', 'status', 'currency', 'total', 'subtotal', 'discount_total', 'shipping_total', 'tax_total', 'payment_method', 'created_at', 'paid_at', 'modified_at', 'refunded_at', 'occurred_at', 'test', 'items', 'refunds', 'refund', 'consent', 'checkout_token', 'funnel_id', 'step_id', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'utm_id', 'origin_source', 'origin_medium', 'origin_campaign', 'referrer', 'landing_page', 'page_url', 'product_id', 'parent_id', 'sku', 'price', 'categories', 'tags', 'variants', 'role', 'country', 'touches' );

	/**
	 * An event's data, with persons hidden.
	 *
	 * @param array<string, mixed> $data       The data.
	 * @param bool                 $is_product Whether a name is a product's.
	 * @return array<string, mixed>
	 */
	public static function data( array $data, bool $is_product = false ): array {
		$masked = array();
		foreach ( $data as $name => $value ) {
			$is_plain        = in_array( $name, self::PLAIN, true ) || ( $is_product && 'name' === $name );
			$masked[ $name ] = $is_plain ? $value : self::value( $value );
		}
		return $masked;
	}

	/**
	 * A value of which only the beginning is left.
	 *
	 * @param mixed $value The value.
	 * @return mixed
	 */
	public static function value( $value ) {
		if ( is_array( $value ) ) {
			return array_map( array( self::class, 'value' ), $value );
		}
		if ( ! is_string( $value ) && ! is_int( $value ) && ! is_float( $value ) ) {
			return $value;
		}
		$text = (string) $value;
		$at   = strpos( $text, '@' );
		if ( false !== $at ) {
			return mb_substr( $text, 0, 1 ) . '…' . substr( $text, $at );
		}
		return '' === $text ? '' : mb_substr( $text, 0, 1 ) . '…';
	}
}
