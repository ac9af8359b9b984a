<?php
/**
 * Brings what the site had before the plugin came.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\History;

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Connection\Answer;
use ConvertOS\Connector\Connection\Server;
use ConvertOS\Connector\Lock;
use ConvertOS\Connector\Log;

defined( 'ABSPATH' ) || exit;

/**
 * Pushes customers, products and orders through the entity API, a batch at a time, and remembers how far it came.
 *
 * It may be stopped anywhere: what is pushed twice is one object in ConvertOS.
 */
class Import {

	const OPTION       = 'convertos_import';
	const LOCK_OPTION  = 'convertos_importing';
	const LOCK_SECONDS = 180;

	const RUNNING = 'running';
	const PAUSED  = 'paused';
	const DONE    = 'done';
	const FAILED  = 'failed';

	const BATCH       = 100;
	const MOST_ERRORS = 20;

	/**
	 * What there is.
	 *
	 * @var Catalog
	 */
	private $catalog;

	/**
	 * Reads objects.
	 *
	 * @var Items
	 */
	private $items;

	/**
	 * The way to ConvertOS.
	 *
	 * @var Server
	 */
	private $server;

	/**
	 * Hours in which little happens.
	 *
	 * @var Quiet_Hours
	 */
	private $quiet;

	/**
	 * Lets one process at it.
	 *
	 * @var Lock
	 */
	private $lock;

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
	 * @param Catalog     $catalog What there is.
	 * @param Items       $items   Reads objects.
	 * @param Server      $server  The way to ConvertOS.
	 * @param Quiet_Hours $quiet   Hours in which little happens.
	 * @param Lock        $lock    Lets one process at it.
	 * @param Log         $log     The log.
	 * @param Clock       $clock   The time.
	 */
	public function __construct( Catalog $catalog, Items $items, Server $server, Quiet_Hours $quiet, Lock $lock, Log $log, Clock $clock ) {
		$this->catalog = $catalog;
		$this->items   = $items;
		$this->server  = $server;
		$this->quiet   = $quiet;
		$this->lock    = $lock;
		$this->log     = $log;
		$this->clock   = $clock;
	}

	/**
	 * How far it came; an empty array where it never began.
	 *
	 * @return array<string, mixed>
	 */
	public function state(): array {
		$state = get_option( self::OPTION, array() );
		return is_array( $state ) ? $state : array();
	}

	/**
	 * How much of everything is done, 0 to 100.
	 */
	public function percent(): int {
		$kinds = $this->state()['kinds'] ?? array();
		$total = array_sum( array_column( $kinds, 'total' ) );
		$seen  = array_sum( array_column( $kinds, 'done' ) ) + array_sum( array_column( $kinds, 'failed' ) ) + array_sum( array_column( $kinds, 'skipped' ) );
		return 0 === $total ? 100 : (int) min( 100, floor( 100 * $seen / $total ) );
	}

	/**
	 * Begins.
	 *
	 * @param string[] $kinds         Which kinds.
	 * @param bool     $is_quiet_only Whether to wait for quiet hours.
	 */
	public function start( array $kinds, bool $is_quiet_only ): void {
		$state = array(
			'status'     => self::RUNNING,
			'started_at' => $this->clock->now(),
			'quiet_only' => $is_quiet_only,
			'not_before' => 0,
			'batch'      => self::BATCH,
			'note'       => '',
			'errors'     => array(),
			'kinds'      => array(),
		);
		foreach ( array_intersect( Catalog::kinds(), $kinds ) as $kind ) {
			$state['kinds'][ $kind ] = array(
				'after'   => 0,
				'total'   => $this->catalog->count( $kind ),
				'done'    => 0,
				'failed'  => 0,
				'skipped' => 0,
				'is_over' => false,
			);
		}
		$this->save( $state );
		$this->log->info( 'import', 'An import of history began.', array( 'kinds' => implode( ', ', array_keys( $state['kinds'] ) ) ) );
	}

