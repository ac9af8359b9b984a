<?php
/**
 * An event in the outbox.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Outbox;

use ConvertOS\Connector\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * A row as the sender and the pages read it.
 */
final class Row {

	/**
	 * The row's number.
	 *
	 * @var int
	 */
	public $id;

	/**
	 * The event's id; the same in every try.
	 *
	 * @var string
	 */
	public $event_id;

	/**
	 * The event's type.
	 *
	 * @var string
	 */
	public $type;

	/**
	 * One of Outbox's states: waiting, sending, sent, dead.
	 *
	 * @var string
	 */
	public $status;

	/**
	 * What the data are read from, or null.
	 *
	 * @var string|null
	 */
	public $subject;

	/**
	 * The data as JSON once they are made, or null.
	 *
	 * @var string|null
	 */
	public $payload;

	/**
	 * What the request knew.
	 *
	 * @var array<string, mixed>
	 */
	public $details;

	/**
	 * How often it was tried.
	 *
	 * @var int
	 */
	public $attempts;

	/**
	 * When it is due.
	 *
	 * @var int
	 */
	public $next_attempt_at;

	/**
	 * Who holds it, or null.
	 *
	 * @var string|null
	 */
	public $lease;

	/**
	 * What the last try said, or null.
	 *
	 * @var string|null
	 */
	public $last_error;

	/**
	 * When it happened.
	 *
	 * @var int
	 */
	public $occurred_at;

	/**
	 * When it was sent or given up, or null.
	 *
	 * @var int|null
	 */
	public $settled_at;

	/**
	 * From the database's row.
	 *
	 * @param array<string, string|null> $stored As the database gives it.
	 */
	public static function of( array $stored ): self {
		$row                  = new self();
		$details              = json_decode( (string) $stored['details'], true );
		$row->id              = (int) $stored['id'];
		$row->event_id        = (string) $stored['event_id'];
		$row->type            = (string) $stored['type'];
		$row->status          = (string) $stored['status'];
		$row->subject         = $stored['subject'];
		$row->payload         = $stored['payload'];
		$row->details         = is_array( $details ) ? $details : array();
		$row->attempts        = (int) $stored['attempts'];
		$row->next_attempt_at = (int) $stored['next_attempt_at'];
		$row->lease           = $stored['lease'];
		$row->last_error      = $stored['last_error'];
		$row->occurred_at     = (int) $stored['occurred_at'];
		$row->settled_at      = null === $stored['settled_at'] ? null : (int) $stored['settled_at'];
		return $row;
	}

	/**
	 * What the subject names: kind and id, or nulls.
	 *
	 * @return array{0: string|null, 1: int}
	 */
	public function subject_parts(): array {
		$parts = explode( ':', (string) $this->subject, 2 );
		return 2 === count( $parts ) ? array( $parts[0], (int) $parts[1] ) : array( null, 0 );
	}

	/**
	 * The event as it is sent.
	 */
	public function json(): string {
		return sprintf(
			'{"event_id":"%s","event_type":%s,"timestamp":"%s","data":%s}',
			$this->event_id,
			wp_json_encode( $this->type ),
			Clock::rfc3339( $this->occurred_at ),
			(string) $this->payload
		);
	}
}
