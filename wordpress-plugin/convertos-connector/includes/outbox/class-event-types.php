<?php
/**
 * The events that this plugin sends.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * What goes first, and what must never be dropped.
 */
final class Event_Types {

	/**
	 * By type; the lowest number is sent first.
	 */
	const PRIORITIES = array(
		'order.created'       => 1,
		'order.paid'          => 1,
		'order.refunded'      => 1,
		'order.cancelled'     => 1,
		'order.updated'       => 2,
		'lead.created'        => 3,
		'customer.registered' => 4,
		'checkout.started'    => 5,
		'checkout.completed'  => 5,
		'checkout.abandoned'  => 5,
		'customer.updated'    => 6,
		'product.updated'     => 7,
		'touch.recorded'      => 9,
	);

	/**
	 * Events up to this priority stay whatever the queue's length: orders and leads.
	 */
	const LAST_KEPT_PRIORITY = 3;

	/**
	 * The priority of a type; one that is not in the table comes last but one.
	 *
	 * @param string $type The event's type.
	 */
	public static function priority( string $type ): int {
		return self::PRIORITIES[ $type ] ?? 8;
	}
}
