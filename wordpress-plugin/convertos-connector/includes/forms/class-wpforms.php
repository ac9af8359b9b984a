<?php
/**
 * Leads from WPForms.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Forms;

use ConvertOS\Connector\Capture\Guard;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to WPForms.
 */
final class WPForms {

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
		$this->guard->action( 'wpforms_process_complete', array( $this, 'submitted' ), 10, 3 );
	}

	/**
	 * A form was sent.
	 *
	 * @param array<int, array<string, mixed>> $sent  The fields.
	 * @param array<string, mixed>             $entry What the browser sent.
	 * @param array<string, mixed>             $form  The form.
	 */
	public function submitted( $sent, $entry, $form ): void {
		$fields = array();
		foreach ( (array) $sent as $id => $field ) {
			$label    = (string) ( $field['name'] ?? '' );
			$value    = 'name' === ( $field['type'] ?? '' ) && '' !== (string) ( $field['first'] ?? '' )
				? array_intersect_key( $field, array_flip( array( 'first', 'middle', 'last' ) ) )
				: ( $field['value'] ?? '' );
			$fields[] = new Field( '' === $label ? "field_$id" : $label, (string) ( $field['type'] ?? '' ), $value, $label );
		}
		$this->leads->record( 'wpforms', $form['id'] ?? '', (string) ( $form['settings']['form_title'] ?? '' ), $fields, (string) ( $entry['page_url'] ?? '' ) );
	}
}
