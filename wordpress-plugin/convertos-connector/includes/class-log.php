<?php
/**
 * The plugin's own log.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Notes what the plugin did, in a table that is kept short. Holds no personal data, and never disturbs a page.
 */
final class Log {

	const LEVELS = array(
		'error'   => 1,
		'warning' => 2,
		'info'    => 3,
		'debug'   => 4,
	);

	const MOST_ROWS = 20000;

	/**
	 * The database.
	 *
	 * @var \wpdb
	 */
	private $wpdb;

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * The time.
	 *
	 * @var Clock
	 */
	private $clock;

	/**
	 * Only stores.
	 *
	 * @param \wpdb    $wpdb     The database.
	 * @param Settings $settings The settings.
	 * @param Clock    $clock    The time.
	 */
	public function __construct( \wpdb $wpdb, Settings $settings, Clock $clock ) {
		$this->wpdb     = $wpdb;
		$this->settings = $settings;
		$this->clock    = $clock;
	}

	/**
	 * Something is broken and somebody should look.
	 *
	 * @param string               $topic   The part that says it.
	 * @param string               $message What happened; the same words each time.
	 * @param array<string, mixed> $context Facts: counts, ids, codes.
	 */
	public function error( string $topic, string $message, array $context = array() ): void {
		$this->write( 'error', $topic, $message, $context );
	}

	/**
	 * Something went wrong and will heal by itself, or was left out.
	 *
	 * @param string               $topic   The part that says it.
	 * @param string               $message What happened; the same words each time.
	 * @param array<string, mixed> $context Facts: counts, ids, codes.
	 */
	public function warning( string $topic, string $message, array $context = array() ): void {
		$this->write( 'warning', $topic, $message, $context );
	}

	/**
	 * Something was done.
	 *
	 * @param string               $topic   The part that says it.
	 * @param string               $message What happened; the same words each time.
	 * @param array<string, mixed> $context Facts: counts, ids, codes.
	 */
	public function info( string $topic, string $message, array $context = array() ): void {
		$this->write( 'info', $topic, $message, $context );
	}

	/**
	 * What only matters while looking for a fault.
	 *
	 * @param string               $topic   The part that says it.
	 * @param string               $message What happened; the same words each time.
	 * @param array<string, mixed> $context Facts: counts, ids, codes.
	 */
	public function debug( string $topic, string $message, array $context = array() ): void {
		$this->write( 'debug', $topic, $message, $context );
	}

	/**
	 * Notes an error that was caught, by its kind and place; its message may name persons and is cleaned.
	 *
	 * @param string     $topic   The part that caught it.
	 * @param string     $message What was being done.
	 * @param \Throwable $caught  The error.
	 */
	public function caught( string $topic, string $message, \Throwable $caught ): void {
		$this->error(
			$topic,
			$message,
			array(
				'error' => get_class( $caught ),
				'what'  => $caught->getMessage(),
				'where' => basename( $caught->getFile() ) . ':' . $caught->getLine(),
			)
		);
	}

	/**
	 * The newest rows first.
	 *
	 * @param array{level?: string, topic?: string, search?: string, before?: int, limit?: int} $filter What to show.
	 * @return array<int, array<string, mixed>>
	 */
	public function rows( array $filter = array() ): array {
		$wpdb  = $this->wpdb;
		$topic = $filter['topic'] ?? '';
		$rows  = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT id, logged_at, level, topic, message, context FROM {$wpdb->prefix}convertos_log
				WHERE level <= %d AND (%s = '' OR topic = %s) AND message LIKE %s AND id < %d ORDER BY id DESC LIMIT %d",
				self::LEVELS[ $filter['level'] ?? 'debug' ] ?? self::LEVELS['debug'],
				$topic,
				$topic,
				'%' . $wpdb->esc_like( $filter['search'] ?? '' ) . '%',
				$filter['before'] ?? PHP_INT_MAX,
				max( 1, min( 500, $filter['limit'] ?? 50 ) )
			),
			ARRAY_A
		);
		return array_map( array( $this, 'read' ), (array) $rows );
	}

	/**
	 * Forgets what is old, and the oldest where there is too much.
	 */
	public function rotate(): void {
		$wpdb   = $this->wpdb;
		$oldest = $this->clock->now() - $this->settings->get( 'keep_log_days' ) * DAY_IN_SECONDS;
		$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->prefix}convertos_log WHERE logged_at < %d", $oldest ) );
		$first = (int) $wpdb->get_var(
			$wpdb->prepare( "SELECT id FROM {$wpdb->prefix}convertos_log ORDER BY id DESC LIMIT 1 OFFSET %d", self::MOST_ROWS )
		);
		if ( $first > 0 ) {
			$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->prefix}convertos_log WHERE id <= %d", $first ) );
		}
	}

	/**
	 * Forgets everything.
	 */
	public function clear(): void {
		$wpdb = $this->wpdb;
		$wpdb->query( "DELETE FROM {$wpdb->prefix}convertos_log" );
	}

	/**
	 * Writes a row; where that fails, PHP's own log gets the sentence.
	 *
	 * @param string               $level   The level's name.
	 * @param string               $topic   The part that says it.
	 * @param string               $message What happened.
	 * @param array<string, mixed> $context Facts.
	 */
	private function write( string $level, string $topic, string $message, array $context ): void {
		try {
			if ( self::LEVELS[ $level ] > self::LEVELS[ $this->settings->get( 'log_level' ) ] ) {
				return;
			}
			$is_written = $this->insert( $level, $topic, Redaction::clean( $message ), Redaction::clean_all( $context ) );
		} catch ( \Throwable $caught ) {
			$is_written = false;
		}
		if ( ! $is_written && 'error' === $level ) {
			error_log( 'ConvertOS Connector: ' . Redaction::clean( $message ) ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions -- the last place left to say it.
		}
	}

	/**
	 * Inserts a row without letting WordPress print an error into the page.
	 *
	 * @param string               $level   The level's name.
	 * @param string               $topic   The part that says it.
	 * @param string               $message What happened, cleaned.
	 * @param array<string, mixed> $context Facts, cleaned.
	 */
	private function insert( string $level, string $topic, string $message, array $context ): bool {
		$suppressed = $this->wpdb->suppress_errors( true );
		$inserted   = $this->wpdb->insert(
			$this->wpdb->prefix . 'convertos_log',
			array(
				'logged_at' => $this->clock->now(),
				'level'     => self::LEVELS[ $level ],
				'topic'     => substr( $topic, 0, 40 ),
				'message'   => substr( $message, 0, 500 ),
				'context'   => $context ? wp_json_encode( $context ) : null,
			),
			array( '%d', '%d', '%s', '%s', '%s' )
		);
		$this->wpdb->suppress_errors( $suppressed );
		return false !== $inserted;
	}

	/**
	 * A row as callers read it.
	 *
	 * @param array<string, string|null> $row As the database gives it.
	 * @return array<string, mixed>
	 */
	private function read( array $row ): array {
		$context = json_decode( (string) $row['context'], true );
		return array(
			'id'        => (int) $row['id'],
			'logged_at' => (int) $row['logged_at'],
			'level'     => (string) array_search( (int) $row['level'], self::LEVELS, true ),
			'topic'     => $row['topic'],
			'message'   => $row['message'],
			'context'   => is_array( $context ) ? $context : array(),
		);
	}
}
