<?php
/**
 * Orders, from their first moment to their last.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Shop;

use ConvertOS\Connector\Capture\Guard;
use ConvertOS\Connector\Capture\Recorder;
use ConvertOS\Connector\Outbox\Event;
use ConvertOS\Connector\Site_Facts;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to WooCommerce. Here an order is only named; it is read in the background, when it is whole.
 *
 * Source: integrations.md C2, checked in WooCommerce 10.9.1: `woocommerce_new_order` fires before the lines are saved,
 * classic and block checkout fire different actions, `woocommerce_payment_complete` is not fired for cash on delivery.
 */
final class Orders {

	/**
	 * Takes what was captured.
	 *
	 * @var Recorder
	 */
	private $recorder;

	/**
	 * The visit behind an order.
	 *
	 * @var Order_Trace
	 */
	private $trace;

	/**
	 * The checkout of this visitor.
	 *
	 * @var Checkout_Session
	 */
	private $session;

	/**
	 * Keeps the site safe from this plugin's errors.
	 *
	 * @var Guard
	 */
	private $guard;

	/**
	 * Only stores.
	 *
	 * @param Recorder         $recorder Takes what was captured.
	 * @param Order_Trace      $trace    The visit behind an order.
	 * @param Checkout_Session $session  The checkout of this visitor.
	 * @param Guard            $guard    Keeps the site safe from this plugin's errors.
	 */
	public function __construct( Recorder $recorder, Order_Trace $trace, Checkout_Session $session, Guard $guard ) {
		$this->recorder = $recorder;
		$this->trace    = $trace;
		$this->session  = $session;
		$this->guard    = $guard;
	}

	/**
	 * Listens.
	 */
	public function hooks(): void {
		$guard = $this->guard;
		$guard->action( 'woocommerce_checkout_create_order', array( $this, 'being_made' ) );
		$guard->action( 'woocommerce_store_api_checkout_update_order_from_request', array( $this, 'being_made' ) );
		$guard->action( 'woocommerce_new_order', array( $this, 'created' ) );
		$guard->action( 'woocommerce_store_api_checkout_order_processed', array( $this, 'created_by_block' ) );
		$guard->action( 'woocommerce_payment_complete', array( $this, 'paid' ) );
		$guard->action( 'woocommerce_order_status_changed', array( $this, 'status_changed' ), 10, 4 );
		$guard->action( 'woocommerce_order_refunded', array( $this, 'refunded' ), 10, 2 );
		$guard->action( 'woocommerce_refund_deleted', array( $this, 'refund_deleted' ), 10, 2 );
		$guard->action( 'woocommerce_update_order', array( $this, 'updated' ) );
		$guard->action( 'woocommerce_trash_order', array( $this, 'updated' ) );
		$guard->action( 'woocommerce_untrash_order', array( $this, 'updated' ) );
		$guard->action( 'woocommerce_before_delete_order', array( $this, 'deleted' ), 10, 2 );
		$guard->action( 'before_delete_post', array( $this, 'post_deleted' ) );
	}

	/**
	 * A checkout builds an order; it is saved afterwards.
	 *
	 * @param \WC_Order $order The order.
	 */
	public function being_made( $order ): void {
		$this->trace->attach( $order, $this->session->token() );
	}

	/**
	 * An order came into being.
	 *
	 * @param int $order_id The order.
	 */
	public function created( $order_id ): void {
		$this->recorder->record( Event::about( 'order.created', 'order', (int) $order_id ) );
	}

	/**
	 * The checkout block is done with an order; in WooCommerce 7 it was a draft when it came into being.
	 *
	 * @param \WC_Order $order The order.
	 */
	public function created_by_block( $order ): void {
		$this->created( $order->get_id() );
	}

	/**
	 * A gateway said that the order is paid.
	 *
	 * @param int $order_id The order.
	 */
	public function paid( $order_id ): void {
		$this->recorder->record( Event::about( 'order.paid', 'order', (int) $order_id ) );
	}

	/**
	 * An order is in another state.
	 *
	 * @param int       $order_id The order.
	 * @param string    $from     The state before.
	 * @param string    $to       The state now.
	 * @param \WC_Order $order    The order.
	 */
	public function status_changed( $order_id, $from, $to, $order ): void {
		if ( 'cancelled' === $to ) {
			$this->recorder->record( Event::about( 'order.cancelled', 'order', (int) $order_id ) );
		} elseif ( $order->is_paid() ) {
			$this->paid( $order_id );
		}
		$this->updated( $order_id );
	}

	/**
	 * Money was given back, all or a part.
	 *
	 * @param int $order_id  The order.
	 * @param int $refund_id The refund.
	 */
	public function refunded( $order_id, $refund_id ): void {
		$this->recorder->record( Event::about( 'order.refunded', 'order', (int) $order_id, array( 'refund_id' => (int) $refund_id ) ) );
	}

	/**
	 * A refund was taken back.
	 *
	 * @param int $refund_id The refund.
	 * @param int $order_id  The order.
	 */
	public function refund_deleted( $refund_id, $order_id ): void {
		$this->updated( $order_id );
	}

	/**
	 * Something about an order changed.
	 *
	 * @param int $order_id The order.
	 */
	public function updated( $order_id ): void {
		if ( Order_Payload::is_noting() ) {
			return;
		}
		$this->recorder->record_later( Event::about( 'order.updated', 'order', (int) $order_id ) );
	}

	/**
	 * An order is about to be deleted for good; later nobody could read it.
	 *
	 * @param int       $order_id The order.
	 * @param \WC_Order $order    The order.
	 */
	public function deleted( $order_id, $order ): void {
		if ( 'shop_order' !== $order->get_type() || in_array( $order->get_status(), Order_Payload::DRAFTS, true ) ) {
			return;
		}
		$data = array_merge(
			Order_Payload::facts( $order ),
			array(
				'status'      => 'trash',
				'modified_at' => gmdate( 'Y-m-d\TH:i:s\Z' ),
			)
		);
		$this->recorder->record( Event::of( 'order.updated', array_filter( $data ), "order.deleted:order:$order_id" ) );
	}
	/**
	 * A post is about to be deleted for good. Where orders are posts, WooCommerce before 8 has no word of its own for that.
	 *
	 * @param int $post_id The post.
	 */
	public function post_deleted( $post_id ): void {
		if ( 'shop_order' !== get_post_type( $post_id ) || Site_Facts::uses_hpos() ) {
			return;
		}
		$order = wc_get_order( $post_id );
		if ( $order instanceof \WC_Order ) {
			$this->deleted( $post_id, $order );
		}
	}
}
