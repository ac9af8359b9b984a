<?php
/**
 * What the server says of its newest plugin.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Updates;

use ConvertOS\Connector\Connection\Server_Url;

defined( 'ABSPATH' ) || exit;

/**
 * Believes only what is signed with the pinned key, and is not old. Source: docs/reference/plugin-protocol.md, "Updates".
 */
final class Manifest {

	const PATH         = '/api/integrations/wordpress/plugin/manifest';
	const OLDEST_DAYS  = 30;
	const CLOCK_LEEWAY = 3600;

	/**
	 * The manifest, or null where it can't be believed.
	 *
	 * @param array<string, mixed> $answer     What the server answered.
	 * @param string               $public_key The pinned key, base64.
	 * @param string               $base       The server's address; the package has to come from there.
	 * @param int                  $now        Seconds since 1970.
	 * @return array<string, string>|null
	 */
	public static function verified( array $answer, string $public_key, string $base, int $now ): ?array {
		$signed    = is_string( $answer['signed'] ?? null ) ? $answer['signed'] : '';
		$signature = self::bytes( $answer['signature'] ?? null );
		$key       = self::bytes( $public_key );
		if ( SODIUM_CRYPTO_SIGN_BYTES !== strlen( $signature ) || SODIUM_CRYPTO_SIGN_PUBLICKEYBYTES !== strlen( $key ) ) {
			return null;
		}
		if ( ! sodium_crypto_sign_verify_detached( $signature, $signed, $key ) ) {
			return null;
		}
		$manifest = json_decode( $signed, true );
		return is_array( $manifest ) && self::is_sound( $manifest, $base, $now ) ? array_map( 'strval', array_filter( $manifest, 'is_scalar' ) ) : null;
	}

	/**
	 * Whether a signed manifest is about this plugin, fresh, and names a package of that server.
	 *
	 * @param array<string, mixed> $manifest The manifest.
	 * @param string               $base     The server's address.
	 * @param int                  $now      Seconds since 1970.
	 */
	private static function is_sound( array $manifest, string $base, int $now ): bool {
		$age = $now - (int) strtotime( (string) ( $manifest['issuedAt'] ?? '' ) );
		return 'convertos-connector' === ( $manifest['slug'] ?? '' )
			&& preg_match( '/^\d+\.\d+\.\d+$/', (string) ( $manifest['version'] ?? '' ) )
			&& $age <= self::OLDEST_DAYS * DAY_IN_SECONDS && $age >= -self::CLOCK_LEEWAY
			&& preg_match( '/^[0-9a-f]{64}$/', (string) ( $manifest['packageSha256'] ?? '' ) )
			&& 0 === strpos( (string) ( $manifest['package'] ?? '' ), Server_Url::of( $base, '/' ) );
	}

	/**
	 * Bytes of a base64 text; empty where it is none.
	 *
	 * @param mixed $text The text.
	 */
	private static function bytes( $text ): string {
		return is_string( $text ) ? (string) base64_decode( $text, true ) : ''; // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- the protocol's coding of keys and signatures.
	}
}
