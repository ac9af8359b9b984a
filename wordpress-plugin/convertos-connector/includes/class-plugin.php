<?php
/**
 * The plugin, put together.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

use ConvertOS\Connector\Admin\Actions;
use ConvertOS\Connector\Admin\Activity_Tab;
use ConvertOS\Connector\Admin\Connection_Tab;
use ConvertOS\Connector\Admin\Import_Tab;
use ConvertOS\Connector\Admin\Log_Tab;
use ConvertOS\Connector\Admin\Mapping_Tab;
use ConvertOS\Connector\Admin\Notices;
use ConvertOS\Connector\Admin\Page;
use ConvertOS\Connector\Admin\Settings_Tab;
use ConvertOS\Connector\Admin\Status_Tab;
use ConvertOS\Connector\Admin\Tools_Tab;
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
use ConvertOS\Connector\Forms\Contact_Form_7;
use ConvertOS\Connector\Forms\Elementor_Forms;
use ConvertOS\Connector\Forms\Fluent_Forms;
use ConvertOS\Connector\Forms\Formidable_Forms;
use ConvertOS\Connector\Forms\Gravity_Forms;
use ConvertOS\Connector\Forms\Lead_Recorder;
use ConvertOS\Connector\Forms\Ninja_Forms;
use ConvertOS\Connector\Forms\WPForms;
use ConvertOS\Connector\History\Catalog;
use ConvertOS\Connector\History\Import;
use ConvertOS\Connector\History\Items;
use ConvertOS\Connector\History\Quiet_Hours;
use ConvertOS\Connector\Mapping\Discovery;
use ConvertOS\Connector\Mapping\Mapping;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Outbox\Outbox_View;
use ConvertOS\Connector\Outbox\Payloads;
use ConvertOS\Connector\People\Customer_Payload;
use ConvertOS\Connector\People\Customers;
use ConvertOS\Connector\Privacy\Personal_Data;
use ConvertOS\Connector\Settings\Backups;
use ConvertOS\Connector\Settings\Migrations;
use ConvertOS\Connector\Settings\Sanitizer;
use ConvertOS\Connector\Settings\Settings;
use ConvertOS\Connector\Shop\Cart_Recovery;
use ConvertOS\Connector\Shop\Checkout_Session;
use ConvertOS\Connector\Shop\Checkout_Store;
use ConvertOS\Connector\Shop\Checkouts;
use ConvertOS\Connector\Shop\Order_Payload;
use ConvertOS\Connector\Shop\Order_Trace;
use ConvertOS\Connector\Shop\Orders;
use ConvertOS\Connector\Shop\Product_Payload;
use ConvertOS\Connector\Shop\Products;
use ConvertOS\Connector\Touches\Consent;
use ConvertOS\Connector\Touches\Touch_Route;
use ConvertOS\Connector\Touches\Touch_Script;
use ConvertOS\Connector\Touches\Trace;
use ConvertOS\Connector\Updates\Updater;

defined( 'ABSPATH' ) || exit;

/**
 * Makes each part when it is needed, and hands it what it works with. Nobody else makes parts.
 */
final class Plugin {

	/**
	 * When old rows were last forgotten.
	 */
	const CLEANED_OPTION = 'convertos_cleaned';

	/**
	 * Parts that were made, by name.
	 *
	 * @var array<string, object>
	 */
	private $made = array();

	/**
	 * Registers what has to be registered at once, and leaves the rest until all plugins are there.
	 *
	 * Nothing is made here: WordPress's pluggable functions do not exist yet.
	 */
	public function hooks(): void {
		$this->lifecycle()->hooks();
		add_action( 'before_woocommerce_init', array( $this, 'declare_compatibility' ) );
		add_action( 'plugins_loaded', array( $this, 'start' ), 20 );
	}

	/**
	 * Starts each part; one that fails leaves the others and the site alone.
	 */
	public function start(): void {
		foreach ( array( 'start_work', 'start_touches', 'listen_to_forms', 'listen_to_people_and_shop' ) as $part ) {
			$this->guard()->call( $part, array( $this, $part ) );
		}
		add_action( 'init', array( $this, 'load_texts' ) );
		if ( is_admin() ) {
			$this->guard()->call( 'start_admin', array( $this, 'start_admin' ) );
		}
		if ( defined( 'WP_CLI' ) && WP_CLI ) {
			\WP_CLI::add_command( 'convertos', $this->command() );
		}
	}

