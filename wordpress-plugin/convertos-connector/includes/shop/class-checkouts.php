<?php
/**
 * Checkouts: begun, completed, abandoned.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Shop;

use ConvertOS\Connector\Capture\Guard;
use ConvertOS\Connector\Capture\Recorder;
use ConvertOS\Connector\Delivery\Runner;
use ConvertOS\Connector\Mapping\Mapping;
use ConvertOS\Connector\Outbox\Event;
use ConvertOS\Connector\Settings\Settings;
use ConvertOS\Connector\Touches\Trace;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to the checkouts of WooCommerce (classic and block) and FunnelKit. Abandonment is noticed here
 * unless a cart recovery plugin does so: then it is asked (see Cart_Recovery).
 */
final class Checkouts {

	/**
	 * Takes what was captured.
	 *
	 * @var Recorder
	 */
	private $recorder;

	/**
	 * The checkout of this visitor.
	 *
	 * @var Checkout_Session
	 */
	private $session;

	/**
	 * Checkouts that somebody has begun.
	 *
	 * @var Checkout_Store
	 */
	private $store;

	/**
	 * Reads the visit.
	 *
	 * @var Trace
	 */
	private $trace;

	/**
	 * The field mapping.
	 *
	 * @var Mapping
	 */
	private $mapping;

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * Starts deliveries.
	 *
	 * @var Runner
	 */
	private $runner;

	/**
	 * Keeps the site safe from this plugin's errors.
	 *
	 * @var Guard
	 */
	private $guard;

	/**
	 * FunnelKit's checkout page of this request, or 0.
	 *
	 * @var int
	 */
	private $step_id = 0;

	/**
	 * Only stores.
	 *
	 * @param Recorder         $recorder Takes what was captured.
	 * @param Checkout_Session $session  The checkout of this visitor.
	 * @param Checkout_Store   $store    Checkouts that somebody has begun.
	 * @param Trace            $trace    Reads the visit.
	 * @param Mapping          $mapping  The field mapping.
	 * @param Settings         $settings The settings.
	 * @param Runner           $runner   Starts deliveries.
	 * @param Guard            $guard    Keeps the site safe from this plugin's errors.
	 */
	public function __construct( Recorder $recorder, Checkout_Session $session, Checkout_Store $store, Trace $trace, Mapping $mapping, Settings $settings, Runner $runner, Guard $guard ) {
		$this->recorder = $recorder;
		$this->session  = $session;
		$this->store    = $store;
		$this->trace    = $trace;
		$this->mapping  = $mapping;
		$this->settings = $settings;
		$this->runner   = $runner;
		$this->guard    = $guard;
	}

	/**
	 * Listens.
	 */
	public function hooks(): void {
		$guard = $this->guard;
		$guard->action( 'wfacp_after_checkout_page_found', array( $this, 'funnelkit_page' ) );
		$guard->action( 'woocommerce_before_checkout_form', array( $this, 'looked_at' ), 10, 0 );
		$guard->action( 'woocommerce_blocks_checkout_enqueue_data', array( $this, 'looked_at' ), 10, 0 );
		$guard->action( 'woocommerce_checkout_update_order_review', array( $this, 'filled_in' ) );
		$guard->action( 'woocommerce_store_api_cart_update_customer_from_request', array( $this, 'filled_in_block' ) );
		$guard->action( 'woocommerce_checkout_order_processed', array( $this, 'completed' ), 20, 3 );
		$guard->action( 'woocommerce_store_api_checkout_order_processed', array( $this, 'completed_by_block' ), 20 );
		$guard->action( 'convertos_run', array( $this, 'find_abandoned' ) );
		$guard->action( 'convertos_hourly', array( $this->store, 'forget_old' ) );
		add_filter( 'convertos_next_work_at', array( $this, 'next_work_at' ) );
	}

	/**
	 * FunnelKit shows one of its checkout pages.
	 *
	 * @param int $page_id The page.
	 */
	public function funnelkit_page( $page_id ): void {
		$this->step_id = (int) $page_id;
	}

	/**
	 * Somebody looks at the checkout.
	 */
	public function looked_at(): void {
		if ( is_admin() || ! self::has_cart() ) {
			return;
		}
		$customer = WC()->customer;
		$this->saw( $customer ? (string) $customer->get_billing_email() : '', array() );
	}

	/**
	 * Somebody fills in the classic checkout.
	 *
	 * @param string $posted The form, as the browser sent it.
	 */
	public function filled_in( $posted ): void {
		wp_parse_str( (string) $posted, $form );
		$this->saw(
			is_string( $form['billing_email'] ?? null ) ? $form['billing_email'] : '',
			array(
				'first_name' => $form['billing_first_name'] ?? '',
				'last_name'  => $form['billing_last_name'] ?? '',
				'phone'      => $form['billing_phone'] ?? '',
			)
		);
	}

	/**
	 * Somebody fills in the checkout block.
	 *
	 * @param \WC_Customer $customer The customer.
	 */
	public function filled_in_block( $customer ): void {
		$this->saw(
			(string) $customer->get_billing_email(),
			array(
				'first_name' => $customer->get_billing_first_name(),
				'last_name'  => $customer->get_billing_last_name(),
				'phone'      => $customer->get_billing_phone(),
			)
		);
	}

