<?php
/**
 * Rows, products, and what all objects have.
 *
 * @package Stand_In
 */

/** Objects, each as one row of JSON. */
final class Stand_In_Rows {
	public static function make_table(): void {
		global $wpdb;
		if ( '1' !== get_option( 'stand_in_rows' ) ) {
			$wpdb->query( "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}stand_in_rows (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, type varchar(40) NOT NULL, parent bigint unsigned NOT NULL DEFAULT 0, data longtext NOT NULL, KEY of_parent (parent, type))" );
			$wpdb->query( "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}wc_orders (id bigint unsigned NOT NULL PRIMARY KEY, type varchar(40) NOT NULL, status varchar(40) NOT NULL)" );
			$wpdb->query( "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}wc_orders_meta (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, order_id bigint unsigned NOT NULL, meta_key varchar(255), meta_value longtext)" );
			update_option( 'stand_in_rows', '1' );
		}
	}

	/** @return array<string, mixed>|null */
	public static function read( int $id ): ?array {
		global $wpdb;
		$row = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$wpdb->prefix}stand_in_rows WHERE id = %d", $id ), ARRAY_A );
		return $row ? array( 'type' => $row['type'] ) + json_decode( $row['data'], true ) : null;
	}

	/** @return int[] */
	public static function ids( string $type, int $parent = 0 ): array {
		global $wpdb;
		return array_map( 'intval', $wpdb->get_col( $wpdb->prepare( "SELECT id FROM {$wpdb->prefix}stand_in_rows WHERE type = %s AND parent = %d ORDER BY id", $type, $parent ) ) );
	}

	/**
	 * Writes an object. Its id is a post's, because WooCommerce's orders and products share the numbers of posts.
	 *
	 * @param array<string, mixed> $data
	 */
	public static function write( int $id, string $type, array $data, int $parent = 0 ): int {
		global $wpdb;
		$title = (string) ( $data['data']['name'] ?? $type );
		if ( ! $id ) {
			$wpdb->insert( $wpdb->posts, array( 'post_type' => self::post_type( $type ), 'post_status' => 'publish', 'post_title' => $title, 'post_parent' => 0 ) );
			$id = (int) $wpdb->insert_id;
		}
		$row = array( 'id' => $id, 'type' => $type, 'parent' => $parent, 'data' => wp_json_encode( $data ) );
		$wpdb->replace( "{$wpdb->prefix}stand_in_rows", $row );
		if ( 'product' !== $type ) {
			$wpdb->replace( "{$wpdb->prefix}wc_orders", array( 'id' => $id, 'type' => $type, 'status' => 'wc-' . $data['data']['status'] ) );
		}
		return $id;
	}

	private static function post_type( string $type ): string {
		return 'product' === $type ? 'product' : 'shop_order_placehold';
	}

	public static function delete( int $id ): void {
		global $wpdb;
		$wpdb->delete( "{$wpdb->prefix}stand_in_rows", array( 'id' => $id ) );
		$wpdb->delete( "{$wpdb->prefix}wc_orders", array( 'id' => $id ) );
		$wpdb->delete( $wpdb->posts, array( 'ID' => $id ) );
	}
}

/** A time. */
class WC_DateTime extends DateTime {
	public static function of( ?int $timestamp ): ?self {
		return null === $timestamp ? null : new self( "@$timestamp", new DateTimeZone( 'UTC' ) );
	}
}

/** What all objects have: an id, properties, meta. */
abstract class WC_Data {
	/** @var int */
	protected $id = 0;
	/** @var array<string, mixed> */
	protected $data = array();
	/** @var array<string, mixed> */
	protected $meta = array();

	public function get_id(): int {
		return $this->id;
	}

	/** @return mixed */
	public function get_meta( $name = '', $is_single = true, $context = 'view' ) { // phpcs:ignore
		return $this->meta[ $name ] ?? '';
	}

