<?php
/**
 * The script that notices where visitors come from.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Touches;

use ConvertOS\Connector\Settings\Settings;
use const ConvertOS\Connector\PLUGIN_FILE;
use const ConvertOS\Connector\VERSION;

defined( 'ABSPATH' ) || exit;

/**
 * Puts the script at the end of each page. It works with full-page caches, because PHP decides nothing about the visitor.
 */
final class Touch_Script {

	const HANDLE = 'convertos-touch';

	/**
	 * Payment pages and sign-in pages send buyers back; such a referrer is no arrival. ConvertOS knows many more;
	 * these keep the cookie short.
	 */
	const PASS_THROUGH = 'paypal|stripe|klarna|adyen|mollie|braintreegateway|worldpay|sagepay|2checkout|payu|payone|sofort|giropay|bancontact|przelewy24|afterpay|clearpay|affirm|sezzle|alipay|skrill|paysafe|razorpay|mercadopago|pagseguro|iyzico|paytr|vivapayments|vivawallet|everypay|cardlink|paycenter|pay\.amazon|pay\.google|accounts\.google|appleid|cardinalcommerce|3dsecure|arcot|wlp-acs|multisafepay|saferpay|redsys|ogone|payplug|gocardless|squareup';

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * Whether a visitor may be followed.
	 *
	 * @var Consent
	 */
	private $consent;

	/**
	 * Only stores.
	 *
	 * @param Settings $settings The settings.
	 * @param Consent  $consent  Whether a visitor may be followed.
	 */
	public function __construct( Settings $settings, Consent $consent ) {
		$this->settings = $settings;
		$this->consent  = $consent;
	}

	/**
	 * Registers the script.
	 */
	public function hooks(): void {
		add_action( 'wp_enqueue_scripts', array( $this, 'enqueue' ) );
		add_filter( 'script_loader_tag', array( $this, 'defer' ), 10, 2 );
	}

	/**
	 * Adds the script to the page.
	 */
	public function enqueue(): void {
		if ( ! $this->settings->captures( 'touches' ) || ! $this->settings->get( 'capture_touches' ) ) {
			return;
		}
		wp_enqueue_script( self::HANDLE, plugins_url( 'assets/touch.js', PLUGIN_FILE ), array(), VERSION, true );
		wp_add_inline_script( self::HANDLE, 'window.convertosVisit=' . wp_json_encode( $this->configuration() ) . ';', 'before' );
	}

	/**
	 * Lets the page be shown before the script runs; WordPress has a word of its own for it only from 6.3 on.
	 *
	 * @param string $tag    The script's element.
	 * @param string $handle Its name.
	 */
	public function defer( $tag, $handle ): string {
		return self::HANDLE === $handle && false === strpos( $tag, ' defer' ) ? str_replace( ' src=', ' defer src=', $tag ) : $tag;
	}

	/**
	 * What the script has to know.
	 *
	 * @return array<string, mixed>
	 */
	private function configuration(): array {
		return array(
			'u' => rest_url( Touch_Route::NAMESPACE . Touch_Route::ROUTE ),
			'd' => $this->settings->get( 'cookie_days' ),
			'c' => $this->consent->mode(),
			'o' => $this->settings->get( 'own_hosts' ),
			'p' => self::PASS_THROUGH,
			'n' => array_diff_key( Visit::NAMES, array_flip( array( 'r', 'l' ) ) ),
			'k' => Visit::CLICK_IDS,
		);
	}
}
