<?php
/**
 * Copies of the settings, taken before something changes them.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Settings;

use ConvertOS\Connector\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps the last few states of the settings; secrets are never in them.
 */
final class Backups {

	const OPTION = 'convertos_settings_backups';
	const KEPT   = 5;

	/**
	 * Options that a backup holds.
	 */
	const CONTENTS = array( Settings::OPTION, 'convertos_mapping' );

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
	 * Copies the present state.
	 *
	 * @param string $version The plugin's version that wrote the state.
	 * @param string $reason  Why, for people: "update", "by hand", "restore".
	 * @return string The copy's id.
	 */
	public function create( string $version, string $reason ): string {
		$backup = array(
			'id'       => wp_generate_uuid4(),
			'made_at'  => $this->clock->now(),
			'version'  => $version,
			'reason'   => $reason,
			'contents' => array(),
		);
		foreach ( self::CONTENTS as $option ) {
			$backup['contents'][ $option ] = get_option( $option, null );
		}
		update_option( self::OPTION, array_slice( array_merge( array( $backup ), $this->all() ), 0, self::KEPT ), false );
		return $backup['id'];
	}

	/**
	 * The copies, newest first.
	 *
	 * @return array<int, array<string, mixed>>
	 */
	public function all(): array {
		$backups = get_option( self::OPTION, array() );
		return is_array( $backups ) ? $backups : array();
	}

	/**
	 * Puts a copy back; what it replaces is copied first.
	 *
	 * @param string $id      The copy's id.
	 * @param string $version The plugin's present version.
	 * @return bool Whether there was such a copy.
	 */
	public function restore( string $id, string $version ): bool {
		foreach ( $this->all() as $backup ) {
			if ( $backup['id'] === $id ) {
				$this->create( $version, 'restore' );
				foreach ( $backup['contents'] as $option => $value ) {
					null === $value ? delete_option( $option ) : update_option( $option, $value, true );
				}
				return true;
			}
		}
		return false;
	}
}
