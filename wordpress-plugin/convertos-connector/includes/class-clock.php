<?php
/**
 * The time, handed in so that it can be another one.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * The time of this server.
 */
class Clock {

	/**
	 * Seconds since 1970.
	 */
	public function now(): int {
		return time();
	}

	/**
	 * A time as events write it: UTC, RFC 3339, whole seconds.
	 *
	 * @param int $at Seconds since 1970.
	 */
	public static function rfc3339( int $at ): string {
		return gmdate( 'Y-m-d\TH:i:s\Z', $at );
	}
}
