<?php
/**
 * Offers new versions through WordPress's own updater.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Updates;

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Connection\Answer;
use ConvertOS\Connector\Connection\Credentials;
use ConvertOS\Connector\Connection\Server_Url;
use ConvertOS\Connector\Log;
use const ConvertOS\Connector\PLUGIN_FILE;
use const ConvertOS\Connector\VERSION;

defined( 'ABSPATH' ) || exit;

/**
 * For copies that come from a ConvertOS and not from the plugin directory. Asks when WordPress looks for updates anyway.
 */
final class Updater {

	const SLUG          = 'convertos-connector';
	const OPTION        = 'convertos_update';
	const CACHE_SECONDS = 43200;

	/**
	 * Who this site is.
	 *
	 * @var Credentials
	 */
	private $credentials;

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
	 * @param Log         $log         The log.
	 * @param Clock       $clock       The time.
	 */
	public function __construct( Credentials $credentials, Log $log, Clock $clock ) {
		$this->credentials = $credentials;
		$this->log         = $log;
		$this->clock       = $clock;
	}

	/**
	 * Registers with WordPress's updater.
	 */
	public function hooks(): void {
		add_filter( 'pre_set_site_transient_update_plugins', array( $this, 'offer' ) );
		add_filter( 'plugins_api', array( $this, 'describe' ), 10, 3 );
		add_filter( 'upgrader_pre_download', array( $this, 'download' ), 10, 2 );
	}

	/**
	 * Adds a newer version to what WordPress offers.
	 *
	 * @param mixed $offers What WordPress knows.
	 * @return mixed
	 */
	public function offer( $offers ) {
		if ( ! is_object( $offers ) ) {
			return $offers;
		}
		try {
			$manifest = $this->manifest();
		} catch ( \Throwable $caught ) {
			$this->log->caught( 'updates', 'Looking for a new version failed.', $caught );
			$manifest = null;
		}
		if ( null !== $manifest && version_compare( $manifest['version'], VERSION, '>' ) ) {
			$file                      = plugin_basename( PLUGIN_FILE );
			$offers->response[ $file ] = (object) array(
				'id'           => $file,
				'slug'         => self::SLUG,
				'plugin'       => $file,
				'new_version'  => $manifest['version'],
				'package'      => $manifest['package'],
				'url'          => Server_Url::of( $this->base(), '/' ),
				'requires'     => $manifest['requires'] ?? '',
				'tested'       => $manifest['tested'] ?? '',
				'requires_php' => $manifest['requiresPhp'] ?? '',
			);
		}
		return $offers;
	}

	/**
	 * Describes the offered version in WordPress's own window.
	 *
	 * @param mixed  $result    What others say.
	 * @param string $action    What is asked.
	 * @param object $arguments About which plugin.
	 * @return mixed
	 */
	public function describe( $result, $action, $arguments ) {
		if ( 'plugin_information' !== $action || self::SLUG !== ( $arguments->slug ?? '' ) ) {
			return $result;
		}
		$manifest = $this->manifest();
		if ( null === $manifest ) {
			return $result;
		}
		return (object) array(
			'name'          => 'ConvertOS Connector',
			'slug'          => self::SLUG,
			'version'       => $manifest['version'],
			'requires'      => $manifest['requires'] ?? '',
			'tested'        => $manifest['tested'] ?? '',
			'requires_php'  => $manifest['requiresPhp'] ?? '',
			'download_link' => $manifest['package'],
			'sections'      => array( 'changelog' => wpautop( esc_html( $manifest['changelog'] ?? '' ) ) ),
		);
	}

	/**
	 * Downloads our package, and hands it on only if it is the one that was signed for.
	 *
	 * @param mixed $reply   What others say.
	 * @param mixed $package The package's address.
	 * @return mixed
	 */
	public function download( $reply, $package ) {
		$manifest = (array) get_option( self::OPTION, array() );
		if ( false !== $reply || ! is_string( $package ) || ( $manifest['package'] ?? '' ) !== $package ) {
			return $reply;
		}
		$file = self::fetched( $package );
		if ( is_wp_error( $file ) ) {
			return $file;
		}
		if ( ! hash_equals( $manifest['packageSha256'], (string) hash_file( 'sha256', $file ) ) ) {
			wp_delete_file( $file );
			$this->log->error( 'updates', 'A downloaded version is not the one that was signed; it was thrown away.' );
			return new \WP_Error( 'convertos_package', __( 'The downloaded file is not the one that ConvertOS signed. Nothing was changed.', 'convertos-connector' ) );
		}
		return $file;
	}

	/**
	 * The package as a file. WordPress's own download_url() refuses private networks, where a ConvertOS may well be.
	 *
	 * @param string $package The package's address.
	 * @return string|\WP_Error
	 */
	private static function fetched( string $package ) {
		$file     = wp_tempnam( self::SLUG . '.zip' );
		$response = wp_remote_get(
			$package,
			array(
				'timeout'     => 300,
				'redirection' => 0,
				'stream'      => true,
				'filename'    => $file,
			)
		);
		if ( ! is_wp_error( $response ) && 200 === wp_remote_retrieve_response_code( $response ) ) {
			return $file;
		}
		wp_delete_file( $file );
		return is_wp_error( $response ) ? $response : new \WP_Error( 'convertos_package', __( 'The new version could not be downloaded.', 'convertos-connector' ) );
	}

	/**
	 * The newest manifest that can be believed, or null; asked for twice a day at most.
	 *
	 * @return array<string, string>|null
	 */
	private function manifest(): ?array {
		$known = (array) get_option( self::OPTION, array() );
		if ( $this->clock->now() - (int) ( $known['asked_at'] ?? 0 ) >= self::CACHE_SECONDS ) {
			$known = array( 'asked_at' => (string) $this->clock->now() ) + ( $this->ask() ?? array() );
			update_option( self::OPTION, $known, false );
		}
		return isset( $known['version'] ) ? $known : null;
	}

	/**
	 * Asks the server.
	 *
	 * @return array<string, string>|null
	 */
	private function ask(): ?array {
		$base = $this->base();
		$key  = $this->key();
		if ( '' === $base || '' === $key ) {
			return null;
		}
		$answer = Answer::of(
			wp_remote_get(
				Server_Url::of( $base, Manifest::PATH ),
				array(
					'timeout'     => 10,
					'redirection' => 0,
				)
			),
			$this->clock->now()
		);
		return Answer::DONE === $answer->verdict() ? Manifest::verified( $answer->body, $key, $base, $this->clock->now() ) : null;
	}

	/**
	 * The server: the one that the site is connected to, else the one that this copy came from.
	 */
	private function base(): string {
		return '' !== $this->credentials->url() ? $this->credentials->url() : (string) Server_Url::normalize( self::origin()['url'] ?? '' );
	}

	/**
	 * The pinned key: of the connection, else of the server that this copy came from.
	 */
	private function key(): string {
		return '' !== $this->credentials->update_key() ? $this->credentials->update_key() : (string) ( self::origin()['updateKey'] ?? '' );
	}

	/**
	 * Where this copy came from: a file that the server puts into the package.
	 *
	 * @return array<string, string>
	 */
	private static function origin(): array {
		$file = dirname( PLUGIN_FILE ) . '/server.json';
		$read = is_readable( $file ) ? json_decode( (string) file_get_contents( $file ), true ) : null; // phpcs:ignore WordPress.WP.AlternativeFunctions -- a local file.
		return is_array( $read ) ? array_filter( $read, 'is_string' ) : array();
	}
}
