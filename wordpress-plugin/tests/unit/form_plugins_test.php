<?php

use ConvertOS\Connector\Capture\Guard;
use ConvertOS\Connector\Forms\Contact_Form_7;
use ConvertOS\Connector\Forms\Elementor_Forms;
use ConvertOS\Connector\Forms\Field;
use ConvertOS\Connector\Forms\Field_Reader;
use ConvertOS\Connector\Forms\Fluent_Forms;
use ConvertOS\Connector\Forms\Formidable_Forms;
use ConvertOS\Connector\Forms\Gravity_Forms;
use ConvertOS\Connector\Forms\Lead_Recorder;
use ConvertOS\Connector\Forms\Ninja_Forms;
use ConvertOS\Connector\Forms\WPForms;
use ConvertOS\Connector\Log;
use ConvertOS\Connector\Settings\Sanitizer;
use ConvertOS\Connector\Settings\Settings;
use PHPUnit\Framework\TestCase;

/** Remembers what it was told. */
final class Remembering_Leads extends Lead_Recorder {
	/** @var array<string, mixed> */
	public $lead = array();

	public function __construct() {
	}

	public function record( string $plugin, $form_id, string $form_name, array $fields, string $page_url = '' ): void {
		$this->lead = array( $plugin, (string) $form_id, $form_name, Field_Reader::read( $fields ), $page_url );
	}
}

/** Contact Form 7's submission, as far as it is asked. */
final class WPCF7_Submission {
	/** @var array<string, mixed> */
	public static $posted = array();

	public static function get_instance() {
		return new self();
	}

	public function get_posted_data() {
		return self::$posted;
	}

	public function get_meta( $name ) {
		return 'url' === $name ? 'https://shop.example/contact/' : null;
	}
}

/** Formidable's entry, fields and form. */
final class FrmEntry {
	public static function getOne( $id, $meta ) {
		return (object) array( 'metas' => array( 3 => 'Ann Bee', 4 => 'ann@example.com' ) );
	}
}
final class FrmField {
	public static function get_all_for_form( $form_id ) {
		return array(
			(object) array( 'id' => 3, 'field_key' => 'qh4icy', 'type' => 'text', 'name' => 'Name' ),
			(object) array( 'id' => 4, 'field_key' => '29yf4d', 'type' => 'email', 'name' => 'Email' ),
		);
	}
}
final class FrmForm {
	public static function getOne( $id ) {
		return (object) array( 'name' => 'Contact Us' );
	}
}

final class Form_Plugins_Test_Case extends TestCase {

	/** @var Remembering_Leads */
	private $leads;
	/** @var Guard */
	private $guard;

	protected function setUp(): void {
		Site::reset();
		$this->leads = new Remembering_Leads();
		$this->guard = new Guard( new Log( new wpdb(), new Settings( new Sanitizer() ), new Test_Clock() ) );
	}

	/** Fires a hook, and gives plugin, form's id and name, person and fields of the lead that came of it. */
	private function lead_of( string $listener, string $hook, ...$given ): array {
		( new $listener( $this->leads, $this->guard ) )->hooks();
		do_action( $hook, ...$given );
		return $this->leads->lead;
	}

	/** Contact Form 7: also where the mail failed, but no spam and no invalid form. */
	public function test_contact_form_7(): void {
		$form                     = new class() {
			public function id() {
				return 197;
			}

			public function title() {
				return 'Lab contact';
			}

			public function scan_form_tags() {
				return array( (object) array( 'name' => 'your-email', 'basetype' => 'email' ), (object) array( 'name' => 'code', 'basetype' => 'file' ) );
			}
		};
		WPCF7_Submission::$posted = array( 'your-email' => 'ann@example.com', 'code' => 'a.pdf', '_wpcf7' => '197' );
		foreach ( array( 'spam', 'validation_failed', 'aborted' ) as $status ) {
			$this->assertSame( array(), $this->lead_of( Contact_Form_7::class, 'wpcf7_submit', $form, array( 'status' => $status ) ) );
		}
		foreach ( array( 'mail_sent', 'mail_failed' ) as $status ) {
			$lead = $this->lead_of( Contact_Form_7::class, 'wpcf7_submit', $form, array( 'status' => $status ) );
			$this->assertSame( array( 'contact_form_7', '197', 'Lab contact', array( 'email' => 'ann@example.com', 'fields' => array( 'your-email' => 'ann@example.com' ) ), 'https://shop.example/contact/' ), $lead );
		}
	}

