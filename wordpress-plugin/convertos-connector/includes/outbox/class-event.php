<?php
/**
 * Something that happened on the site.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * An event on its way into the outbox: either with its data, or with the subject that they are read from when it is sent.
 */
final class Event {

	/**
	 * The type, for example order.paid.
	 *
	 * @var string
	 */
	public $type;

	/**
	 * What is known already: the whole data, or what only the visitor's request could tell.
	 *
	 * @var array<string, mixed>
	 */
	public $details;

	/**
	 * What the data are read from when the event is sent, such as "order:12"; null where the details are all.
	 *
	 * @var string|null
	 */
	public $subject;

	/**
	 * While an event with this key waits, another one is not needed.
	 *
	 * @var string|null
	 */
	public $dedup_key;

	/**
	 * Whose event it is: an e-mail address, kept as a hash, for privacy requests.
	 *
	 * @var string
	 */
	public $email;

	/**
	 * When it happened; null for now.
	 *
	 * @var int|null
	 */
	public $occurred_at;

	/**
	 * Only stores.
	 *
	 * @param string               $type    The type.
	 * @param array<string, mixed> $details What is known already.
	 */
	private function __construct( string $type, array $details ) {
		$this->type    = $type;
		$this->details = $details;
		$this->email   = isset( $details['email'] ) && is_string( $details['email'] ) ? $details['email'] : '';
	}

	/**
	 * An event that brings its data.
	 *
	 * @param string               $type      The type.
	 * @param array<string, mixed> $data      The data as they will be sent.
	 * @param string|null          $dedup_key While one with this key waits, another is not needed.
	 */
	public static function of( string $type, array $data, ?string $dedup_key = null ): self {
		$event            = new self( $type, $data );
		$event->dedup_key = $dedup_key;
		return $event;
	}

	/**
	 * An event whose data are read when it is sent; equal ones wait only once.
	 *
	 * @param string               $type    The type.
	 * @param string               $kind    What it is about: order, customer, product.
	 * @param int                  $id      Its id.
	 * @param array<string, mixed> $details What only this request knows.
	 */
	public static function about( string $type, string $kind, int $id, array $details = array() ): self {
		$event            = new self( $type, $details );
		$event->subject   = "$kind:$id";
		$event->dedup_key = "$type:$kind:$id" . ( isset( $details['refund_id'] ) ? ':' . $details['refund_id'] : '' );
		return $event;
	}
}
