<?php
/**
 * Plugin Name:          ConvertOS Connector
 * Description:          Sends every lead, checkout and order of this site to your ConvertOS, with the campaign that earned it. Never slows a page, never loses an order.
 * Version:              1.0.0
 * Requires at least:    6.0
 * Requires PHP:         7.4
 * Author:               ConvertOS
 * License:              GPL-2.0-or-later
 * License URI:          https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:          convertos-connector
 * Domain Path:          /languages
 * WC requires at least: 7.0
 * WC tested up to:      10.9
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

defined( 'ABSPATH' ) || exit;

const VERSION     = '1.0.0';
const PLUGIN_FILE = __FILE__;

require __DIR__ . '/includes/autoload.php';

/**
 * The plugin of this request.
 */
function plugin(): Plugin {
	static $plugin = null;
	if ( null === $plugin ) {
		$plugin = new Plugin();
	}
	return $plugin;
}

plugin()->hooks();
