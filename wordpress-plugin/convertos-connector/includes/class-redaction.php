<?php
/**
 * Takes persons and secrets out of texts that people read.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * What may stand in a log.
 */
final class Redaction {

	const PATTERNS = array(
		'/[^\s@<>"\',;:()\[\]{}]+@[^\s@<>"\',;:()\[\]{}]+\.[^\s@<>"\',;:()\[\]{}]+/u' => '[e-mail]',
		'/\bcos_[A-Za-z0-9_-]{8,}/'                    => '[secret]',
		'/\bconvertos1_[A-Za-z0-9_-]+/'                => '[secret]',
		'/\b[0-9a-f]{40,}\b/i'                         => '[secret]',
		'/(?<![\w.:-])\+?\d[\d ()\/-]{7,}\d(?![\w:])/' => '[number]',
		'/\b\d{1,3}(?:\.\d{1,3}){3}\b/'                => '[address]',
	);

	/**
	 * A text without e-mail addresses, telephone numbers, network addresses and secrets.
	 *
	 * @param string $text Any text.
	 */
	public static function clean( string $text ): string {
		$valid = wp_check_invalid_utf8( $text, true );
		return (string) preg_replace( array_keys( self::PATTERNS ), array_values( self::PATTERNS ), $valid );
	}

	/**
	 * A context whose texts are cleaned; what is neither text, number, yes or no becomes its type.
	 *
	 * @param array<string, mixed> $context Facts by name.
	 * @return array<string, mixed>
	 */
	public static function clean_all( array $context ): array {
		$clean = array();
		foreach ( $context as $name => $value ) {
			if ( is_string( $value ) ) {
				$value = substr( self::clean( $value ), 0, 300 );
			} elseif ( ! is_scalar( $value ) && null !== $value ) {
				$value = is_object( $value ) ? get_class( $value ) : gettype( $value );
			}
			$clean[ $name ] = $value;
		}
		return $clean;
	}
}
