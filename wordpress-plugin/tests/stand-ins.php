<?php
/**
 * Stand-ins for what lies beyond the plugin: the clock, the queue's table, and the server.
 */

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Connection\Answer;
use ConvertOS\Connector\Connection\Server;
use ConvertOS\Connector\Outbox\Event;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Outbox\Row;

/** A clock that a test turns. */
final class Test_Clock extends Clock {
	public $now = 1795270000;

	public function now(): int {
		return $this->now;
	}
}

/** The queue in an array; the rules of Outbox, without SQL. */
final class Test_Outbox extends Outbox {
	/** @var Row[] */
	public $rows = array();
	private $clock;

	public function __construct( Clock $clock ) {
		$this->clock = $clock;
	}

	public function add( Event $event ): int {
		$row                  = new Row();
		$row->id              = count( $this->rows ) + 1;
		$row->event_id        = wp_generate_uuid4();
		$row->type            = $event->type;
		$row->status          = self::WAITING;
		$row->subject         = $event->subject;
		$row->payload         = null === $event->subject ? self::json( $event->details ) : null;
		$row->details         = $event->details;
		$row->attempts        = 0;
		$row->next_attempt_at = $this->clock->now();
		$row->occurred_at     = $this->clock->now();
		$this->rows[]         = $row;
		return $row->id;
	}

	public function claim( int $limit ): array {
		$claimed = array();
		foreach ( $this->rows as $row ) {
			if ( count( $claimed ) < $limit && self::WAITING === $row->status && $row->next_attempt_at <= $this->clock->now() ) {
				$row->status = self::SENDING;
				$claimed[]   = $row;
			}
		}
		return $claimed;
	}

	public function keep_payload( Row $row ): void {
	}

	public function mark_sent( array $rows ): void {
		foreach ( $rows as $row ) {
			$row->status = self::SENT;
		}
	}

	public function mark_dead( Row $row, string $error ): void {
		$row->status     = self::DEAD;
		$row->last_error = $error;
	}

	public function drop( Row $row ): void {
		$this->rows = array_values( array_filter( $this->rows, static fn( $each ) => $each !== $row ) );
	}

	public function retry( Row $row, int $at, string $error ): void {
		++$row->attempts;
		$row->last_error      = $error;
		$row->next_attempt_at = $at;
		$row->status          = 0 === $row->attempts % self::TRIES ? self::DEAD : self::WAITING;
	}

	public function release( array $rows ): void {
		foreach ( $rows as $row ) {
			$row->status = self::WAITING;
		}
	}

	public function release_expired(): void {
	}

	public function revive(): int {
		$count = 0;
		foreach ( $this->rows as $row ) {
			if ( self::DEAD === $row->status && $row->attempts > 0 && 0 === $row->attempts % self::TRIES && $row->attempts < self::TRIES * self::ROUNDS ) {
				$row->status          = self::WAITING;
				$row->next_attempt_at = $this->clock->now();
				++$count;
			}
		}
		return $count;
	}

	/** @return array<string, int> */
	public function counts(): array {
		return array_count_values( wp_list_pluck( $this->rows, 'status' ) );
	}
}

/** A server that answers as a test tells it to, and remembers what it got. */
final class Test_Server extends Server {
	/** @var callable(array<int, array<string, mixed>>): Answer */
	public $answer;
	/** @var string[] */
	public $bodies = array();

	public function __construct( callable $answer ) {
		$this->answer = $answer;
	}

	public function post_events( string $json ): Answer {
		$this->bodies[] = $json;
		return ( $this->answer )( json_decode( $json, true ) );
	}

	/** Takes everything. */
	public static function willing(): self {
		return new self( array( self::class, 'take' ) );
	}

	/** @param array<int, array<string, mixed>> $events */
	public static function take( array $events ): Answer {
		$results = array_map( static fn( $event ) => array( 'success' => true, 'eventId' => $event['event_id'], 'duplicate' => false ), $events );
		return new Answer( 200, array( 'success' => true, 'results' => $results ) );
	}
}
