<?php
/**
 * Whether a visitor may be followed.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Touches;

use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Asks the WP Consent API where there is one, for the category "marketing".
 */
class Consent {

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * Only stores.
	 *
	 * @param Settings $settings The settings.
	 */
	public function __construct( Settings $settings ) {
		$this->settings = $settings;
	}

	/**
	 * How the script is to decide: "no" (without asking), "api" (by the WP Consent API) or "call" (when convertosConsent(true) is called).
	 */
	public function mode(): string {
		$setting = $this->settings->get( 'consent' );
		if ( 'not_required' === $setting ) {
			return 'no';
		}
		if ( function_exists( 'wp_has_consent' ) ) {
			return 'api';
		}
		return 'required' === $setting ? 'call' : 'no';
	}

	/**
	 * Whether the visitor of this request may be followed.
	 *
	 * @param bool $has_cookie Whether the visit's cookie is there; where consent is called for, it is only set after it.
	 */
	public function is_given( bool $has_cookie ): bool {
		$mode  = $this->mode();
		$given = 'api' === $mode ? (bool) wp_has_consent( 'marketing' ) : ( 'no' === $mode || $has_cookie );
		/**
		 * Filters whether the visitor of this request agreed to be followed.
		 *
		 * @since 1.0.0
		 * @param bool $given Whether.
		 */
		return (bool) apply_filters( 'convertos_has_consent', $given );
	}
}
