<?php
/**
 * The site's field mapping.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Mapping;

use ConvertOS\Connector\Log;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps the rules, and applies them to what is captured.
 */
class Mapping {

	const OPTION = 'convertos_mapping';

	const MOST_RULES = 200;

	/**
	 * Targets of an order that name its person, in the spelling of events.
	 */
	const PERSON = 'customer';

	/**
	 * The log.
	 *
	 * @var Log
	 */
	private $log;

	/**
	 * Only stores.
	 *
	 * @param Log $log The log.
	 */
	public function __construct( Log $log ) {
		$this->log = $log;
	}

	/**
	 * Every rule.
	 *
	 * @return Rule[]
	 */
	public function rules(): array {
		$stored = get_option( self::OPTION, array() );
		return array_values( array_filter( array_map( array( Rule::class, 'of' ), is_array( $stored['rules'] ?? null ) ? $stored['rules'] : array() ) ) );
	}

	/**
	 * The number that ConvertOS gave this list of rules; 0 where it never saw it.
	 */
	public function version(): int {
		return (int) ( get_option( self::OPTION, array() )['version'] ?? 0 );
	}

	/**
	 * Keeps rules; of several for one field the last.
	 *
	 * @param Rule[] $rules   The rules.
	 * @param int    $version The number that ConvertOS gave them.
	 */
	public function save( array $rules, int $version ): void {
		$kept = array();
		foreach ( $rules as $rule ) {
			$kept[ $rule->object . ' ' . $rule->target ] = $rule->to_array();
		}
		update_option(
			self::OPTION,
			array(
				'version' => $version,
				'rules'   => array_slice( array_values( $kept ), 0, self::MOST_RULES ),
			),
			true
		);
	}

	/**
	 * The data of an event with what the rules ask for.
	 *
	 * @param string               $about   What the event is about: one of Rule::OBJECTS.
	 * @param array<string, mixed> $sources Where values are looked for: arrays, or closures by name.
	 * @param array<string, mixed> $data    The event's data.
	 * @return array<string, mixed>
	 */
	public function apply_to_event( string $about, array $sources, array $data ): array {
		foreach ( $this->values( $about, $sources ) as $target => $value ) {
			$names = Field_Path::names( $target );
			if ( self::PERSON === $names[0] && count( $names ) > 1 ) {
				array_shift( $names );
			}
			$names[0] = Field_Path::snake_case( $names[0] );
			$data     = Field_Path::put( $data, $names, $value );
		}
		return $data;
	}

	/**
	 * An item of the entity API with what the rules ask for.
	 *
	 * @param string               $about   What the item is: customer, order or product.
	 * @param array<string, mixed> $sources Where values are looked for.
	 * @param array<string, mixed> $item    The item.
	 * @return array<string, mixed>
	 */
	public function apply_to_item( string $about, array $sources, array $item ): array {
		foreach ( $this->values( $about, $sources ) as $target => $value ) {
			$item = Field_Path::put( $item, Field_Path::names( $target ), $value );
		}
		return $item;
	}

	/**
	 * The values that rules find, converted. What can't be converted, or is required and missing, goes to the log.
	 *
	 * @param string               $about   What they are for.
	 * @param array<string, mixed> $sources Where values are looked for.
	 * @return array<string, mixed> By target.
	 */
	private function values( string $about, array $sources ): array {
		$values = array();
		foreach ( $this->rules() as $rule ) {
			if ( $rule->object !== $about ) {
				continue;
			}
			$found = Field_Path::read( $sources, $rule->source );
			$value = Converter::is_absent( $found, $rule->type ) ? null : Converter::convert( $found, $rule->type );
			if ( null !== $value ) {
				$values[ $rule->target ] = $value;
			} elseif ( $rule->required || ! Converter::is_absent( $found, $rule->type ) ) {
				$this->log->warning( 'mapping', 'A mapped field is missing or can not be converted.', array( 'rule' => "$about: {$rule->source} → {$rule->target} ({$rule->type})" ) );
			}
		}
		return $values;
	}
}
