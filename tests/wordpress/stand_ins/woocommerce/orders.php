<?php
/**
 * Orders and refunds.
 *
 * @package Stand_In
 */

/** A line of an order. */
class WC_Order_Item_Product extends WC_Data {
	/** @var array<string, mixed> */
	protected $data = array( 'product_id' => 0, 'variation_id' => 0, 'name' => '', 'quantity' => 1, 'total' => '0', 'subtotal' => '0' );

	/** @param array<string, mixed> $data */
	public function __construct( int $id, array $data ) {
		$this->id   = $id;
		$this->data = $data + $this->data;
	}

	/** @return WC_Product|false */
	public function get_product() {
		return wc_get_product( $this->data['product_id'] );
	}
}

/** What orders and refunds share. */
abstract class WC_Abstract_Order extends WC_Data {
	const TYPE = '';

	abstract protected function announce( bool $is_new ): void;

	public function get_type(): string {
		return static::TYPE;
	}

	/** @return mixed */
	protected function date( string $name ): ?WC_DateTime {
		return WC_DateTime::of( $this->data[ $name ] ?? null );
	}

	public function get_date_created(): ?WC_DateTime {
		return $this->date( 'date_created' );
	}

	public function get_date_modified(): ?WC_DateTime {
		return $this->date( 'date_modified' );
	}

	protected function load( int $id ): void {
		$row = Stand_In_Rows::read( $id );
		if ( ! $row || static::TYPE !== $row['type'] ) {
			throw new Exception( 'Invalid order.' );
		}
		$this->id   = $id;
		$this->data = $row['data'] + $this->data;
		$this->meta = $row['meta'];
	}

	public function save_meta_data(): void {
		$this->store();
	}

	protected function store(): void {
		$this->id = Stand_In_Rows::write( $this->id, static::TYPE, array( 'data' => $this->data, 'meta' => $this->meta ), (int) ( $this->data['parent_id'] ?? 0 ) );
	}

	public function save(): int {
		$is_new                      = 0 === $this->id;
		$this->data['date_created']  = $this->data['date_created'] ?? time();
		$this->data['date_modified'] = time();
		$this->store();
		$this->announce( $is_new );
		return $this->id;
	}
}

/** An order. */
class WC_Order extends WC_Abstract_Order {
	const TYPE   = 'shop_order';
	const DRAFTS = array( 'checkout-draft', 'auto-draft', 'draft' );
	const PAID   = array( 'processing', 'completed' );

	/** @var array<string, mixed> */
	protected $data = array(
		'status'         => 'pending',
		'currency'       => '',
		'customer_id'    => 0,
		'payment_method' => '',
		'transaction_id' => '',
		'created_via'    => '',
		'total'          => '0',
		'billing'        => array(),
		'shipping'       => array(),
		'items'          => array(),
		'date_created'   => null,
		'date_modified'  => null,
		'date_paid'      => null,
	);

	/** @var array{from: string, to: string}|null */
	private $transition;

	/** @var bool */
	private $was_draft = false;

	public function __construct( int $id = 0 ) {
		$this->data['currency'] = get_woocommerce_currency();
		if ( $id ) {
			$this->load( $id );
		}
	}

	/** @return mixed */
	public function __call( string $name, array $arguments ) {
		if ( preg_match( '/^get_(billing|shipping)_(.+)$/', $name, $match ) ) {
			return $this->data[ $match[1] ][ $match[2] ] ?? '';
		}
		return parent::__call( $name, $arguments );
	}

	public function get_order_number(): string {
		return (string) $this->id;
	}

	public function get_date_paid(): ?WC_DateTime {
		return $this->date( 'date_paid' );
	}

	public function is_paid(): bool {
		return in_array( $this->data['status'], self::PAID, true );
	}

	/** @param array<string, string> $address */
	public function set_address( array $address, string $type = 'billing' ): void {
		$this->data[ $type ] = $address + $this->data[ $type ];
	}

