<?php
/**
 * Starts deliveries in the background.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Delivery;

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Lock;
use ConvertOS\Connector\Log;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Schedules a run only when something waits: by Action Scheduler where WooCommerce brings it, else by WP-Cron.
 *
 * A site whose owner has a real cron call `wp convertos send` schedules nothing.
 */
class Runner {

	const HOOK       = 'convertos_deliver';
	const WATCH_HOOK = 'convertos_watch';
	const GROUP      = 'convertos';

	/**
	 * When the next run is scheduled; loaded with every page, so that asking costs nothing.
	 */
	const NEXT_OPTION = 'convertos_next_run';

	const LOCK_OPTION = 'convertos_running';

	/**
	 * A run that should have begun this long ago never will.
	 */
	const LATE_SECONDS = 600;

	/**
	 * Makes the sender, only when a run begins.
	 *
	 * @var callable(): Sender
	 */
	private $sender;

	/**
	 * The queue.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * How delivery is going.
	 *
	 * @var Delivery_State
	 */
	private $state;

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * Lets one run at a time.
	 *
	 * @var Lock
	 */
	private $lock;

	/**
	 * The log.
	 *
	 * @var Log
	 */
	private $log;

	/**
	 * The time.
	 *
	 * @var Clock
	 */
	private $clock;

	/**
	 * When this request wants the next run, or null.
	 *
	 * @var int|null
	 */
	private $wanted_at = null;

	/**
	 * Only stores.
	 *
	 * @param callable       $sender   Makes the sender.
	 * @param Outbox         $outbox   The queue.
	 * @param Delivery_State $state    How delivery is going.
	 * @param Settings       $settings The settings.
	 * @param Lock           $lock     Lets one run at a time.
	 * @param Log            $log      The log.
	 * @param Clock          $clock    The time.
	 */
	public function __construct( callable $sender, Outbox $outbox, Delivery_State $state, Settings $settings, Lock $lock, Log $log, Clock $clock ) {
		$this->sender   = $sender;
		$this->outbox   = $outbox;
		$this->state    = $state;
		$this->settings = $settings;
		$this->lock     = $lock;
		$this->log      = $log;
		$this->clock    = $clock;
	}

	/**
	 * Registers the runs.
	 */
	public function hooks(): void {
		add_action( self::HOOK, array( $this, 'run' ) );
		add_action( self::WATCH_HOOK, array( $this, 'watch' ) );
		add_action( 'shutdown', array( $this, 'schedule_wanted' ) );
		add_action( 'admin_init', array( $this, 'ensure_watch' ) );
	}

	/**
	 * What carries deliveries on this site: action-scheduler, wp-cron or system-cron.
	 *
	 * @param Settings $settings The settings.
	 */
	public static function kind( Settings $settings ): string {
		if ( 'system' === $settings->get( 'runner' ) ) {
			return 'system-cron';
		}
		return self::has_action_scheduler() ? 'action-scheduler' : 'wp-cron';
	}

	/**
	 * Asks for a run; it is scheduled when the page is done.
	 *
	 * @param int|null $at When; null for as soon as the settings allow.
	 */
	public function wake( ?int $at = null ): void {
		$at              = $at ?? $this->clock->now();
		$this->wanted_at = null === $this->wanted_at ? $at : min( $this->wanted_at, $at );
	}

	/**
	 * Schedules what this request asked for. Never disturbs the page.
	 */
	public function schedule_wanted(): void {
		if ( null === $this->wanted_at ) {
			return;
		}
		try {
			$this->schedule( $this->wanted_at );
		} catch ( \Throwable $caught ) {
			$this->log->caught( 'delivery', 'A run could not be scheduled.', $caught );
		}
		$this->wanted_at = null;
	}

	/**
	 * One run, as long as this process may take.
	 */
	public function run(): void {
		try {
			$this->deliver( $this->clock->now() + self::seconds() );
		} catch ( \Throwable $caught ) {
			$this->log->caught( 'delivery', 'A run ended early.', $caught );
		}
	}

	/**
	 * Delivers until a moment, unless another process does so already.
	 *
	 * @param int $deadline Seconds since 1970.
	 * @return int|null How many events were delivered; null where another process delivers.
	 */
	public function deliver( int $deadline ): ?int {
		if ( ! $this->lock->take( self::LOCK_OPTION, Outbox::LEASE_SECONDS ) ) {
			return null;
		}
		// Before anything is read: what comes in from now on has to ask for a run of its own.
		delete_option( self::NEXT_OPTION );
		try {
			$this->call( 'convertos_run', $deadline );
			$sent = ( $this->sender )()->run( $deadline );
			$this->call( 'convertos_run_end', $deadline );
			return $sent;
		} finally {
			$this->lock->release( self::LOCK_OPTION );
			$this->wake_for_rest();
		}
	}

