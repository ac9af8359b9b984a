<?php
/**
 * Runs the plugin's classes without WordPress: small stand-ins for the functions of WordPress that they call.
 *
 * They do what WordPress does, as far as the tests ask for it, and keep everything in memory.
 */

define( 'ABSPATH', '/' );
define( 'MINUTE_IN_SECONDS', 60 );
define( 'HOUR_IN_SECONDS', 3600 );
define( 'DAY_IN_SECONDS', 86400 );
define( 'WEEK_IN_SECONDS', 604800 );
define( 'ARRAY_A', 'ARRAY_A' );
define( 'ConvertOS\Connector\VERSION', '1.0.0' );
define( 'ConvertOS\Connector\PLUGIN_FILE', dirname( __DIR__ ) . '/convertos-connector/convertos-connector.php' );

/** What a test can look at and reset. */
final class Site {
	/** @var array<string, mixed> */
	public static $options = array();
	/** @var array<int, array{0: string, 1: string, 2: string}> */
	public static $mails = array();
	/** @var array<string, callable[]> */
	public static $filters = array();

	public static function reset(): void {
		self::$options = array( 'admin_email' => 'admin@example.com', 'blogname' => 'Shop' );
		self::$mails   = array();
		self::$filters = array();
	}
}

class WP_Error {
	private $message;

	public function __construct( $code = '', $message = '' ) {
		$this->message = $message;
	}

	public function get_error_message() {
		return $this->message;
	}
}

class wpdb {
	public $prefix     = 'wp_';
	public $last_error = '';
	/** @var array<int, array{0: string, 1: array<string, mixed>}> */
	public $inserted = array();

	public function suppress_errors( $suppress = true ) {
		return false;
	}

	public function insert( $table, $row ) {
		$this->inserted[] = array( $table, $row );
		return 1;
	}
}

function __( $text ) {
	return $text;
}
function add_filter( $hook, $callback ) {
	Site::$filters[ $hook ][] = $callback;
	return true;
}
function add_action( $hook, $callback ) {
	return add_filter( $hook, $callback );
}
function apply_filters( $hook, $value, ...$more ) {
	foreach ( Site::$filters[ $hook ] ?? array() as $callback ) {
		$value = $callback( $value, ...$more );
	}
	return $value;
}
function do_action( $hook, ...$given ) {
	apply_filters( $hook, ...( $given ? $given : array( null ) ) );
}
function get_option( $name, $default = false ) {
	return Site::$options[ $name ] ?? $default;
}
function update_option( $name, $value ) {
	Site::$options[ $name ] = $value;
	return true;
}
function delete_option( $name ) {
	unset( Site::$options[ $name ] );
	return true;
}
function is_wp_error( $value ) {
	return $value instanceof WP_Error;
}
function is_email( $text ) {
	return filter_var( $text, FILTER_VALIDATE_EMAIL );
}
function sanitize_email( $text ) {
	return $text;
}
function sanitize_key( $text ) {
	return preg_replace( '/[^a-z0-9_\-]/', '', strtolower( $text ) );
}
function wp_check_invalid_utf8( $text, $strip = false ) {
	return mb_check_encoding( $text, 'UTF-8' ) ? $text : ( $strip ? mb_convert_encoding( $text, 'UTF-8', 'UTF-8' ) : '' );
}
function wp_generate_uuid4() {
	return sprintf( '%s-%s-4%s-8%s-%s', bin2hex( random_bytes( 4 ) ), bin2hex( random_bytes( 2 ) ), substr( bin2hex( random_bytes( 2 ) ), 1 ), substr( bin2hex( random_bytes( 2 ) ), 1 ), bin2hex( random_bytes( 6 ) ) );
}
function wp_json_encode( $value, $flags = 0 ) {
	return json_encode( $value, $flags );
}
function wp_list_pluck( $list, $field ) {
	return array_map(
		static function ( $entry ) use ( $field ) {
			return is_object( $entry ) ? $entry->$field : $entry[ $field ];
		},
		$list
	);
}
function wp_mail( $to, $subject, $message ) {
	Site::$mails[] = array( $to, $subject, $message );
	return true;
}
function wp_parse_url( $url, $component = -1 ) {
	return parse_url( $url, $component );
}
function wp_remote_retrieve_body( $response ) {
	return $response['body'] ?? '';
}
function wp_remote_retrieve_header( $response, $name ) {
	return $response['headers'][ $name ] ?? '';
}
function wp_remote_retrieve_response_code( $response ) {
	return $response['response']['code'] ?? '';
}
function wp_salt() {
	return 'a salt that is only good for tests';
}
function wp_specialchars_decode( $text ) {
	return htmlspecialchars_decode( $text );
}
function admin_url( $path ) {
	return "https://shop.example/wp-admin/$path";
}

require dirname( __DIR__ ) . '/convertos-connector/includes/autoload.php';
require __DIR__ . '/stand-ins.php';
Site::reset();
