<?php
/**
 * The address of a ConvertOS.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Connection;

defined( 'ABSPATH' ) || exit;

/**
 * Where ConvertOS answers, whatever part of the address somebody pasted.
 */
final class Server_Url {

	/**
	 * The base address without a path of the API, or null where it is no address.
	 *
	 * Addresses within a private network are allowed: ConvertOS may well run there.
	 *
	 * @param string $given What was typed or pasted.
	 */
	public static function normalize( string $given ): ?string {
		$given = trim( $given );
		if ( ! preg_match( '#^https?://#i', $given ) ) {
			return null;
		}
		$parts = wp_parse_url( $given );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || isset( $parts['user'] ) || isset( $parts['pass'] ) ) {
			return null;
		}
		if ( preg_match( '/[^A-Za-z0-9.\-\[\]:]/', $parts['host'] ) ) {
			return null;
		}
		$port = isset( $parts['port'] ) ? ':' . $parts['port'] : '';
		$path = (string) preg_replace( '#(?:/+api(?:/.*)?|/+dashboard(?:/.*)?)?/*$#', '', $parts['path'] ?? '' );
		return strtolower( $parts['scheme'] . '://' . $parts['host'] ) . $port . $path;
	}

	/**
	 * The address of something below the base.
	 *
	 * @param string $base The base address.
	 * @param string $path Begins with a slash.
	 */
	public static function of( string $base, string $path ): string {
		return rtrim( $base, '/' ) . $path;
	}
}
