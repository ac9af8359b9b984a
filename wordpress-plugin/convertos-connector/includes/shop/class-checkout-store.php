<?php
/**
 * Checkouts that somebody has begun.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Shop;

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Outbox\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * Remembers them until they are completed or abandoned.
 */
class Checkout_Store {

	const OPEN      = 'open';
	const ABANDONED = 'abandoned';

	/**
	 * How long an abandoned checkout is remembered.
	 */
	const KEPT_DAYS = 30;

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
	 * Notes that a checkout goes on; one statement.
	 *
	 * @param string               $token   The checkout.
	 * @param string               $email   The e-mail address, or empty.
	 * @param array<string, mixed> $details What would be told.
	 */
	public function see( string $token, string $email, array $details ): void {
		$wpdb = $this->wpdb;
		$now  = $this->clock->now();
		$wpdb->query(
			$wpdb->prepare(
				"INSERT INTO {$wpdb->prefix}convertos_checkouts (token, state, person, email, details, started_at, seen_at)
				VALUES (%s, %s, NULLIF(%s, ''), NULLIF(%s, ''), %s, %d, %d)
				ON DUPLICATE KEY UPDATE person = COALESCE(VALUES(person), person), email = COALESCE(VALUES(email), email),
				details = VALUES(details), seen_at = VALUES(seen_at), state = %s",
				$token,
				self::OPEN,
				Outbox::person( $email ),
				$email,
				Outbox::json( $details ),
				$now,
				$now,
				self::OPEN
			)
		);
	}

	/**
	 * Forgets a checkout: it became an order.
	 *
	 * @param string $token The checkout.
	 */
	public function forget( string $token ): void {
		$this->wpdb->delete( $this->wpdb->prefix . 'convertos_checkouts', array( 'token' => $token ) );
	}

	/**
	 * Open checkouts with an e-mail address that nobody has touched for a while; from now on they are abandoned.
	 *
	 * @param int $minutes How long.
	 * @return array<int, array{token: string, email: string, details: array<string, mixed>}>
	 */
	public function take_abandoned( int $minutes ): array {
		$wpdb  = $this->wpdb;
		$rows  = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT token, email, details FROM {$wpdb->prefix}convertos_checkouts WHERE state = %s AND seen_at <= %d AND email IS NOT NULL ORDER BY seen_at LIMIT 500",
				self::OPEN,
				$this->clock->now() - $minutes * MINUTE_IN_SECONDS
			),
			ARRAY_A
		);
		$taken = array();
		foreach ( (array) $rows as $row ) {
			$changed = $wpdb->update(
				$wpdb->prefix . 'convertos_checkouts',
				array( 'state' => self::ABANDONED ),
				array(
					'token' => $row['token'],
					'state' => self::OPEN,
				)
			);
			if ( 1 === $changed ) {
				$row['details'] = (array) json_decode( (string) $row['details'], true );
				$taken[]        = $row;
			}
		}
		return $taken;
	}

	/**
	 * When the next open checkout may count as abandoned, or null.
	 *
	 * @param int $minutes After how long.
	 */
	public function next_abandoned_at( int $minutes ): ?int {
		$wpdb = $this->wpdb;
		$seen = $wpdb->get_var( $wpdb->prepare( "SELECT MIN(seen_at) FROM {$wpdb->prefix}convertos_checkouts WHERE state = %s AND email IS NOT NULL", self::OPEN ) );
		return null === $seen ? null : (int) $seen + $minutes * MINUTE_IN_SECONDS;
	}

	/**
	 * Forgets what is old, and what a person began without leaving an address.
	 */
	public function forget_old(): void {
		$wpdb = $this->wpdb;
		$now  = $this->clock->now();
		$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->prefix}convertos_checkouts WHERE seen_at < %d OR (email IS NULL AND seen_at < %d)", $now - self::KEPT_DAYS * DAY_IN_SECONDS, $now - DAY_IN_SECONDS ) );
	}
}