	/**
	 * The classic checkout made an order.
	 *
	 * @param int                  $order_id The order.
	 * @param array<string, mixed> $posted   The form.
	 * @param \WC_Order            $order    The order.
	 */
	public function completed( $order_id, $posted, $order ): void {
		$this->complete( $order );
	}

	/**
	 * The checkout block made an order.
	 *
	 * @param \WC_Order $order The order.
	 */
	public function completed_by_block( $order ): void {
		$this->complete( $order );
	}

	/**
	 * Tells of checkouts that were left alone.
	 */
	public function find_abandoned(): void {
		if ( Cart_Recovery::is_active() || ! $this->settings->captures( 'checkouts' ) ) {
			return;
		}
		foreach ( $this->store->take_abandoned( $this->settings->get( 'abandoned_after_minutes' ) ) as $checkout ) {
			$this->recorder->record( Event::of( 'checkout.abandoned', array( 'email' => $checkout['email'] ) + $checkout['details'] ) );
		}
	}

	/**
	 * Asks for a run when a checkout may be abandoned.
	 *
	 * @param int|null $at What others need.
	 */
	public function next_work_at( $at ): ?int {
		$mine = Cart_Recovery::is_active() ? null : $this->store->next_abandoned_at( $this->settings->get( 'abandoned_after_minutes' ) );
		return null === $at || null === $mine ? $at ?? $mine : min( $at, $mine );
	}

	/**
	 * Takes what is known of a checkout; tells of its beginning once, and again when the person is known.
	 *
	 * @param string               $email  The e-mail address, or empty.
	 * @param array<string, mixed> $person What else is known of the person.
	 */
	private function saw( string $email, array $person ): void {
		if ( ! self::has_cart() || '' === $this->session->begin() ) {
			return;
		}
		$email   = $this->settings->get( 'capture_checkout_email' ) && is_email( $email ) ? $email : '';
		$person  = '' === $email ? array() : array_filter( array_map( 'sanitize_text_field', array_filter( $person, 'is_string' ) ) );
		$is_news = $this->session->is_news( $email );
		if ( ! $is_news && '' === $email ) {
			return;
		}
		$details = array( 'checkout_token' => $this->session->token() ) + $person + $this->cart() + $this->trace->of_request();
		$this->store->see( $this->session->token(), $email, $details );
		if ( $is_news ) {
			$data = ( '' === $email ? array() : array( 'email' => $email ) ) + $details;
			$this->recorder->record( Event::of( 'checkout.started', $this->mapping->apply_to_event( 'checkout', array( 'cart' => $this->cart() ), $data ) ) );
		}
		$this->runner->wake( time() + $this->settings->get( 'abandoned_after_minutes' ) * MINUTE_IN_SECONDS );
	}

	/**
	 * Ends a checkout that became an order.
	 *
	 * @param \WC_Order $order The order.
	 */
	private function complete( \WC_Order $order ): void {
		$token = $this->session->token();
		$data  = array(
			'checkout_token' => $token,
			'order_id'       => $order->get_id(),
			'email'          => $order->get_billing_email(),
			'customer_id'    => $order->get_customer_id(),
			'funnel_id'      => self::funnel_of( (int) $order->get_meta( '_wfacp_post_id' ) ),
			'step_id'        => (int) $order->get_meta( '_wfacp_post_id' ),
			'total'          => Order_Payload::amount( $order->get_total() ),
			'currency'       => $order->get_currency(),
		);
		$this->recorder->record( Event::of( 'checkout.completed', array_filter( $data ) + $this->trace->of_request() ) );
		if ( '' !== $token ) {
			$this->store->forget( $token );
			$this->session->end();
		}
	}

	/**
	 * What is in the cart, and where the checkout stands.
	 *
	 * @return array<string, mixed>
	 */
	private function cart(): array {
		$cart  = WC()->cart;
		$items = array();
		foreach ( $cart->get_cart() as $line ) {
			$product = $line['data'] ?? null;
			$items[] = array_filter(
				array(
					'product_id'   => $line['product_id'] ?? null,
					'variation_id' => $line['variation_id'] ?? null,
					'sku'          => $product instanceof \WC_Product ? $product->get_sku() : '',
					'name'         => $product instanceof \WC_Product ? $product->get_name() : '',
					'quantity'     => (string) ( $line['quantity'] ?? 1 ),
					'total'        => Order_Payload::amount( $line['line_total'] ?? 0 ),
				)
			);
		}
		return array_filter(
			array(
				'total'       => Order_Payload::amount( $cart->get_total( 'edit' ) ),
				'currency'    => get_woocommerce_currency(),
				'items'       => $items,
				'customer_id' => get_current_user_id(),
				'step_id'     => $this->step_id,
				'funnel_id'   => self::funnel_of( $this->step_id ),
			)
		);
	}

	/**
	 * The funnel that a FunnelKit page belongs to, or 0.
	 *
	 * @param int $page_id The page.
	 */
	private static function funnel_of( int $page_id ): int {
		return $page_id ? (int) get_post_meta( $page_id, '_bwf_in_funnel', true ) : 0;
	}

	/**
	 * Whether there is a cart with something in it.
	 */
	private static function has_cart(): bool {
		return function_exists( 'WC' ) && WC()->cart instanceof \WC_Cart && ! WC()->cart->is_empty();
	}
}