	/** Gravity Forms: fields by label, a name in parts; spam is no lead. */
	public function test_gravity_forms(): void {
		$form  = array(
			'id'     => 5,
			'title'  => 'Quote',
			'fields' => array(
				(object) array( 'id' => 1, 'type' => 'name', 'label' => 'Name', 'adminLabel' => '', 'inputs' => array( array( 'id' => '1.3' ), array( 'id' => '1.6' ) ) ),
				(object) array( 'id' => 2, 'type' => 'email', 'label' => 'Where to?', 'adminLabel' => 'mail', 'inputs' => null ),
				(object) array( 'id' => 3, 'type' => 'checkbox', 'label' => 'Interests', 'adminLabel' => '', 'inputs' => array( array( 'id' => '3.1' ), array( 'id' => '3.2' ) ) ),
				(object) array( 'id' => 4, 'type' => 'creditcard', 'label' => 'Card', 'adminLabel' => '', 'inputs' => array( array( 'id' => '4.1' ) ) ),
			),
		);
		$entry = array( 'status' => 'active', 'source_url' => 'https://shop.example/quote/', '1.3' => 'Ann', '1.6' => 'Bee', '2' => 'ann@example.com', '3.1' => 'Tea', '3.2' => '', '4.1' => '1234' );
		$this->assertSame( array(), $this->lead_of( Gravity_Forms::class, 'gform_after_submission', array( 'status' => 'spam' ) + $entry, $form ) );
		list( $plugin, $id, $name, $read, $page ) = $this->lead_of( Gravity_Forms::class, 'gform_after_submission', $entry, $form );
		$this->assertSame( array( 'gravity_forms', '5', 'Quote', 'https://shop.example/quote/' ), array( $plugin, $id, $name, $page ) );
		$this->assertSame( array( 'ann@example.com', 'Ann', 'Bee' ), array( $read['email'], $read['first_name'], $read['last_name'] ) );
		$this->assertSame( array( 'Tea' ), $read['fields']['Interests'] );
		$this->assertArrayNotHasKey( 'Card', $read['fields'] );
	}

	/** Elementor Pro: by type and title. */
	public function test_elementor(): void {
		$record = new class() {
			public function get( $name ) {
				return 'fields' === $name
					? array(
						'name'  => array( 'type' => 'text', 'title' => 'Name', 'value' => 'Ann Bee' ),
						'f_7'   => array( 'type' => 'email', 'title' => 'Mail', 'value' => 'ann@example.com' ),
						'phone' => array( 'type' => 'tel', 'title' => 'Tel', 'value' => '210 1234567' ),
						'doc'   => array( 'type' => 'upload', 'title' => 'Doc', 'value' => 'https://x/y.pdf' ),
					)
					: array( 'page_url' => array( 'value' => 'https://shop.example/' ) );
			}

			public function get_form_settings( $name ) {
				return 'form_name' === $name ? 'Footer' : 'abc123';
			}
		};
		list( $plugin, $id, $name, $read ) = $this->lead_of( Elementor_Forms::class, 'elementor_pro/forms/new_record', $record, null );
		$this->assertSame( array( 'elementor', 'abc123', 'Footer', 'ann@example.com', 'Ann Bee', '210 1234567' ), array( $plugin, $id, $name, $read['email'], $read['name'], $read['phone'] ) );
		$this->assertArrayNotHasKey( 'doc', $read['fields'] );
	}

	/** WPForms, Lite too: no entry's number is needed. */
	public function test_wpforms(): void {
		$fields = array(
			1 => array( 'name' => 'Name', 'type' => 'name', 'value' => 'Ann Bee', 'first' => 'Ann', 'middle' => '', 'last' => 'Bee' ),
			2 => array( 'name' => 'E-mail', 'type' => 'email', 'value' => 'ann@example.com' ),
			3 => array( 'name' => '', 'type' => 'textarea', 'value' => 'Hello' ),
			4 => array( 'name' => 'Pass', 'type' => 'password', 'value' => 'hunter2' ),
		);
		list( $plugin, $id, $name, $read ) = $this->lead_of( WPForms::class, 'wpforms_process_complete', $fields, array(), array( 'id' => 9, 'settings' => array( 'form_title' => 'Simple' ) ), 0 );
		$this->assertSame( array( 'wpforms', '9', 'Simple', 'ann@example.com', 'Ann', 'Bee' ), array( $plugin, $id, $name, $read['email'], $read['first_name'], $read['last_name'] ) );
		$this->assertSame( 'Hello', $read['fields']['field_3'] );
		$this->assertArrayNotHasKey( 'Pass', $read['fields'] );
	}

