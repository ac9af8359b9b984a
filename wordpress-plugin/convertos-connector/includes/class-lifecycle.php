<?php
/**
 * Comes and goes cleanly.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

use ConvertOS\Connector\Delivery\Runner;
use ConvertOS\Connector\Settings\Migrations;
use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Activation, deactivation and removal, for each site of a network.
 */
final class Lifecycle {

	/**
	 * Options, but for those whose name carries a site's own id.
	 */
	const OPTIONS = array(
		'convertos_settings',
		'convertos_settings_backups',
		'convertos_secret',
		'convertos_api_key',
		'convertos_update_key',
		'convertos_mapping',
		'convertos_delivery',
		'convertos_import',
		'convertos_hours',
		'convertos_cleaned',
		'convertos_funnelkit_seen',
		'convertos_version',
		'convertos_migrating',
		'convertos_running',
		'convertos_importing',
		'convertos_next_run',
		'convertos_update',
		'convertos_test_result',
	);

	/**
	 * The version that wrote the stored state; see Migrations.
	 */
	const VERSION_OPTION = 'convertos_version';

	const ORDER_META = array( '_convertos_trace', '_convertos_paid_sent' );

	/**
	 * Makes what brings tables and settings to this version; most requests need it not.
	 *
	 * @var callable(): Migrations
	 */
	private $migrations;

	/**
	 * Makes what starts deliveries.
	 *
	 * @var callable(): Runner
	 */
	private $runner;

	/**
	 * Only stores.
	 *
	 * @param callable $migrations Makes what brings tables and settings to this version.
	 * @param callable $runner     Makes what starts deliveries.
	 */
	public function __construct( callable $migrations, callable $runner ) {
		$this->migrations = $migrations;
		$this->runner     = $runner;
	}

	/**
	 * Registers what happens when the plugin comes, goes or is updated.
	 */
	public function hooks(): void {
		register_activation_hook( PLUGIN_FILE, array( $this, 'activate' ) );
		register_deactivation_hook( PLUGIN_FILE, array( $this, 'deactivate' ) );
		add_action( 'plugins_loaded', array( $this, 'migrate_quietly' ), 5 );
		add_filter( 'wpmu_drop_tables', array( $this, 'tables_of_deleted_site' ), 10, 2 );
	}

	/**
	 * Makes the tables; other sites of a network get theirs with their first page.
	 */
	public function activate(): void {
		$this->migrate();
		( $this->runner )()->ensure_watch();
	}

	/**
	 * Brings tables and settings to this version; nearly free where they are.
	 */
	public function migrate(): void {
		if ( get_option( self::VERSION_OPTION ) !== VERSION ) {
			( $this->migrations )()->run( VERSION );
		}
	}

	/**
	 * The same within somebody else's request: an error there is left for the next one.
	 */
	public function migrate_quietly(): void {
		try {
			$this->migrate();
		} catch ( \Throwable $caught ) {
			error_log( 'ConvertOS Connector could not be brought to its new version: ' . get_class( $caught ) ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions -- the tables may not be there to log in.
		}
	}

	/**
	 * Stops the background runs; what was collected stays.
	 *
	 * @param bool $is_network_wide Whether it is for all sites.
	 */
	public function deactivate( bool $is_network_wide ): void {
		self::for_each_site( $is_network_wide, array( ( $this->runner )(), 'unschedule' ) );
	}

	/**
	 * Removes everything, unless a site's settings say that it stays. Called by uninstall.php.
	 *
	 * @param Runner   $runner   Starts deliveries.
	 * @param Schema   $schema   The tables.
	 * @param Settings $settings The settings.
	 */
	public static function uninstall( Runner $runner, Schema $schema, Settings $settings ): void {
		self::for_each_site(
			is_multisite(),
			static function () use ( $runner, $schema, $settings ) {
				$runner->unschedule();
				if ( $settings->get( 'remove_data_on_uninstall' ) ) {
					$schema->drop();
					array_map( 'delete_option', self::OPTIONS );
					foreach ( self::ORDER_META as $key ) {
						self::delete_meta( $key );
					}
				}
			}
		);
	}

	/**
	 * Takes a note of ours off all orders, wherever WooCommerce keeps them.
	 *
	 * @param string $key The meta key.
	 */
	private static function delete_meta( string $key ): void {
		global $wpdb;
		delete_post_meta_by_key( $key );
		$table = $wpdb->prefix . 'wc_orders_meta';
		if ( $table === $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $table ) ) ) ) {
			$wpdb->delete( $table, array( 'meta_key' => $key ) ); // phpcs:ignore WordPress.DB.SlowDBQuery -- once, at the very end.
		}
	}

	/**
	 * Names the tables of a site that is deleted from a network.
	 *
	 * @param mixed $tables  Tables to drop.
	 * @param int   $site_id The site.
	 * @return mixed
	 */
	public function tables_of_deleted_site( $tables, $site_id ) {
		global $wpdb;
		foreach ( Schema::TABLES as $table ) {
			$tables[] = $wpdb->get_blog_prefix( $site_id ) . $table;
		}
		return $tables;
	}

	/**
	 * Does something here, or on every site of the network.
	 *
	 * @param bool     $is_everywhere Whether on every site.
	 * @param callable $work          What to do.
	 */
	private static function for_each_site( bool $is_everywhere, callable $work ): void {
		if ( ! $is_everywhere || ! is_multisite() ) {
			$work();
			return;
		}
		foreach ( get_sites(
			array(
				'fields' => 'ids',
				'number' => 0,
			)
		) as $site_id ) {
			switch_to_blog( $site_id );
			$work();
			restore_current_blog();
		}
	}
}