	/**
	 * Lets others work at the beginning or the end of a run; their errors do not keep events from being sent.
	 *
	 * @param string $hook     convertos_run or convertos_run_end.
	 * @param int    $deadline Seconds since 1970.
	 */
	private function call( string $hook, int $deadline ): void {
		try {
			/**
			 * Fires at the beginning (convertos_run, for work that makes events) and at the end (convertos_run_end,
			 * for work that may take until the deadline) of each background run.
			 *
			 * @since 1.0.0
			 * @param int $deadline Seconds since 1970.
			 */
			do_action( $hook, $deadline );
		} catch ( \Throwable $caught ) {
			$this->log->caught( 'delivery', 'Work around a run failed.', $caught );
		}
	}

	/**
	 * Once an hour: looks after what was left behind, and keeps the queue within its bounds.
	 */
	public function watch(): void {
		try {
			$this->outbox->release_expired();
			$dropped = $this->outbox->trim( $this->settings->get( 'queue_limit' ) );
			if ( $dropped > 0 ) {
				$this->log->warning( 'queue', 'The queue is full; the least important events were dropped.', array( 'count' => $dropped ) );
			}
			/**
			 * Fires once an hour, for work that can wait.
			 *
			 * @since 1.0.0
			 */
			do_action( 'convertos_hourly' );
			$this->wake_for_rest();
		} catch ( \Throwable $caught ) {
			$this->log->caught( 'delivery', 'The hourly work ended early.', $caught );
		}
	}

	/**
	 * Makes sure of the hourly look.
	 */
	public function ensure_watch(): void {
		if ( ! wp_next_scheduled( self::WATCH_HOOK ) ) {
			wp_schedule_event( $this->clock->now() + HOUR_IN_SECONDS, 'hourly', self::WATCH_HOOK );
		}
	}

	/**
	 * Takes every scheduled run away.
	 */
	public function unschedule(): void {
		wp_clear_scheduled_hook( self::WATCH_HOOK );
		$this->unschedule_run();
		delete_option( self::NEXT_OPTION );
	}

	/**
	 * Asks for the next run where something is left to do.
	 */
	private function wake_for_rest(): void {
		$due   = $this->outbox->next_due_at();
		$sends = $this->state->sends_again_at();
		if ( null !== $due && null !== $sends ) {
			$this->wake( max( $due, $sends, $this->clock->now() + MINUTE_IN_SECONDS ) );
		}
		/**
		 * Filters when the next run is needed for work other than sending; null for not at all.
		 *
		 * @since 1.0.0
		 * @param int|null $at Seconds since 1970.
		 */
		$other = apply_filters( 'convertos_next_work_at', null );
		if ( null !== $other ) {
			$this->wake( (int) $other );
		}
	}

	/**
	 * Schedules a run, unless one that is early enough is scheduled.
	 *
	 * @param int $at Seconds since 1970.
	 */
	private function schedule( int $at ): void {
		if ( 'system' === $this->settings->get( 'runner' ) ) {
			return;
		}
		$now       = $this->clock->now();
		$scheduled = (int) get_option( self::NEXT_OPTION, 0 );
		$earliest  = (int) $this->state->all()['last_run_at'] + MINUTE_IN_SECONDS * ( $this->settings->get( 'interval_minutes' ) - 1 );
		$at        = max( $at, $now, $earliest );
		if ( $scheduled > $now - self::LATE_SECONDS && $scheduled <= $at ) {
			return;
		}
		$this->ensure_watch();
		if ( $scheduled > $now ) {
			$this->unschedule_run();
		}
		if ( self::has_action_scheduler() ) {
			as_schedule_single_action( $at, self::HOOK, array(), self::GROUP );
		} else {
			wp_schedule_single_event( $at, self::HOOK );
		}
		update_option( self::NEXT_OPTION, $at, true );
	}

	/**
	 * Takes the scheduled run away, whatever was to carry it.
	 */
	private function unschedule_run(): void {
		wp_clear_scheduled_hook( self::HOOK );
		if ( self::has_action_scheduler() ) {
			as_unschedule_all_actions( self::HOOK );
		}
	}

	/**
	 * Whether Action Scheduler is there and ready.
	 */
	private static function has_action_scheduler(): bool {
		return function_exists( 'as_schedule_single_action' ) && class_exists( '\ActionScheduler', false ) && \ActionScheduler::is_initialized();
	}

	/**
	 * How long a run may take here: well below what would be cut off, and below the lease.
	 */
	private static function seconds(): int {
		$limit = (int) ini_get( 'max_execution_time' );
		return $limit > 0 ? max( 5, min( 25, intdiv( $limit, 2 ) ) ) : 25;
	}
}
