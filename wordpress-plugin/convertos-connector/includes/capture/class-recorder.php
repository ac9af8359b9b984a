<?php
/**
 * Takes what was captured.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Capture;

use ConvertOS\Connector\Delivery\Runner;
use ConvertOS\Connector\Outbox\Event;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Puts events into the outbox and asks for a run; the only way from a capture to the queue.
 */
class Recorder {

	/**
	 * The queue is looked over within a page only once in so many events.
	 */
	const TRIM_EVERY = 500;

	/**
	 * A long import must not collect without end.
	 */
	const MOST_LATER = 200;

	/**
	 * The queue.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * Starts deliveries.
	 *
	 * @var Runner
	 */
	private $runner;

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * Keeps the site safe from this plugin's errors.
	 *
	 * @var Guard
	 */
	private $guard;

	/**
	 * Makes the tables anew.
	 *
	 * @var callable(): void
	 */
	private $repair;

	/**
	 * Events for the end of this request, by what they are about.
	 *
	 * @var array<string, Event>
	 */
	private $later = array();

	/**
	 * Only stores.
	 *
	 * @param Outbox   $outbox   The queue.
	 * @param Runner   $runner   Starts deliveries.
	 * @param Settings $settings The settings.
	 * @param Guard    $guard    Keeps the site safe from this plugin's errors.
	 * @param callable $repair   Makes the tables anew.
	 */
	public function __construct( Outbox $outbox, Runner $runner, Settings $settings, Guard $guard, callable $repair ) {
		$this->outbox   = $outbox;
		$this->runner   = $runner;
		$this->settings = $settings;
		$this->guard    = $guard;
		$this->repair   = $repair;
	}

	/**
	 * Takes an event.
	 *
	 * @param Event $event The event.
	 */
	public function record( Event $event ): void {
		/**
		 * Filters an event when it is captured; null leaves it out. Its data may still be read later.
		 *
		 * @since 1.0.0
		 * @param Event|null $event The event.
		 */
		$event = apply_filters( 'convertos_event', $event );
		if ( ! $event instanceof Event ) {
			return;
		}
		$id = $this->added( $event );
		if ( $id > 0 && 0 === $id % self::TRIM_EVERY ) {
			$this->outbox->trim( $this->settings->get( 'queue_limit' ) );
		}
		$this->runner->wake();
	}

	/**
	 * Puts an event into the queue; where its table is gone, makes it anew first.
	 *
	 * @param Event $event The event.
	 */
	private function added( Event $event ): int {
		try {
			return $this->outbox->add( $event );
		} catch ( \RuntimeException $caught ) {
			( $this->repair )();
			return $this->outbox->add( $event );
		}
	}

	/**
	 * Takes an event when the page is done: for what changes many times within one request and is told once.
	 *
	 * @param Event $event The event.
	 */
	public function record_later( Event $event ): void {
		if ( ! $this->later ) {
			add_action( 'shutdown', array( $this, 'flush' ), 5 );
		}
		$this->later[ (string) $event->dedup_key ] = $event;
		if ( count( $this->later ) >= self::MOST_LATER ) {
			$this->flush();
		}
	}

	/**
	 * Puts in what waits for the end of the request. Never disturbs it.
	 */
	public function flush(): void {
		$events      = $this->later;
		$this->later = array();
		foreach ( $events as $event ) {
			$this->guard->call( $event->type, array( $this, 'record' ), array( $event ) );
		}
	}
}
