<?php
/**
 * Makes a lead of a form that was sent.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Forms;

use ConvertOS\Connector\Capture\Recorder;
use ConvertOS\Connector\Mapping\Mapping;
use ConvertOS\Connector\Outbox\Event;
use ConvertOS\Connector\Touches\Trace;

defined( 'ABSPATH' ) || exit;

/**
 * What all form plugins have in common.
 */
class Lead_Recorder {

	/**
	 * Takes what was captured.
	 *
	 * @var Recorder
	 */
	private $recorder;

	/**
	 * Reads the visit.
	 *
	 * @var Trace
	 */
	private $trace;

	/**
	 * The field mapping.
	 *
	 * @var Mapping
	 */
	private $mapping;

	/**
	 * Only stores.
	 *
	 * @param Recorder $recorder Takes what was captured.
	 * @param Trace    $trace    Reads the visit.
	 * @param Mapping  $mapping  The field mapping.
	 */
	public function __construct( Recorder $recorder, Trace $trace, Mapping $mapping ) {
		$this->recorder = $recorder;
		$this->trace    = $trace;
		$this->mapping  = $mapping;
	}

	/**
	 * Takes a form that was sent.
	 *
	 * @param string     $plugin    The form plugin, for example contact_form_7.
	 * @param string|int $form_id   The form's id.
	 * @param string     $form_name The form's name.
	 * @param Field[]    $fields    Its fields.
	 * @param string     $page_url  The page it stands on; empty to take where the request came from.
	 */
	public function record( string $plugin, $form_id, string $form_name, array $fields, string $page_url = '' ): void {
		$read = Field_Reader::read( $fields );
		$data = array(
			'form_plugin' => $plugin,
			'form_id'     => (string) $form_id,
			'form_name'   => $form_name,
			'user_agent'  => isset( $_SERVER['HTTP_USER_AGENT'] ) ? substr( sanitize_text_field( wp_unslash( $_SERVER['HTTP_USER_AGENT'] ) ), 0, 300 ) : '',
		) + $read + $this->trace->of_request( self::page( $page_url ) );
		$data = $this->mapping->apply_to_event( 'lead', array( 'fields' => $read['fields'] ) + self::form( $data ), $data );
		$this->recorder->record( Event::of( 'lead.created', array_filter( $data, array( self::class, 'is_said' ) ) ) );
	}

	/**
	 * Form's own members that a rule may ask for.
	 *
	 * @param array<string, mixed> $data The event's data.
	 * @return array<string, mixed>
	 */
	private static function form( array $data ): array {
		return array(
			'form' => array(
				'plugin' => $data['form_plugin'],
				'id'     => $data['form_id'],
				'name'   => $data['form_name'],
			),
			'page' => array( 'url' => $data['page_url'] ?? '' ),
		);
	}

	/**
	 * The page that a form stands on: forms are often sent to an address of their own.
	 *
	 * @param string $given What the form plugin says.
	 */
	private static function page( string $given ): string {
		if ( '' === $given || false !== strpos( $given, 'wp-json' ) || false !== strpos( $given, 'admin-ajax' ) ) {
			$given = (string) wp_get_raw_referer();
		}
		return substr( esc_url_raw( $given ), 0, 2000 );
	}

	/**
	 * Whether a member says anything.
	 *
	 * @param mixed $value The member.
	 */
	private static function is_said( $value ): bool {
		return null !== $value && '' !== $value && array() !== $value;
	}
}
