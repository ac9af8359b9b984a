<?php
/**
 * The way to ConvertOS.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Connection;

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Settings\Settings;
use ConvertOS\Connector\Site_Facts;

defined( 'ABSPATH' ) || exit;

/**
 * Signs and sends. Called from background runs and from the administrator's own clicks, never in a visitor's request.
 */
class Server {

	const EVENTS  = '/api/webhooks/wordpress';
	const STATUS  = '/api/integrations/wordpress/status';
	const MAPPING = '/api/integrations/wordpress/mapping';

	const TIMEOUT_SECONDS = 20;

	/**
	 * Who this site is.
	 *
	 * @var Credentials
	 */
	private $credentials;

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * The time.
	 *
	 * @var Clock
	 */
	private $clock;

	/**
	 * Only stores.
	 *
	 * @param Credentials $credentials Who this site is.
	 * @param Settings    $settings    The settings.
	 * @param Clock       $clock       The time.
	 */
	public function __construct( Credentials $credentials, Settings $settings, Clock $clock ) {
		$this->credentials = $credentials;
		$this->settings    = $settings;
		$this->clock       = $clock;
	}

	/**
	 * Sends events.
	 *
	 * @param string $json A JSON array of events, sent as it is.
	 */
	public function post_events( string $json ): Answer {
		return $this->request( 'POST', self::EVENTS, $json, array( 'X-ConvertOS-Connection-Id' => $this->credentials->connection_id() ) );
	}

	/**
	 * Asks the entity API.
	 *
	 * @param string $path The path, beginning with a slash.
	 */
	public function get( string $path ): Answer {
		return $this->request( 'GET', $path, '', array( 'X-API-Key' => (string) $this->credentials->api_key() ) );
	}

	/**
	 * Pushes to the entity API.
	 *
	 * @param string               $method POST or PUT.
	 * @param string               $path   The path, beginning with a slash.
	 * @param array<string, mixed> $body   What is sent as JSON.
	 */
	public function push( string $method, string $path, array $body ): Answer {
		$json = (string) wp_json_encode( $body, JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES );
		return $this->request( $method, $path, $json, array( 'X-API-Key' => (string) $this->credentials->api_key() ) );
	}

	/**
	 * Asks without telling who asks.
	 *
	 * @param string $path The path, beginning with a slash.
	 */
	public function get_public( string $path ): Answer {
		$arguments = array(
			'timeout'     => self::TIMEOUT_SECONDS,
			'redirection' => 0,
		);
		return Answer::of( wp_remote_get( Server_Url::of( $this->credentials->url(), $path ), $arguments ), $this->clock->now() );
	}

	/**
	 * Sends one request. A redirect is not followed: the signed body must not go elsewhere.
	 *
	 * @param string                $method  The method.
	 * @param string                $path    The path, beginning with a slash.
	 * @param string                $body    The bytes that are signed and sent.
	 * @param array<string, string> $headers Who asks.
	 */
	private function request( string $method, string $path, string $body, array $headers ): Answer {
		$arguments = array(
			'method'      => $method,
			'timeout'     => self::TIMEOUT_SECONDS,
			'redirection' => 0,
			'user-agent'  => 'ConvertOS-Connector/' . \ConvertOS\Connector\VERSION,
			'headers'     => $headers + $this->signed( $body ) + array(
				'Content-Type'     => 'application/json',
				'Accept'           => 'application/json',
				'X-ConvertOS-Site' => Site_Facts::header( $this->settings ),
			),
		);
		if ( '' !== $body ) {
			$arguments['body'] = $body;
		}
		return Answer::of( wp_remote_request( Server_Url::of( $this->credentials->url(), $path ), $arguments ), $this->clock->now() );
	}

	/**
	 * The headers of a signature; none without a secret.
	 *
	 * @param string $body The bytes that are sent.
	 * @return array<string, string>
	 */
	private function signed( string $body ): array {
		$secret = $this->credentials->secret();
		return null === $secret ? array() : Signature::headers( $body, $secret, $this->clock->now(), $this->settings->get( 'signature_algorithm' ) );
	}
}
