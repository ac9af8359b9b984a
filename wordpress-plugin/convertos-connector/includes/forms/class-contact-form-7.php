<?php
/**
 * Leads from Contact Form 7.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Forms;

use ConvertOS\Connector\Capture\Guard;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to Contact Form 7.
 */
final class Contact_Form_7 {

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
		$this->guard->action( 'wpcf7_submit', array( $this, 'submitted' ), 10, 2 );
	}

	/**
	 * A form was sent. A mail that could not be sent is no lead that was lost.
	 *
	 * @param \WPCF7_ContactForm   $form   The form.
	 * @param array<string, mixed> $result What became of it.
	 */
	public function submitted( $form, $result ): void {
		$submission = \WPCF7_Submission::get_instance();
		if ( ! $submission || ! in_array( $result['status'] ?? '', array( 'mail_sent', 'mail_failed' ), true ) ) {
			return;
		}
		$types = array();
		foreach ( $form->scan_form_tags() as $tag ) {
			$types[ $tag->name ] = $tag->basetype;
		}
		$fields = array();
		foreach ( (array) $submission->get_posted_data() as $name => $value ) {
			$fields[] = new Field( (string) $name, $types[ $name ] ?? '', $value );
		}
		$this->leads->record( 'contact_form_7', $form->id(), $form->title(), $fields, self::page( $submission ) );
	}

	/**
	 * The page that the form stands on.
	 *
	 * @param \WPCF7_Submission $submission What was sent.
	 */
	private static function page( $submission ): string {
		$post = (int) $submission->get_meta( 'container_post_id' );
		return $post ? (string) get_permalink( $post ) : (string) $submission->get_meta( 'url' );
	}
}
