<?php
/**
 * The queue as people look at it.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Outbox;

use ConvertOS\Connector\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * Reads only.
 */
class Outbox_View {

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
	 * How many events are in each state.
	 *
	 * @return array<string, int>
	 */
	public function counts(): array {
		$wpdb  = $this->wpdb;
		$found = $wpdb->get_results( "SELECT status, COUNT(*) AS count FROM {$wpdb->prefix}convertos_outbox GROUP BY status", ARRAY_A );
		return array_merge(
			array_fill_keys( array( Outbox::WAITING, Outbox::SENDING, Outbox::SENT, Outbox::DEAD ), 0 ),
			array_map( 'intval', array_column( (array) $found, 'count', 'status' ) )
		);
	}

	/**
	 * Since when the oldest event waits, or null where none does.
	 */
	public function oldest_waiting_at(): ?int {
		$wpdb = $this->wpdb;
		$at   = $wpdb->get_var( $wpdb->prepare( "SELECT MIN(created_at) FROM {$wpdb->prefix}convertos_outbox WHERE status = %s", Outbox::WAITING ) );
		return null === $at ? null : (int) $at;
	}

	/**
	 * How many events were sent and given up on each of the last days, oldest first.
	 *
	 * @param int $days How many days.
	 * @return array<string, array{sent: int, dead: int}> By day (UTC).
	 */
	public function daily( int $days ): array {
		$wpdb  = $this->wpdb;
		$today = intdiv( $this->clock->now(), DAY_IN_SECONDS );
		$rows  = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT FLOOR(settled_at / 86400) AS day, status, COUNT(*) AS count FROM {$wpdb->prefix}convertos_outbox
				WHERE status IN (%s, %s) AND settled_at >= %d GROUP BY FLOOR(settled_at / 86400), status",
				Outbox::SENT,
				Outbox::DEAD,
				( $today - $days + 1 ) * DAY_IN_SECONDS
			),
			ARRAY_A
		);
		$daily = array();
		for ( $day = $today - $days + 1; $day <= $today; $day++ ) {
			$daily[ gmdate( 'Y-m-d', $day * DAY_IN_SECONDS ) ] = array(
				Outbox::SENT => 0,
				Outbox::DEAD => 0,
			);
		}
		foreach ( (array) $rows as $row ) {
			$daily[ gmdate( 'Y-m-d', (int) $row['day'] * DAY_IN_SECONDS ) ][ $row['status'] ] = (int) $row['count'];
		}
		return $daily;
	}

	/**
	 * Events, newest first.
	 *
	 * @param array{status?: string, type?: string, search?: string, page?: int} $filter   What to show; search looks for an event id, an order or an e-mail address.
	 * @param int                                                                $per_page How many.
	 * @return Row[]
	 */
	public function rows( array $filter, int $per_page ): array {
		$wpdb  = $this->wpdb;
		$found = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT * FROM {$wpdb->prefix}convertos_outbox WHERE " . $this->where( $filter ) . ' ORDER BY id DESC LIMIT %d OFFSET %d', // phpcs:ignore WordPress.DB.PreparedSQL -- where() prepares.
				$per_page,
				max( 0, ( $filter['page'] ?? 1 ) - 1 ) * $per_page
			),
			ARRAY_A
		);
		return array_map( array( Row::class, 'of' ), (array) $found );
	}

	/**
	 * How many events there are.
	 *
	 * @param array{status?: string, type?: string, search?: string} $filter What to count.
	 */
	public function count( array $filter ): int {
		$wpdb = $this->wpdb;
		return (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->prefix}convertos_outbox WHERE " . $this->where( $filter ) ); // phpcs:ignore WordPress.DB.PreparedSQL -- where() prepares.
	}

	/**
	 * One event, or null.
	 *
	 * @param int $id The row's number.
	 */
	public function row( int $id ): ?Row {
		$wpdb  = $this->wpdb;
		$found = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$wpdb->prefix}convertos_outbox WHERE id = %d", $id ), ARRAY_A );
		return is_array( $found ) ? Row::of( $found ) : null;
	}

	/**
	 * How many events came in each hour of the day (the site's time).
	 *
	 * @return array<int, int> By hour, 0 to 23.
	 */
	public function hourly(): array {
		$wpdb  = $this->wpdb;
		$shift = (int) ( (float) get_option( 'gmt_offset' ) * HOUR_IN_SECONDS );
		$rows  = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT MOD(FLOOR((occurred_at + %d) / 3600), 24) AS hour, COUNT(*) AS count FROM {$wpdb->prefix}convertos_outbox
				WHERE occurred_at >= %d GROUP BY MOD(FLOOR((occurred_at + %d) / 3600), 24)",
				$shift,
				$this->clock->now() - WEEK_IN_SECONDS,
				$shift
			),
			ARRAY_A
		);
		return array_map( 'intval', array_column( (array) $rows, 'count', 'hour' ) ) + array_fill( 0, 24, 0 );
	}

	/**
	 * The condition of a filter, prepared.
	 *
	 * @param array{status?: string, type?: string, search?: string} $filter What to show.
	 */
	private function where( array $filter ): string {
		$wpdb   = $this->wpdb;
		$where  = array( '1 = 1' );
		$search = trim( $filter['search'] ?? '' );
		if ( '' !== ( $filter['status'] ?? '' ) ) {
			$where[] = $wpdb->prepare( 'status = %s', $filter['status'] );
		}
		if ( '' !== ( $filter['type'] ?? '' ) ) {
			$where[] = $wpdb->prepare( 'type = %s', $filter['type'] );
		}
		if ( false !== strpos( $search, '@' ) ) {
			$where[] = $wpdb->prepare( 'person = %s', Outbox::person( $search ) );
		} elseif ( '' !== $search ) {
			$where[] = $wpdb->prepare( '(event_id = %s OR subject = %s OR type LIKE %s)', $search, 'order:' . ltrim( $search, '#' ), '%' . $wpdb->esc_like( $search ) . '%' );
		}
		return implode( ' AND ', $where );
	}
}
