<?php
/**
 * Where the script says that somebody arrived.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Touches;

use ConvertOS\Connector\Capture\Guard;
use ConvertOS\Connector\Capture\Recorder;
use ConvertOS\Connector\Outbox\Event;

defined( 'ABSPATH' ) || exit;

/**
 * Takes the newest arrival from the visitor's cookie; nothing that the body says is believed.
 */
final class Touch_Route {

	const NAMESPACE = 'convertos/v1';
	const ROUTE     = '/touch';

	/**
	 * How many arrivals one address may report in an hour.
	 */
	const MOST_PER_HOUR = 60;

	/**
	 * Takes what was captured.
	 *
	 * @var Recorder
	 */
	private $recorder;

	/**
	 * Whether a visitor may be followed.
	 *
	 * @var Consent
	 */
	private $consent;

	/**
	 * Keeps the site safe from this plugin's errors.
	 *
	 * @var Guard
	 */
	private $guard;

	/**
	 * Only stores.
	 *
	 * @param Recorder $recorder Takes what was captured.
	 * @param Consent  $consent  Whether a visitor may be followed.
	 * @param Guard    $guard    Keeps the site safe from this plugin's errors.
	 */
	public function __construct( Recorder $recorder, Consent $consent, Guard $guard ) {
		$this->recorder = $recorder;
		$this->consent  = $consent;
		$this->guard    = $guard;
	}

	/**
	 * Registers the route.
	 */
	public function hooks(): void {
		add_action( 'rest_api_init', array( $this, 'register' ) );
	}

	/**
	 * Tells WordPress of the route.
	 */
	public function register(): void {
		register_rest_route(
			self::NAMESPACE,
			self::ROUTE,
			array(
				'methods'             => 'POST',
				'callback'            => array( $this, 'take' ),
				'permission_callback' => array( $this, 'is_from_here' ),
			)
		);
	}

	/**
	 * Whether a page of this site sent it. Every visitor may; other sites' pages may not.
	 *
	 * @param \WP_REST_Request $request The request.
	 */
	public function is_from_here( $request ): bool {
		$origin = (string) $request->get_header( 'origin' );
		return '' === $origin || self::host( $origin ) === self::host( home_url() );
	}

	/**
	 * The host of an address; a site is often reached with and without "www".
	 *
	 * @param string $url The address.
	 */
	private static function host( string $url ): string {
		return (string) preg_replace( '/^www\./', '', strtolower( (string) wp_parse_url( $url, PHP_URL_HOST ) ) );
	}

	/**
	 * Takes an arrival; answers 204 whatever became of it.
	 */
	public function take(): \WP_REST_Response {
		$this->guard->call( 'touch', array( $this, 'record' ) );
		return new \WP_REST_Response( null, 204 );
	}

	/**
	 * Puts the newest arrival into the queue, once.
	 */
	public function record(): void {
		$visit = Visit::of_request();
		$touch = end( $visit->touches );
		if ( ! $touch || ! $this->consent->is_given( true ) || ! $this->is_within_limit() ) {
			return;
		}
		$at                 = (int) strtotime( $touch['occurred_at'] );
		$event              = Event::of( 'touch.recorded', array( 'visitor_id' => $visit->visitor_id ) + array_diff_key( $touch, array( 'occurred_at' => '' ) ), "touch:{$visit->visitor_id}:$at" );
		$event->occurred_at = min( $at, time() );
		$this->recorder->record( $event );
	}

	/**
	 * Whether this address has not reported too much. Only a hash of the address is kept, for an hour.
	 */
	private function is_within_limit(): bool {
		$address = isset( $_SERVER['REMOTE_ADDR'] ) ? sanitize_text_field( wp_unslash( $_SERVER['REMOTE_ADDR'] ) ) : '';
		$name    = 'convertos_touch_' . substr( wp_hash( $address ), 0, 20 );
		$count   = (int) get_transient( $name );
		set_transient( $name, $count + 1, HOUR_IN_SECONDS );
		return $count < self::MOST_PER_HOUR;
	}
}
