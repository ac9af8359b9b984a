<?php
/**
 * Removes what the plugin made, when an administrator deletes it.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require __DIR__ . '/includes/autoload.php';

( new Plugin() )->uninstall();
