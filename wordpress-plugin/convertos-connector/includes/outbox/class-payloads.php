<?php
/**
 * Where the data of events come from.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * Reads, in the background, the object that an event is about.
 */
class Payloads {

	/**
	 * By kind of subject: takes id, event type and details, gives the data, or null where the object is gone.
	 *
	 * @var array<string, callable>
	 */
	private $readers;

	/**
	 * Only stores.
	 *
	 * @param array<string, callable> $readers By kind of subject: order, customer, product.
	 */
	public function __construct( array $readers ) {
		$this->readers = $readers;
	}

	/**
	 * The event's data as JSON, or null where there is nothing left to tell.
	 *
	 * @param Row $row The event.
	 */
	public function read( Row $row ): ?string {
		if ( null !== $row->payload ) {
			return $row->payload;
		}
		list( $kind, $id ) = $row->subject_parts();
		$data              = isset( $this->readers[ (string) $kind ] ) ? ( $this->readers[ $kind ] )( $id, $row->type, $row->details ) : null;
		if ( null === $data ) {
			return null;
		}
		/**
		 * Filters the data of an event before they are sent the first time.
		 *
		 * @since 1.0.0
		 * @param array<string, mixed>|null $data The data; null sends nothing.
		 * @param string                    $type The event's type.
		 */
		$data = apply_filters( 'convertos_event_data', $data, $row->type );
		return is_array( $data ) ? Outbox::json( $data ) : null;
	}
}
