<?php
/**
 * Abandoned carts that another plugin notices.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Shop;

use ConvertOS\Connector\Capture\Guard;
use ConvertOS\Connector\Capture\Recorder;
use ConvertOS\Connector\Outbox\Event;

defined( 'ABSPATH' ) || exit;

/**
 * FunnelKit Automations and CartFlows' Cart Abandonment Recovery.
 *
 * Source: integrations.md C3: FunnelKit has no action for "abandoned", a job of its own marks rows of its table;
 * CartFlows calls wcf_ca_process_abandoned_order.
 */
final class Cart_Recovery {

	/**
	 * The last row of FunnelKit's table that was looked at: time and id.
	 */
	const SEEN_OPTION = 'convertos_funnelkit_seen';

	/**
	 * Takes what was captured.
	 *
	 * @var Recorder
	 */
	private $recorder;

	/**
	 * The database.
	 *
	 * @var \wpdb
	 */
	private $wpdb;

	/**
	 * Keeps the site safe from this plugin's errors.
	 *
	 * @var Guard
	 */
	private $guard;

	/**
	 * Only stores.
	 *
	 * @param Recorder $recorder Takes what was captured.
	 * @param \wpdb    $wpdb     The database.
	 * @param Guard    $guard    Keeps the site safe from this plugin's errors.
	 */
	public function __construct( Recorder $recorder, \wpdb $wpdb, Guard $guard ) {
		$this->recorder = $recorder;
		$this->wpdb     = $wpdb;
		$this->guard    = $guard;
	}

	/**
	 * Whether one of them is there.
	 */
	public static function is_active(): bool {
		return self::has_funnelkit() || self::has_cartflows();
	}

	/**
	 * Listens.
	 */
	public function hooks(): void {
		$this->guard->action( 'wcf_ca_process_abandoned_order', array( $this, 'cartflows_abandoned' ) );
		$this->guard->action( 'bwfan_insert_abandoned_cart', array( $this, 'funnelkit_started' ) );
		if ( self::has_funnelkit() ) {
			$this->guard->action( 'convertos_run', array( $this, 'ask_funnelkit' ) );
			$this->guard->action( 'convertos_hourly', array( $this, 'ask_funnelkit' ) );
		}
	}

	/**
	 * CartFlows found an abandoned cart.
	 *
	 * @param object $found Its row.
	 */
	public function cartflows_abandoned( $found ): void {
		$fields = maybe_unserialize( $found->other_fields ?? '' );
		$fields = is_array( $fields ) ? $fields : array();
		$this->recorder->record(
			Event::of(
				'checkout.abandoned',
				array_filter(
					array(
						'checkout_token' => 'cartflows:' . ( $found->session_id ?? '' ),
						'email'          => $found->email ?? '',
						'first_name'     => $fields['wcf_first_name'] ?? '',
						'last_name'      => $fields['wcf_last_name'] ?? '',
						'phone'          => $fields['wcf_phone_number'] ?? '',
						'total'          => (string) ( $found->cart_total ?? '' ),
						'currency'       => get_woocommerce_currency(),
						'step_id'        => $found->checkout_id ?? '',
					)
				)
			)
		);
	}

	/**
	 * FunnelKit learned who is at a checkout.
	 *
	 * @param int $cart_id Its row.
	 */
	public function funnelkit_started( $cart_id ): void {
		$wpdb = $this->wpdb;
		$row  = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$wpdb->prefix}bwfan_abandonedcarts WHERE ID = %d", $cart_id ), ARRAY_A );
		if ( is_array( $row ) ) {
			$this->recorder->record( Event::of( 'checkout.started', self::told( $row ) ) );
		}
	}

	/**
	 * Tells of carts that FunnelKit has marked since the last look.
	 */
	public function ask_funnelkit(): void {
		$wpdb = $this->wpdb;
		$seen = (string) get_option( self::SEEN_OPTION, '' );
		if ( '' === $seen ) {
			update_option( self::SEEN_OPTION, gmdate( 'Y-m-d H:i:s' ), false );
			return;
		}
		$rows = $wpdb->get_results(
			$wpdb->prepare( "SELECT * FROM {$wpdb->prefix}bwfan_abandonedcarts WHERE status <> 0 AND last_modified > %s ORDER BY last_modified LIMIT 200", $seen ),
			ARRAY_A
		);
		foreach ( (array) $rows as $row ) {
			$this->recorder->record( Event::of( 'checkout.abandoned', self::told( $row ), 'checkout.abandoned:funnelkit:' . $row['ID'] ) );
			$seen = $row['last_modified'];
		}
		update_option( self::SEEN_OPTION, $seen, false );
	}

	/**
	 * What is told of FunnelKit's row.
	 *
	 * @param array<string, mixed> $row The row.
	 * @return array<string, mixed>
	 */
	private static function told( array $row ): array {
		return array_filter(
			array(
				'checkout_token' => 'funnelkit:' . ( $row['token'] ?? $row['ID'] ),
				'email'          => $row['email'] ?? '',
				'customer_id'    => (int) ( $row['user_id'] ?? 0 ),
				'total'          => (string) ( $row['total'] ?? '' ),
				'currency'       => $row['currency'] ?? '',
				'step_id'        => (int) ( $row['checkout_page_id'] ?? 0 ),
			)
		);
	}

	/**
	 * Whether FunnelKit Automations is there.
	 */
	private static function has_funnelkit(): bool {
		return class_exists( '\BWFAN_Core', false );
	}

	/**
	 * Whether CartFlows' Cart Abandonment Recovery is there.
	 */
	private static function has_cartflows(): bool {
		return defined( 'CARTFLOWS_CA_FILE' ) || class_exists( '\CARTFLOWS_CA_Loader', false );
	}
}
