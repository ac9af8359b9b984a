<?php
/**
 * The letter that says that sending has stopped.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Delivery;

use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Tells the administrator once for each pause.
 */
class Warning_Mail {

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * Only stores.
	 *
	 * @param Settings $settings The settings.
	 */
	public function __construct( Settings $settings ) {
		$this->settings = $settings;
	}

	/**
	 * Sends it.
	 *
	 * @param string $error What the last try said.
	 */
	public function send( string $error ): void {
		$to = $this->settings->get( 'notify_email' );
		wp_mail(
			'' !== $to ? $to : (string) get_option( 'admin_email' ),
			/* translators: %s: the site's name. */
			sprintf( __( '[%s] Sending to ConvertOS is paused', 'convertos-connector' ), wp_specialchars_decode( (string) get_option( 'blogname' ), ENT_QUOTES ) ),
			implode( "\n\n", $this->paragraphs( $error ) )
		);
	}

	/**
	 * The text.
	 *
	 * @param string $error What the last try said.
	 * @return string[]
	 */
	private function paragraphs( string $error ): array {
		return array(
			__( 'ConvertOS could not be reached, or it refused what this site sends. Your shop is not affected.', 'convertos-connector' ),
			/* translators: %s: what the last attempt said. */
			sprintf( __( 'The last attempt said: %s', 'convertos-connector' ), $error ),
			__( 'Nothing is lost: leads and orders are collected here. The plugin tries again every 15 minutes and goes on by itself as soon as it works. If the connection was changed, paste a new connection string.', 'convertos-connector' ),
			admin_url( 'options-general.php?page=convertos&tab=status' ),
		);
	}
}
