<?php
/**
 * Leads from Gravity Forms.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Forms;

use ConvertOS\Connector\Capture\Guard;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to Gravity Forms.
 */
final class Gravity_Forms {

	/**
	 * Parts of a name field.
	 */
	const PARTS = array(
		'3' => 'first_name',
		'6' => 'last_name',
	);

	/**
	 * Makes leads.
	 *
	 * @var Lead_Recorder
	 */
	private $leads;

	/**
	 * Keeps the site safe from this plugin's errors.
	 *
	 * @var Guard
	 */
	private $guard;

	/**
	 * Only stores.
	 *
	 * @param Lead_Recorder $leads Makes leads.
	 * @param Guard         $guard Keeps the site safe from this plugin's errors.
	 */
	public function __construct( Lead_Recorder $leads, Guard $guard ) {
		$this->leads = $leads;
		$this->guard = $guard;
	}

	/**
	 * Listens.
	 */
	public function hooks(): void {
		$this->guard->action( 'gform_after_submission', array( $this, 'submitted' ), 10, 2 );
	}

	/**
	 * An entry was made. The hook fires for spam too.
	 *
	 * @param array<string, mixed> $entry The entry.
	 * @param array<string, mixed> $form  The form.
	 */
	public function submitted( $entry, $form ): void {
		if ( 'spam' === ( $entry['status'] ?? '' ) ) {
			return;
		}
		$fields = array();
		foreach ( $form['fields'] ?? array() as $field ) {
			$fields[] = self::field( $field, $entry );
		}
		$this->leads->record( 'gravity_forms', $form['id'] ?? '', (string) ( $form['title'] ?? '' ), $fields, (string) ( $entry['source_url'] ?? '' ) );
	}

	/**
	 * One field; those of several parts have an input for each.
	 *
	 * @param object               $field The form's field.
	 * @param array<string, mixed> $entry The entry.
	 */
	private static function field( $field, array $entry ): Field {
		$label = (string) ( ! empty( $field->adminLabel ) ? $field->adminLabel : ( $field->label ?? '' ) ); // phpcs:ignore WordPress.NamingConventions.ValidVariableName -- Gravity Forms' own name.
		$name  = '' === $label ? 'field_' . $field->id : $label;
		$value = $entry[ (string) $field->id ] ?? null;
		if ( ! empty( $field->inputs ) && is_array( $field->inputs ) ) {
			$value = array();
			foreach ( $field->inputs as $input ) {
				$id                                     = (string) ( $input['id'] ?? '' );
				$part                                   = substr( (string) strrchr( $id, '.' ), 1 );
				$value[ self::PARTS[ $part ] ?? $part ] = $entry[ $id ] ?? '';
			}
			$value = array_filter( $value, 'strlen' );
		}
		return new Field( $name, (string) ( $field->type ?? '' ), 'name' === $field->type || ! is_array( $value ) ? $value : array_values( $value ), $label );
	}
}
