<?php
/**
 * Leads from Ninja Forms.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Forms;

use ConvertOS\Connector\Capture\Guard;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to Ninja Forms.
 */
final class Ninja_Forms {

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
		$this->guard->action( 'ninja_forms_after_submission', array( $this, 'submitted' ) );
	}

	/**
	 * A form was sent.
	 *
	 * @param array<string, mixed> $sent The form and its fields.
	 */
	public function submitted( $sent ): void {
		$fields = array();
		foreach ( (array) ( $sent['fields'] ?? array() ) as $id => $field ) {
			$fields[] = new Field(
				(string) ( $field['key'] ?? $id ),
				(string) ( $field['settings']['type'] ?? $field['type'] ?? '' ),
				$field['value'] ?? '',
				(string) ( $field['settings']['label'] ?? $field['label'] ?? '' )
			);
		}
		$this->leads->record( 'ninja_forms', $sent['form_id'] ?? '', (string) ( $sent['settings']['title'] ?? '' ), $fields );
	}
}
