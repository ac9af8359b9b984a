<?php
/**
 * Leads from Formidable Forms.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Forms;

use ConvertOS\Connector\Capture\Guard;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to Formidable Forms.
 */
final class Formidable_Forms {

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
		// Later than Formidable's own, which writes the entry's values.
		$this->guard->action( 'frm_after_create_entry', array( $this, 'submitted' ), 40, 3 );
	}

	/**
	 * An entry was made.
	 *
	 * @param int                  $entry_id The entry.
	 * @param int                  $form_id  The form.
	 * @param array<string, mixed> $facts    Whether it is part of another entry.
	 */
	public function submitted( $entry_id, $form_id, $facts = array() ): void {
		$entry = \FrmEntry::getOne( $entry_id, true );
		if ( ! empty( $facts['is_child'] ) || ! $entry ) {
			return;
		}
		$fields = array();
		foreach ( \FrmField::get_all_for_form( $form_id ) as $field ) {
			$fields[] = new Field( (string) $field->field_key, (string) $field->type, $entry->metas[ $field->id ] ?? '', (string) $field->name );
		}
		$form = \FrmForm::getOne( $form_id );
		$this->leads->record( 'formidable', $form_id, (string) ( $form->name ?? '' ), $fields );
	}
}
