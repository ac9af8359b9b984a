<?php
/**
 * Runs one function of the bench from the command line; reads its arguments as JSON, writes its result as JSON.
 *
 * @package Bench
 */

$_SERVER['HTTP_HOST']      = 'localhost';
$_SERVER['REQUEST_URI']    = '/bench-run';
$_SERVER['REQUEST_METHOD'] = 'CLI';
require __DIR__ . '/wp-load.php';
echo wp_json_encode( Bench\call( $argv[1], (array) json_decode( (string) stream_get_contents( STDIN ), true ) ) );
