<?php
/**
 * Plugin Name: Stand-ins for seven form plugins
 * Description: Their classes, as far as listeners use them, and their hooks with the arguments that they really have.
 * Version: 1.0.0
 *
 * Source: the hooks and shapes in the developers' documentation and sources of Contact Form 7 6.2, Gravity Forms, Elementor Pro,
 * WPForms 2.0, Ninja Forms 3.14, Fluent Forms 6.2 and Formidable 6.34, checked 2026-11.
 *
 * @package Stand_In
 */

if ( ! class_exists( 'WPCF7_ContactForm' ) ) {
	/** A form of Contact Form 7. */
	class WPCF7_ContactForm {
		/** @var array<int, array<string, mixed>> */
		private $fields;

		public function __construct( array $fields ) {
			$this->fields = $fields;
		}

		/** @return self[] */
		public static function find( $arguments = array() ): array { // phpcs:ignore
			return array( new self( array( array( 'name' => 'your-email', 'type' => 'email' ) ) ) );
		}

		public function id(): int {
			return 11;
		}

		public function title(): string {
			return 'Ask us';
		}

		/** @return array<int, object> */
		public function scan_form_tags(): array {
			return array_map(
				static function ( array $field ) {
					return (object) array(
						'name'     => $field['name'],
						'basetype' => $field['type'],
						'type'     => $field['type'] . '*',
					);
				},
				$this->fields
			);
		}
	}

	/** What was sent with a form of Contact Form 7. */
	class WPCF7_Submission {
		/** @var self|null */
		public static $instance;
		/** @var array<string, mixed> */
		private $posted;

		public function __construct( array $posted ) {
			$this->posted   = $posted;
			self::$instance = $this;
		}

		public static function get_instance(): ?self {
			return self::$instance;
		}

		/** @return array<string, mixed> */
		public function get_posted_data(): array {
			return $this->posted;
		}

		/** @return mixed */
		public function get_meta( string $name ) {
			$meta = array(
				'url'        => home_url( '/contact/' ),
				'remote_ip'  => '203.0.113.7',
				'user_agent' => 'Browser',
				'timestamp'  => time(),
			);
			return $meta[ $name ] ?? null;
		}
	}
}

if ( ! class_exists( 'GFForms' ) ) {
	/** Gravity Forms is there. */
	class GFForms {}
}
if ( ! class_exists( 'Ninja_Forms' ) ) {
	/** Ninja Forms is there. */
	class Ninja_Forms {}
}
if ( ! class_exists( 'FrmEntry' ) ) {
	/** Entries of Formidable. */
	class FrmEntry {
		/** @var array<int, mixed> */
		public static $metas = array();

		public static function getOne( $id, $with_meta = false ): object { // phpcs:ignore
			return (object) array( 'id' => $id, 'metas' => self::$metas );
		}
	}
	/** Fields of Formidable. */
	class FrmField {
		/** @var array<int, object> */
		public static $fields = array();

		/** @return array<int, object> */
		public static function get_all_for_form( $form_id ): array { // phpcs:ignore
			return self::$fields;
		}
	}
	/** Forms of Formidable. */
	class FrmForm {
		public static function getOne( $id ): object { // phpcs:ignore
			return (object) array( 'id' => $id, 'name' => 'Ask us' );
		}
	}
}
defined( 'ELEMENTOR_PRO_VERSION' ) || define( 'ELEMENTOR_PRO_VERSION', '3.30.0' );
defined( 'WPFORMS_VERSION' ) || define( 'WPFORMS_VERSION', '2.0.0' );
defined( 'FLUENTFORM_VERSION' ) || define( 'FLUENTFORM_VERSION', '6.2.2' );

/**
 * Sends a form.
 *
 * @param string                           $plugin  Which plugin's.
 * @param array<int, array<string, mixed>> $fields  name, type, label, value of each.
 * @param array<string, mixed>             $options status: as Contact Form 7 and Gravity Forms tell it.
 */
function stand_in_submit( string $plugin, array $fields, array $options = array() ): void {
	$submit = array(
		'contact_form_7' => 'stand_in_contact_form_7',
		'gravity_forms'  => 'stand_in_gravity_forms',
		'elementor'      => 'stand_in_elementor',
		'wpforms'        => 'stand_in_wpforms',
		'ninja_forms'    => 'stand_in_ninja_forms',
		'fluent_forms'   => 'stand_in_fluent_forms',
		'formidable'     => 'stand_in_formidable',
	);
	$submit[ $plugin ]( $fields, $options );
}

function stand_in_contact_form_7( array $fields, array $options ): void {
	$form = new WPCF7_ContactForm( $fields );
	new WPCF7_Submission( array_column( $fields, 'value', 'name' ) );
	$status = $options['status'] ?? 'mail_sent';
	if ( 'mail_sent' === $status ) {
		do_action( 'wpcf7_mail_sent', $form );
	} elseif ( 'mail_failed' === $status ) {
		do_action( 'wpcf7_mail_failed', $form );
	}
	do_action( 'wpcf7_submit', $form, array( 'contact_form_id' => 11, 'status' => $status, 'message' => '…' ) );
}

