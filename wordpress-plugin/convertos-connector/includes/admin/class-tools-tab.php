<?php
/**
 * The tab of tools.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use ConvertOS\Connector\Capture\Recorder;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Schema;
use ConvertOS\Connector\Settings\Backups;
use ConvertOS\Connector\Settings\Settings;
use const ConvertOS\Connector\VERSION;

defined( 'ABSPATH' ) || exit;

/**
 * Sample data, repair, reset, and copies of the settings.
 */
final class Tools_Tab implements Tab {

	/**
	 * Takes sample events.
	 *
	 * @var Recorder
	 */
	private $recorder;

	/**
	 * The queue.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * The tables.
	 *
	 * @var Schema
	 */
	private $schema;

	/**
	 * Copies of the settings.
	 *
	 * @var Backups
	 */
	private $backups;

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * Only stores.
	 *
	 * @param Recorder $recorder Takes sample events.
	 * @param Outbox   $outbox   The queue.
	 * @param Schema   $schema   The tables.
	 * @param Backups  $backups  Copies of the settings.
	 * @param Settings $settings The settings.
	 */
	public function __construct( Recorder $recorder, Outbox $outbox, Schema $schema, Backups $backups, Settings $settings ) {
		$this->recorder = $recorder;
		$this->outbox   = $outbox;
		$this->schema   = $schema;
		$this->backups  = $backups;
		$this->settings = $settings;
	}

	/**
	 * Its name in the address.
	 */
	public function slug(): string {
		return 'tools';
	}

	/**
	 * Its title.
	 */
	public function title(): string {
		return __( 'Tools', 'convertos-connector' );
	}

	/**
	 * What can be done on it.
	 *
	 * @return array<string, callable(): (string|\WP_Error|null)>
	 */
	public function actions(): array {
		return array(
			'sample'      => array( $this, 'sample' ),
			'loopback'    => array( $this, 'loopback' ),
			'repair'      => array( $this, 'repair' ),
			'reset'       => array( $this, 'reset' ),
			'clear_queue' => array( $this, 'clear_queue' ),
			'backup'      => array( $this, 'backup' ),
			'restore'     => array( $this, 'restore' ),
		);
	}

	/**
	 * Makes a sample event.
	 *
	 * @return string|\WP_Error
	 */
	public function sample() {
		$event = Samples::of( Input::text( 'type' ) );
		if ( null === $event ) {
			return new \WP_Error( 'convertos_sample', __( 'There is no sample of this type.', 'convertos-connector' ) );
		}
		$this->recorder->record( $event );
		return __( 'A sample event waits to be sent. See Activity.', 'convertos-connector' );
	}

	/**
	 * Whether the site can call itself, which WP-Cron needs.
	 *
	 * @return string|\WP_Error
	 */
	public function loopback() {
		$response = wp_remote_post(
			site_url( 'wp-cron.php' ),
			array(
				'timeout'   => 10,
				'sslverify' => false,
			)
		);
		return is_wp_error( $response )
			/* translators: %s: technical reason. */
			? new \WP_Error( 'convertos_loopback', sprintf( __( 'This site can not call itself (%s). Set up a real cron that calls wp-cron.php or “wp convertos send” every minute.', 'convertos-connector' ), $response->get_error_message() ) )
			: __( 'This site can call itself; background work can run.', 'convertos-connector' );
	}

	/**
	 * Makes missing tables, and frees what a process that died has held.
	 */
	public function repair(): string {
		$this->schema->install();
		$this->outbox->release_expired();
		delete_option( \ConvertOS\Connector\Delivery\Runner::NEXT_OPTION );
		return __( 'Tables and background work were put in order.', 'convertos-connector' );
	}

	/**
	 * Puts all settings but the connection back; a copy is kept.
	 */
	public function reset(): string {
		$this->backups->create( VERSION, 'reset' );
		$connection = array_intersect_key( $this->settings->all(), array_flip( array( 'url', 'connection_id' ) ) );
		$this->settings->reset();
		$this->settings->update( $connection );
		return __( 'The settings are as they were at the beginning. A copy of the former ones was kept.', 'convertos-connector' );
	}

	/**
	 * Forgets every event.
	 */
	public function clear_queue(): string {
		$this->outbox->clear();
		return __( 'All events were forgotten.', 'convertos-connector' );
	}

	/**
	 * Copies the settings.
	 */
	public function backup(): string {
		$this->backups->create( VERSION, 'by hand' );
		return __( 'A copy of the settings was kept.', 'convertos-connector' );
	}

	/**
	 * Puts a copy back.
	 *
	 * @return string|\WP_Error
	 */
	public function restore() {
		return $this->backups->restore( Input::text( 'backup' ), VERSION )
			? __( 'The settings were restored. A copy of the former ones was kept.', 'convertos-connector' )
			: new \WP_Error( 'convertos_restore', __( 'There is no such copy.', 'convertos-connector' ) );
	}

	/**
	 * Shows it.
	 */
	public function render(): void {
		echo '<h2>' . esc_html__( 'Sample data', 'convertos-connector' ) . '</h2><p>' . esc_html__( 'Sends a made-up event through the whole way. Sample orders are marked as tests and earn nothing.', 'convertos-connector' ) . '</p>';
		Html::form( 'sample', $this->slug() );
		Html::select( 'type', array_combine( Samples::types(), Samples::types() ), '', __( 'Type', 'convertos-connector' ) );
		echo ' <button type="submit" class="button">' . esc_html__( 'Send', 'convertos-connector' ) . '</button></form>';
		echo '<h2>' . esc_html__( 'Repair', 'convertos-connector' ) . '</h2><div class="convertos-buttons">';
		Html::button( 'loopback', $this->slug(), __( 'Can this site call itself?', 'convertos-connector' ) );
		Html::button( 'repair', $this->slug(), __( 'Repair', 'convertos-connector' ) );
		Html::button( 'reset', $this->slug(), __( 'Reset settings', 'convertos-connector' ), array(), 'secondary', __( 'Put all settings but the connection back?', 'convertos-connector' ) );
		Html::button( 'clear_queue', $this->slug(), __( 'Forget all events', 'convertos-connector' ), array(), 'secondary', __( 'Forget all events, also those that were not delivered yet?', 'convertos-connector' ) );
		echo '</div>';
		$this->render_backups();
	}

	/**
	 * Copies of the settings.
	 */
	private function render_backups(): void {
		echo '<h2>' . esc_html__( 'Copies of the settings', 'convertos-connector' ) . '</h2><p>' . esc_html__( 'One is made before every update. Secrets are not in them.', 'convertos-connector' ) . '</p>';
		Html::button( 'backup', $this->slug(), __( 'Make a copy', 'convertos-connector' ) );
		echo '<table class="widefat striped convertos-facts"><tbody>';
		foreach ( $this->backups->all() as $backup ) {
			printf( '<tr><td>%s</td><td>%s</td><td>%s</td><td>', esc_html( Html::time( (int) $backup['made_at'] ) ), esc_html( $backup['version'] ), esc_html( $backup['reason'] ) );
			Html::button( 'restore', $this->slug(), __( 'Restore', 'convertos-connector' ), array( 'backup' => $backup['id'] ), 'secondary', __( 'Replace the present settings by this copy?', 'convertos-connector' ) );
			echo '</td></tr>';
		}
		echo '</tbody></table>';
	}
}
