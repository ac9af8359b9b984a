<?php
/**
 * What plugins ask WooCommerce's utilities.
 *
 * @package Stand_In
 */

namespace Automattic\WooCommerce\Utilities;

/** Which features plugins say they are compatible with. */
final class FeaturesUtil {
	/** @var array<string, array<string, bool>> */
	public static $declared = array();

	public static function declare_compatibility( string $feature, string $file, bool $is_compatible = true ): bool {
		self::$declared[ plugin_basename( $file ) ][ $feature ] = $is_compatible;
		return true;
	}
}

/** Where orders are kept. */
final class OrderUtil {
	public static function custom_orders_table_usage_is_enabled(): bool {
		return 'yes' === get_option( 'woocommerce_custom_orders_table_enabled', 'yes' );
	}
}
