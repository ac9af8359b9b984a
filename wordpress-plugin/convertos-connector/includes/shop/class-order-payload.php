<?php
/**
 * What is told of an order.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Shop;

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Mapping\Mapping;

defined( 'ABSPATH' ) || exit;

/**
 * Reads an order in the background, in its present state; only through WooCommerce's own objects.
 */
class Order_Payload {

	/**
	 * States that are no order yet.
	 */
	const DRAFTS = array( 'checkout-draft', 'auto-draft', 'draft' );

	const PAID_SENT = '_convertos_paid_sent';

	/**
	 * See is_noting().
	 *
	 * @var bool
	 */
	private static $is_noting = false;

	/**
	 * The field mapping.
	 *
	 * @var Mapping
	 */
	private $mapping;

	/**
	 * Only stores.
	 *
	 * @param Mapping $mapping The field mapping.
	 */
	public function __construct( Mapping $mapping ) {
		$this->mapping = $mapping;
	}

	/**
	 * The data of an order's event; null where the order is gone, a draft, or its payment was told already.
	 *
	 * @param int                  $order_id The order.
	 * @param string               $type     The event's type.
	 * @param array<string, mixed> $details  What the request knew.
	 * @return array<string, mixed>|null
	 */
	public function read( int $order_id, string $type, array $details ): ?array {
		$order = function_exists( 'wc_get_order' ) ? wc_get_order( $order_id ) : null;
		if ( ! $order instanceof \WC_Order || 'shop_order' !== $order->get_type() || in_array( $order->get_status(), self::DRAFTS, true ) ) {
			return null;
		}
		if ( 'order.paid' === $type && ! self::is_first_payment( $order ) ) {
			return null;
		}
		$data = self::facts( $order ) + self::money( $order ) + Order_Trace::of( $order );
		if ( isset( $details['refund_id'] ) ) {
			$data['refund'] = self::refund_of( $data['refunds'], (int) $details['refund_id'] );
		}
		$data = $this->mapping->apply_to_event( 'order', Order_Sources::of( $order ), $data );
		return array_filter( $data, array( self::class, 'is_said' ) );
	}

	/**
	 * The order's fields but for money.
	 *
	 * @param \WC_Order $order The order.
	 * @return array<string, mixed>
	 */
	public static function facts( \WC_Order $order ): array {
		return array(
			'order_id'       => $order->get_id(),
			'order_number'   => $order->get_order_number(),
			'status'         => $order->get_status(),
			'email'          => $order->get_billing_email(),
			'first_name'     => $order->get_billing_first_name(),
			'last_name'      => $order->get_billing_last_name(),
			'phone'          => $order->get_billing_phone(),
			'country'        => $order->get_billing_country(),
			'customer_id'    => $order->get_customer_id() ? $order->get_customer_id() : null,
			'payment_method' => $order->get_payment_method(),
			'created_at'     => self::time( $order->get_date_created() ),
			'paid_at'        => self::time( $order->get_date_paid() ),
			'modified_at'    => self::time( $order->get_date_modified() ),
			/**
			 * Filters whether an order was made to try something out and earns nothing.
			 *
			 * @since 1.0.0
			 * @param bool      $test  Whether.
			 * @param \WC_Order $order The order.
			 */
			'test'           => (bool) apply_filters( 'convertos_is_test_order', false, $order ),
		);
	}

	/**
	 * The order's amounts, lines and refunds; as texts, so that no digit changes on the way.
	 *
	 * @param \WC_Order $order The order.
	 * @return array<string, mixed>
	 */
	public static function money( \WC_Order $order ): array {
		return array(
			'currency'       => $order->get_currency(),
			'total'          => self::amount( $order->get_total() ),
			'subtotal'       => self::amount( $order->get_subtotal() ),
			'discount_total' => self::amount( $order->get_total_discount() ),
			'shipping_total' => self::amount( $order->get_shipping_total() ),
			'tax_total'      => self::amount( $order->get_total_tax() ),
			'items'          => self::items( $order ),
			'refunds'        => array_map( array( self::class, 'refund' ), array_values( $order->get_refunds() ) ),
		);
	}

	/**
	 * A time as it is sent.
	 *
	 * @param \WC_DateTime|null $at A time.
	 */
	public static function time( $at ): ?string {
		return $at instanceof \DateTimeInterface ? Clock::rfc3339( $at->getTimestamp() ) : null;
	}

	/**
	 * An amount as it is sent.
	 *
	 * @param mixed $amount A number or a text.
	 */
	public static function amount( $amount ): string {
		return (string) wc_format_decimal( $amount, wc_get_price_decimals() );
	}

	/**
	 * Whether the order is paid and nobody was told; from now on somebody is.
	 *
	 * @param \WC_Order $order The order.
	 */
	private static function is_first_payment( \WC_Order $order ): bool {
		if ( '' !== (string) $order->get_meta( self::PAID_SENT ) || ! ( $order->is_paid() || $order->get_date_paid() ) ) {
			return false;
		}
		$order->update_meta_data( self::PAID_SENT, (string) time() );
		self::$is_noting = true;
		try {
			$order->save_meta_data();
		} finally {
			self::$is_noting = false;
		}
		return true;
	}

	/**
	 * Whether this plugin notes something on an order: with orders in tables of their own WooCommerce calls that a change of the order.
	 */
	public static function is_noting(): bool {
		return self::$is_noting;
	}

	/**
	 * The lines.
	 *
	 * @param \WC_Order $order The order.
	 * @return array<int, array<string, mixed>>
	 */
	private static function items( \WC_Order $order ): array {
		$items = array();
		foreach ( $order->get_items() as $item ) {
			if ( $item instanceof \WC_Order_Item_Product ) {
				$product  = $item->get_product();
				$quantity = $item->get_quantity();
				$items[]  = array_filter(
					array(
						'id'           => $item->get_id(),
						'product_id'   => $item->get_product_id(),
						'variation_id' => $item->get_variation_id(),
						'sku'          => $product ? $product->get_sku() : '',
						'name'         => $item->get_name(),
						'quantity'     => (string) $quantity,
						'price'        => $quantity ? self::amount( (float) $item->get_total() / $quantity ) : null,
						'total'        => self::amount( $item->get_total() ),
					)
				);
			}
		}
		return $items;
	}

	/**
	 * A refund; its amount is positive.
	 *
	 * @param \WC_Order_Refund $refund The refund.
	 * @return array<string, mixed>
	 */
	private static function refund( $refund ): array {
		return array(
			'id'          => $refund->get_id(),
			'amount'      => self::amount( $refund->get_amount() ),
			'reason'      => (string) $refund->get_reason(),
			'refunded_at' => self::time( $refund->get_date_created() ),
		);
	}

	/**
	 * One of the refunds.
	 *
	 * @param array<int, array<string, mixed>> $refunds   All refunds.
	 * @param int                              $refund_id The one.
	 * @return array<string, mixed>|null
	 */
	private static function refund_of( array $refunds, int $refund_id ): ?array {
		foreach ( $refunds as $refund ) {
			if ( $refund['id'] === $refund_id ) {
				return $refund;
			}
		}
		return null;
	}

	/**
	 * Whether a member says anything. That there are no refunds says something.
	 *
	 * @param mixed $value The member.
	 */
	private static function is_said( $value ): bool {
		return null !== $value && '' !== $value;
	}
}
