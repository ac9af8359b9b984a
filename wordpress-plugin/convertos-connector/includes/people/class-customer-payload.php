<?php
/**
 * What is told of an account.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\People;

use ConvertOS\Connector\Clock;
use ConvertOS\Connector\Mapping\Mapping;

defined( 'ABSPATH' ) || exit;

/**
 * Reads an account in the background.
 */
class Customer_Payload {

	/**
	 * The field mapping.
	 *
	 * @var Mapping
	 */
	private $mapping;

	/**
	 * Only stores.
	 *
	 * @param Mapping $mapping The field mapping.
	 */
	public function __construct( Mapping $mapping ) {
		$this->mapping = $mapping;
	}

	/**
	 * The data of an account's event; null where the account is gone or not a customer's.
	 *
	 * @param int                  $user_id The account.
	 * @param string               $type    The event's type.
	 * @param array<string, mixed> $details The visit, where the request knew it.
	 * @return array<string, mixed>|null
	 */
	public function read( int $user_id, string $type, array $details ): ?array {
		$user = get_userdata( $user_id );
		if ( ! $user || ! self::is_customer( $user ) ) {
			return null;
		}
		return $this->mapping->apply_to_event( 'customer', Customer_Sources::of( $user_id ), self::facts( $user ) + $details );
	}

	/**
	 * The account's fields.
	 *
	 * @param \WP_User $user The account.
	 * @return array<string, mixed>
	 */
	public static function facts( \WP_User $user ): array {
		$meta = static function ( string $name ) use ( $user ): string {
			$value = get_user_meta( $user->ID, $name, true );
			return is_scalar( $value ) ? trim( (string) $value ) : '';
		};
		return array_filter(
			array(
				'customer_id' => $user->ID,
				'email'       => $user->user_email,
				'first_name'  => '' !== (string) $user->first_name ? $user->first_name : $meta( 'billing_first_name' ),
				'last_name'   => '' !== (string) $user->last_name ? $user->last_name : $meta( 'billing_last_name' ),
				'phone'       => $meta( 'billing_phone' ),
				'country'     => $meta( 'billing_country' ),
				'role'        => (string) reset( $user->roles ),
				'created_at'  => Clock::rfc3339( (int) strtotime( $user->user_registered . ' UTC' ) ),
			)
		);
	}

	/**
	 * Whether an account is a customer's and not one of the staff.
	 *
	 * @param \WP_User $user The account.
	 */
	public static function is_customer( \WP_User $user ): bool {
		/**
		 * Filters whether an account is told of; those who may write posts or manage the shop are not.
		 *
		 * @since 1.0.0
		 * @param bool     $is_customer Whether.
		 * @param \WP_User $user        The account.
		 */
		return (bool) apply_filters( 'convertos_is_customer', ! $user->has_cap( 'edit_posts' ) && ! $user->has_cap( 'manage_woocommerce' ), $user );
	}
}
