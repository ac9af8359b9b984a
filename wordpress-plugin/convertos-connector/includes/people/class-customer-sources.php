<?php
/**
 * What the field mapping can take from an account.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\People;

defined( 'ABSPATH' ) || exit;

/**
 * Reads only what a rule asks for; passwords and sessions never.
 */
final class Customer_Sources {

	const USER_FIELDS = array( 'ID', 'user_login', 'user_nicename', 'user_email', 'user_url', 'user_registered', 'display_name', 'first_name', 'last_name', 'nickname', 'description', 'locale' );

	const SECRET_META = '/pass|secret|token|session|nonce|capabilities|user_level|api.?key|application_passwords/i';

	/**
	 * By the first name of a path: user, user_meta, and the account's billing and shipping.
	 *
	 * @param int $user_id The account; 0 for none.
	 * @return array<string, mixed>
	 */
	public static function of( int $user_id ): array {
		if ( 0 === $user_id ) {
			return array();
		}
		$meta = static function ( string $name ) use ( $user_id ) {
			return preg_match( self::SECRET_META, $name ) ? null : get_user_meta( $user_id, $name, true );
		};
		return array(
			'user'      => static function ( string $name ) use ( $user_id ) {
				$user = get_userdata( $user_id );
				return $user && in_array( $name, self::USER_FIELDS, true ) ? $user->get( $name ) : null;
			},
			'user_meta' => $meta,
			'billing'   => static function ( string $name ) use ( $meta ) {
				return $meta( "billing_$name" );
			},
			'shipping'  => static function ( string $name ) use ( $meta ) {
				return $meta( "shipping_$name" );
			},
		);
	}
}
