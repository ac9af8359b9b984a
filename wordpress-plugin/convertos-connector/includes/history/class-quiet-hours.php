<?php
/**
 * Hours in which little happens on this site.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\History;

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Outbox\Outbox_View;

defined( 'ABSPATH' ) || exit;

/**
 * Learns them from the site's own events; until it knows enough, the night counts as quiet.
 */
class Quiet_Hours {

	const OPTION = 'convertos_hours';

	/**
	 * How many events it takes to know.
	 */
	const ENOUGH = 200;

	/**
	 * How many hours of the day are the quiet ones.
	 */
	const COUNT = 6;

	const NIGHT = array( 0, 1, 2, 3, 4, 5 );

	/**
	 * The queue's figures.
	 *
	 * @var Outbox_View
	 */
	private $view;

	/**
	 * The time.
	 *
	 * @var Clock
	 */
	private $clock;

	/**
	 * Only stores.
	 *
	 * @param Outbox_View $view  The queue's figures.
	 * @param Clock       $clock The time.
	 */
	public function __construct( Outbox_View $view, Clock $clock ) {
		$this->view  = $view;
		$this->clock = $clock;
	}

	/**
	 * Learns, once a day: yesterday's knowledge counts half.
	 */
	public function learn(): void {
		$known = $this->known();
		if ( $this->clock->now() - $known['at'] < DAY_IN_SECONDS ) {
			return;
		}
		$counts = $this->view->hourly();
		foreach ( range( 0, 23 ) as $hour ) {
			$counts[ $hour ] = ( $known['counts'][ $hour ] ?? 0 ) / 2 + $counts[ $hour ];
		}
		update_option(
			self::OPTION,
			array(
				'at'     => $this->clock->now(),
				'counts' => $counts,
			),
			false
		);
	}

	/**
	 * The quiet hours of the day (the site's time).
	 *
	 * @return int[]
	 */
	public function hours(): array {
		$counts = $this->known()['counts'];
		if ( array_sum( $counts ) < self::ENOUGH ) {
			return self::NIGHT;
		}
		$hours = range( 0, 23 );
		usort(
			$hours,
			static function ( $one, $other ) use ( $counts ) {
				return array( $counts[ $one ], $one ) <=> array( $counts[ $other ], $other );
			}
		);
		$quiet = array_slice( $hours, 0, self::COUNT );
		sort( $quiet );
		return $quiet;
	}

	/**
	 * Whether this hour is one of them.
	 */
	public function is_now(): bool {
		return in_array( $this->hour( $this->clock->now() ), $this->hours(), true );
	}

	/**
	 * When the next of them begins.
	 */
	public function next_at(): int {
		$hours = $this->hours();
		$at    = $this->clock->now() - $this->clock->now() % HOUR_IN_SECONDS;
		do {
			$at += HOUR_IN_SECONDS;
		} while ( ! in_array( $this->hour( $at ), $hours, true ) );
		return $at;
	}

	/**
	 * The hour of the day on this site.
	 *
	 * @param int $at Seconds since 1970.
	 */
	private function hour( int $at ): int {
		return (int) gmdate( 'G', $at + (int) ( (float) get_option( 'gmt_offset' ) * HOUR_IN_SECONDS ) );
	}

	/**
	 * What was learned.
	 *
	 * @return array{at: int, counts: array<int, float>}
	 */
	private function known(): array {
		$known = get_option( self::OPTION, array() );
		return array(
			'at'     => (int) ( $known['at'] ?? 0 ),
			'counts' => is_array( $known['counts'] ?? null ) ? $known['counts'] : array(),
		);
	}
}
