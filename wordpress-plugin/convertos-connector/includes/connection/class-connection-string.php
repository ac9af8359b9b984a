<?php
/**
 * The one line that connects a site.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Connection;

defined( 'ABSPATH' ) || exit;

/**
 * Reads what ConvertOS shows when a connection is made: `convertos1_`, base64url of a JSON object, `_`, and the CRC-32 of what stands
 * between, so that half a paste is noticed.
 */
final class Connection_String {

	const PREFIX = 'convertos1_';

	/**
	 * The parts, or an error that says what is wrong with it.
	 *
	 * @param string $pasted What was pasted; line breaks and spaces that came along do not matter.
	 * @return array{url: string, connection_id: string, secret: string, api_key: string, update_key: string}|\WP_Error
	 */
	public static function parse( string $pasted ) {
		$text = (string) preg_replace( '/[\s"\']+/', '', $pasted );
		if ( 0 !== strpos( $text, self::PREFIX ) ) {
			return self::error( __( 'This is not a connection string: it begins with “convertos1_”. Copy it from the connection’s page in ConvertOS.', 'convertos-connector' ) );
		}
		$content  = substr( $text, strlen( self::PREFIX ), -9 );
		$checksum = substr( $text, -9 );
		$json     = base64_decode( strtr( $content, '-_', '+/' ), true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- the format's own coding.
		$parts    = json_decode( (string) $json, true );
		if ( '_' . hash( 'crc32b', $content ) !== $checksum || ! is_array( $parts ) ) {
			return self::error( __( 'The connection string is not complete. Copy all of it, then paste it again.', 'convertos-connector' ) );
		}
		return self::checked( $parts );
	}

	/**
	 * The parts in this plugin's names.
	 *
	 * @param array<string, mixed> $parts What the JSON says.
	 * @return array{url: string, connection_id: string, secret: string, api_key: string, update_key: string}|\WP_Error
	 */
	private static function checked( array $parts ) {
		$url    = Server_Url::normalize( self::text( $parts, 'url' ) );
		$id     = self::text( $parts, 'connectionId' );
		$secret = self::text( $parts, 'secret' );
		if ( null === $url ) {
			return self::error( __( 'The connection string names no address that begins with http:// or https://.', 'convertos-connector' ) );
		}
		if ( ! preg_match( '/^[A-Za-z0-9_-]{1,80}$/', $id ) || '' === $secret ) {
			return self::error( __( 'The connection string lacks the connection’s id or its secret.', 'convertos-connector' ) );
		}
		return array(
			'url'           => $url,
			'connection_id' => $id,
			'secret'        => $secret,
			'api_key'       => self::text( $parts, 'apiKey' ),
			'update_key'    => self::text( $parts, 'updateKey' ),
		);
	}

	/**
	 * A member that is a text.
	 *
	 * @param array<string, mixed> $parts What the JSON says.
	 * @param string               $name  The member.
	 */
	private static function text( array $parts, string $name ): string {
		return isset( $parts[ $name ] ) && is_string( $parts[ $name ] ) ? trim( $parts[ $name ] ) : '';
	}

	/**
	 * An error for people.
	 *
	 * @param string $message What is wrong.
	 */
	private static function error( string $message ): \WP_Error {
		return new \WP_Error( 'convertos_connection_string', $message );
	}
}