	public function add_product( $product, $quantity = 1 ): int {
		$total                 = wc_format_decimal( (float) $product->get_price() * $quantity, wc_get_price_decimals() );
		$line                  = count( $this->data['items'] ) + 1;
		$this->data['items'][] = array( 'id' => $line, 'product_id' => $product->get_id(), 'name' => $product->get_name(), 'quantity' => $quantity, 'total' => $total, 'subtotal' => $total );
		return $line;
	}

	public function calculate_totals(): float {
		$this->data['total'] = wc_format_decimal( array_sum( array_column( $this->data['items'], 'total' ) ), wc_get_price_decimals() );
		return (float) $this->data['total'];
	}

	/** @return WC_Order_Item_Product[] */
	public function get_items( $types = 'line_item' ): array { // phpcs:ignore
		$items = array();
		foreach ( $this->data['items'] as $item ) {
			$items[ $item['id'] ] = new WC_Order_Item_Product( $item['id'], $item );
		}
		return $items;
	}

	public function get_subtotal(): float {
		return (float) array_sum( array_column( $this->data['items'], 'subtotal' ) );
	}

	public function get_total_discount(): float {
		return 0.0;
	}

	public function get_shipping_total(): string {
		return '0';
	}

	public function get_total_tax(): string {
		return '0';
	}

	/** @return WC_Order_Refund[] Newest first, as WooCommerce gives them. */
	public function get_refunds(): array {
		return array_map( 'wc_get_order', array_reverse( Stand_In_Rows::ids( 'shop_order_refund', $this->id ) ) );
	}

	public function get_total_refunded(): string {
		$sum = 0.0;
		foreach ( $this->get_refunds() as $refund ) {
			$sum += (float) $refund->get_amount();
		}
		return wc_format_decimal( $sum, wc_get_price_decimals() );
	}

	public function set_status( string $status ): void {
		$from = $this->data['status'];
		$to   = 0 === strpos( $status, 'wc-' ) ? substr( $status, 3 ) : $status;
		if ( $from === $to && $this->id ) {
			return;
		}
		$this->was_draft      = $this->was_draft || ( $this->id && in_array( $from, self::DRAFTS, true ) );
		$this->data['status'] = $to;
		$this->transition     = array( 'from' => $this->transition['from'] ?? ( $this->id ? $from : '' ), 'to' => $to );
		if ( in_array( $to, self::PAID, true ) && null === $this->data['date_paid'] ) {
			$this->data['date_paid'] = time();
		}
	}

	public function update_status( string $status ): bool {
		if ( ! $this->id ) {
			return false;
		}
		$this->set_status( $status );
		$this->save();
		return true;
	}

	public function payment_complete( $transaction_id = '' ): bool {
		if ( ! $this->id ) {
			return false;
		}
		do_action( 'woocommerce_pre_payment_complete', $this->id, $transaction_id );
		if ( in_array( $this->data['status'], array( 'on-hold', 'pending', 'failed', 'cancelled' ), true ) ) {
			$this->data['transaction_id'] = $transaction_id;
			$this->data['date_paid']      = $this->data['date_paid'] ?? time();
			$this->set_status( 'processing' );
			$this->save();
			do_action( 'woocommerce_payment_complete', $this->id, $transaction_id );
		}
		return true;
	}

	protected function announce( bool $is_new ): void {
		$is_draft = in_array( $this->data['status'], self::DRAFTS, true );
		if ( $is_new && ! $is_draft || $this->was_draft && ! $is_draft ) {
			do_action( 'woocommerce_new_order', $this->id, $this );
		} elseif ( ! $is_new ) {
			do_action( 'woocommerce_update_order', $this->id, $this );
		}
		$this->was_draft = false;
		$transition      = $this->transition;
		if ( null === $transition ) {
			return;
		}
		$this->transition = null;
		do_action( "woocommerce_order_status_{$transition['to']}", $this->id, $this );
		if ( '' !== $transition['from'] ) {
			do_action( "woocommerce_order_status_{$transition['from']}_to_{$transition['to']}", $this->id, $this );
			do_action( 'woocommerce_order_status_changed', $this->id, $transition['from'], $transition['to'], $this );
		}
	}

