<?php
/**
 * Tries the connection, step by step.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Connection;

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Log;

defined( 'ABSPATH' ) || exit;

/**
 * Answers the question whether this site can talk to ConvertOS, in sentences that say what to do.
 */
class Connection_Test {

	const OK      = 'ok';
	const WARNING = 'warning';
	const FAILED  = 'failed';

	/**
	 * A clock that is off by more than this is worth a warning; from five minutes on the server refuses.
	 */
	const CLOCK_SECONDS = 60;

	/**
	 * Who this site is.
	 *
	 * @var Credentials
	 */
	private $credentials;

	/**
	 * The way to ConvertOS.
	 *
	 * @var Server
	 */
	private $server;

	/**
	 * The log.
	 *
	 * @var Log
	 */
	private $log;

	/**
	 * The time.
	 *
	 * @var Clock
	 */
	private $clock;

	/**
	 * Only stores.
	 *
	 * @param Credentials $credentials Who this site is.
	 * @param Server      $server      The way to ConvertOS.
	 * @param Log         $log         The log.
	 * @param Clock       $clock       The time.
	 */
	public function __construct( Credentials $credentials, Server $server, Log $log, Clock $clock ) {
		$this->credentials = $credentials;
		$this->server      = $server;
		$this->log         = $log;
		$this->clock       = $clock;
	}

	/**
	 * Every step until one fails.
	 *
	 * @return array<int, array{step: string, outcome: string, text: string}>
	 */
	public function run(): array {
		$results = array();
		foreach ( array( 'settings', 'address', 'test_event', 'entity_api' ) as $step ) {
			list( $outcome, $text ) = $this->$step();
			$results[]              = compact( 'step', 'outcome', 'text' );
			$this->log->info( 'connection', 'A step of the connection test was tried.', compact( 'step', 'outcome' ) );
			if ( self::FAILED === $outcome ) {
				break;
			}
		}
		return $results;
	}

	/**
	 * Whether every step went well, warnings aside.
	 *
	 * @param array<int, array{step: string, outcome: string, text: string}> $results What run() gave.
	 */
	public static function has_passed( array $results ): bool {
		return ! in_array( self::FAILED, wp_list_pluck( $results, 'outcome' ), true );
	}

	/**
	 * Whether everything is set.
	 *
	 * @return array{0: string, 1: string}
	 */
	private function settings(): array {
		if ( $this->credentials->is_secret_unreadable() ) {
			return array( self::FAILED, __( 'The stored secret can no longer be read, because this site’s security keys (salts) have changed. Paste the connection string again.', 'convertos-connector' ) );
		}
		if ( ! $this->credentials->are_present() || null === $this->credentials->secret() ) {
			return array( self::FAILED, __( 'This site is not connected yet. Paste a connection string, or fill in address, connection ID and secret.', 'convertos-connector' ) );
		}
		if ( 0 === strpos( $this->credentials->url(), 'http://' ) ) {
			return array( self::WARNING, __( 'Everything is filled in, but the address begins with http://. What is sent can be read on its way; use https:// outside of your own network.', 'convertos-connector' ) );
		}
		return array( self::OK, __( 'Address, connection ID and secret are filled in.', 'convertos-connector' ) );
	}

	/**
	 * Whether ConvertOS answers at the address.
	 *
	 * @return array{0: string, 1: string}
	 */
	private function address(): array {
		$answer = $this->server->get_public( '/healthz' );
		if ( 200 === $answer->status ) {
			return array( self::OK, __( 'ConvertOS answers at this address.', 'convertos-connector' ) );
		}
		return array( self::FAILED, $answer->explanation() );
	}

	/**
	 * Whether a signed test event is taken.
	 *
	 * @return array{0: string, 1: string}
	 */
	private function test_event(): array {
		$event  = array(
			'event_id'   => wp_generate_uuid4(),
			'event_type' => 'test',
			'timestamp'  => Clock::rfc3339( $this->clock->now() ),
			'data'       => array( 'sent_by' => 'convertos-connector' ),
		);
		$answer = $this->server->post_events( (string) wp_json_encode( array( $event ) ) );
		if ( Answer::DONE === $answer->verdict() && true === $answer->body['success'] ) {
			return array( self::OK, __( 'The test event was signed, sent and taken.', 'convertos-connector' ) );
		}
		return array( self::FAILED, $this->refusal( $answer ) );
	}

	/**
	 * Why the test event was not taken, and what helps.
	 *
	 * @param Answer $answer What the server said.
	 */
	private function refusal( Answer $answer ): string {
		$hints = array(
			'signature_invalid'           => __( 'ConvertOS does not accept the connection ID or the secret. Make a new connection string on the connection’s page and paste it here.', 'convertos-connector' ),
			'timestamp_outside_tolerance' => __( 'The clock of this server is more than five minutes off. Ask your host to set it by network time.', 'convertos-connector' ),
			'algorithm_not_allowed'       => __( 'The connection does not allow SHA-512 signatures. Choose SHA-256 in the settings, or allow it in ConvertOS.', 'convertos-connector' ),
			'address_not_allowed'         => __( 'The connection has a list of allowed addresses, and this server’s is not on it.', 'convertos-connector' ),
		);
		return $hints[ $answer->code() ] ?? $answer->explanation();
	}

	/**
	 * Whether the key of the entity API works, which history and field mapping need.
	 *
	 * @return array{0: string, 1: string}
	 */
	private function entity_api(): array {
		if ( null === $this->credentials->api_key() ) {
			return array( self::WARNING, __( 'Events are delivered. No API key is set, so history can not be imported; a connection string brings one.', 'convertos-connector' ) );
		}
		$answer = $this->server->get( Server::STATUS );
		if ( Answer::DONE !== $answer->verdict() ) {
			/* translators: %s: what the server said. */
			return array( self::WARNING, sprintf( __( 'Events are delivered, but the API key does not work: %s', 'convertos-connector' ), $answer->explanation() ) );
		}
		$shift = abs( (int) strtotime( (string) ( $answer->body['serverTime'] ?? '' ) ) - $this->clock->now() );
		if ( false === ( $answer->body['isPluginSupported'] ?? true ) ) {
			return array( self::WARNING, __( 'Everything works, but this version of the plugin is older than ConvertOS supports. Update it.', 'convertos-connector' ) );
		}
		if ( $shift > self::CLOCK_SECONDS ) {
			/* translators: %d: seconds. */
			return array( self::WARNING, sprintf( __( 'Everything works, but this server’s clock is %d seconds off.', 'convertos-connector' ), $shift ) );
		}
		/* translators: %s: name of the client in ConvertOS. */
		return array( self::OK, sprintf( __( 'The API key works. Connected to: %s', 'convertos-connector' ), (string) ( $answer->body['client']['name'] ?? '' ) ) );
	}
}
