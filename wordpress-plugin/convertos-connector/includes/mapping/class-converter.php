<?php
/**
 * What a mapped value is turned into.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Mapping;

defined( 'ABSPATH' ) || exit;

/**
 * Does the same as ConvertOS does with what is pushed to it. Source: docs/reference/plugin-protocol.md, "Field mapping".
 */
final class Converter {

	const TYPES = array( 'text', 'number', 'integer', 'boolean', 'date', 'datetime', 'list' );

	const WORDS = array(
		'1'     => true,
		'yes'   => true,
		'true'  => true,
		'on'    => true,
		'y'     => true,
		''      => false,
		'0'     => false,
		'no'    => false,
		'false' => false,
		'off'   => false,
		'n'     => false,
	);

	const LONGEST_TEXT = 10000;

	/**
	 * Whether there is nothing to convert: an unticked box is an answer, an empty line is none.
	 *
	 * @param mixed  $value The value.
	 * @param string $type  The wanted type.
	 */
	public static function is_absent( $value, string $type ): bool {
		if ( 'boolean' === $type ) {
			return null === $value;
		}
		return null === $value || array() === $value || ( is_string( $value ) && '' === trim( $value ) );
	}

	/**
	 * The value as the wanted type; null where it is not of a form that is taken.
	 *
	 * @param mixed  $value The value.
	 * @param string $type  The wanted type.
	 * @return mixed
	 */
	public static function convert( $value, string $type ) {
		switch ( $type ) {
			case 'number':
				return self::number( $value );
			case 'integer':
				$number = self::number( $value );
				return null === $number || floor( $number ) !== (float) $number ? null : (int) $number;
			case 'boolean':
				return is_bool( $value ) ? $value : self::word( $value );
			case 'date':
				$at = self::instant( $value );
				return null === $at ? null : gmdate( 'Y-m-d', $at );
			case 'datetime':
				$at = self::instant( $value );
				return null === $at ? null : gmdate( 'Y-m-d\TH:i:s\Z', $at );
			case 'list':
				return self::texts( is_array( $value ) ? $value : explode( ',', (string) self::text( $value ) ) );
			default:
				return self::text( $value );
		}
	}

	/**
	 * A trimmed text.
	 *
	 * @param mixed $value Text, number, boolean, or a list of them.
	 */
	private static function text( $value ): ?string {
		if ( is_array( $value ) ) {
			$texts = self::texts( $value );
			return null === $texts ? null : mb_substr( implode( ', ', $texts ), 0, self::LONGEST_TEXT );
		}
		if ( is_bool( $value ) ) {
			return $value ? 'true' : 'false';
		}
		return is_scalar( $value ) ? mb_substr( trim( (string) $value ), 0, self::LONGEST_TEXT ) : null;
	}

	/**
	 * A list of trimmed texts without empty ones.
	 *
	 * @param array<mixed> $values Texts and numbers.
	 * @return string[]|null
	 */
	private static function texts( array $values ): ?array {
		$texts = array();
		foreach ( array_slice( array_values( $values ), 0, 500 ) as $value ) {
			if ( null !== $value && ! is_scalar( $value ) ) {
				return null;
			}
			$texts[] = (string) self::text( $value ?? '' );
		}
		return array_values( array_filter( $texts, 'strlen' ) );
	}

	/**
	 * A number, or a text such as 12.50, -3 or 12,5.
	 *
	 * @param mixed $value The value.
	 * @return int|float|null
	 */
	private static function number( $value ) {
		if ( is_int( $value ) || is_float( $value ) ) {
			return $value;
		}
		if ( ! is_string( $value ) || ! preg_match( '/^[+-]?[0-9]{1,15}(?:[.,][0-9]{1,12})?$/', trim( $value ) ) ) {
			return null;
		}
		return 0 + str_replace( array( ',', '+' ), array( '.', '' ), trim( $value ) );
	}

	/**
	 * Yes or no by word.
	 *
	 * @param mixed $value The value.
	 */
	private static function word( $value ): ?bool {
		return is_string( $value ) || is_int( $value ) ? self::WORDS[ strtolower( trim( (string) $value ) ) ] ?? null : null;
	}

	/**
	 * A date or time of RFC 3339, without an offset in UTC, or seconds since 1970.
	 *
	 * @param mixed $value The value.
	 */
	private static function instant( $value ): ?int {
		if ( is_int( $value ) || is_float( $value ) ) {
			return (int) $value;
		}
		if ( $value instanceof \DateTimeInterface ) {
			return $value->getTimestamp();
		}
		if ( ! is_string( $value ) || ! preg_match( '/^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/', trim( $value ) ) ) {
			return null;
		}
		try {
			return ( new \DateTimeImmutable( trim( $value ), new \DateTimeZone( 'UTC' ) ) )->getTimestamp();
		} catch ( \Exception $caught ) {
			return null;
		}
	}
}