	public function delete( bool $is_forced = false ): bool {
		if ( ! $is_forced ) {
			$this->update_status( 'trash' );
			do_action( 'woocommerce_trash_order', $this->id );
			return true;
		}
		do_action( 'woocommerce_before_delete_order', $this->id, $this );
		Stand_In_Rows::delete( $this->id );
		do_action( 'woocommerce_delete_order', $this->id );
		return true;
	}
}

/** Money that went back. */
class WC_Order_Refund extends WC_Abstract_Order {
	const TYPE = 'shop_order_refund';

	/** @var array<string, mixed> */
	protected $data = array( 'parent_id' => 0, 'amount' => '0', 'reason' => '', 'date_created' => null, 'date_modified' => null, 'status' => 'completed' );

	public function __construct( int $id = 0 ) {
		if ( $id ) {
			$this->load( $id );
		}
	}

	protected function announce( bool $is_new ): void {}
}

/** @return WC_Abstract_Order|false */
function wc_get_order( $order = false ) {
	if ( $order instanceof WC_Abstract_Order ) {
		return $order;
	}
	$row = Stand_In_Rows::read( (int) $order );
	if ( ! $row || ! in_array( $row['type'], array( 'shop_order', 'shop_order_refund' ), true ) ) {
		return false;
	}
	return 'shop_order' === $row['type'] ? new WC_Order( (int) $order ) : new WC_Order_Refund( (int) $order );
}

/** @return array<int, mixed> */
function wc_get_orders( array $arguments = array() ): array {
	$ids = stand_in_page( Stand_In_Rows::ids( 'shop_order' ), $arguments );
	return 'ids' === ( $arguments['return'] ?? '' ) ? $ids : array_map( 'wc_get_order', $ids );
}

function wc_create_order( array $arguments = array() ): WC_Order { // phpcs:ignore
	$order = new WC_Order();
	$order->set_created_via( $arguments['created_via'] ?? 'admin' );
	$order->save();
	return $order;
}

/** @return WC_Order_Refund|WP_Error */
function wc_create_refund( array $arguments = array() ) {
	$order  = wc_get_order( $arguments['order_id'] );
	$refund = new WC_Order_Refund();
	$left   = (float) $order->get_total() - (float) $order->get_total_refunded();
	if ( (float) $arguments['amount'] > $left ) {
		return new WP_Error( 'error', 'Invalid refund amount.' );
	}
	$refund->set_parent_id( $order->get_id() );
	$refund->set_amount( wc_format_decimal( $arguments['amount'], wc_get_price_decimals() ) );
	$refund->set_reason( $arguments['reason'] ?? '' );
	do_action( 'woocommerce_create_refund', $refund, $arguments );
	$refund->save();
	$is_partial = (float) $arguments['amount'] < $left;
	if ( $is_partial ) {
		do_action( 'woocommerce_order_partially_refunded', $order->get_id(), $refund->get_id() );
	} else {
		do_action( 'woocommerce_order_fully_refunded', $order->get_id(), $refund->get_id() );
		$order->update_status( 'refunded' );
	}
	$order->save();
	do_action( 'woocommerce_refund_created', $refund->get_id(), $arguments );
	do_action( 'woocommerce_order_refunded', $order->get_id(), $refund->get_id() );
	return $refund;
}

/** @return array<string, string> */
function wc_get_order_statuses(): array {
	return array(
		'wc-pending'    => 'Pending payment',
		'wc-processing' => 'Processing',
		'wc-on-hold'    => 'On hold',
		'wc-completed'  => 'Completed',
		'wc-cancelled'  => 'Cancelled',
		'wc-refunded'   => 'Refunded',
		'wc-failed'     => 'Failed',
	);
}
