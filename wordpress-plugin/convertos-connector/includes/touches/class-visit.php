<?php
/**
 * Who came, and whence.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Touches;

use ConvertOS\Connector\Clock;

defined( 'ABSPATH' ) || exit;

/**
 * What the script wrote into the cookie: a random id and up to 20 arrivals, the first and the last among them.
 *
 * The cookie is `1|visitor|touch|touch…`; a touch is its time in base 36 and parameters, `lx3k2a&us=google&gclid=…`.
 * It is read from the header itself, because PHP would decode it once too early.
 */
final class Visit {

	const COOKIE = 'convertos_visit';

	const MOST_TOUCHES = 20;

	/**
	 * The short names in the cookie, and those of events.
	 */
	const NAMES = array(
		'us' => 'utm_source',
		'um' => 'utm_medium',
		'uc' => 'utm_campaign',
		'ut' => 'utm_term',
		'un' => 'utm_content',
		'ui' => 'utm_id',
		'r'  => 'referrer',
		'l'  => 'landing_page',
	);

	/**
	 * Parameters that advertising networks put into the addresses they link to.
	 */
	const CLICK_IDS = array(
		'gclid',
		'gbraid',
		'wbraid',
		'gad_source',
		'dclid',
		'srsltid',
		'fbclid',
		'msclkid',
		'ttclid',
		'li_fat_id',
		'twclid',
		'epik',
		'sccid',
		'rdt_cid',
		'yclid',
		'irclickid',
		'cjevent',
		'awc',
		'_kx',
		'mc_cid',
		'_hsmi',
	);

	/**
	 * The random id, or the empty text.
	 *
	 * @var string
	 */
	public $visitor_id;

	/**
	 * The arrivals, oldest first.
	 *
	 * @var array<int, array<string, string>>
	 */
	public $touches;

	/**
	 * Only stores.
	 *
	 * @param string                            $visitor_id The random id.
	 * @param array<int, array<string, string>> $touches    The arrivals.
	 */
	public function __construct( string $visitor_id, array $touches ) {
		$this->visitor_id = $visitor_id;
		$this->touches    = $touches;
	}

	/**
	 * The visit of this request.
	 */
	public static function of_request(): self {
		$header = isset( $_SERVER['HTTP_COOKIE'] ) && is_string( $_SERVER['HTTP_COOKIE'] ) ? wp_unslash( $_SERVER['HTTP_COOKIE'] ) : ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized -- parse() takes only what fits.
		return preg_match( '/(?:^|;\s*)' . self::COOKIE . '=([^;]*)/', $header, $found ) ? self::parse( $found[1], home_url() ) : new self( '', array() );
	}

	/**
	 * From the cookie's text; what does not fit is left out.
	 *
	 * @param string $cookie The cookie, as the browser sent it.
	 * @param string $home   The site's address, for landing pages that are written without it.
	 */
	public static function parse( string $cookie, string $home ): self {
		$parts = explode( '|', $cookie );
		if ( count( $parts ) < 2 || '1' !== $parts[0] || ! preg_match( '/^[A-Za-z0-9_-]{8,64}$/', $parts[1] ) ) {
			return new self( '', array() );
		}
		$touches = array();
		foreach ( array_slice( $parts, 2, 2 * self::MOST_TOUCHES ) as $part ) {
			$touch = self::touch( $part, $home );
			if ( null !== $touch ) {
				$touches[] = $touch;
			}
		}
		$rest = array_slice( $touches, -( self::MOST_TOUCHES - 1 ) );
		return new self( $parts[1], count( $touches ) > self::MOST_TOUCHES ? array_merge( array( $touches[0] ), $rest ) : $touches );
	}

	/**
	 * One arrival.
	 *
	 * @param string $part The cookie's part.
	 * @param string $home The site's address.
	 * @return array<string, string>|null
	 */
	private static function touch( string $part, string $home ): ?array {
		$pairs = explode( '&', $part );
		$at    = array_shift( $pairs );
		if ( ! preg_match( '/^[0-9a-z]{5,8}$/', $at ) ) {
			return null;
		}
		$touch = array( 'occurred_at' => Clock::rfc3339( (int) base_convert( $at, 36, 10 ) ) );
		foreach ( array_slice( $pairs, 0, 40 ) as $pair ) {
			list( $short, $value ) = explode( '=', $pair, 2 ) + array( 1 => '' );
			$name                  = self::NAMES[ $short ] ?? ( in_array( $short, self::CLICK_IDS, true ) ? $short : null );
			$value                 = trim( (string) preg_replace( '/[\x00-\x1f\x7f]+/', ' ', wp_check_invalid_utf8( rawurldecode( $value ) ) ) );
			if ( null !== $name && '' !== $value ) {
				$touch[ $name ] = substr( 'landing_page' === $name && '/' === $value[0] ? self::origin( $home ) . $value : $value, 0, 1000 );
			}
		}
		return count( $touch ) > 1 ? $touch : null;
	}

	/**
	 * Scheme and host of an address.
	 *
	 * @param string $url The address.
	 */
	private static function origin( string $url ): string {
		return preg_match( '#^https?://[^/]+#i', $url, $found ) ? $found[0] : '';
	}
}
