<?php
/**
 * What is told of a product.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Shop;

use ConvertOS\Connector\Mapping\Mapping;

defined( 'ABSPATH' ) || exit;

/**
 * Reads a product in the background.
 */
class Product_Payload {

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
	 * The data of a product's event; null where the product is gone or not yet there.
	 *
	 * @param int $product_id The product.
	 * @return array<string, mixed>|null
	 */
	public function read( int $product_id ): ?array {
		$product = function_exists( 'wc_get_product' ) ? wc_get_product( $product_id ) : null;
		if ( ! $product instanceof \WC_Product || 'auto-draft' === $product->get_status() ) {
			return null;
		}
		return $this->mapping->apply_to_event( 'product', self::sources( $product ), self::facts( $product ) );
	}

	/**
	 * The product's fields.
	 *
	 * @param \WC_Product $product The product.
	 * @return array<string, mixed>
	 */
	public static function facts( \WC_Product $product ): array {
		$data = array(
			'product_id'  => $product->get_id(),
			'parent_id'   => $product->get_parent_id() ? $product->get_parent_id() : null,
			'sku'         => $product->get_sku(),
			'name'        => $product->get_name(),
			'status'      => $product->get_status(),
			'price'       => '' === (string) $product->get_price() ? null : Order_Payload::amount( $product->get_price() ),
			'currency'    => get_woocommerce_currency(),
			'categories'  => self::terms( $product->get_id(), 'product_cat' ),
			'tags'        => self::terms( $product->get_id(), 'product_tag' ),
			'variants'    => $product->is_type( 'variable' ) ? array_map( array( self::class, 'variant' ), array_slice( $product->get_children(), 0, 1000 ) ) : null,
			'modified_at' => Order_Payload::time( $product->get_date_modified() ),
		);
		return array_filter(
			$data,
			static function ( $value ) {
				return null !== $value && '' !== $value;
			}
		);
	}

	/**
	 * What the field mapping can take.
	 *
	 * @param \WC_Product $product The product.
	 * @return array<string, mixed>
	 */
	public static function sources( \WC_Product $product ): array {
		return array(
			'product'      => static function ( string $name ) use ( $product ) {
				$getter = "get_$name";
				$value  = is_callable( array( $product, $getter ) ) ? $product->$getter() : null;
				return is_object( $value ) ? null : $value;
			},
			'product_meta' => static function ( string $name ) use ( $product ) {
				return $product->get_meta( $name );
			},
		);
	}

	/**
	 * One form in which it is sold.
	 *
	 * @param int $variation_id The variation.
	 * @return array<string, mixed>
	 */
	private static function variant( $variation_id ): array {
		$variation = wc_get_product( $variation_id );
		if ( ! $variation instanceof \WC_Product ) {
			return array( 'id' => (int) $variation_id );
		}
		return array_filter(
			array(
				'id'    => $variation->get_id(),
				'sku'   => $variation->get_sku(),
				'name'  => $variation->get_name(),
				'price' => '' === (string) $variation->get_price() ? null : Order_Payload::amount( $variation->get_price() ),
			)
		);
	}

	/**
	 * Names of categories or tags.
	 *
	 * @param int    $product_id The product.
	 * @param string $taxonomy   Which.
	 * @return string[]
	 */
	private static function terms( int $product_id, string $taxonomy ): array {
		$terms = get_the_terms( $product_id, $taxonomy );
		return is_array( $terms ) ? array_values( array_map( 'wp_specialchars_decode', wp_list_pluck( $terms, 'name' ) ) ) : array();
	}
}
