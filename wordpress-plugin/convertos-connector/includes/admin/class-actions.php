<?php
/**
 * What an administrator does.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use ConvertOS\Connector\Log;

defined( 'ABSPATH' ) || exit;

/**
 * The one door of all buttons: asks for the capability and the nonce of just this action, does it, and says what became of it.
 */
final class Actions {

	const HOOK = 'convertos_do';

	/**
	 * The tabs.
	 *
	 * @var Tab[]
	 */
	private $tabs;

	/**
	 * The log.
	 *
	 * @var Log
	 */
	private $log;

	/**
	 * Only stores.
	 *
	 * @param Tab[] $tabs The tabs.
	 * @param Log   $log  The log.
	 */
	public function __construct( array $tabs, Log $log ) {
		$this->tabs = $tabs;
		$this->log  = $log;
	}

	/**
	 * Registers the door.
	 */
	public function hooks(): void {
		add_action( 'admin_post_' . self::HOOK, array( $this, 'enter' ) );
		add_action( 'wp_ajax_' . self::HOOK, array( $this, 'enter' ) );
	}

	/**
	 * Who may do all this.
	 */
	public static function capability(): string {
		/**
		 * Filters the capability that the plugin's page asks for.
		 *
		 * @since 1.0.0
		 * @param string $capability The capability.
		 */
		return (string) apply_filters( 'convertos_capability', 'manage_options' );
	}

	/**
	 * The name of an action's nonce.
	 *
	 * @param string $action The action.
	 */
	public static function nonce( string $action ): string {
		return 'convertos_' . $action;
	}

	/**
	 * Does what was asked for.
	 */
	public function enter(): void {
		$action = isset( $_POST['do'] ) ? sanitize_key( wp_unslash( $_POST['do'] ) ) : ''; // phpcs:ignore WordPress.Security.NonceVerification.Missing -- names the nonce that is checked next.
		if ( ! current_user_can( self::capability() ) ) {
			wp_die( esc_html__( 'You may not do this.', 'convertos-connector' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::nonce( $action ) );
		$tab    = isset( $_POST['tab'] ) ? sanitize_key( wp_unslash( $_POST['tab'] ) ) : '';
		$result = $this->done( $action );
		if ( null === $result ) {
			exit;
		}
		$this->log->info( 'admin', 'An administrator did something.', compact( 'action' ) );
		set_transient( self::message_key(), array( is_wp_error( $result ) ? 'error' : 'success', is_wp_error( $result ) ? $result->get_error_message() : $result ), MINUTE_IN_SECONDS );
		wp_safe_redirect( Page::url( $tab ) );
		exit;
	}

	/**
	 * Prints what became of the last action, once.
	 */
	public static function print_message(): void {
		$message = get_transient( self::message_key() );
		if ( is_array( $message ) ) {
			delete_transient( self::message_key() );
			printf( '<div class="notice notice-%s is-dismissible" role="status"><p>%s</p></div>', esc_attr( $message[0] ), esc_html( $message[1] ) );
		}
	}

	/**
	 * Where the message to this person waits.
	 */
	private static function message_key(): string {
		return 'convertos_message_' . get_current_user_id();
	}

	/**
	 * Does an action.
	 *
	 * @param string $action Its name.
	 * @return string|\WP_Error|null
	 */
	private function done( string $action ) {
		foreach ( $this->tabs as $tab ) {
			$actions = $tab->actions();
			if ( isset( $actions[ $action ] ) ) {
				return $actions[ $action ]();
			}
		}
		return new \WP_Error( 'convertos_action', __( 'There is no such action.', 'convertos-connector' ) );
	}
}
