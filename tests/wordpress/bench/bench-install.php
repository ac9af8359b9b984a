<?php
/**
 * Installs WordPress, as its own set-up page does. Arguments: administrator, password.
 *
 * @package Bench
 */

define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST'] = 'localhost';
require __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'Tea & Sons', $argv[1], 'keeper@shop.example', true, '', $argv[2] );
update_option( 'template', 'bench' );
update_option( 'stylesheet', 'bench' );
update_option( 'permalink_structure', '/%postname%/' );
update_option( 'timezone_string', 'Europe/Athens' );
flush_rewrite_rules();
