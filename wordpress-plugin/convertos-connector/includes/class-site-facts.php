<?php
/**
 * What runs on this site.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

use ConvertOS\Connector\Delivery\Runner;
use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Versions and circumstances, as they are told to ConvertOS and shown to the administrator.
 */
final class Site_Facts {

	/**
	 * By name; what is not there is missing.
	 *
	 * @param Settings $settings The settings.
	 * @return array<string, string>
	 */
	public static function all( Settings $settings ): array {
		$facts = array(
			'plugin'    => VERSION,
			'wordpress' => (string) get_bloginfo( 'version' ),
			'php'       => PHP_VERSION,
		);
		if ( defined( 'WC_VERSION' ) ) {
			$facts['woocommerce'] = (string) WC_VERSION;
			$facts['hpos']        = self::uses_hpos() ? 'yes' : 'no';
		}
		return $facts + array(
			'multisite' => is_multisite() ? 'yes' : 'no',
			'delivery'  => Runner::kind( $settings ),
		);
	}

	/**
	 * The header that tells them.
	 *
	 * @param Settings $settings The settings.
	 */
	public static function header( Settings $settings ): string {
		$parts = array();
		foreach ( self::all( $settings ) as $name => $value ) {
			$parts[] = $name . '=' . substr( (string) preg_replace( '/[^A-Za-z0-9._+-]/', '', $value ), 0, 40 );
		}
		return implode( '; ', $parts );
	}

	/**
	 * Whether WooCommerce keeps its orders in tables of their own.
	 */
	public static function uses_hpos(): bool {
		$class = '\Automattic\WooCommerce\Utilities\OrderUtil';
		return class_exists( $class ) && $class::custom_orders_table_usage_is_enabled();
	}
}
