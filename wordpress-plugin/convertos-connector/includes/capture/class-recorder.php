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
	 * Only stores.
	 *
	 * @param Outbox   $outbox   The queue.
	 * @param Runner   $runner   Starts deliveries.
	 * @param Settings $settings The settings.
	 */
	public function __construct( Outbox $outbox, Runner $runner, Settings $settings ) {
		$this->outbox   = $outbox;
		$this->runner   = $runner;
		$this->settings = $settings;
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
		$id = $this->outbox->add( $event );
		if ( $id > 0 && 0 === $id % self::TRIM_EVERY ) {
			$this->outbox->trim( $this->settings->get( 'queue_limit' ) );
		}
		$this->runner->wake();
	}
}
