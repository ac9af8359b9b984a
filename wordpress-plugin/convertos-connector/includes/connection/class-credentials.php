<?php
/**
 * Who this site is to ConvertOS.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Connection;

use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Address, connection id, secret and API key: from wp-config.php, else from the database, secrets encrypted.
 *
 * Constants: CONVERTOS_URL, CONVERTOS_CONNECTION_ID, CONVERTOS_SECRET, CONVERTOS_API_KEY.
 */
final class Credentials {

	const SECRET_OPTION  = 'convertos_secret';
	const API_KEY_OPTION = 'convertos_api_key';

	/**
	 * Public, therefore not encrypted; only another connection string replaces it.
	 */
	const UPDATE_KEY_OPTION = 'convertos_update_key';

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * Keeps secrets unreadable.
	 *
	 * @var Encryption
	 */
	private $encryption;

	/**
	 * Values from wp-config.php by constant name.
	 *
	 * @var array<string, string>
	 */
	private $constants;

	/**
	 * Only stores.
	 *
	 * @param Settings              $settings   The settings.
	 * @param Encryption            $encryption Keeps secrets unreadable.
	 * @param array<string, string> $constants  Values from wp-config.php by constant name.
	 */
	public function __construct( Settings $settings, Encryption $encryption, array $constants ) {
		$this->settings   = $settings;
		$this->encryption = $encryption;
		$this->constants  = $constants;
	}

	/**
	 * What wp-config.php defines.
	 *
	 * @return array<string, string>
	 */
	public static function constants_of_site(): array {
		$defined = array();
		foreach ( array( 'CONVERTOS_URL', 'CONVERTOS_CONNECTION_ID', 'CONVERTOS_SECRET', 'CONVERTOS_API_KEY' ) as $name ) {
			if ( defined( $name ) && '' !== (string) constant( $name ) ) {
				$defined[ $name ] = (string) constant( $name );
			}
		}
		return $defined;
	}

	/**
	 * Whether the site was connected; costs no look at a secret.
	 */
	public function are_present(): bool {
		return '' !== $this->url() && '' !== $this->connection_id();
	}

	/**
	 * The base address of ConvertOS, or the empty text.
	 */
	public function url(): string {
		if ( isset( $this->constants['CONVERTOS_URL'] ) ) {
			return (string) Server_Url::normalize( $this->constants['CONVERTOS_URL'] );
		}
		return $this->settings->get( 'url' );
	}

	/**
	 * The connection's public id, or the empty text.
	 */
	public function connection_id(): string {
		return $this->constants['CONVERTOS_CONNECTION_ID'] ?? $this->settings->get( 'connection_id' );
	}

	/**
	 * The secret that signs, or null where there is none that can be read.
	 */
	public function secret(): ?string {
		return $this->constants['CONVERTOS_SECRET'] ?? $this->stored( self::SECRET_OPTION );
	}

	/**
	 * The key of the entity API, or null.
	 */
	public function api_key(): ?string {
		return $this->constants['CONVERTOS_API_KEY'] ?? $this->stored( self::API_KEY_OPTION );
	}

	/**
	 * The public key that signs updates (base64), or the empty text.
	 */
	public function update_key(): string {
		return (string) get_option( self::UPDATE_KEY_OPTION, '' );
	}

	/**
	 * Whether a secret is stored that the site's present salts can't open: it has to be pasted again.
	 */
	public function is_secret_unreadable(): bool {
		return null === $this->secret() && '' !== (string) get_option( self::SECRET_OPTION, '' );
	}

	/**
	 * What wp-config.php fixes, by name: url, connection_id, secret, api_key.
	 *
	 * @return string[]
	 */
	public function fixed(): array {
		$fixed = array();
		foreach ( array_keys( $this->constants ) as $name ) {
			$fixed[] = strtolower( substr( $name, strlen( 'CONVERTOS_' ) ) );
		}
		return $fixed;
	}

	/**
	 * Keeps a new secret; the empty text forgets it.
	 *
	 * @param string $secret The secret as ConvertOS showed it.
	 */
	public function save_secret( string $secret ): void {
		$this->store( self::SECRET_OPTION, $secret );
	}

	/**
	 * Keeps a new API key; the empty text forgets it.
	 *
	 * @param string $api_key The key as ConvertOS showed it.
	 */
	public function save_api_key( string $api_key ): void {
		$this->store( self::API_KEY_OPTION, $api_key );
	}

	/**
	 * Takes all of it from a connection string.
	 *
	 * @param string $pasted The connection string.
	 * @return true|\WP_Error
	 */
	public function save_connection_string( string $pasted ) {
		$parts = Connection_String::parse( $pasted );
		if ( is_wp_error( $parts ) ) {
			return $parts;
		}
		$this->settings->update( array_intersect_key( $parts, array_flip( array( 'url', 'connection_id' ) ) ) );
		$this->save_secret( $parts['secret'] );
		$this->save_api_key( $parts['api_key'] );
		if ( '' !== $parts['update_key'] ) {
			update_option( self::UPDATE_KEY_OPTION, $parts['update_key'], false );
		}
		/**
		 * Fires after the site was connected, or connected anew.
		 *
		 * @since 1.0.0
		 */
		do_action( 'convertos_connected' );
		return true;
	}

	/**
	 * Forgets address, id, secret and key.
	 */
	public function forget(): void {
		$this->settings->update(
			array(
				'url'           => '',
				'connection_id' => '',
			)
		);
		$this->save_secret( '' );
		$this->save_api_key( '' );
		delete_option( self::UPDATE_KEY_OPTION );
	}

	/**
	 * A stored secret.
	 *
	 * @param string $option The option that holds it.
	 */
	private function stored( string $option ): ?string {
		$stored = get_option( $option, '' );
		return is_string( $stored ) && '' !== $stored ? $this->encryption->decrypt( $stored ) : null;
	}

	/**
	 * Stores a secret where pages do not load it.
	 *
	 * @param string $option The option that holds it.
	 * @param string $secret The secret; empty to forget it.
	 */
	private function store( string $option, string $secret ): void {
		$secret = trim( $secret );
		if ( '' === $secret ) {
			delete_option( $option );
			return;
		}
		update_option( $option, $this->encryption->encrypt( $secret ), false );
	}
}
