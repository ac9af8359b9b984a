<?php
/**
 * What the server said.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Connection;

defined( 'ABSPATH' ) || exit;

/**
 * An answer, or that there was none, and what it means for a sender.
 */
final class Answer {

	/**
	 * It is done.
	 */
	const DONE = 'done';

	/**
	 * What was sent can't be read, and never will be.
	 */
	const UNREADABLE = 'unreadable';

	/**
	 * Key, secret, clock or address is wrong; nothing will get through until that changes.
	 */
	const REFUSED = 'refused';

	/**
	 * Later.
	 */
	const LATER = 'later';

	/**
	 * The HTTP status; 0 where no answer came.
	 *
	 * @var int
	 */
	public $status;

	/**
	 * The answer's JSON; empty where it was none.
	 *
	 * @var array<string, mixed>
	 */
	public $body;

	/**
	 * Seconds that the server asks to wait, or null.
	 *
	 * @var int|null
	 */
	public $retry_after;

	/**
	 * Why no answer came, in the transport's words.
	 *
	 * @var string
	 */
	private $failure;

	/**
	 * Only stores.
	 *
	 * @param int                  $status      The HTTP status; 0 where no answer came.
	 * @param array<string, mixed> $body        The answer's JSON.
	 * @param int|null             $retry_after Seconds that the server asks to wait.
	 * @param string               $failure     Why no answer came.
	 */
	public function __construct( int $status, array $body = array(), ?int $retry_after = null, string $failure = '' ) {
		$this->status      = $status;
		$this->body        = $body;
		$this->retry_after = $retry_after;
		$this->failure     = $failure;
	}

	/**
	 * From what WordPress's HTTP functions give.
	 *
	 * @param array<string, mixed>|\WP_Error $response The response.
	 * @param int                            $now      Seconds since 1970.
	 */
	public static function of( $response, int $now ): self {
		if ( is_wp_error( $response ) ) {
			return new self( 0, array(), null, $response->get_error_message() );
		}
		$body = json_decode( (string) wp_remote_retrieve_body( $response ), true );
		return new self(
			(int) wp_remote_retrieve_response_code( $response ),
			is_array( $body ) ? $body : array(),
			self::wait( (string) wp_remote_retrieve_header( $response, 'retry-after' ), $now )
		);
	}

	/**
	 * What to do. Something else that answers 200 at the address has not taken anything.
	 */
	public function verdict(): string {
		if ( in_array( $this->status, array( 200, 207 ), true ) ) {
			return array_key_exists( 'success', $this->body ) ? self::DONE : self::REFUSED;
		}
		if ( in_array( $this->status, array( 400, 413, 415, 422 ), true ) ) {
			return self::UNREADABLE;
		}
		return 0 === $this->status || $this->status >= 500 || in_array( $this->status, array( 408, 425, 429 ), true ) ? self::LATER : self::REFUSED;
	}

	/**
	 * The server's code for what is wrong, or the empty text.
	 */
	public function code(): string {
		return is_string( $this->body['code'] ?? null ) ? $this->body['code'] : '';
	}

	/**
	 * What went wrong, for people.
	 */
	public function explanation(): string {
		if ( 0 === $this->status ) {
			/* translators: %s: technical reason, for example "connection refused". */
			return sprintf( __( 'No answer from ConvertOS: %s', 'convertos-connector' ), $this->failure );
		}
		if ( self::REFUSED === $this->verdict() && '' === $this->code() ) {
			/* translators: %d: HTTP status. */
			return sprintf( __( 'Something answers at this address (HTTP %d), but it is not ConvertOS. Check the address.', 'convertos-connector' ), $this->status );
		}
		$detail = is_string( $this->body['detail'] ?? null ) ? $this->body['detail'] : '';
		return trim( "HTTP {$this->status} {$this->code()} $detail" );
	}

	/**
	 * Retry-After as seconds: it may be a number or a date. Never longer than a day.
	 *
	 * @param string $value The header.
	 * @param int    $now   Seconds since 1970.
	 */
	private static function wait( string $value, int $now ): ?int {
		if ( '' === trim( $value ) ) {
			return null;
		}
		$seconds = ctype_digit( trim( $value ) ) ? (int) $value : (int) strtotime( $value ) - $now;
		return max( 0, min( DAY_IN_SECONDS, $seconds ) );
	}
}