	/**
	 * Loads translations that came with the plugin.
	 */
	public function load_texts(): void {
		load_plugin_textdomain( 'convertos-connector', false, dirname( plugin_basename( PLUGIN_FILE ) ) . '/languages' );
	}

	/**
	 * Background work.
	 */
	public function start_work(): void {
		$this->runner()->hooks();
		add_action( 'convertos_run_end', array( $this, 'go_on_importing' ) );
		add_filter( 'convertos_next_work_at', array( $this, 'next_import_at' ) );
		if ( is_admin() || wp_doing_cron() || ( defined( 'WP_CLI' ) && WP_CLI ) ) {
			( new Updater( $this->credentials(), $this->log(), $this->clock() ) )->hooks();
		}
		add_action( 'convertos_connected', array( $this->state(), 'resume' ) );
		add_action( 'convertos_hourly', array( $this, 'clean' ) );
	}

	/**
	 * Lets a background run go on with the import of history.
	 *
	 * @param int $deadline Seconds since 1970.
	 */
	public function go_on_importing( $deadline ): void {
		$this->import()->go_on( (int) $deadline );
	}

	/**
	 * When the import of history needs a run.
	 *
	 * @param int|null $at What others need.
	 */
	public function next_import_at( $at ): ?int {
		return $this->import()->next_work_at( $at );
	}

	/**
	 * Where visitors come from.
	 */
	public function start_touches(): void {
		( new Touch_Script( $this->settings(), $this->consent() ) )->hooks();
		( new Touch_Route( $this->recorder(), $this->consent(), $this->guard() ) )->hooks();
	}

	/**
	 * The administrator's side.
	 */
	public function start_admin(): void {
		$this->settings()->hooks();
		( new Personal_Data( $GLOBALS['wpdb'] ) )->hooks();
		add_action( wp_doing_ajax() ? 'wp_ajax_' . Actions::HOOK : 'init', array( $this, 'show_page' ), 1 );
	}

	/**
	 * Listens to the form plugins that are there and wanted.
	 */
	public function listen_to_forms(): void {
		$sources = array(
			'contact_form_7' => array( Contact_Form_7::class, class_exists( '\WPCF7_ContactForm' ) ),
			'gravity_forms'  => array( Gravity_Forms::class, class_exists( '\GFForms' ) ),
			'elementor'      => array( Elementor_Forms::class, defined( 'ELEMENTOR_PRO_VERSION' ) ),
			'wpforms'        => array( WPForms::class, defined( 'WPFORMS_VERSION' ) ),
			'ninja_forms'    => array( Ninja_Forms::class, class_exists( '\Ninja_Forms' ) ),
			'fluent_forms'   => array( Fluent_Forms::class, defined( 'FLUENTFORM_VERSION' ) || defined( 'FLUENTFORM' ) ),
			'formidable'     => array( Formidable_Forms::class, class_exists( '\FrmEntry' ) || class_exists( '\FrmHooksController' ) ),
		);
		foreach ( $sources as $source => list( $listener, $is_there ) ) {
			/**
			 * Filters whether a form plugin is on this site; for copies that are loaded in other ways.
			 *
			 * @since 1.0.0
			 * @param bool   $is_there Whether.
			 * @param string $source   Its name.
			 */
			if ( apply_filters( 'convertos_form_plugin_present', $is_there, $source ) && $this->settings()->captures( $source ) ) {
				( new $listener( new Lead_Recorder( $this->recorder(), $this->trace(), $this->mapping() ), $this->guard() ) )->hooks();
			}
		}
	}

