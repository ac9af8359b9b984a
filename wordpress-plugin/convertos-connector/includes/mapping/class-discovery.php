<?php
/**
 * Finds the fields that this site has.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Mapping;

use ConvertOS\Connector\People\Customer_Sources;
use ConvertOS\Connector\Site_Facts;

defined( 'ABSPATH' ) || exit;

/**
 * Sources for rules, by object. WooCommerce's only where it is there.
 */
class Discovery {

	const MOST_KEYS = 300;

	const ORDER_FIELDS   = array( 'id', 'order_number', 'status', 'currency', 'total', 'total_tax', 'shipping_method', 'payment_method', 'payment_method_title', 'customer_note', 'created_via', 'coupon_codes', 'customer_ip_address' );
	const ADDRESS_FIELDS = array( 'first_name', 'last_name', 'company', 'address_1', 'address_2', 'city', 'state', 'postcode', 'country', 'phone' );
	const PRODUCT_FIELDS = array( 'id', 'name', 'sku', 'slug', 'type', 'status', 'price', 'regular_price', 'sale_price', 'stock_quantity', 'stock_status', 'weight', 'short_description' );

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
	 * Paths of fields.
	 *
	 * @return array<string, string[]> By object.
	 */
	public function all(): array {
		$customer = array_merge( self::paths( 'user', Customer_Sources::USER_FIELDS ), self::paths( 'user_meta', $this->user_meta() ) );
		$fields   = array(
			'customer' => $customer,
			'lead'     => array_merge( self::paths( 'fields', $this->form_fields() ), array( 'form.plugin', 'form.id', 'form.name', 'page.url' ) ),
		);
		if ( class_exists( '\WooCommerce' ) ) {
			$address            = array_merge( self::paths( 'billing', array_merge( self::ADDRESS_FIELDS, array( 'email' ) ) ), self::paths( 'shipping', self::ADDRESS_FIELDS ) );
			$fields['customer'] = array_merge( $customer, $address );
			$fields['order']    = array_merge( self::paths( 'order', self::ORDER_FIELDS ), $address, self::paths( 'order_meta', $this->order_meta() ), $customer );
			$fields['product']  = array_merge( self::paths( 'product', self::PRODUCT_FIELDS ), self::paths( 'product_meta', $this->post_meta( 'product' ) ) );
			$fields['checkout'] = array( 'cart.total', 'cart.currency', 'cart.step_id', 'cart.funnel_id' );
		}
		/**
		 * Filters the fields that can be mapped.
		 *
		 * @since 1.0.0
		 * @param array<string, string[]> $fields Paths by object.
		 */
		return apply_filters( 'convertos_mappable_fields', $fields );
	}

	/**
	 * Paths below a name.
	 *
	 * @param string   $first The first name.
	 * @param string[] $names The second names.
	 * @return string[]
	 */
	private static function paths( string $first, array $names ): array {
		return array_map(
			static function ( string $name ) use ( $first ): string {
				return Field_Path::join( $first, $name );
			},
			array_values( $names )
		);
	}

	/**
	 * Keys of user meta, without those that hold secrets.
	 *
	 * @return string[]
	 */
	private function user_meta(): array {
		$wpdb = $this->wpdb;
		$keys = $wpdb->get_col( $wpdb->prepare( "SELECT DISTINCT meta_key FROM {$wpdb->usermeta} ORDER BY meta_key LIMIT %d", self::MOST_KEYS ) );
		return preg_grep( Customer_Sources::SECRET_META, $keys, PREG_GREP_INVERT );
	}

	/**
	 * Keys of order meta.
	 *
	 * @return string[]
	 */
	private function order_meta(): array {
		$wpdb = $this->wpdb;
		return Site_Facts::uses_hpos()
			? $wpdb->get_col( $wpdb->prepare( "SELECT DISTINCT meta_key FROM {$wpdb->prefix}wc_orders_meta ORDER BY meta_key LIMIT %d", self::MOST_KEYS ) )
			: $this->post_meta( 'shop_order' );
	}

	/**
	 * Keys of the newest posts' meta.
	 *
	 * @param string $type The post type.
	 * @return string[]
	 */
	private function post_meta( string $type ): array {
		$wpdb = $this->wpdb;
		return $wpdb->get_col(
			$wpdb->prepare(
				"SELECT DISTINCT m.meta_key FROM {$wpdb->postmeta} m INNER JOIN (SELECT ID FROM {$wpdb->posts} WHERE post_type = %s ORDER BY ID DESC LIMIT 200) p ON p.ID = m.post_id ORDER BY m.meta_key LIMIT %d",
				$type,
				self::MOST_KEYS
			)
		);
	}

	/**
	 * Names of form fields: those of forms that say what they have, and those of leads that came.
	 *
	 * @return string[]
	 */
	private function form_fields(): array {
		$names = array();
		if ( class_exists( '\WPCF7_ContactForm' ) ) {
			foreach ( \WPCF7_ContactForm::find( array( 'posts_per_page' => 50 ) ) as $form ) {
				$names = array_merge( $names, array_filter( wp_list_pluck( $form->scan_form_tags(), 'name' ) ) );
			}
		}
		if ( class_exists( '\GFAPI' ) ) {
			foreach ( \GFAPI::get_forms() as $form ) {
				foreach ( $form['fields'] as $field ) {
					$names[] = (string) ( ! empty( $field->adminLabel ) ? $field->adminLabel : $field->label ); // phpcs:ignore WordPress.NamingConventions.ValidVariableName -- Gravity Forms' own name.
				}
			}
		}
		$names = array_unique( array_filter( array_merge( $names, $this->captured_fields() ), 'strlen' ) );
		sort( $names );
		return array_slice( $names, 0, self::MOST_KEYS );
	}

	/**
	 * Names of fields of the newest leads.
	 *
	 * @return string[]
	 */
	private function captured_fields(): array {
		$wpdb  = $this->wpdb;
		$names = array();
		foreach ( $wpdb->get_col( "SELECT payload FROM {$wpdb->prefix}convertos_outbox WHERE type = 'lead.created' ORDER BY id DESC LIMIT 200" ) as $json ) {
			$data = json_decode( (string) $json, true );
			if ( is_array( $data['fields'] ?? null ) ) {
				$names += array_fill_keys( array_keys( $data['fields'] ), true );
			}
		}
		return array_map( 'strval', array_keys( $names ) );
	}
}
