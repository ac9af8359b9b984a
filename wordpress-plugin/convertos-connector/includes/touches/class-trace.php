<?php
/**
 * What an event tells of the visit it came from.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Touches;

defined( 'ABSPATH' ) || exit;

/**
 * Reads the visit of this request, if the visitor agreed.
 */
class Trace {

	/**
	 * Whether a visitor may be followed.
	 *
	 * @var Consent
	 */
	private $consent;

	/**
	 * Only stores.
	 *
	 * @param Consent $consent Whether a visitor may be followed.
	 */
	public function __construct( Consent $consent ) {
		$this->consent = $consent;
	}

	/**
	 * Members of an event's data: visitor_id, touches and consent; and of the page, where the page is known.
	 *
	 * @param string $page_url The page that the event happened on.
	 * @return array<string, mixed>
	 */
	public function of_request( string $page_url = '' ): array {
		$visit = Visit::of_request();
		if ( ! $this->consent->is_given( '' !== $visit->visitor_id ) ) {
			return array( 'consent' => false );
		}
		$trace = array(
			'visitor_id' => $visit->visitor_id,
			'touches'    => $visit->touches,
			'page_url'   => $page_url,
		);
		return array_filter( $trace ) + ( '' === $visit->visitor_id ? array() : array( 'consent' => true ) );
	}
}
