<?php
/**
 * How long to wait before trying again.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Delivery;

defined( 'ABSPATH' ) || exit;

/**
 * One minute, doubled with each try up to six hours, a fifth more or less so that sites do not come all at once.
 */
final class Backoff {

	const FIRST_SECONDS   = 60;
	const LONGEST_SECONDS = 21600;

	/**
	 * Seconds until the next try.
	 *
	 * @param int      $attempts    Tries of this round that have failed, one or more.
	 * @param int|null $retry_after What the server asked for; never less than that.
	 */
	public function seconds( int $attempts, ?int $retry_after = null ): int {
		$step   = min( self::LONGEST_SECONDS, self::FIRST_SECONDS * 2 ** min( 20, max( 0, $attempts - 1 ) ) );
		$jitter = intdiv( $step, 5 );
		return max( (int) $retry_after, min( self::LONGEST_SECONDS, $step + random_int( -$jitter, $jitter ) ) );
	}
}
