<?php
/**
 * What is worth a warning.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Connection\Credentials;
use ConvertOS\Connector\Delivery\Delivery_State;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Outbox\Outbox_View;
use ConvertOS\Connector\Schema;
use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Circumstances that keep the plugin from doing its work, with what to do about them. Shown on its own page only.
 */
final class Notices {

	/**
	 * From when on waiting events mean that no background run comes.
	 */
	const LATE_SECONDS = 1800;

	/**
	 * Plugins that get in the way, by their file.
	 */
	const CONFLICTS = array(
		'disable-json-api/disable-json-api.php'       => 'Disable REST API',
		'disable-wp-rest-api/disable-wp-rest-api.php' => 'Disable WP REST API',
		'wp-hide-security-enhancer/wp-hide.php'       => 'WP Hide',
	);

	/**
	 * Who this site is.
	 *
	 * @var Credentials
	 */
	private $credentials;

	/**
	 * How delivery is going.
	 *
	 * @var Delivery_State
	 */
	private $state;

	/**
	 * The queue's figures.
	 *
	 * @var Outbox_View
	 */
	private $view;

	/**
	 * The tables.
	 *
	 * @var Schema
	 */
	private $schema;

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * The time.
	 *
	 * @var Clock
	 */
	private $clock;

	/**
	 * Only stores.
	 *
	 * @param Credentials    $credentials Who this site is.
	 * @param Delivery_State $state       How delivery is going.
	 * @param Outbox_View    $view        The queue's figures.
	 * @param Schema         $schema      The tables.
	 * @param Settings       $settings    The settings.
	 * @param Clock          $clock       The time.
	 */
	public function __construct( Credentials $credentials, Delivery_State $state, Outbox_View $view, Schema $schema, Settings $settings, Clock $clock ) {
		$this->credentials = $credentials;
		$this->state       = $state;
		$this->view        = $view;
		$this->schema      = $schema;
		$this->settings    = $settings;
		$this->clock       = $clock;
	}

	/**
	 * Prints them.
	 */
	public function render(): void {
		foreach ( $this->all() as list( $kind, $text ) ) {
			printf( '<div class="notice notice-%s inline"><p>%s</p></div>', esc_attr( $kind ), esc_html( $text ) );
		}
	}

	/**
	 * All that hold now.
	 *
	 * @return array<int, array{0: string, 1: string}> Kind (error, warning) and sentence.
	 */
	public function all(): array {
		if ( ! $this->schema->is_installed() ) {
			return array( array( 'error', __( 'The plugin’s tables are missing. Open Tools and choose “Repair”.', 'convertos-connector' ) ) );
		}
		return array_values( array_filter( array( $this->connection(), $this->pause(), $this->dead(), $this->lateness(), $this->woocommerce(), $this->conflict() ) ) );
	}

	/**
	 * Whether the secret can be read.
	 *
	 * @return array{0: string, 1: string}|null
	 */
	private function connection(): ?array {
		return $this->credentials->is_secret_unreadable()
			? array( 'error', __( 'The stored secret can no longer be read, because this site’s security keys (salts) have changed. Events are collected. Paste the connection string again.', 'convertos-connector' ) )
			: null;
	}

	/**
	 * Whether sending is paused.
	 *
	 * @return array{0: string, 1: string}|null
	 */
	private function pause(): ?array {
		$state = $this->state->all();
		if ( null === $state['paused'] ) {
			return null;
		}
		return Delivery_State::PAUSED_BY_HAND === $state['paused']
			? array( 'warning', __( 'Sending was paused by hand. Events are collected; resume it on the Status tab.', 'convertos-connector' ) )
			/* translators: %s: what the last attempt said. */
			: array( 'error', sprintf( __( 'Sending is paused, events are collected, and it is tried again every 15 minutes. The last attempt said: %s', 'convertos-connector' ), $state['last_error'] ) );
	}

	/**
	 * Whether events were given up.
	 *
	 * @return array{0: string, 1: string}|null
	 */
	private function dead(): ?array {
		$count = $this->view->counts()[ Outbox::DEAD ];
		/* translators: %d: number of events. */
		return $count > 0 ? array( 'warning', sprintf( _n( '%d event could not be delivered. See Activity.', '%d events could not be delivered. See Activity.', $count, 'convertos-connector' ), $count ) ) : null;
	}

	/**
	 * Whether background runs come.
	 *
	 * @return array{0: string, 1: string}|null
	 */
	private function lateness(): ?array {
		$oldest = $this->view->oldest_waiting_at();
		$ran    = (int) $this->state->all()['last_run_at'];
		$now    = $this->clock->now();
		if ( null !== $this->state->paused() || ! $this->credentials->are_present() || null === $oldest || $now - max( $oldest, $ran ) < self::LATE_SECONDS ) {
			return null;
		}
		if ( 'system' === $this->settings->get( 'runner' ) ) {
			return array( 'error', __( 'Events wait, but “wp convertos send” was not called for half an hour. Check the server’s cron.', 'convertos-connector' ) );
		}
		return defined( 'DISABLE_WP_CRON' ) && DISABLE_WP_CRON
			? array( 'error', __( 'Events wait, but background work does not run: WP-Cron is switched off (DISABLE_WP_CRON), and no real cron seems to call wp-cron.php.', 'convertos-connector' ) )
			: array( 'error', __( 'Events wait, but background work does not run. The site may not be able to call itself (loopback), or has no visitors; set up a real cron that calls wp-cron.php or “wp convertos send” every minute.', 'convertos-connector' ) );
	}

	/**
	 * Whether WooCommerce is old.
	 *
	 * @return array{0: string, 1: string}|null
	 */
	private function woocommerce(): ?array {
		return defined( 'WC_VERSION' ) && version_compare( WC_VERSION, '7.0', '<' )
			? array( 'warning', __( 'This WooCommerce is older than 7.0. Orders are captured, but this was not tested.', 'convertos-connector' ) )
			: null;
	}

	/**
	 * Whether another plugin gets in the way.
	 *
	 * @return array{0: string, 1: string}|null
	 */
	private function conflict(): ?array {
		foreach ( self::CONFLICTS as $file => $name ) {
			if ( is_plugin_active( $file ) ) {
				/* translators: %s: name of a plugin. */
				return array( 'warning', sprintf( __( '%s may close the address convertos/v1/touch to visitors. Allow it; else visits are only told along with leads and orders.', 'convertos-connector' ), $name ) );
			}
		}
		return null;
	}
}
