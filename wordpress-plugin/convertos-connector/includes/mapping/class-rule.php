<?php
/**
 * One line of the field mapping.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Mapping;

defined( 'ABSPATH' ) || exit;

/**
 * Which field of this site becomes which field in ConvertOS, and as what.
 */
final class Rule {

	const OBJECTS = array( 'customer', 'order', 'product', 'lead', 'checkout' );

	/**
	 * What it is for: one of OBJECTS.
	 *
	 * @var string
	 */
	public $object;

	/**
	 * Where the value stands, names joined by dots.
	 *
	 * @var string
	 */
	public $source;

	/**
	 * The field in ConvertOS, names joined by dots.
	 *
	 * @var string
	 */
	public $target;

	/**
	 * What the value is turned into: one of Converter's types.
	 *
	 * @var string
	 */
	public $type;

	/**
	 * Whether a missing value is worth a warning.
	 *
	 * @var bool
	 */
	public $required;

	/**
	 * Only stores.
	 *
	 * @param string $about    What it is for.
	 * @param string $source   Where the value stands.
	 * @param string $target   The field in ConvertOS.
	 * @param string $type     What the value is turned into.
	 * @param bool   $required Whether a missing value is worth a warning.
	 */
	public function __construct( string $about, string $source, string $target, string $type = 'text', bool $required = false ) {
		$this->object   = $about;
		$this->source   = $source;
		$this->target   = $target;
		$this->type     = $type;
		$this->required = $required;
	}

	/**
	 * From what was stored or sent; null where it makes no sense.
	 *
	 * @param mixed $given The rule as an array.
	 */
	public static function of( $given ): ?self {
		if ( ! is_array( $given ) ) {
			return null;
		}
		$texts = array();
		foreach ( array( 'object', 'source', 'target', 'type' ) as $name ) {
			$texts[ $name ] = isset( $given[ $name ] ) && is_string( $given[ $name ] ) ? trim( $given[ $name ] ) : '';
		}
		$type = '' === $texts['type'] ? 'text' : $texts['type'];
		if ( ! in_array( $texts['object'], self::OBJECTS, true ) || ! in_array( $type, Converter::TYPES, true ) ) {
			return null;
		}
		if ( ! self::is_path( $texts['source'] ) || ! self::is_path( $texts['target'] ) ) {
			return null;
		}
		return new self( $texts['object'], $texts['source'], $texts['target'], $type, ! empty( $given['required'] ) );
	}

	/**
	 * As it is stored and sent.
	 *
	 * @return array<string, mixed>
	 */
	public function to_array(): array {
		return get_object_vars( $this );
	}

	/**
	 * Whether a text names a field.
	 *
	 * @param string $path A path.
	 */
	private static function is_path( string $path ): bool {
		return '' !== $path && strlen( $path ) <= 300 && ! in_array( '', Field_Path::names( $path ), true );
	}
}
