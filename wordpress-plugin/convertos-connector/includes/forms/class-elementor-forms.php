<?php
/**
 * Leads from Elementor Pro.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Forms;

use ConvertOS\Connector\Capture\Guard;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to Elementor Pro.
 */
final class Elementor_Forms {

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
		$this->guard->action( 'elementor_pro/forms/new_record', array( $this, 'submitted' ) );
	}

	/**
	 * A form was sent.
	 *
	 * @param \ElementorPro\Modules\Forms\Classes\Form_Record $record What was sent.
	 */
	public function submitted( $record ): void {
		$fields = array();
		foreach ( (array) $record->get( 'fields' ) as $id => $field ) {
			$fields[] = new Field( (string) $id, (string) ( $field['type'] ?? '' ), $field['value'] ?? '', (string) ( $field['title'] ?? '' ) );
		}
		$meta = $record->get( 'meta' );
		$this->leads->record(
			'elementor',
			(string) $record->get_form_settings( 'id' ),
			(string) $record->get_form_settings( 'form_name' ),
			$fields,
			(string) ( $meta['page_url']['value'] ?? '' )
		);
	}
}