	/** Ninja Forms: by key. */
	public function test_ninja_forms(): void {
		$sent = array(
			'form_id'  => '1',
			'settings' => array( 'title' => 'Contact Me' ),
			'fields'   => array(
				1 => array( 'key' => 'name', 'value' => 'Ann Bee', 'settings' => array( 'type' => 'textbox', 'label' => 'Name' ) ),
				2 => array( 'key' => 'email_1', 'value' => 'ann@example.com', 'settings' => array( 'type' => 'email', 'label' => 'Email' ) ),
				3 => array( 'key' => 'submit', 'value' => '', 'settings' => array( 'type' => 'submit', 'label' => 'Submit' ) ),
			),
		);
		list( $plugin, $id, $name, $read ) = $this->lead_of( Ninja_Forms::class, 'ninja_forms_after_submission', $sent );
		$this->assertSame( array( 'ninja_forms', '1', 'Contact Me', 'ann@example.com', 'Ann Bee' ), array( $plugin, $id, $name, $read['email'], $read['name'] ) );
		$this->assertArrayNotHasKey( 'submit', $read['fields'] );
	}

	/** Fluent Forms: types from the form's definition, also within columns; its own hidden fields stay behind. */
	public function test_fluent_forms(): void {
		$definition = array(
			'fields' => array(
				array( 'element' => 'input_name', 'attributes' => array( 'name' => 'names' ) ),
				array( 'element' => 'container', 'columns' => array( array( 'fields' => array( array( 'element' => 'input_email', 'attributes' => array( 'name' => 'm', 'type' => 'email' ) ), array( 'element' => 'input_password', 'attributes' => array( 'name' => 'p', 'type' => 'password' ) ) ) ) ) ),
			),
		);
		$form       = (object) array( 'id' => 3, 'title' => 'Fluent', 'form_fields' => json_encode( $definition ) );
		$sent       = array( 'names' => array( 'first_name' => 'Ann', 'last_name' => 'Bee' ), 'm' => 'ann@example.com', 'p' => 'hunter2', '__fluent_form_embded_post_id' => '7', '_wp_http_referer' => '/fluent/' );
		list( $plugin, $id, $name, $read ) = $this->lead_of( Fluent_Forms::class, 'fluentform/submission_inserted', 1, $sent, $form );
		$this->assertSame( array( 'fluent_forms', '3', 'Fluent', 'ann@example.com', 'Ann', 'Bee' ), array( $plugin, $id, $name, $read['email'], $read['first_name'], $read['last_name'] ) );
		$this->assertSame( array( 'names', 'm' ), array_keys( $read['fields'] ) );
	}

	/** Formidable: by key and name; parts of other entries are no leads. */
	public function test_formidable(): void {
		$this->assertSame( array(), $this->lead_of( Formidable_Forms::class, 'frm_after_create_entry', 7, 2, array( 'is_child' => true ) ) );
		list( $plugin, $id, $name, $read ) = $this->lead_of( Formidable_Forms::class, 'frm_after_create_entry', 7, 2, array( 'is_child' => false ) );
		$this->assertSame( array( 'formidable', '2', 'Contact Us', 'ann@example.com', 'Ann Bee' ), array( $plugin, $id, $name, $read['email'], $read['name'] ) );
	}

	/** Whatever a form plugin hands over, its own request goes on. */
	public function test_nonsense_disturbs_nobody(): void {
		foreach ( array( Contact_Form_7::class => 'wpcf7_submit', Gravity_Forms::class => 'gform_after_submission', Elementor_Forms::class => 'elementor_pro/forms/new_record', WPForms::class => 'wpforms_process_complete', Ninja_Forms::class => 'ninja_forms_after_submission', Fluent_Forms::class => 'fluentform/submission_inserted' ) as $listener => $hook ) {
			( new $listener( $this->leads, $this->guard ) )->hooks();
			foreach ( array( array( null, null, null ), array( 'x', 'y', 'z' ), array( array( array( 1 ) ), array( 2 ), array() ), array( new stdClass(), new stdClass(), new stdClass() ) ) as $given ) {
				do_action( $hook, ...$given );
			}
		}
		$this->addToAssertionCount( 1 );
	}
}
