<?php
/**
 * Lets a test do something within a page of the site, and notes what PHP asks of the outside world meanwhile.
 *
 * @package Bench
 */

namespace Bench;

foreach ( array( 'forms', 'people', 'plugin', 'shop' ) as $part ) {
	require_once __DIR__ . "/parts/$part.php";
}

/**
 * Runs a function of the parts.
 *
 * @param string               $name  Its name.
 * @param array<string, mixed> $given Its arguments, by name.
 * @return mixed
 */
function call( string $name, array $given ) {
	// What the shop's templates print meanwhile is nobody's.
	ob_start();
	try {
		return \call_user_func( __NAMESPACE__ . '\\' . $name, $given );
	} finally {
		ob_end_clean();
	}
}

/**
 * Notes something for the test, one JSON object for each line.
 *
 * @param array<string, mixed> $entry What.
 */
function note( array $entry ): void {
	$page = ( $_SERVER['REQUEST_METHOD'] ?? '' ) . ' ' . ( $_SERVER['HTTP_X_BENCH'] ?? $_SERVER['REQUEST_URI'] ?? '' );
	file_put_contents( BENCH_LOG, wp_json_encode( array( 'page' => $page ) + $entry ) . "\n", FILE_APPEND | LOCK_EX );
}

add_filter(
	'pre_http_request',
	static function ( $answer, $arguments, $url ) {
		note( array( 'url' => $url, 'method' => $arguments['method'], 'headers' => $arguments['headers'], 'body' => $arguments['body'], 'is_blocking' => $arguments['blocking'] ) );
		return $answer;
	},
	PHP_INT_MIN,
	3
);

// A server that hangs would otherwise hold a test for as long as it may hold a background run.
add_filter(
	'http_request_args',
	static function ( $arguments ) {
		return array( 'timeout' => (float) get_option( 'bench_timeout', $arguments['timeout'] ) ) + $arguments;
	}
);

add_filter(
	'pre_wp_mail',
	static function ( $sent, $mail ) {
		note( array( 'mail' => array( 'to' => $mail['to'], 'subject' => $mail['subject'], 'message' => $mail['message'] ) ) );
		return true;
	},
	10,
	2
);

add_action(
	'wp_loaded',
	static function () {
		if ( empty( $_SERVER['HTTP_X_BENCH'] ) ) {
			return;
		}
		$result = call( $_SERVER['HTTP_X_BENCH'], (array) json_decode( (string) file_get_contents( 'php://input' ), true ) );
		header( 'X-Bench-Done: yes' );
		wp_send_json( $result );
	},
	PHP_INT_MAX
);