	/**
	 * Pauses, or goes on.
	 *
	 * @param string $status RUNNING or PAUSED.
	 */
	public function turn( string $status ): void {
		$state = $this->state();
		if ( $state && self::DONE !== $state['status'] ) {
			$this->save(
				array_merge(
					$state,
					array(
						'status'     => $status,
						'not_before' => 0,
						'note'       => '',
					)
				)
			);
		}
	}

	/**
	 * Forgets how far it came.
	 */
	public function forget(): void {
		delete_option( self::OPTION );
	}

	/**
	 * Asks for a background run where there is something to do.
	 *
	 * @param int|null $at What others need.
	 */
	public function next_work_at( $at ): ?int {
		$state = $this->state();
		if ( self::RUNNING !== ( $state['status'] ?? '' ) ) {
			return $at;
		}
		$mine = max( $this->clock->now(), (int) $state['not_before'] );
		$mine = $state['quiet_only'] && ! $this->quiet->is_now() ? $this->quiet->next_at() : $mine;
		return null === $at ? $mine : min( $at, $mine );
	}

	/**
	 * Goes on in the background, where the hour is right.
	 *
	 * @param int $deadline Seconds since 1970.
	 */
	public function go_on( int $deadline ): void {
		if ( ! ( $this->state()['quiet_only'] ?? false ) || $this->quiet->is_now() ) {
			$this->run( $deadline );
		}
	}

	/**
	 * Pushes batches until the time or the memory is over, something fails, or all is done.
	 *
	 * @param int $deadline Seconds since 1970.
	 */
	public function run( int $deadline ): void {
		if ( ! $this->is_due() || ! $this->lock->take( self::LOCK_OPTION, self::LOCK_SECONDS ) ) {
			return;
		}
		try {
			while ( $this->is_due() && $this->clock->now() < $deadline && self::has_memory() ) {
				$this->step();
			}
		} finally {
			$this->lock->release( self::LOCK_OPTION );
		}
	}

	/**
	 * Whether there is something to do now.
	 */
	private function is_due(): bool {
		$state = $this->state();
		return self::RUNNING === ( $state['status'] ?? '' ) && $state['not_before'] <= $this->clock->now();
	}

	/**
	 * Pushes one batch.
	 */
	private function step(): void {
		$state = $this->state();
		foreach ( $state['kinds'] as $kind => $progress ) {
			if ( ! $progress['is_over'] ) {
				$ids = $this->catalog->next( $kind, $progress['after'], $state['batch'] );
				$this->keep( $ids ? $this->pushed( $state, $kind, $ids ) : $this->over( $state, $kind ) );
				return;
			}
		}
		$this->save( array_merge( $state, array( 'status' => self::DONE ) ) );
		$this->log->info( 'import', 'The import of history is done.' );
	}

	/**
	 * The state after a kind has come to its end.
	 *
	 * @param array<string, mixed> $state The state before.
	 * @param string               $kind  The kind.
	 * @return array<string, mixed>
	 */
	private function over( array $state, string $kind ): array {
		$state['kinds'][ $kind ]['is_over'] = true;
		return $state;
	}

	/**
	 * The state after a batch.
	 *
	 * @param array<string, mixed> $state The state before.
	 * @param string               $kind  The kind.
	 * @param int[]                $ids   Numbers of objects.
	 * @return array<string, mixed>
	 */
	private function pushed( array $state, string $kind, array $ids ): array {
		$read  = rtrim( $kind, 's' );
		$items = array();
		foreach ( $ids as $id ) {
			$items[] = $this->items->$read( $id );
		}
		$items  = array_values( array_filter( $items ) );
		$answer = $items ? $this->server->push( 'POST', "/api/integrations/wordpress/$kind", array( 'items' => $items ) ) : new Answer( 200, array( 'success' => true ) );
		switch ( $answer->verdict() ) {
			case Answer::DONE:
				return $this->counted( $state, $kind, $ids, $items, $answer );
			case Answer::LATER:
				$wait = max( MINUTE_IN_SECONDS, (int) $answer->retry_after );
				return array_merge(
					$state,
					array(
						'not_before' => $this->clock->now() + $wait,
						'note'       => $answer->explanation(),
					)
				);
			case Answer::UNREADABLE:
				return $this->divided( $state, $kind, $ids, $answer );
			default:
				$this->log->error( 'import', 'The import of history was refused.', array( 'what' => $answer->explanation() ) );
				return array_merge(
					$state,
					array(
						'status' => self::FAILED,
						'note'   => $answer->explanation(),
					)
				);
		}
	}

