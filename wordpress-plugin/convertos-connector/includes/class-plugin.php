<?php
/**
 * The plugin, put together.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

use ConvertOS\Connector\Capture\Guard;
use ConvertOS\Connector\Capture\Recorder;
use ConvertOS\Connector\Connection\Connection_Test;
use ConvertOS\Connector\Connection\Credentials;
use ConvertOS\Connector\Connection\Encryption;
use ConvertOS\Connector\Connection\Server;
use ConvertOS\Connector\Delivery\Backoff;
use ConvertOS\Connector\Delivery\Delivery_State;
use ConvertOS\Connector\Delivery\Runner;
use ConvertOS\Connector\Delivery\Sender;
use ConvertOS\Connector\Delivery\Warning_Mail;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Outbox\Outbox_View;
use ConvertOS\Connector\Outbox\Payloads;
use ConvertOS\Connector\Settings\Backups;
use ConvertOS\Connector\Settings\Migrations;
use ConvertOS\Connector\Settings\Sanitizer;
use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Makes each part when it is needed, and hands it what it works with. Nobody else makes parts.
 */
final class Plugin {

	/**
	 * Parts that were made, by name.
	 *
	 * @var array<string, object>
	 */
	private $made = array();

	/**
	 * Registers what this request may need.
	 */
	public function hooks(): void {
		$this->lifecycle()->hooks();
		$this->runner()->hooks();
		add_action( 'before_woocommerce_init', array( $this, 'declare_compatibility' ) );
		add_action( 'convertos_connected', array( $this->state(), 'resume' ) );
		add_action( 'convertos_hourly', array( $this, 'clean' ) );
		if ( is_admin() ) {
			$this->settings()->hooks();
		}
		if ( defined( 'WP_CLI' ) && WP_CLI ) {
			\WP_CLI::add_command( 'convertos', $this->command() );
		}
	}

	/**
	 * Tells WooCommerce that orders in tables of their own and the checkout block are fine.
	 */
	public function declare_compatibility(): void {
		$class = '\Automattic\WooCommerce\Utilities\FeaturesUtil';
		if ( class_exists( $class ) ) {
			$class::declare_compatibility( 'custom_order_tables', PLUGIN_FILE, true );
			$class::declare_compatibility( 'cart_checkout_blocks', PLUGIN_FILE, true );
		}
	}

	/**
	 * Forgets what is old.
	 */
	public function clean(): void {
		$now = $this->clock()->now();
		$this->outbox()->forget_settled( $now - $this->settings()->get( 'keep_sent_days' ) * DAY_IN_SECONDS, $now - 90 * DAY_IN_SECONDS );
		$this->log()->rotate();
	}

	/**
	 * Removes everything; see uninstall.php.
	 */
	public function uninstall(): void {
		Lifecycle::uninstall( $this->runner(), $this->schema(), $this->settings() );
	}

	/**
	 * The time.
	 */
	public function clock(): Clock {
		return $this->once( __FUNCTION__, static fn() => new Clock() );
	}

	/**
	 * The settings.
	 */
	public function settings(): Settings {
		return $this->once( __FUNCTION__, static fn() => new Settings( new Sanitizer() ) );
	}

	/**
	 * The log.
	 */
	public function log(): Log {
		return $this->once( __FUNCTION__, fn() => new Log( $GLOBALS['wpdb'], $this->settings(), $this->clock() ) );
	}

	/**
	 * Locks between processes.
	 */
	public function lock(): Lock {
		return $this->once( __FUNCTION__, fn() => new Lock( $GLOBALS['wpdb'], $this->clock() ) );
	}

	/**
	 * The tables.
	 */
	public function schema(): Schema {
		return $this->once( __FUNCTION__, static fn() => new Schema( $GLOBALS['wpdb'] ) );
	}

	/**
	 * Copies of the settings.
	 */
	public function backups(): Backups {
		return $this->once( __FUNCTION__, fn() => new Backups( $this->clock() ) );
	}

	/**
	 * Coming and going.
	 */
	public function lifecycle(): Lifecycle {
		return $this->once(
			__FUNCTION__,
			fn() => new Lifecycle( new Migrations( $this->schema(), $this->backups(), $this->log(), $this->lock(), array() ), $this->runner() )
		);
	}

	/**
	 * Who this site is.
	 */
	public function credentials(): Credentials {
		return $this->once( __FUNCTION__, fn() => new Credentials( $this->settings(), Encryption::of_site(), Credentials::constants_of_site() ) );
	}

	/**
	 * The way to ConvertOS.
	 */
	public function server(): Server {
		return $this->once( __FUNCTION__, fn() => new Server( $this->credentials(), $this->settings(), $this->clock() ) );
	}

	/**
	 * Tries the connection.
	 */
	public function connection_test(): Connection_Test {
		return $this->once( __FUNCTION__, fn() => new Connection_Test( $this->credentials(), $this->server(), $this->log(), $this->clock() ) );
	}

	/**
	 * The queue.
	 */
	public function outbox(): Outbox {
		return $this->once( __FUNCTION__, fn() => new Outbox( $GLOBALS['wpdb'], $this->clock() ) );
	}

	/**
	 * The queue as people look at it.
	 */
	public function outbox_view(): Outbox_View {
		return $this->once( __FUNCTION__, fn() => new Outbox_View( $GLOBALS['wpdb'], $this->clock() ) );
	}

	/**
	 * How delivery is going.
	 */
	public function state(): Delivery_State {
		return $this->once( __FUNCTION__, fn() => new Delivery_State( $this->clock() ) );
	}

	/**
	 * Brings events to ConvertOS.
	 */
	public function sender(): Sender {
		return $this->once(
			__FUNCTION__,
			fn() => new Sender(
				$this->outbox(),
				$this->payloads(),
				$this->server(),
				$this->credentials(),
				$this->state(),
				new Backoff(),
				new Warning_Mail( $this->settings() ),
				$this->settings(),
				$this->log(),
				$this->clock()
			)
		);
	}

	/**
	 * Starts deliveries.
	 */
	public function runner(): Runner {
		return $this->once(
			__FUNCTION__,
			fn() => new Runner( fn() => $this->sender(), $this->outbox(), $this->state(), $this->settings(), $this->lock(), $this->log(), $this->clock() )
		);
	}

	/**
	 * Where the data of events come from.
	 */
	public function payloads(): Payloads {
		return $this->once( __FUNCTION__, static fn() => new Payloads( array() ) );
	}

	/**
	 * Keeps the site safe from this plugin's errors.
	 */
	public function guard(): Guard {
		return $this->once( __FUNCTION__, fn() => new Guard( $this->log() ) );
	}

	/**
	 * Takes what was captured.
	 */
	public function recorder(): Recorder {
		return $this->once( __FUNCTION__, fn() => new Recorder( $this->outbox(), $this->runner(), $this->settings() ) );
	}

	/**
	 * The commands.
	 */
	private function command(): Command {
		return new Command( $this->runner(), $this->outbox(), $this->outbox_view(), $this->state(), $this->credentials(), $this->connection_test() );
	}

	/**
	 * Makes a part the first time it is asked for.
	 *
	 * @param string   $name The part.
	 * @param callable $make Makes it.
	 * @return mixed
	 */
	private function once( string $name, callable $make ) {
		if ( ! isset( $this->made[ $name ] ) ) {
			$this->made[ $name ] = $make();
		}
		return $this->made[ $name ];
	}
}
