<?php
/**
 * How delivery is going.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Delivery;

use ConvertOS\Connector\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * Failures in a row, the pause that follows too many of them, and when to try again.
 */
class Delivery_State {

	const OPTION = 'convertos_delivery';

	const PAUSED_BY_HAND     = 'manual';
	const PAUSED_BY_FAILURES = 'failures';
	const PAUSED_BY_REFUSAL  = 'refused';

	const PROBE_SECONDS = 900;

	const FRESH = array(
		'failures'        => 0,
		'paused'          => null,
		'paused_at'       => null,
		'next_probe_at'   => 0,
		'not_before'      => 0,
		'last_success_at' => null,
		'last_error_at'   => null,
		'last_error'      => '',
		'last_run_at'     => null,
	);

	/**
	 * The time.
	 *
	 * @var Clock
	 */
	private $clock;

	/**
	 * Only stores.
	 *
	 * @param Clock $clock The time.
	 */
	public function __construct( Clock $clock ) {
		$this->clock = $clock;
	}

	/**
	 * All of it.
	 *
	 * @return array<string, mixed>
	 */
	public function all(): array {
		$stored = get_option( self::OPTION, array() );
		return array_merge( self::FRESH, is_array( $stored ) ? $stored : array() );
	}

	/**
	 * Why sending is paused, or null where it is not.
	 */
	public function paused(): ?string {
		return $this->all()['paused'];
	}

	/**
	 * Whether a paused delivery should try one event, to see whether it works again. What a person paused stays so.
	 */
	public function is_probe_due(): bool {
		$state = $this->all();
		return null !== $state['paused'] && self::PAUSED_BY_HAND !== $state['paused'] && $state['next_probe_at'] <= $this->clock->now();
	}

	/**
	 * When sending may go on: now, later, or null where a person has to say so.
	 */
	public function sends_again_at(): ?int {
		$state = $this->all();
		if ( self::PAUSED_BY_HAND === $state['paused'] ) {
			return null;
		}
		return max( $this->clock->now(), (int) $state['not_before'], null === $state['paused'] ? 0 : (int) $state['next_probe_at'] );
	}

	/**
	 * Notes that a run began.
	 */
	public function ran(): void {
		$this->change( array( 'last_run_at' => $this->clock->now() ) );
	}

	/**
	 * Notes that something got through.
	 *
	 * @return bool Whether it had not worked before.
	 */
	public function succeeded(): bool {
		$before = $this->all();
		$this->change(
			array(
				'failures'        => 0,
				'paused'          => self::PAUSED_BY_HAND === $before['paused'] ? $before['paused'] : null,
				'not_before'      => 0,
				'last_success_at' => $this->clock->now(),
			)
		);
		return $before['failures'] > 0;
	}

	/**
	 * Notes a failure.
	 *
	 * @param string   $error       What went wrong.
	 * @param int      $threshold   How many in a row pause sending.
	 * @param int|null $retry_after Seconds that the server asked for.
	 * @return bool Whether sending was paused just now.
	 */
	public function failed( string $error, int $threshold, ?int $retry_after ): bool {
		$state    = $this->all();
		$now      = $this->clock->now();
		$failures = $state['failures'] + 1;
		$this->change(
			array(
				'failures'      => $failures,
				'not_before'    => $now + (int) $retry_after,
				'last_error_at' => $now,
				'last_error'    => substr( $error, 0, 500 ),
				'next_probe_at' => $now + self::PROBE_SECONDS,
			)
		);
		return $failures >= $threshold && $this->pause( self::PAUSED_BY_FAILURES );
	}

	/**
	 * Notes that the server refuses this site; trying on would not help.
	 *
	 * @param string $error What it said.
	 * @return bool Whether sending was paused just now.
	 */
	public function refused( string $error ): bool {
		$this->failed( $error, PHP_INT_MAX, null );
		return $this->pause( self::PAUSED_BY_REFUSAL );
	}

	/**
	 * Stops sending; events are collected all the same.
	 *
	 * @param string $reason One of the constants.
	 * @return bool Whether it went on until now.
	 */
	public function pause( string $reason ): bool {
		if ( null !== $this->paused() ) {
			return false;
		}
		$now = $this->clock->now();
		$this->change(
			array(
				'paused'        => $reason,
				'paused_at'     => $now,
				'next_probe_at' => $now + self::PROBE_SECONDS,
			)
		);
		return true;
	}

	/**
	 * Goes on sending.
	 */
	public function resume(): void {
		$this->change(
			array(
				'paused'     => null,
				'paused_at'  => null,
				'failures'   => 0,
				'not_before' => 0,
			)
		);
	}

	/**
	 * Stores some values.
	 *
	 * @param array<string, mixed> $changes New values.
	 */
	private function change( array $changes ): void {
		update_option( self::OPTION, array_merge( $this->all(), $changes ), false );
	}
}
