<?php
/**
 * Customers, orders and products in the words of the entity API.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\History;

use ConvertOS\Connector\Mapping\Mapping;
use ConvertOS\Connector\People\Customer_Payload;
use ConvertOS\Connector\People\Customer_Sources;
use ConvertOS\Connector\Shop\Order_Payload;
use ConvertOS\Connector\Shop\Order_Sources;
use ConvertOS\Connector\Shop\Order_Trace;
use ConvertOS\Connector\Shop\Product_Payload;
use ConvertOS\Connector\Touches\Visit;

defined( 'ABSPATH' ) || exit;

/**
 * Reads one object; null where it is not to be sent.
 */
class Items {

	/**
	 * Names of events whose other spelling is not just another spelling.
	 */
	const NAMES = array(
		'order_id'     => 'externalId',
		'order_number' => 'number',
		'product_id'   => 'externalId',
		'customer_id'  => 'externalId',
		'parent_id'    => 'parentExternalId',
		'created_at'   => 'placedAt',
	);

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
	 * An account.
	 *
	 * @param int $user_id The account.
	 * @return array<string, mixed>|null
	 */
	public function customer( int $user_id ): ?array {
		$user = get_userdata( $user_id );
		if ( ! $user || ! Customer_Payload::is_customer( $user ) ) {
			return null;
		}
		$item                 = self::spelled( Customer_Payload::facts( $user ) );
		$item['registeredAt'] = $item['placedAt'] ?? null;
		unset( $item['placedAt'] );
		return $this->mapping->apply_to_item( 'customer', Customer_Sources::of( $user_id ), array_filter( $item ) );
	}

	/**
	 * An order.
	 *
	 * @param int $order_id The order.
	 * @return array<string, mixed>|null
	 */
	public function order( int $order_id ): ?array {
		$order = wc_get_order( $order_id );
		if ( ! $order instanceof \WC_Order || in_array( $order->get_status(), Order_Payload::DRAFTS, true ) ) {
			return null;
		}
		$facts            = Order_Payload::facts( $order );
		$money            = Order_Payload::money( $order );
		$trace            = Order_Trace::of( $order );
		$person           = array( 'customer_id', 'email', 'first_name', 'last_name', 'phone', 'country' );
		$item             = self::spelled( array_diff_key( $facts, array_flip( $person ) ) + array_diff_key( $money, array_flip( array( 'items', 'refunds' ) ) ) + array_diff_key( $trace, array( 'touches' => '' ) ) );
		$item['customer'] = self::spelled( array_filter( array_intersect_key( $facts, array_flip( $person ) ) ) );
		$item['items']    = array_map( array( self::class, 'line' ), $money['items'] );
		$item['refunds']  = array_map( array( self::class, 'refund' ), $money['refunds'] );
		$item['touches']  = array_map( array( self::class, 'touch' ), $trace['touches'] ?? array() );
		return $this->mapping->apply_to_item( 'order', Order_Sources::of( $order ), $item );
	}

	/**
	 * A product.
	 *
	 * @param int $product_id The product.
	 * @return array<string, mixed>|null
	 */
	public function product( int $product_id ): ?array {
		$product = wc_get_product( $product_id );
		if ( ! $product instanceof \WC_Product || 'auto-draft' === $product->get_status() ) {
			return null;
		}
		$item = self::spelled( Product_Payload::facts( $product ) );
		if ( isset( $item['variants'] ) ) {
			$item['variants'] = array_map( array( self::class, 'variant' ), $item['variants'] );
		}
		return $this->mapping->apply_to_item( 'product', Product_Payload::sources( $product ), $item );
	}

	/**
	 * The same in the entity API's spelling; what is empty is left out, ids are texts.
	 *
	 * @param array<string, mixed> $data As events have it.
	 * @return array<string, mixed>
	 */
	private static function spelled( array $data ): array {
		$item = array();
		foreach ( $data as $name => $value ) {
			if ( null === $value || '' === $value ) {
				continue;
			}
			$spelling          = self::NAMES[ $name ] ?? lcfirst( str_replace( '_', '', ucwords( $name, '_' ) ) );
			$item[ $spelling ] = is_int( $value ) ? (string) $value : $value;
		}
		return $item;
	}

	/**
	 * A line of an order.
	 *
	 * @param array<string, mixed> $line As events have it.
	 * @return array<string, mixed>
	 */
	private static function line( array $line ): array {
		return self::renamed(
			$line,
			array(
				'id'           => 'externalId',
				'product_id'   => 'productExternalId',
				'variation_id' => 'variantExternalId',
			)
		);
	}

	/**
	 * A refund.
	 *
	 * @param array<string, mixed> $refund As events have it.
	 * @return array<string, mixed>
	 */
	private static function refund( array $refund ): array {
		return self::renamed(
			$refund,
			array(
				'id'          => 'externalId',
				'refunded_at' => 'refundedAt',
			)
		);
	}

	/**
	 * One form of a product.
	 *
	 * @param array<string, mixed> $variant As events have it.
	 * @return array<string, mixed>
	 */
	private static function variant( array $variant ): array {
		return self::renamed( $variant, array( 'id' => 'externalId' ) );
	}

	/**
	 * An arrival; click ids stand together.
	 *
	 * @param array<string, string> $touch As events have it.
	 * @return array<string, mixed>
	 */
	private static function touch( array $touch ): array {
		$click_ids = array_intersect_key( $touch, array_flip( Visit::CLICK_IDS ) );
		return self::spelled( array_diff_key( $touch, $click_ids ) ) + ( $click_ids ? array( 'clickIds' => $click_ids ) : array() );
	}

	/**
	 * The same with other names; ids are texts, what is empty is left out.
	 *
	 * @param array<string, mixed>  $values Values by name.
	 * @param array<string, string> $names  New names by old ones.
	 * @return array<string, mixed>
	 */
	private static function renamed( array $values, array $names ): array {
		$renamed = array();
		foreach ( $values as $name => $value ) {
			if ( null !== $value && '' !== $value ) {
				$renamed[ $names[ $name ] ?? $name ] = is_int( $value ) ? (string) $value : $value;
			}
		}
		return $renamed;
	}
}
