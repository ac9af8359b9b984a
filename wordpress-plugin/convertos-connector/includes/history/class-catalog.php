<?php
/**
 * What there is to import.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\History;

use ConvertOS\Connector\Site_Facts;

defined( 'ABSPATH' ) || exit;

/**
 * Counts and numbers, in ascending order; the objects themselves are read through WordPress and WooCommerce.
 */
class Catalog {

	const KINDS = array( 'customers', 'products', 'orders' );

	/**
	 * The database.
	 *
	 * @var \wpdb
	 */
	private $wpdb;

	/**
	 * Only stores.
	 *
	 * @param \wpdb $wpdb The database.
	 */
	public function __construct( \wpdb $wpdb ) {
		$this->wpdb = $wpdb;
	}

	/**
	 * What this site has.
	 *
	 * @return string[]
	 */
	public static function kinds(): array {
		return class_exists( '\WooCommerce' ) ? self::KINDS : array( 'customers' );
	}

	/**
	 * How many there are.
	 *
	 * @param string $kind Which kind.
	 */
	public function count( string $kind ): int {
		return (int) $this->wpdb->get_var( 'SELECT COUNT(*) ' . $this->from( $kind ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- from() prepares.
	}

	/**
	 * The next numbers.
	 *
	 * @param string $kind  Which kind.
	 * @param int    $after The last one that was seen.
	 * @param int    $limit How many.
	 * @return int[]
	 */
	public function next( string $kind, int $after, int $limit ): array {
		$wpdb = $this->wpdb;
		$id   = 'orders' === $kind && Site_Facts::uses_hpos() ? 'id' : 'ID';
		$from = $this->from( $kind );
		return array_map( 'intval', $wpdb->get_col( $wpdb->prepare( "SELECT o.$id $from AND o.$id > %d ORDER BY o.$id LIMIT %d", $after, $limit ) ) ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- from() prepares.
	}

	/**
	 * Where they stand, as a FROM clause with a condition.
	 *
	 * @param string $kind Which kind.
	 */
	private function from( string $kind ): string {
		$wpdb = $this->wpdb;
		if ( 'customers' === $kind ) {
			return $wpdb->prepare( "FROM {$wpdb->users} o INNER JOIN {$wpdb->usermeta} m ON m.user_id = o.ID AND m.meta_key = %s WHERE 1 = 1", $wpdb->get_blog_prefix() . 'capabilities' );
		}
		if ( 'orders' === $kind && Site_Facts::uses_hpos() ) {
			return "FROM {$wpdb->prefix}wc_orders o WHERE o.type = 'shop_order' AND o.status NOT IN ('auto-draft', 'wc-checkout-draft')";
		}
		return $wpdb->prepare(
			"FROM {$wpdb->posts} o WHERE o.post_type = %s AND o.post_status NOT IN ('auto-draft', 'wc-checkout-draft')",
			'orders' === $kind ? 'shop_order' : 'product'
		);
	}
}
