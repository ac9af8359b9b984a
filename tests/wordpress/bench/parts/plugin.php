<?php
/**
 * The connector itself.
 *
 * @package Bench
 */

namespace Bench;

/**
 * Installs a ZIP through WordPress's own upgrader, and activates it.
 *
 * @param array<string, mixed> $given file, plugin (its main file), overwrite.
 * @return array<string, mixed>
 */
function install_plugin( array $given ): array {
	require_once ABSPATH . 'wp-admin/includes/admin.php';
	require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
	$upgrader  = new \Plugin_Upgrader( new \Automatic_Upgrader_Skin() );
	$installed = $upgrader->install( $given['file'], array( 'overwrite_package' => ! empty( $given['overwrite'] ) ) );
	$activated = true === $installed ? activate_plugin( $given['plugin'] ) : $installed;
	return array(
		'installed' => $installed,
		'activated' => null === $activated ? true : $activated,
		'messages'  => $upgrader->skin->get_upgrade_messages(),
	);
}

/**
 * Activates a plugin that is there.
 *
 * @param array<string, mixed> $given plugin.
 * @return mixed
 */
function activate( array $given ) {
	require_once ABSPATH . 'wp-admin/includes/admin.php';
	$activated = activate_plugin( $given['plugin'] );
	return is_wp_error( $activated ) ? $activated->get_error_message() : true;
}

/**
 * Deactivates plugins; deletes them, where that is asked.
 *
 * @param array<string, mixed> $given plugins, delete.
 * @return mixed
 */
function deactivate( array $given ) {
	require_once ABSPATH . 'wp-admin/includes/admin.php';
	deactivate_plugins( $given['plugins'] );
	return empty( $given['delete'] ) ? true : delete_plugins( $given['plugins'] );
}

/**
 * Makes the connector forget everything, and connects it.
 *
 * @param array<string, mixed> $given line: a connection string; settings.
 * @return mixed
 */
function connect( array $given ) {
	global $wpdb;
	$plugin = \ConvertOS\Connector\plugin();
	foreach ( \ConvertOS\Connector\Schema::TABLES as $table ) {
		$wpdb->query( "TRUNCATE {$wpdb->prefix}{$table}" );
	}
	foreach ( \ConvertOS\Connector\Lifecycle::OPTIONS as $option ) {
		if ( 'convertos_version' !== $option ) {
			delete_option( $option );
		}
	}
	if ( ! empty( $given['settings'] ) ) {
		update_option( 'convertos_settings', $given['settings'] );
	}
	$saved = $plugin->credentials()->save_connection_string( $given['line'] );
	return is_wp_error( $saved ) ? $saved->get_error_message() : true;
}

/**
 * Tries the connection, as the button does.
 *
 * @return array<int, array<string, string>>
 */
function test_connection(): array {
	return \ConvertOS\Connector\plugin()->connection_test()->run();
}

/**
 * Delivers what waits.
 *
 * @param array<string, mixed> $given seconds.
 */
function deliver( array $given ): ?int {
	return \ConvertOS\Connector\plugin()->runner()->deliver( time() + ( $given['seconds'] ?? 20 ) );
}

/**
 * The queue, oldest first.
 *
 * @return array<int, array<string, mixed>>
 */
function outbox(): array {
	global $wpdb;
	return $wpdb->get_results( "SELECT * FROM {$wpdb->prefix}convertos_outbox ORDER BY id", ARRAY_A );
}

/**
 * Lets everything that waits for its next try be due now.
 */
function make_due(): int {
	global $wpdb;
	return (int) $wpdb->query( "UPDATE {$wpdb->prefix}convertos_outbox SET next_attempt_at = 0 WHERE status = 'waiting'" );
}

/**
 * Lets what waits have happened a little later: events carry whole seconds.
 *
 * @param array<string, mixed> $given seconds.
 */
function let_pass( array $given ): int {
	global $wpdb;
	return (int) $wpdb->query( $wpdb->prepare( "UPDATE {$wpdb->prefix}convertos_outbox SET occurred_at = occurred_at + %d WHERE status = 'waiting'", $given['seconds'] ) );
}

/**
 * Stores an option.
 *
 * @param array<string, mixed> $given name, value.
 */
function set_option( array $given ): bool {
	return update_option( $given['name'], $given['value'] );
}

/**
 * An option as it is stored.
 *
 * @param array<string, mixed> $given name.
 * @return mixed
 */
function option( array $given ) {
	return get_option( $given['name'] );
}

/**
 * Removes an option.
 *
 * @param array<string, mixed> $given name.
 */
function remove_option( array $given ): bool {
	return delete_option( $given['name'] );
}

/**
 * Has the server at another address.
 *
 * @param array<string, mixed> $given url.
 */
function point_to( array $given ): bool {
	return update_option( 'convertos_settings', array( 'url' => $given['url'] ) + (array) get_option( 'convertos_settings' ) );
}

/**
 * Goes on sending, as the button does.
 */
function resume(): bool {
	\ConvertOS\Connector\plugin()->state()->resume();
	return true;
}

/**
 * What the fields of the site are, by kind of object.
 *
 * @return array<string, string[]>
 */
function discover(): array {
	return ( new \ConvertOS\Connector\Mapping\Discovery( $GLOBALS['wpdb'] ) )->all();
}

/**
 * Saves a field mapping.
 *
 * @param array<string, mixed> $given rules.
 */
function map( array $given ): bool {
	$rules = array_map( array( \ConvertOS\Connector\Mapping\Rule::class, 'of' ), $given['rules'] );
	\ConvertOS\Connector\plugin()->mapping()->save( $rules, 1 );
	return ! in_array( null, $rules, true );
}

/**
 * Imports the site's history, all of it.
 *
 * @param array<string, mixed> $given kinds.
 * @return array<string, mixed>
 */
function import( array $given ): array {
	$import = \ConvertOS\Connector\plugin()->import();
	$import->start( $given['kinds'], false );
	$import->run( time() + 30 );
	return $import->state();
}

/**
 * The connector's log, oldest first.
 *
 * @return array<int, array<string, string>>
 */
function log_entries(): array {
	global $wpdb;
	return $wpdb->get_results( "SELECT topic, message, context FROM {$wpdb->prefix}convertos_log ORDER BY id", ARRAY_A );
}

/**
 * The connector's tables that are there.
 *
 * @return string[]
 */
function tables(): array {
	global $wpdb;
	return $wpdb->get_col( "SHOW TABLES LIKE '{$wpdb->prefix}convertos\\_%'" );
}

/**
 * Every setting with its definition.
 *
 * @return array<string, array<string, mixed>>
 */
function setting_definitions(): array {
	return \ConvertOS\Connector\Settings\Definitions::all();
}

/**
 * Every setting as the connector reads it.
 *
 * @return array<string, mixed>
 */
function settings(): array {
	$settings = \ConvertOS\Connector\plugin()->settings();
	$values   = array();
	foreach ( array_keys( \ConvertOS\Connector\Settings\Definitions::all() ) as $name ) {
		$values[ $name ] = $settings->get( $name );
	}
	return $values;
}

/**
 * The queue's figures.
 *
 * @return array<string, int>
 */
function counts(): array {
	return \ConvertOS\Connector\plugin()->outbox_view()->counts();
}

/**
 * When WordPress is to do something next.
 *
 * @param array<string, mixed> $given hook.
 * @return int|false
 */
function scheduled( array $given ) {
	return wp_next_scheduled( $given['hook'] );
}

/**
 * Seconds since 1970, by the clock of the site.
 */
function now(): int {
	return time();
}
