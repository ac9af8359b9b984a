<?php
/**
 * How a request is signed.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Connection;

defined( 'ABSPATH' ) || exit;

/**
 * Lower-case hexadecimal HMAC over the timestamp, a dot, and the exact bytes that are sent.
 */
final class Signature {

	/**
	 * The headers that carry it.
	 *
	 * @param string $body      The bytes that are sent.
	 * @param string $secret    The secret as ConvertOS showed it.
	 * @param int    $at        Seconds since 1970.
	 * @param string $algorithm sha256 or sha512.
	 * @return array<string, string>
	 */
	public static function headers( string $body, string $secret, int $at, string $algorithm = 'sha256' ): array {
		$headers = array(
			'X-ConvertOS-Timestamp' => (string) $at,
			'X-ConvertOS-Signature' => hash_hmac( $algorithm, "$at.$body", $secret ),
		);
		if ( 'sha256' !== $algorithm ) {
			$headers['X-ConvertOS-Signature-Algorithm'] = $algorithm;
		}
		return $headers;
	}
}