function stand_in_gravity_forms( array $fields, array $options ): void {
	$entry = array(
		'id'           => '301',
		'form_id'      => '12',
		'source_url'   => home_url( '/contact/' ),
		'ip'           => '203.0.113.7',
		'user_agent'   => 'Browser',
		'date_created' => gmdate( 'Y-m-d H:i:s' ),
		'status'       => $options['status'] ?? 'active',
	);
	$form  = array( 'id' => 12, 'title' => 'Ask us', 'fields' => array() );
	foreach ( $fields as $place => $field ) {
		$id     = $place + 1;
		$inputs = null;
		if ( 'name' === $field['type'] ) {
			list( $first, $last ) = explode( ' ', $field['value'], 2 );
			$inputs               = array( array( 'id' => "$id.3" ), array( 'id' => "$id.6" ) );
			$entry[ "$id.3" ]     = $first;
			$entry[ "$id.6" ]     = $last;
		} else {
			$entry[ (string) $id ] = $field['value'];
		}
		$form['fields'][] = (object) array( 'id' => $id, 'type' => $field['type'], 'label' => $field['label'], 'adminLabel' => '', 'inputs' => $inputs );
	}
	do_action( 'gform_after_submission', $entry, $form );
}

/** A record of Elementor Pro. */
class Stand_In_Elementor_Record {
	/** @var array<string, array<string, mixed>> */
	private $fields;

	public function __construct( array $fields ) {
		$this->fields = $fields;
	}

	/** @return mixed */
	public function get( string $name ) {
		$meta = array( 'page_url' => array( 'title' => 'Page URL', 'value' => home_url( '/contact/' ) ) );
		return 'fields' === $name ? $this->fields : ( 'meta' === $name ? $meta : null );
	}

	/** @return mixed */
	public function get_form_settings( string $name ) {
		return array( 'form_name' => 'Ask us', 'id' => 'a1b2c3d' )[ $name ] ?? null;
	}
}

function stand_in_elementor( array $fields ): void {
	$sent = array();
	foreach ( $fields as $field ) {
		$sent[ $field['name'] ] = array( 'id' => $field['name'], 'type' => $field['type'], 'title' => $field['label'], 'value' => $field['value'], 'raw_value' => $field['value'], 'required' => '1' );
	}
	do_action( 'elementor_pro/forms/new_record', new Stand_In_Elementor_Record( $sent ), new stdClass() );
}

function stand_in_wpforms( array $fields ): void {
	$sent = array();
	foreach ( $fields as $place => $field ) {
		$sent[ $place ] = array( 'id' => $place, 'name' => $field['label'], 'value' => $field['value'], 'type' => $field['type'] );
		if ( 'name' === $field['type'] ) {
			list( $sent[ $place ]['first'], $sent[ $place ]['last'] ) = explode( ' ', $field['value'], 2 );
		}
	}
	$form = array( 'id' => '13', 'settings' => array( 'form_title' => 'Ask us' ) );
	do_action( 'wpforms_process_complete', $sent, array( 'page_url' => home_url( '/contact/' ) ), $form, 0 );
}

function stand_in_ninja_forms( array $fields ): void {
	$sent = array();
	foreach ( $fields as $place => $field ) {
		$sent[ $place ] = array( 'id' => $place, 'key' => $field['name'], 'value' => $field['value'], 'settings' => array( 'type' => $field['type'], 'label' => $field['label'] ) );
	}
	do_action( 'ninja_forms_after_submission', array( 'form_id' => '14', 'settings' => array( 'title' => 'Ask us' ), 'fields' => $sent ) );
}

function stand_in_fluent_forms( array $fields ): void {
	$sent       = array( '_wp_http_referer' => '/contact/', '__fluent_form_embded_post_id' => '2' );
	$definition = array();
	foreach ( $fields as $field ) {
		$sent[ $field['name'] ] = $field['value'];
		if ( 'name' === $field['type'] ) {
			list( $first, $last )   = explode( ' ', $field['value'], 2 );
			$sent[ $field['name'] ] = array( 'first_name' => $first, 'last_name' => $last );
		}
		$definition[] = array(
			'element'    => 'name' === $field['type'] ? 'input_name' : 'input_' . $field['type'],
			'attributes' => array( 'name' => $field['name'], 'type' => $field['type'] ),
		);
	}
	$form = (object) array( 'id' => 15, 'title' => 'Ask us', 'form_fields' => wp_json_encode( array( 'fields' => $definition ) ) );
	do_action( 'fluentform/submission_inserted', 302, $sent, $form );
}

function stand_in_formidable( array $fields, array $options ): void {
	FrmEntry::$metas  = array();
	FrmField::$fields = array();
	foreach ( $fields as $place => $field ) {
		FrmEntry::$metas[ $place + 50 ] = $field['value'];
		FrmField::$fields[]             = (object) array( 'id' => $place + 50, 'field_key' => $field['name'], 'type' => $field['type'], 'name' => $field['label'] );
	}
	do_action( 'frm_after_create_entry', 303, 16, array( 'is_child' => $options['is_child'] ?? false ) );
}
