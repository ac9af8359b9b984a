<?php
/**
 * Lets one process do something while others leave it alone.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * A lock in the options table; one that a crash left behind expires.
 *
 * It is taken with INSERT IGNORE, because add_option() lets two processes succeed at once.
 */
final class Lock {

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
	 * Takes the lock.
	 *
	 * @param string $name    The option that holds it.
	 * @param int    $seconds After how long it expires.
	 * @return bool Whether it was free.
	 */
	public function take( string $name, int $seconds ): bool {
		$wpdb = $this->wpdb;
		$now  = $this->clock->now();
		$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name = %s AND CAST(option_value AS UNSIGNED) < %d", $name, $now ) );
		$taken = $wpdb->query(
			$wpdb->prepare( "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %s, 'no')", $name, $now + $seconds )
		);
		return 1 === $taken;
	}

	/**
	 * Gives the lock back.
	 *
	 * @param string $name The option that holds it.
	 */
	public function release( string $name ): void {
		$this->wpdb->delete( $this->wpdb->options, array( 'option_name' => $name ), array( '%s' ) );
	}
}
