<?php
/**
 * Where a field stands.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Mapping;

defined( 'ABSPATH' ) || exit;

/**
 * Reads and writes by names joined with dots; a dot within a name is written "\.".
 */
final class Field_Path {

	/**
	 * The names in a path.
	 *
	 * @param string $path The path.
	 * @return string[]
	 */
	public static function names( string $path ): array {
		return array_map(
			static function ( $name ) {
				return str_replace( '\\.', '.', $name );
			},
			(array) preg_split( '/(?<!\\\\)\./', $path )
		);
	}

	/**
	 * A path of names.
	 *
	 * @param string ...$names The names.
	 */
	public static function join( string ...$names ): string {
		return implode( '.', str_replace( '.', '\\.', $names ) );
	}

	/**
	 * The value at a path; null where there is none. Closures are asked for what is below them.
	 *
	 * In a list, a number is a place, and any other name picks the entry whose key, name or id it is, and its value.
	 *
	 * @param mixed  $value Where to look.
	 * @param string $path  The path.
	 * @return mixed
	 */
	public static function read( $value, string $path ) {
		$names = self::names( $path );
		while ( $names ) {
			$name = array_shift( $names );
			if ( $value instanceof \Closure ) {
				$value = $value( $name );
			} elseif ( ! is_array( $value ) ) {
				return null;
			} else {
				$value = self::is_list( $value ) && ! ctype_digit( $name ) ? self::entry( $value, $name ) : ( $value[ $name ] ?? $value[ self::snake_case( $name ) ] ?? null );
			}
		}
		return $value instanceof \Closure ? null : $value;
	}

	/**
	 * Puts a value at a path.
	 *
	 * @param array<string, mixed> $item  Where to put it.
	 * @param string[]             $names The names of the path.
	 * @param mixed                $value The value.
	 * @return array<string, mixed>
	 */
	public static function put( array $item, array $names, $value ): array {
		$name = array_shift( $names );
		if ( $names ) {
			$value = self::put( isset( $item[ $name ] ) && is_array( $item[ $name ] ) ? $item[ $name ] : array(), $names, $value );
		}
		$item[ $name ] = $value;
		return $item;
	}

	/**
	 * A name's other spelling: firstName is first_name.
	 *
	 * @param string $name The name.
	 */
	public static function snake_case( string $name ): string {
		return strtolower( (string) preg_replace( '/(?<=[a-z0-9])([A-Z])/', '_$1', $name ) );
	}

	/**
	 * The value of the entry that a name picks.
	 *
	 * @param array<int, mixed> $entries The list.
	 * @param string            $name    The entry's key, name or id.
	 * @return mixed
	 */
	private static function entry( array $entries, string $name ) {
		foreach ( $entries as $entry ) {
			if ( is_array( $entry ) && in_array( $name, array_map( 'strval', array_filter( array( $entry['key'] ?? null, $entry['name'] ?? null, $entry['id'] ?? null ), 'is_scalar' ) ), true ) ) {
				return $entry['value'] ?? null;
			}
		}
		return null;
	}

	/**
	 * Whether an array is a list.
	 *
	 * @param array<mixed> $value The array.
	 */
	private static function is_list( array $value ): bool {
		return array() === $value || array_keys( $value ) === range( 0, count( $value ) - 1 );
	}
}