	/**
	 * The state after a batch that was taken, all or in part.
	 *
	 * @param array<string, mixed>             $state  The state before.
	 * @param string                           $kind   The kind.
	 * @param int[]                            $ids    Numbers that were read.
	 * @param array<int, array<string, mixed>> $items  What was pushed.
	 * @param Answer                           $answer What the server said.
	 * @return array<string, mixed>
	 */
	private function counted( array $state, string $kind, array $ids, array $items, Answer $answer ): array {
		$failed = 0;
		foreach ( is_array( $answer->body['results'] ?? null ) ? $answer->body['results'] : array() as $result ) {
			if ( 'failed' === ( $result['status'] ?? '' ) ) {
				++$failed;
				$state['errors'][] = rtrim( $kind, 's' ) . ' ' . ( $result['externalId'] ?? '?' ) . ': ' . self::sentence( $result['errors'] ?? array() );
			}
		}
		$progress                = $state['kinds'][ $kind ];
		$state['kinds'][ $kind ] = array_merge(
			$progress,
			array(
				'after'   => end( $ids ),
				'done'    => $progress['done'] + count( $items ) - $failed,
				'failed'  => $progress['failed'] + $failed,
				'skipped' => $progress['skipped'] + count( $ids ) - count( $items ),
			)
		);
		$state['errors']         = array_slice( $state['errors'], -self::MOST_ERRORS );
		$state['note']           = '';
		return $state;
	}

	/**
	 * The state after a batch that could not be read: a smaller one next, or the one object left out.
	 *
	 * @param array<string, mixed> $state  The state before.
	 * @param string               $kind   The kind.
	 * @param int[]                $ids    Numbers that were read.
	 * @param Answer               $answer What the server said.
	 * @return array<string, mixed>
	 */
	private function divided( array $state, string $kind, array $ids, Answer $answer ): array {
		if ( count( $ids ) > 1 ) {
			$state['batch'] = max( 1, intdiv( count( $ids ), 2 ) );
			return $state;
		}
		$state['batch'] = self::BATCH;
		++$state['kinds'][ $kind ]['failed'];
		$state['kinds'][ $kind ]['after'] = end( $ids );
		$state['errors'][]                = rtrim( $kind, 's' ) . ' ' . end( $ids ) . ': ' . $answer->explanation();
		return $state;
	}

	/**
	 * Errors as one sentence.
	 *
	 * @param array<int, mixed> $errors What the server said.
	 */
	private static function sentence( array $errors ): string {
		$texts = array();
		foreach ( $errors as $error ) {
			$texts[] = is_array( $error ) ? ( $error['field'] ?? '' ) . ' ' . ( $error['message'] ?? '' ) : (string) $error;
		}
		return trim( implode( '; ', $texts ) );
	}

	/**
	 * Keeps how far it came.
	 *
	 * @param array<string, mixed> $state The state.
	 */
	private function save( array $state ): void {
		update_option( self::OPTION, $state, false );
	}

	/**
	 * Keeps how far a batch came. Where a person has paused or forgotten it meanwhile, that stays.
	 *
	 * @param array<string, mixed> $state The state.
	 */
	private function keep( array $state ): void {
		wp_cache_delete( self::OPTION, 'options' );
		$present = $this->state();
		if ( $present && $present['started_at'] === $state['started_at'] ) {
			$this->save( self::RUNNING === $present['status'] ? $state : array_merge( $state, array( 'status' => $present['status'] ) ) );
		}
	}

	/**
	 * Whether a fifth of the memory is left.
	 */
	private static function has_memory(): bool {
		$limit = wp_convert_hr_to_bytes( (string) ini_get( 'memory_limit' ) );
		return $limit <= 0 || memory_get_usage( true ) < 0.8 * $limit;
	}
}
