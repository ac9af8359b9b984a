<?php
/**
 * Finds this plugin's classes by WordPress's file names: Delivery\Webhook_Answer is delivery/class-webhook-answer.php.
 *
 * @package ConvertOS\Connector
 */

defined( 'ABSPATH' ) || exit;

spl_autoload_register(
	static function ( $name ) {
		if ( 0 === strpos( $name, 'ConvertOS\\Connector\\' ) ) {
			$parts = explode( '\\', strtolower( str_replace( '_', '-', substr( $name, 20 ) ) ) );
			$class = array_pop( $parts );
			$stem  = __DIR__ . '/' . implode( '/', array_merge( $parts, array( '' ) ) );
			foreach ( array( "{$stem}class-$class.php", "{$stem}interface-$class.php" ) as $file ) {
				if ( is_readable( $file ) ) {
					require $file;
					return;
				}
			}
		}
	}
);
