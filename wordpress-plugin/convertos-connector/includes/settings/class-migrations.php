<?php
/**
 * Brings settings and tables of an older version to this one.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Settings;

use ConvertOS\Connector\Lifecycle;
use ConvertOS\Connector\Lock;
use ConvertOS\Connector\Log;
use ConvertOS\Connector\Schema;

defined( 'ABSPATH' ) || exit;

/**
 * Runs once for each site after an update, however the update came.
 */
final class Migrations {

	const VERSION_OPTION = Lifecycle::VERSION_OPTION;
	const LOCK_OPTION    = 'convertos_migrating';
	const LOCK_SECONDS   = 300;

	/**
	 * The tables.
	 *
	 * @var Schema
	 */
	private $schema;

	/**
	 * Copies of the settings.
	 *
	 * @var Backups
	 */
	private $backups;

	/**
	 * The log.
	 *
	 * @var Log
	 */
	private $log;

	/**
	 * Lets one request migrate while others go on.
	 *
	 * @var Lock
	 */
	private $lock;

	/**
	 * What each version changed in stored settings, oldest first.
	 *
	 * @var array<string, callable>
	 */
	private $steps;

	/**
	 * Only stores.
	 *
	 * @param Schema                  $schema  The tables.
	 * @param Backups                 $backups Copies of the settings.
	 * @param Log                     $log     The log.
	 * @param Lock                    $lock    Lets one request migrate while others go on.
	 * @param array<string, callable> $steps   By version: takes the stored settings, gives those of that version.
	 */
	public function __construct( Schema $schema, Backups $backups, Log $log, Lock $lock, array $steps ) {
		$this->schema  = $schema;
		$this->backups = $backups;
		$this->log     = $log;
		$this->lock    = $lock;
		$this->steps   = $steps;
	}

	/**
	 * Does what is left to do; costs one look at a loaded option where nothing is.
	 *
	 * @param string $version The version of the code that runs.
	 */
	public function run( string $version ): void {
		$from = (string) get_option( self::VERSION_OPTION, '' );
		if ( $from === $version || ! $this->lock->take( self::LOCK_OPTION, self::LOCK_SECONDS ) ) {
			return;
		}
		try {
			$this->migrate( $from, $version );
		} finally {
			$this->lock->release( self::LOCK_OPTION );
		}
	}

	/**
	 * Tables first, then settings, then the note that it is done.
	 *
	 * @param string $from    The version that wrote the stored state; empty on a fresh site.
	 * @param string $version The version of the code that runs.
	 */
	private function migrate( string $from, string $version ): void {
		$this->schema->install();
		if ( '' !== $from ) {
			$this->backups->create( $from, 'update' );
			update_option( Settings::OPTION, $this->migrated( $from, $version ), true );
			$this->log->info( 'migrations', 'The settings were brought to a new version.', compact( 'from', 'version' ) );
		}
		update_option( self::VERSION_OPTION, $version, true );
	}

	/**
	 * The stored settings after all steps between two versions.
	 *
	 * @param string $from    The version that wrote them.
	 * @param string $version The version of the code that runs.
	 * @return array<string, mixed>
	 */
	private function migrated( string $from, string $version ): array {
		$settings = get_option( Settings::OPTION, array() );
		$settings = is_array( $settings ) ? $settings : array();
		foreach ( $this->steps as $step_version => $step ) {
			if ( version_compare( $from, $step_version, '<' ) && version_compare( $step_version, $version, '<=' ) ) {
				$settings = $step( $settings );
			}
		}
		return $settings;
	}
}
