<?php
/**
 * Keeps the site safe from this plugin's own errors.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Capture;

use ConvertOS\Connector\Log;

defined( 'ABSPATH' ) || exit;

/**
 * Wraps what runs inside somebody else's request: an error there is noted and goes no further.
 */
class Guard {

	/**
	 * The log.
	 *
	 * @var Log
	 */
	private $log;

	/**
	 * Only stores.
	 *
	 * @param Log $log The log.
	 */
	public function __construct( Log $log ) {
		$this->log = $log;
	}

	/**
	 * Listens to an action.
	 *
	 * @param string   $hook      The action.
	 * @param callable $listener  What to do.
	 * @param int      $priority  When, among others.
	 * @param int      $arguments How many arguments.
	 */
	public function action( string $hook, callable $listener, int $priority = 10, int $arguments = 1 ): void {
		add_action(
			$hook,
			function ( ...$given ) use ( $hook, $listener ) {
				$this->call( $hook, $listener, $given );
			},
			$priority,
			$arguments
		);
	}

	/**
	 * Calls something, and notes its error instead of passing it on.
	 *
	 * @param string       $topic    Where it happened.
	 * @param callable     $listener What to do.
	 * @param array<mixed> $given    Arguments.
	 */
	public function call( string $topic, callable $listener, array $given = array() ): void {
		try {
			$listener( ...$given );
		} catch ( \Throwable $caught ) {
			$this->log->caught( 'capture', 'Something was not captured: ' . $topic, $caught );
		}
	}
}
