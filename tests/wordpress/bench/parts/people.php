<?php
/**
 * People of the site.
 *
 * @package Bench
 */

namespace Bench;

/**
 * Somebody makes an account, as the registration page does it.
 *
 * @param array<string, mixed> $given email, first_name, last_name, meta.
 */
function register( array $given ): int {
	$id = wp_insert_user(
		array(
			'user_login' => $given['email'],
			'user_email' => $given['email'],
			'user_pass'  => wp_generate_password(),
			'first_name' => $given['first_name'] ?? '',
			'last_name'  => $given['last_name'] ?? '',
			'role'       => $given['role'] ?? 'subscriber',
		)
	);
	foreach ( $given['meta'] ?? array() as $name => $value ) {
		update_user_meta( $id, $name, $value );
	}
	return $id;
}

/**
 * Somebody changes their account.
 *
 * @param array<string, mixed> $given id, and what is to be another.
 */
function change_account( array $given ): int {
	return wp_update_user( array( 'ID' => $given['id'] ) + $given['changes'] );
}
