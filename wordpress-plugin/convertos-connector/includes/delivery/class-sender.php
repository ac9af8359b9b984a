<?php
/**
 * Brings events to ConvertOS.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Delivery;

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Connection\Answer;
use ConvertOS\Connector\Connection\Credentials;
use ConvertOS\Connector\Connection\Server;
use ConvertOS\Connector\Log;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Outbox\Payloads;
use ConvertOS\Connector\Outbox\Row;
use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * One background run: takes what is due, sends it in batches, and settles each event by what the server said.
 */
class Sender {

	/**
	 * A batch's bytes; the server takes 2 MiB.
	 */
	const BATCH_BYTES = 1500000;

	/**
	 * The queue.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * Reads what events are about.
	 *
	 * @var Payloads
	 */
	private $payloads;

	/**
	 * The way to ConvertOS.
	 *
	 * @var Server
	 */
	private $server;

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
	 * How long to wait.
	 *
	 * @var Backoff
	 */
	private $backoff;

	/**
	 * Tells the administrator.
	 *
	 * @var Warning_Mail
	 */
	private $mail;

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

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
	 * Only stores.
	 *
	 * @param Outbox         $outbox      The queue.
	 * @param Payloads       $payloads    Reads what events are about.
	 * @param Server         $server      The way to ConvertOS.
	 * @param Credentials    $credentials Who this site is.
	 * @param Delivery_State $state       How delivery is going.
	 * @param Backoff        $backoff     How long to wait.
	 * @param Warning_Mail   $mail        Tells the administrator.
	 * @param Settings       $settings    The settings.
	 * @param Log            $log         The log.
	 * @param Clock          $clock       The time.
	 */
	public function __construct(
		Outbox $outbox,
		Payloads $payloads,
		Server $server,
		Credentials $credentials,
		Delivery_State $state,
		Backoff $backoff,
		Warning_Mail $mail,
		Settings $settings,
		Log $log,
		Clock $clock
	) {
		$this->outbox      = $outbox;
		$this->payloads    = $payloads;
		$this->server      = $server;
		$this->credentials = $credentials;
		$this->state       = $state;
		$this->backoff     = $backoff;
		$this->mail        = $mail;
		$this->settings    = $settings;
		$this->log         = $log;
		$this->clock       = $clock;
	}

	/**
	 * Sends until nothing is due, something fails, or the time is over.
	 *
	 * @param int $deadline Seconds since 1970.
	 * @return int How many events were delivered.
	 */
	public function run( int $deadline ): int {
		$this->outbox->release_expired();
		if ( ! $this->credentials->are_present() || null === $this->credentials->secret() ) {
			return 0;
		}
		$this->state->ran();
		$sent = 0;
		while ( $this->may_send() && $this->clock->now() < $deadline ) {
			$rows = $this->outbox->claim( null === $this->state->paused() ? $this->settings->get( 'batch_size' ) : 1 );
			if ( ! $rows ) {
				break;
			}
			$failures = $this->state->all()['failures'];
			$sent    += $this->send_all( $this->ready( $rows ) );
			if ( $this->state->all()['failures'] > $failures ) {
				// The other batches would find the same closed door; one outage is one failure.
				break;
			}
		}
		return $sent;
	}

	/**
	 * Whether to go on.
	 */
	private function may_send(): bool {
		return null === $this->state->paused() ? $this->state->all()['not_before'] <= $this->clock->now() : $this->state->is_probe_due();
	}

	/**
	 * Those whose data could be read; the others are settled.
	 *
	 * @param Row[] $rows What was claimed.
	 * @return Row[]
	 */
	private function ready( array $rows ): array {
		$ready = array();
		$told  = array();
		foreach ( $rows as $row ) {
			if ( 'order.updated' === $row->type && null === $row->payload && isset( $told[ $row->subject ] ) ) {
				// Another event of this batch tells the same state already.
				$this->outbox->drop( $row );
				continue;
			}
			try {
				$is_new       = null === $row->payload;
				$row->payload = $this->payloads->read( $row );
			} catch ( \Throwable $caught ) {
				$this->log->caught( 'delivery', 'The data of an event could not be read.', $caught );
				$this->outbox->retry( $row, $this->clock->now() + $this->backoff->seconds( $row->attempts % Outbox::TRIES + 1 ), 'unreadable: ' . get_class( $caught ) );
				continue;
			}
			if ( null === $row->payload ) {
				$this->log->debug( 'delivery', 'An event was left out: what it is about is a draft, was told already, or is gone.', array( 'type' => $row->type ) );
				$this->outbox->drop( $row );
				continue;
			}
			$told[ (string) $row->subject ] = true;
			if ( $is_new ) {
				$this->outbox->keep_payload( $row );
			}
			$ready[] = $row;
		}
		return $ready;
	}

	/**
	 * Sends in as many batches as the bytes ask for; after a failure the rest waits.
	 *
	 * @param Row[] $rows Events with their data.
	 * @return int How many were delivered.
	 */
	private function send_all( array $rows ): int {
		$sent    = 0;
		$batches = $this->batches( $rows );
		while ( $batches ) {
			$result = $this->send( array_shift( $batches ) );
			if ( null === $result ) {
				$this->outbox->release( $batches ? array_merge( ...$batches ) : array() );
				return $sent;
			}
			$sent += $result;
		}
		return $sent;
	}