	/**
	 * Listens to accounts, and to WooCommerce where it is there.
	 */
	public function listen_to_people_and_shop(): void {
		$settings = $this->settings();
		( new Customers( $this->recorder(), $this->trace(), $settings, $this->guard() ) )->hooks();
		if ( ! class_exists( '\WooCommerce' ) ) {
			return;
		}
		$session = new Checkout_Session();
		if ( $settings->captures( 'orders' ) ) {
			( new Orders( $this->recorder(), new Order_Trace( $this->trace() ), $session, $this->guard() ) )->hooks();
		}
		if ( $settings->captures( 'checkouts' ) ) {
			$store = new Checkout_Store( $GLOBALS['wpdb'], $this->clock() );
			( new Checkouts( $this->recorder(), $session, $store, $this->trace(), $this->mapping(), $settings, $this->runner(), $this->guard() ) )->hooks();
			( new Cart_Recovery( $this->recorder(), $GLOBALS['wpdb'], $this->guard() ) )->hooks();
		}
		if ( $settings->captures( 'products' ) ) {
			( new Products( $this->recorder(), $this->guard() ) )->hooks();
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
	 * Once an hour: learns when little happens, and then forgets what is old; after a day in any case.
	 */
	public function clean(): void {
		$now = $this->clock()->now();
		$this->quiet_hours()->learn();
		if ( ! $this->quiet_hours()->is_now() && $now - (int) get_option( self::CLEANED_OPTION, 0 ) < DAY_IN_SECONDS ) {
			return;
		}
		update_option( self::CLEANED_OPTION, $now, false );
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
			fn() => new Lifecycle( fn() => new Migrations( $this->schema(), $this->backups(), $this->log(), $this->lock(), array() ), fn() => $this->runner() )
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
		return $this->once(
			__FUNCTION__,
			fn() => new Payloads(
				array(
					'order'    => array( new Order_Payload( $this->mapping() ), 'read' ),
					'customer' => array( new Customer_Payload( $this->mapping() ), 'read' ),
					'product'  => array( new Product_Payload( $this->mapping() ), 'read' ),
				)
			)
		);
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
		return $this->once( __FUNCTION__, fn() => new Recorder( $this->outbox(), $this->runner(), $this->settings(), $this->guard(), fn() => $this->schema()->install() ) );
	}

	/**
	 * Whether a visitor may be followed.
	 */
	public function consent(): Consent {
		return $this->once( __FUNCTION__, fn() => new Consent( $this->settings() ) );
	}

	/**
	 * Reads the visit.
	 */
	public function trace(): Trace {
		return $this->once( __FUNCTION__, fn() => new Trace( $this->consent() ) );
	}

	/**
	 * The field mapping.
	 */
	public function mapping(): Mapping {
		return $this->once( __FUNCTION__, fn() => new Mapping( $this->log() ) );
	}

	/**
	 * Hours in which little happens.
	 */
	public function quiet_hours(): Quiet_Hours {
		return $this->once( __FUNCTION__, fn() => new Quiet_Hours( $this->outbox_view(), $this->clock() ) );
	}

	/**
	 * The import of history.
	 */
	public function import(): Import {
		return $this->once(
			__FUNCTION__,
			fn() => new Import( new Catalog( $GLOBALS['wpdb'] ), new Items( $this->mapping() ), $this->server(), $this->quiet_hours(), $this->lock(), $this->log(), $this->clock() )
		);
	}

	/**
	 * Makes the administrator's page, where it may be asked for.
	 */
	public function show_page(): void {
		$credentials = $this->credentials();
		$catalog     = new Catalog( $GLOBALS['wpdb'] );
		$tabs        = array(
			new Connection_Tab( $credentials, $this->settings(), $this->connection_test(), $this->state(), $this->runner() ),
			new Status_Tab( $this->outbox_view(), $this->state(), $this->runner(), $this->quiet_hours(), $this->settings() ),
			new Activity_Tab( $this->outbox_view(), $this->outbox(), $this->runner() ),
			new Mapping_Tab( $this->mapping(), new Discovery( $GLOBALS['wpdb'] ), $this->server() ),
			new Import_Tab( $this->import(), $catalog, $this->quiet_hours(), $credentials, $this->runner() ),
			new Settings_Tab( $this->settings() ),
			new Log_Tab( $this->log() ),
			new Tools_Tab( $this->recorder(), $this->outbox(), $this->schema(), $this->backups(), $this->settings() ),
		);
		( new Page( $tabs, new Notices( $credentials, $this->state(), $this->outbox_view(), $this->schema(), $this->settings(), $this->clock() ) ) )->hooks();
		( new Actions( $tabs, $this->log() ) )->hooks();
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
