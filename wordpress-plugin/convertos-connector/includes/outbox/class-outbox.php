<?php
/**
 * The plugin's own queue.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Outbox;

use ConvertOS\Connector\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps events until they are delivered. Every change to a row that is being sent asks for the lease it was taken with,
 * so that a process that wakes up late changes nothing.
 */
class Outbox {

	const WAITING = 'waiting';
	const SENDING = 'sending';
	const SENT    = 'sent';
	const DEAD    = 'dead';

	const LEASE_SECONDS = 300;

	/**
	 * How many tries make a round; then an event rests on the dead list.
	 */
	const TRIES = 10;

	/**
	 * How often an event that rests may be taken up again by itself.
	 */
	const ROUNDS = 4;

	/**
	 * The database.
	 *
	 * @var \wpdb
	 */
	private $wpdb;

	/**
	 * The time.
	 *
	 * @var Clock
	 */
	private $clock;

	/**
	 * Only stores.
	 *
	 * @param \wpdb $wpdb  The database.
	 * @param Clock $clock The time.
	 */
	public function __construct( \wpdb $wpdb, Clock $clock ) {
		$this->wpdb  = $wpdb;
		$this->clock = $clock;
	}

	/**
	 * Puts an event in; one insert, no more.
	 *
	 * @param Event $event The event.
	 * @return int The row's number; 0 where an equal event waits already.
	 * @throws \RuntimeException Where the database refused.
	 */
	public function add( Event $event ): int {
		$wpdb       = $this->wpdb;
		$now        = $this->clock->now();
		$json       = self::json( $event->details );
		$suppressed = $wpdb->suppress_errors( true );
		$inserted   = $wpdb->query(
			$wpdb->prepare(
				"INSERT IGNORE INTO {$wpdb->prefix}convertos_outbox
				(event_id, type, priority, status, subject, dedup_key, person, payload, details, next_attempt_at, occurred_at, created_at)
				VALUES (%s, %s, %d, %s, NULLIF(%s, ''), NULLIF(%s, ''), NULLIF(%s, ''), NULLIF(%s, ''), NULLIF(%s, ''), %d, %d, %d)",
				wp_generate_uuid4(),
				substr( $event->type, 0, 40 ),
				Event_Types::priority( $event->type ),
				self::WAITING,
				(string) $event->subject,
				substr( (string) $event->dedup_key, 0, 100 ),
				self::person( $event->email ),
				null === $event->subject ? $json : '',
				null === $event->subject ? '' : $json,
				$now,
				$event->occurred_at ?? $now,
				$now
			)
		);
		$error      = $wpdb->last_error;
		$wpdb->suppress_errors( $suppressed );
		if ( false === $inserted ) {
			throw new \RuntimeException( 'The event was not stored: ' . $error ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- goes to the log, never to a page.
		}
		return $inserted ? (int) $wpdb->insert_id : 0;
	}

	/**
	 * Takes what is due, most important and oldest first. An equal event may wait again from then on,
	 * so that what changes while this one is sent is not missed.
	 *
	 * @param int $limit How many at most.
	 * @return Row[]
	 */
	public function claim( int $limit ): array {
		$wpdb  = $this->wpdb;
		$now   = $this->clock->now();
		$lease = wp_generate_uuid4();
		$ids   = $wpdb->get_col(
			$wpdb->prepare(
				"SELECT id FROM {$wpdb->prefix}convertos_outbox WHERE status = %s AND next_attempt_at <= %d ORDER BY priority, id LIMIT %d",
				self::WAITING,
				$now,
				$limit
			)
		);
		if ( ! $ids ) {
			return array();
		}
		$wpdb->query(
			$wpdb->prepare(
				"UPDATE {$wpdb->prefix}convertos_outbox SET status = %s, lease = %s, leased_until = %d, dedup_key = NULL
				WHERE status = %s AND id IN (" . $this->numbers( $ids ) . ')', // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- whole numbers.
				self::SENDING,
				$lease,
				$now + self::LEASE_SECONDS,
				self::WAITING
			)
		);
		$rows = $wpdb->get_results(
			$wpdb->prepare( "SELECT * FROM {$wpdb->prefix}convertos_outbox WHERE lease = %s AND status = %s ORDER BY priority, id", $lease, self::SENDING ),
			ARRAY_A
		);
		return array_map( array( Row::class, 'of' ), (array) $rows );
	}

	/**
	 * Keeps the data that were read for an event, so that every try sends the same bytes, and whose they are.
	 *
	 * @param Row $row The event, with its payload.
	 */
	public function keep_payload( Row $row ): void {
		$data    = json_decode( (string) $row->payload, true );
		$columns = array( 'payload' => $row->payload );
		if ( is_string( $data['email'] ?? null ) ) {
			$columns['person'] = self::person( $data['email'] );
		}
		$this->change( array( $row ), $columns );
	}

	/**
	 * Notes that events were delivered.
	 *
	 * @param Row[] $rows The events.
	 */
	public function mark_sent( array $rows ): void {
		$this->change( $rows, $this->settled( self::SENT, null ) );
	}

	/**
	 * Gives an event up: nothing will heal it but a person, or, after tries that failed, a server that is back.
	 *
	 * @param Row    $row   The event.
	 * @param string $error Why.
	 */
	public function mark_dead( Row $row, string $error ): void {
		$this->change( array( $row ), $this->settled( self::DEAD, $error ) );
	}

	/**
	 * Takes an event out: there is nothing to tell.
	 *
	 * @param Row $row The event.
	 */
	public function drop( Row $row ): void {
		$this->wpdb->delete(
			$this->wpdb->prefix . 'convertos_outbox',
			array(
				'id'    => $row->id,
				'lease' => $row->lease,
			)
		);
	}

	/**
	 * Lets an event wait for another try, or rest on the dead list after too many.
	 *
	 * @param Row    $row   The event.
	 * @param int    $at    When.
	 * @param string $error What went wrong.
	 */
	public function retry( Row $row, int $at, string $error ): void {
		$attempts = $row->attempts + 1;
		$state    = 0 === $attempts % self::TRIES
			? $this->settled( self::DEAD, $error )
			: $this->waiting( $at ) + array( 'last_error' => substr( $error, 0, 500 ) );
		$this->change( array( $row ), $state + array( 'attempts' => $attempts ) );
	}

	/**
	 * Gives events back that were not tried.
	 *
	 * @param Row[] $rows The events.
	 */
	public function release( array $rows ): void {
		$this->change( $rows, $this->waiting( $this->clock->now() ) );
	}

	/**
	 * Gives back what a process that died has held.
	 */
	public function release_expired(): void {
		$wpdb = $this->wpdb;
		$wpdb->query(
			$wpdb->prepare(
				"UPDATE {$wpdb->prefix}convertos_outbox SET status = %s, lease = NULL, leased_until = NULL WHERE status = %s AND leased_until < %d",
				self::WAITING,
				self::SENDING,
				$this->clock->now()
			)
		);
	}

	/**
	 * Takes up again what was given up only because tries ran out; for a server that is back.
	 *
	 * @return int How many.
	 */
	public function revive(): int {
		$wpdb = $this->wpdb;
		return (int) $wpdb->query(
			$wpdb->prepare(
				"UPDATE {$wpdb->prefix}convertos_outbox SET status = %s, next_attempt_at = %d, settled_at = NULL
				WHERE status = %s AND attempts > 0 AND MOD(attempts, %d) = 0 AND attempts < %d",
				self::WAITING,
				$this->clock->now(),
				self::DEAD,
				self::TRIES,
				self::TRIES * self::ROUNDS
			)
		);
	}

	/**
	 * Sends events again, or at once, because a person asks for it.
	 *
	 * @param int[] $ids The rows' numbers; empty for all that are dead.
	 * @return int How many.
	 */
	public function resend( array $ids ): int {
		$wpdb  = $this->wpdb;
		$which = $ids ? 'status <> %s AND id IN (' . $this->numbers( $ids ) . ')' : 'status = %s';
		return (int) $wpdb->query(
			$wpdb->prepare( // phpcs:ignore WordPress.DB.PreparedSQLPlaceholders.ReplacementsWrongNumber -- one more stands in $which.
				"UPDATE {$wpdb->prefix}convertos_outbox SET status = 'waiting', attempts = 0, next_attempt_at = %d, settled_at = NULL, lease = NULL, leased_until = NULL WHERE $which", // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- one of the two lines above.
				$this->clock->now(),
				$ids ? self::SENDING : self::DEAD
			)
		);
	}

	/**
	 * When the next waiting event is due, or null where none waits.
	 */
	public function next_due_at(): ?int {
		$wpdb = $this->wpdb;
		$at   = $wpdb->get_var( $wpdb->prepare( "SELECT MIN(next_attempt_at) FROM {$wpdb->prefix}convertos_outbox WHERE status = %s", self::WAITING ) );
		return null === $at ? null : (int) $at;
	}

	/**
	 * Drops what is beyond the queue's limit: least important first, of these the oldest; orders and leads never.
	 *
	 * @param int $limit How many events may wait.
	 * @return int How many were dropped.
	 */
	public function trim( int $limit ): int {
		$wpdb   = $this->wpdb;
		$excess = (int) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM {$wpdb->prefix}convertos_outbox WHERE status = %s", self::WAITING ) ) - $limit;
		if ( $excess <= 0 ) {
			return 0;
		}
		$ids = $wpdb->get_col(
			$wpdb->prepare(
				"SELECT id FROM {$wpdb->prefix}convertos_outbox WHERE status = %s AND priority > %d ORDER BY priority DESC, id LIMIT %d",
				self::WAITING,
				Event_Types::LAST_KEPT_PRIORITY,
				min( $excess, 5000 )
			)
		);
		return $ids ? (int) $wpdb->query( "DELETE FROM {$wpdb->prefix}convertos_outbox WHERE id IN (" . $this->numbers( $ids ) . ')' ) : 0; // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- whole numbers.
	}

	/**
	 * Forgets what was sent or given up long ago.
	 *
	 * @param int $sent_before Sent events that are older than this.
	 * @param int $dead_before Dead events that are older than this.
	 */
	public function forget_settled( int $sent_before, int $dead_before ): void {
		$wpdb = $this->wpdb;
		foreach ( array(
			self::SENT => $sent_before,
			self::DEAD => $dead_before,
		) as $status => $before ) {
			$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->prefix}convertos_outbox WHERE status = %s AND settled_at < %d LIMIT 20000", $status, $before ) );
		}
	}

	/**
	 * Forgets everything.
	 */
	public function clear(): void {
		$wpdb = $this->wpdb;
		$wpdb->query( "DELETE FROM {$wpdb->prefix}convertos_outbox" );
	}

	/**
	 * An event's data as they are kept and sent: in ASCII, so that no table's character set can spoil them.
	 *
	 * @param array<string, mixed> $data The data.
	 */
	public static function json( array $data ): string {
		return (string) wp_json_encode( (object) $data, JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_UNESCAPED_SLASHES );
	}

	/**
	 * How a person stands in the table: a hash of the address, keyed with the site's salt.
	 *
	 * @param string $email An e-mail address, or empty.
	 */
	public static function person( string $email ): string {
		$email = strtolower( trim( $email ) );
		return '' === $email ? '' : hash_hmac( 'sha256', $email, wp_salt( 'auth' ) );
	}

	/**
	 * Columns of an event that is done with.
	 *
	 * @param string      $status Sent or dead.
	 * @param string|null $error  Why, for the dead.
	 * @return array<string, mixed>
	 */
	private function settled( string $status, ?string $error ): array {
		return array(
			'status'       => $status,
			'lease'        => null,
			'leased_until' => null,
			'settled_at'   => $this->clock->now(),
			'last_error'   => null === $error ? null : substr( $error, 0, 500 ),
		);
	}

	/**
	 * Columns of an event that waits.
	 *
	 * @param int $at Until when.
	 * @return array<string, mixed>
	 */
	private function waiting( int $at ): array {
		return array(
			'status'          => self::WAITING,
			'lease'           => null,
			'leased_until'    => null,
			'next_attempt_at' => $at,
		);
	}

	/**
	 * Changes rows that are held by the lease they were read with.
	 *
	 * @param Row[]                $rows    Rows of one claim.
	 * @param array<string, mixed> $columns New values.
	 */
	private function change( array $rows, array $columns ): void {
		if ( ! $rows ) {
			return;
		}
		$wpdb = $this->wpdb;
		$sets = array();
		foreach ( $columns as $name => $value ) {
			$sets[] = "$name = " . ( null === $value ? 'NULL' : ( is_int( $value ) ? '%d' : '%s' ) );
		}
		$sets = implode( ', ', $sets );
		$ids  = $this->numbers( wp_list_pluck( $rows, 'id' ) );
		$wpdb->query(
			$wpdb->prepare( // phpcs:ignore WordPress.DB.PreparedSQLPlaceholders.ReplacementsWrongNumber -- $sets holds the others.
				"UPDATE {$wpdb->prefix}convertos_outbox SET $sets WHERE lease = %s AND status = %s AND id IN ($ids)", // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- our own names, placeholders, whole numbers.
				array_merge( array_values( array_filter( $columns, 'is_scalar' ) ), array( $rows[0]->lease, self::SENDING ) )
			)
		);
	}

	/**
	 * Whole numbers for an IN list.
	 *
	 * @param array<int|string> $ids Numbers.
	 */
	private function numbers( array $ids ): string {
		return implode( ',', array_map( 'intval', $ids ) );
	}
}
