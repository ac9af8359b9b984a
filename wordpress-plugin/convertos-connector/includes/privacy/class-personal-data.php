<?php
/**
 * Answers WordPress's requests for export and erasure of personal data.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Privacy;

use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Shop\Order_Trace;

defined( 'ABSPATH' ) || exit;

/**
 * Knows where this plugin keeps personal data: events, open checkouts, and the visit on orders.
 */
final class Personal_Data {

	const PER_PAGE = 100;

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
	 * Registers exporter, eraser and the text for the privacy policy.
	 */
	public function hooks(): void {
		add_filter( 'wp_privacy_personal_data_exporters', array( $this, 'add_exporter' ) );
		add_filter( 'wp_privacy_personal_data_erasers', array( $this, 'add_eraser' ) );
		add_action( 'admin_init', array( $this, 'suggest_policy' ) );
	}

	/**
	 * Adds the exporter.
	 *
	 * @param array<string, array<string, mixed>> $exporters Those of others.
	 * @return array<string, array<string, mixed>>
	 */
	public function add_exporter( $exporters ): array {
		$exporters['convertos-connector'] = array(
			'exporter_friendly_name' => __( 'ConvertOS Connector', 'convertos-connector' ),
			'callback'               => array( $this, 'export' ),
		);
		return $exporters;
	}

	/**
	 * Adds the eraser.
	 *
	 * @param array<string, array<string, mixed>> $erasers Those of others.
	 * @return array<string, array<string, mixed>>
	 */
	public function add_eraser( $erasers ): array {
		$erasers['convertos-connector'] = array(
			'eraser_friendly_name' => __( 'ConvertOS Connector', 'convertos-connector' ),
			'callback'             => array( $this, 'erase' ),
		);
		return $erasers;
	}

	/**
	 * A page of what is kept about a person.
	 *
	 * @param string $email The person's address.
	 * @param int    $page  Which page.
	 * @return array{data: array<int, array<string, mixed>>, done: bool}
	 */
	public function export( $email, $page = 1 ): array {
		$wpdb   = $this->wpdb;
		$events = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT event_id, type, payload, occurred_at FROM {$wpdb->prefix}convertos_outbox WHERE person = %s ORDER BY id LIMIT %d OFFSET %d",
				Outbox::person( $email ),
				self::PER_PAGE,
				( max( 1, (int) $page ) - 1 ) * self::PER_PAGE
			),
			ARRAY_A
		);
		$data   = array();
		foreach ( (array) $events as $event ) {
			$data[] = self::group( 'event-' . $event['event_id'], $event['type'], (int) $event['occurred_at'], (string) $event['payload'] );
		}
		if ( 1 === (int) $page ) {
			$data = array_merge( $data, $this->checkouts( $email ) );
		}
		return array(
			'data' => $data,
			'done' => count( (array) $events ) < self::PER_PAGE,
		);
	}

	/**
	 * Forgets a person. What ConvertOS has received is erased there.
	 *
	 * @param string $email The person's address.
	 * @param int    $page  Which page of the person's orders.
	 * @return array{items_removed: bool, items_retained: bool, messages: string[], done: bool}
	 */
	public function erase( $email, $page = 1 ): array {
		$person  = array( 'person' => Outbox::person( $email ) );
		$removed = (int) $this->wpdb->delete( $this->wpdb->prefix . 'convertos_outbox', $person )
			+ (int) $this->wpdb->delete( $this->wpdb->prefix . 'convertos_checkouts', $person );
		$orders  = $this->orders( $email, (int) $page );
		foreach ( $orders as $order ) {
			if ( $order->get_meta( Order_Trace::META ) ) {
				$order->delete_meta_data( Order_Trace::META );
				$order->save_meta_data();
				++$removed;
			}
		}
		return array(
			'items_removed'  => $removed > 0,
			'items_retained' => false,
			'messages'       => array( __( 'What this site has sent to ConvertOS is kept there: erase the person in ConvertOS too.', 'convertos-connector' ) ),
			'done'           => count( $orders ) < self::PER_PAGE,
		);
	}

	/**
	 * Offers a text for the site's privacy policy.
	 */
	public function suggest_policy(): void {
		$sentences = array(
			__( 'When you send a form, begin a checkout, place an order or open an account on this site, we pass on what you entered (such as name, e-mail address, telephone number, the order’s contents; never passwords, payment cards or files) to ConvertOS, the system in which we keep our customers and measure our advertising.', 'convertos-connector' ),
			__( 'If you agreed to it, a cookie named “convertos_visit” remembers for up to 90 days by which link, advertisement or search you came to us, together with a random number. It is not shared with other sites. We use it to see which of our advertisements lead to orders.', 'convertos-connector' ),
			__( 'If you begin a checkout and do not finish it, we may note your e-mail address and the contents of your cart.', 'convertos-connector' ),
		);
		wp_add_privacy_policy_content( __( 'ConvertOS Connector', 'convertos-connector' ), '<p>' . implode( '</p><p>', array_map( 'esc_html', $sentences ) ) . '</p>' );
	}

	/**
	 * What is kept of a person's open checkouts.
	 *
	 * @param string $email The person's address.
	 * @return array<int, array<string, mixed>>
	 */
	private function checkouts( string $email ): array {
		$wpdb = $this->wpdb;
		$rows = $wpdb->get_results( $wpdb->prepare( "SELECT token, state, details, seen_at FROM {$wpdb->prefix}convertos_checkouts WHERE person = %s LIMIT 200", Outbox::person( $email ) ), ARRAY_A );
		$data = array();
		foreach ( (array) $rows as $row ) {
			$data[] = self::group( 'checkout-' . $row['token'], 'checkout: ' . $row['state'], (int) $row['seen_at'], (string) $row['details'] );
		}
		return $data;
	}

	/**
	 * A page of a person's orders.
	 *
	 * @param string $email The person's address.
	 * @param int    $page  Which page.
	 * @return \WC_Order[]
	 */
	private function orders( string $email, int $page ): array {
		if ( ! function_exists( 'wc_get_orders' ) ) {
			return array();
		}
		return wc_get_orders(
			array(
				'billing_email' => $email,
				'limit'         => self::PER_PAGE,
				'page'          => max( 1, $page ),
				'type'          => 'shop_order',
			)
		);
	}

	/**
	 * One thing in the form that WordPress asks for.
	 *
	 * @param string $id   Names it.
	 * @param string $type What it is.
	 * @param int    $at   When it happened.
	 * @param string $json What is kept.
	 * @return array<string, mixed>
	 */
	private static function group( string $id, string $type, int $at, string $json ): array {
		return array(
			'group_id'    => 'convertos-connector',
			'group_label' => __( 'ConvertOS Connector', 'convertos-connector' ),
			'item_id'     => $id,
			'data'        => array(
				array(
					'name'  => __( 'What', 'convertos-connector' ),
					'value' => $type,
				),
				array(
					'name'  => __( 'When', 'convertos-connector' ),
					'value' => gmdate( 'Y-m-d H:i:s', $at ) . ' UTC',
				),
				array(
					'name'  => __( 'Data', 'convertos-connector' ),
					'value' => $json,
				),
			),
		);
	}
}
