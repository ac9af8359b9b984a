<?php
/**
 * Makes what somebody typed into settings.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Settings;

use ConvertOS\Connector\Connection\Server_Url;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps each value within its definition; what does not fit leaves the present value as it is.
 */
final class Sanitizer {

	/**
	 * The whole set of settings after a change.
	 *
	 * @param mixed                $input   What was sent; unknown names are ignored.
	 * @param array<string, mixed> $present The settings before.
	 * @return array<string, mixed>
	 */
	public function sanitize( $input, array $present ): array {
		$clean = array();
		foreach ( Definitions::all() as $name => $definition ) {
			$before         = array_key_exists( $name, $present ) ? $present[ $name ] : $definition['default'];
			$clean[ $name ] = is_array( $input ) && array_key_exists( $name, $input )
				? $this->value( $input[ $name ], $definition, $before )
				: $before;
		}
		return $clean;
	}

	/**
	 * One value.
	 *
	 * @param mixed                $value      What was sent.
	 * @param array<string, mixed> $definition Its definition.
	 * @param mixed                $before     The present value.
	 * @return mixed
	 */
	private function value( $value, array $definition, $before ) {
		switch ( $definition['type'] ) {
			case 'whole':
				return is_numeric( $value ) ? max( $definition['min'], min( $definition['max'], (int) $value ) ) : $before;
			case 'flag':
				return self::flag( $value );
			case 'choice':
				return in_array( $value, $definition['choices'], true ) ? $value : $before;
			case 'flags':
				return is_array( $value ) ? self::flags( $value ) : $before;
			case 'hosts':
				return self::hosts( $value );
			default:
				return is_string( $value ) ? self::text( trim( $value ), $definition['type'], $before ) : $before;
		}
	}

	/**
	 * An address, an e-mail address or an id; the empty text clears it.
	 *
	 * @param string $value  What was sent.
	 * @param string $type   url, email or id.
	 * @param mixed  $before The present value.
	 * @return mixed
	 */
	private static function text( string $value, string $type, $before ) {
		if ( '' === $value ) {
			return '';
		}
		if ( 'url' === $type ) {
			$url = Server_Url::normalize( $value );
			return null === $url ? $before : $url;
		}
		if ( 'email' === $type ) {
			return is_email( $value ) ? sanitize_email( $value ) : $before;
		}
		return preg_match( '/^[A-Za-z0-9_-]{1,80}$/', $value ) ? $value : $before;
	}

	/**
	 * Yes or no, as forms and JSON write it.
	 *
	 * @param mixed $value What was sent.
	 */
	private static function flag( $value ): bool {
		return in_array( $value, array( true, 1, '1', 'on', 'yes', 'true' ), true );
	}

	/**
	 * A map of flags by name.
	 *
	 * @param array<mixed> $value What was sent.
	 * @return array<string, bool>
	 */
	private static function flags( array $value ): array {
		$flags = array();
		foreach ( $value as $name => $flag ) {
			$name = sanitize_key( (string) $name );
			if ( '' !== $name ) {
				$flags[ $name ] = self::flag( $flag );
			}
		}
		return $flags;
	}

	/**
	 * Host names, from a list or from lines and commas of text.
	 *
	 * @param mixed $value What was sent.
	 * @return string[]
	 */
	private static function hosts( $value ): array {
		$words = is_array( $value ) ? $value : preg_split( '/[\s,;]+/', is_string( $value ) ? $value : '' );
		$hosts = array();
		foreach ( (array) $words as $word ) {
			$word = strtolower( trim( (string) $word ) );
			$host = false === strpos( $word, '//' ) ? $word : (string) wp_parse_url( $word, PHP_URL_HOST );
			if ( preg_match( '/^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/', $host ) ) {
				$hosts[] = $host;
			}
		}
		return array_slice( array_values( array_unique( $hosts ) ), 0, 50 );
	}
}
