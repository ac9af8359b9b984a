<?php
/**
 * Leads from Fluent Forms.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Forms;

use ConvertOS\Connector\Capture\Guard;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to Fluent Forms.
 */
final class Fluent_Forms {

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
		$this->guard->action( 'fluentform/submission_inserted', array( $this, 'submitted' ), 10, 3 );
	}

	/**
	 * A form was sent.
	 *
	 * @param int                  $submission_id Its number.
	 * @param array<string, mixed> $sent          The fields by name.
	 * @param object               $form          The form.
	 */
	public function submitted( $submission_id, $sent, $form ): void {
		$types  = self::types( $form );
		$fields = array();
		foreach ( (array) $sent as $name => $value ) {
			$fields[] = new Field( (string) $name, $types[ $name ] ?? ( 'names' === $name ? 'name' : '' ), $value );
		}
		$this->leads->record( 'fluent_forms', $form->id ?? '', (string) ( $form->title ?? '' ), $fields, (string) ( $sent['_wp_http_referer'] ?? '' ) );
	}

	/**
	 * The fields' types by name; fields may stand within columns.
	 *
	 * @param object $form The form.
	 * @return array<string, string>
	 */
	private static function types( $form ): array {
		$definition = json_decode( (string) ( $form->form_fields ?? '' ), true );
		$types      = array();
		if ( is_array( $definition ) ) {
			self::collect( $definition['fields'] ?? array(), $types );
		}
		return $types;
	}

	/**
	 * Collects types.
	 *
	 * @param array<mixed>          $fields Fields, columns, containers.
	 * @param array<string, string> $types  Types by name.
	 */
	private static function collect( array $fields, array &$types ): void {
		foreach ( $fields as $field ) {
			if ( isset( $field['attributes']['name'] ) ) {
				$is_names                              = 'input_name' === ( $field['element'] ?? '' );
				$types[ $field['attributes']['name'] ] = $is_names ? 'name' : (string) ( $field['attributes']['type'] ?? $field['element'] ?? '' );
			}
			foreach ( $field['columns'] ?? array() as $column ) {
				self::collect( $column['fields'] ?? array(), $types );
			}
		}
	}
}