	/** @return object[] */
	public function get_meta_data(): array {
		$entries = array();
		foreach ( $this->meta as $key => $value ) {
			$entries[] = (object) compact( 'key', 'value' );
		}
		return $entries;
	}

	/** @param mixed $value */
	public function update_meta_data( $name, $value ): void {
		$this->meta[ $name ] = $value;
	}

	public function delete_meta_data( $name ): void {
		unset( $this->meta[ $name ] );
	}

	/** @return mixed */
	public function __call( string $name, array $arguments ) {
		$property = substr( $name, 4 );
		if ( 0 === strpos( $name, 'get_' ) && array_key_exists( $property, $this->data ) ) {
			return $this->data[ $property ];
		}
		if ( 0 === strpos( $name, 'set_' ) ) {
			$this->data[ $property ] = $arguments[0];
			return null;
		}
		throw new BadMethodCallException( static::class . "::$name" );
	}
}

/** A product. */
class WC_Product extends WC_Data {
	/** @var array<string, mixed> */
	protected $data = array( 'name' => '', 'sku' => '', 'price' => '', 'regular_price' => '', 'status' => 'publish', 'parent_id' => 0, 'stock_status' => 'instock', 'type' => 'simple', 'date_modified' => null, 'children' => array() );

	public function __construct( int $id = 0 ) {
		$row = $id ? Stand_In_Rows::read( $id ) : null;
		if ( $row ) {
			$this->id   = $id;
			$this->data = $row['data'] + $this->data;
			$this->meta = $row['meta'];
		}
	}

	public function is_type( string $type ): bool {
		return $type === $this->data['type'];
	}

	public function get_date_modified(): ?WC_DateTime {
		return WC_DateTime::of( $this->data['date_modified'] );
	}

	public function save(): int {
		$is_new                      = 0 === $this->id;
		$this->data['date_modified'] = time();
		$this->id                    = Stand_In_Rows::write( $this->id, 'product', array( 'data' => $this->data, 'meta' => $this->meta ) );
		do_action( $is_new ? 'woocommerce_new_product' : 'woocommerce_update_product', $this->id, $this );
		return $this->id;
	}
}

/** A product without variants. */
class WC_Product_Simple extends WC_Product {}

/** @return WC_Product|false */
function wc_get_product( $product ) {
	$id  = $product instanceof WC_Product ? $product->get_id() : (int) $product;
	$row = $id ? Stand_In_Rows::read( $id ) : null;
	return $row && 'product' === $row['type'] ? new WC_Product_Simple( $id ) : false;
}

function wc_get_product_id_by_sku( string $sku ): int { // phpcs:ignore
	return 0; // Two products of the stand-in may have the same.
}

/** @return array<int, mixed> */
function wc_get_products( array $arguments = array() ): array {
	$ids = stand_in_page( Stand_In_Rows::ids( 'product' ), $arguments );
	return 'ids' === ( $arguments['return'] ?? '' ) ? $ids : array_map( 'wc_get_product', $ids );
}

/**
 * A page of ids.
 *
 * @param int[]                $ids       All of them.
 * @param array<string, mixed> $arguments limit, page, offset, order.
 * @return int[]
 */
function stand_in_page( array $ids, array $arguments ): array {
	if ( 'DESC' === strtoupper( $arguments['order'] ?? 'DESC' ) ) {
		$ids = array_reverse( $ids );
	}
	$limit  = $arguments['limit'] ?? 10;
	$offset = $arguments['offset'] ?? ( ( $arguments['page'] ?? 1 ) - 1 ) * max( 0, $limit );
	return -1 === $limit ? $ids : array_slice( $ids, $offset, $limit );
}

function wc_get_price_decimals(): int {
	return (int) get_option( 'woocommerce_price_num_decimals', 2 );
}

/** @return string */
function wc_format_decimal( $number, $decimals = false ) {
	return false === $decimals ? (string) $number : number_format( (float) $number, (int) $decimals, '.', '' );
}

function get_woocommerce_currency(): string {
	return (string) get_option( 'woocommerce_currency', 'EUR' );
}
