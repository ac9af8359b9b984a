<?php
/**
 * Fields in ConvertOS that a rule can fill.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Mapping;

defined( 'ABSPATH' ) || exit;

/**
 * Suggestions by object; any customFields.NAME may be added.
 */
final class Targets {

	const PERSON = array( 'email', 'phone', 'firstName', 'lastName', 'name', 'tags', 'subscriptionStatus', 'customFields.' );

	/**
	 * Suggestions.
	 *
	 * @return array<string, string[]>
	 */
	public static function all(): array {
		return array(
			'customer' => array_merge( self::PERSON, array( 'country', 'role' ) ),
			'order'    => array( 'customer.email', 'customer.phone', 'customer.firstName', 'customer.lastName', 'number', 'paymentMethod', 'fulfillmentStatus', 'tags', 'customFields.' ),
			'product'  => array( 'sku', 'name', 'tags', 'metadata.' ),
			'lead'     => self::PERSON,
			'checkout' => array( 'email', 'phone', 'customFields.' ),
		);
	}
}
