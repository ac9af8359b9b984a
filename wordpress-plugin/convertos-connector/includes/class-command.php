<?php
/**
 * What can be done from the command line.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

use ConvertOS\Connector\Connection\Connection_Test;
use ConvertOS\Connector\Connection\Credentials;
use ConvertOS\Connector\Delivery\Delivery_State;
use ConvertOS\Connector\Delivery\Runner;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Outbox\Outbox_View;

defined( 'ABSPATH' ) || exit;

/**
 * Connects this site to ConvertOS and delivers its events.
 */
final class Command {

	/**
	 * Starts deliveries.
	 *
	 * @var Runner
	 */
	private $runner;

	/**
	 * The queue.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * The queue's figures.
	 *
	 * @var Outbox_View
	 */
	private $view;

	/**
	 * How delivery is going.
	 *
	 * @var Delivery_State
	 */
	private $state;

	/**
	 * Who this site is.
	 *
	 * @var Credentials
	 */
	private $credentials;

	/**
	 * Tries the connection.
	 *
	 * @var Connection_Test
	 */
	private $test;

	/**
	 * Only stores.
	 *
	 * @param Runner          $runner      Starts deliveries.
	 * @param Outbox          $outbox      The queue.
	 * @param Outbox_View     $view        The queue's figures.
	 * @param Delivery_State  $state       How delivery is going.
	 * @param Credentials     $credentials Who this site is.
	 * @param Connection_Test $test        Tries the connection.
	 */
	public function __construct( Runner $runner, Outbox $outbox, Outbox_View $view, Delivery_State $state, Credentials $credentials, Connection_Test $test ) {
		$this->runner      = $runner;
		$this->outbox      = $outbox;
		$this->view        = $view;
		$this->state       = $state;
		$this->credentials = $credentials;
		$this->test        = $test;
	}

	/**
	 * Sends what waits. Meant for a system cron, once a minute.
	 *
	 * ## OPTIONS
	 *
	 * [--seconds=<seconds>]
	 * : How long it may take at most. Default 50.
	 *
	 * ## EXAMPLES
	 *
	 *     * * * * * cd /var/www/shop && wp convertos send --quiet
	 *
	 * @param string[]              $arguments Not used.
	 * @param array<string, string> $options   The options.
	 */
	public function send( array $arguments, array $options ): void {
		$sent = $this->runner->deliver( time() + max( 1, (int) ( $options['seconds'] ?? 50 ) ) );
		if ( null === $sent ) {
			\WP_CLI::warning( 'Another process is sending at this moment.' );
			return;
		}
		\WP_CLI::success( sprintf( '%d events were delivered, %d wait.', $sent, $this->view->counts()[ Outbox::WAITING ] ) );
	}

	/**
	 * Shows how delivery is going.
	 *
	 * @param string[]              $arguments Not used.
	 * @param array<string, string> $options   Not used.
	 */
	public function status( array $arguments, array $options ): void { // phpcs:ignore Generic.CodeAnalysis.UnusedFunctionParameter -- WP-CLI hands both to every command.
		foreach ( $this->view->counts() + $this->state->all() as $name => $value ) {
			\WP_CLI::line( $name . ': ' . ( null === $value ? '-' : $value ) );
		}
	}

	/**
	 * Connects this site.
	 *
	 * ## OPTIONS
	 *
	 * <connection-string>
	 * : The line that ConvertOS shows on the connection's page.
	 *
	 * @param string[] $arguments The connection string.
	 */
	public function connect( array $arguments ): void {
		$saved = $this->credentials->save_connection_string( $arguments[0] );
		if ( is_wp_error( $saved ) ) {
			\WP_CLI::error( $saved->get_error_message() );
		}
		\WP_CLI::success( 'Connected. Try it with: wp convertos test' );
	}

	/**
	 * Tries the connection, step by step.
	 */
	public function test(): void {
		$results = $this->test->run();
		foreach ( $results as $result ) {
			\WP_CLI::line( "[{$result['outcome']}] {$result['text']}" );
		}
		if ( ! Connection_Test::has_passed( $results ) ) {
			\WP_CLI::halt( 1 );
		}
	}

	/**
	 * Sends everything on the dead list again.
	 */
	public function resend(): void {
		\WP_CLI::success( sprintf( '%d events wait again.', $this->outbox->resend( array() ) ) );
	}

	/**
	 * Stops sending; events are collected all the same.
	 */
	public function pause(): void {
		$this->state->pause( Delivery_State::PAUSED_BY_HAND );
		\WP_CLI::success( 'Sending is paused.' );
	}

	/**
	 * Goes on sending.
	 */
	public function resume(): void {
		$this->state->resume();
		$this->runner->wake();
		\WP_CLI::success( 'Sending goes on.' );
	}
}