	/**
	 * Groups of events that fit into one request.
	 *
	 * @param Row[] $rows Events with their data.
	 * @return array<int, Row[]>
	 */
	private function batches( array $rows ): array {
		$batches = array();
		$bytes   = PHP_INT_MAX;
		foreach ( $rows as $row ) {
			$length = strlen( (string) $row->payload ) + 200;
			if ( $bytes + $length > self::BATCH_BYTES ) {
				$batches[] = array();
				$bytes     = 0;
			}
			$batches[ count( $batches ) - 1 ][] = $row;
			$bytes                             += $length;
		}
		return $batches;
	}

	/**
	 * Sends one batch.
	 *
	 * @param Row[] $rows One or more events.
	 * @return int|null How many were delivered; null where sending has to stop.
	 */
	private function send( array $rows ): ?int {
		$answer = $this->server->post_events( '[' . implode( ',', array_map( array( self::class, 'json' ), $rows ) ) . ']' );
		switch ( $answer->verdict() ) {
			case Answer::DONE:
				return $this->settle( $rows, $answer );
			case Answer::UNREADABLE:
				return $this->isolate( $rows, $answer );
			case Answer::REFUSED:
				$this->outbox->release( $rows );
				$this->stop( $this->state->refused( $answer->explanation() ), $answer );
				return null;
			default:
				$this->put_off( $rows, $answer );
				return null;
		}
	}

	/**
	 * The event as it is sent.
	 *
	 * @param Row $row The event.
	 */
	private static function json( Row $row ): string {
		return $row->json();
	}

	/**
	 * Settles each event by its result.
	 *
	 * @param Row[]  $rows   The events.
	 * @param Answer $answer What the server said.
	 * @return int How many were delivered.
	 */
	private function settle( array $rows, Answer $answer ): int {
		$results   = is_array( $answer->body['results'] ?? null ) ? array_values( $answer->body['results'] ) : array();
		$delivered = array();
		foreach ( $rows as $place => $row ) {
			$result = is_array( $results[ $place ] ?? null ) ? $results[ $place ] : array();
			if ( true !== ( $result['success'] ?? $answer->body['success'] ) ) {
				$this->give_up( $row, trim( ( $result['code'] ?? '' ) . ' ' . ( $result['detail'] ?? '' ) ) );
			} else {
				$delivered[] = $row;
			}
		}
		$this->outbox->mark_sent( $delivered );
		$this->log->info( 'delivery', 'Events were delivered.', array( 'count' => count( $delivered ) ) );
		if ( $this->state->succeeded() ) {
			$this->log->info( 'delivery', 'ConvertOS answers again.', array( 'revived' => $this->outbox->revive() ) );
		}
		return count( $delivered );
	}

	/**
	 * Finds the event that the server can't read by halving the batch, so that the others get through.
	 *
	 * @param Row[]  $rows   The events.
	 * @param Answer $answer What the server said.
	 * @return int|null How many were delivered; null where sending has to stop.
	 */
	private function isolate( array $rows, Answer $answer ): ?int {
		if ( 1 === count( $rows ) ) {
			$this->give_up( $rows[0], $answer->explanation() );
			return 0;
		}
		$halves = array_chunk( $rows, (int) ceil( count( $rows ) / 2 ) );
		$first  = $this->send( $halves[0] );
		if ( null === $first ) {
			$this->outbox->release( $halves[1] );
			return null;
		}
		$second = $this->send( $halves[1] );
		return null === $second ? null : $first + $second;
	}

	/**
	 * Puts an event on the dead list.
	 *
	 * @param Row    $row   The event.
	 * @param string $error What the server said.
	 */
	private function give_up( Row $row, string $error ): void {
		$this->outbox->mark_dead( $row, $error );
		$this->log->warning(
			'delivery',
			'ConvertOS can not read an event; it is on the dead list.',
			array(
				'event' => $row->event_id,
				'type'  => $row->type,
				'what'  => $error,
			)
		);
	}

	/**
	 * Lets events wait for the next try. A failed probe is no try of the event.
	 *
	 * @param Row[]  $rows   The events.
	 * @param Answer $answer What the server said.
	 */
	private function put_off( array $rows, Answer $answer ): void {
		if ( null !== $this->state->paused() ) {
			$this->outbox->release( $rows );
		} else {
			foreach ( $rows as $row ) {
				$at = $this->clock->now() + $this->backoff->seconds( $row->attempts % Outbox::TRIES + 1, $answer->retry_after );
				$this->outbox->retry( $row, $at, $answer->explanation() );
			}
		}
		$this->stop( $this->state->failed( $answer->explanation(), $this->settings->get( 'failure_threshold' ), $answer->retry_after ), $answer );
	}

	/**
	 * Notes a failure, and tells the administrator where it paused sending.
	 *
	 * @param bool   $is_paused_now Whether sending was paused just now.
	 * @param Answer $answer        What the server said.
	 */
	private function stop( bool $is_paused_now, Answer $answer ): void {
		$this->log->warning( 'delivery', 'Events could not be delivered.', array( 'what' => $answer->explanation() ) );
		if ( $is_paused_now ) {
			$this->log->error( 'delivery', 'Sending is paused; events are collected.', array( 'what' => $answer->explanation() ) );
			$this->mail->send( $answer->explanation() );
		}
	}
}
