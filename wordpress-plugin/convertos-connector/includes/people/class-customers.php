<?php
/**
 * Accounts that come and change.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\People;

use ConvertOS\Connector\Capture\Guard;
use ConvertOS\Connector\Capture\Recorder;
use ConvertOS\Connector\Outbox\Event;
use ConvertOS\Connector\Settings\Settings;
use ConvertOS\Connector\Touches\Trace;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to WordPress and WooCommerce; both tell of an account that a checkout makes, and it is told once.
 */
final class Customers {

	/**
	 * Takes what was captured.
	 *
	 * @var Recorder
	 */
	private $recorder;

	/**
	 * Reads the visit.
	 *
	 * @var Trace
	 */
	private $trace;

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * Keeps the site safe from this plugin's errors.
	 *
	 * @var Guard
	 */
	private $guard;

	/**
	 * Only stores.
	 *
	 * @param Recorder $recorder Takes what was captured.
	 * @param Trace    $trace    Reads the visit.
	 * @param Settings $settings The settings.
	 * @param Guard    $guard    Keeps the site safe from this plugin's errors.
	 */
	public function __construct( Recorder $recorder, Trace $trace, Settings $settings, Guard $guard ) {
		$this->recorder = $recorder;
		$this->trace    = $trace;
		$this->settings = $settings;
		$this->guard    = $guard;
	}

	/**
	 * Listens.
	 */
	public function hooks(): void {
		if ( $this->settings->captures( 'registration' ) ) {
			$this->guard->action( 'user_register', array( $this, 'registered' ) );
			$this->guard->action( 'woocommerce_created_customer', array( $this, 'registered' ) );
		}
		if ( $this->settings->captures( 'customers' ) ) {
			$this->guard->action( 'profile_update', array( $this, 'changed' ) );
			$this->guard->action( 'woocommerce_update_customer', array( $this, 'changed' ) );
			$this->guard->action( 'woocommerce_customer_save_address', array( $this, 'changed' ) );
		}
	}

	/**
	 * An account was made. The visit is the customer's only where the customer made it.
	 *
	 * @param int $user_id The account.
	 */
	public function registered( $user_id ): void {
		$is_own = ! is_admin() || wp_doing_ajax();
		$event  = Event::about( 'customer.registered', 'customer', (int) $user_id, $is_own ? $this->trace->of_request() : array() );
		$user   = get_userdata( $user_id );
		if ( $user ) {
			$event->email = $user->user_email;
		}
		$this->recorder->record( $event );
	}

	/**
	 * An account was saved.
	 *
	 * @param int $user_id The account.
	 */
	public function changed( $user_id ): void {
		$this->recorder->record_later( Event::about( 'customer.updated', 'customer', (int) $user_id ) );
	}
}
