<?php
/**
 * The settings of a site.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Reads and writes the settings; secrets are not among them.
 */
final class Settings {

	const OPTION = 'convertos_settings';
	const GROUP  = 'convertos';

	/**
	 * Keeps values within their definitions.
	 *
	 * @var Sanitizer
	 */
	private $sanitizer;

	/**
	 * Only stores.
	 *
	 * @param Sanitizer $sanitizer Keeps values within their definitions.
	 */
	public function __construct( Sanitizer $sanitizer ) {
		$this->sanitizer = $sanitizer;
	}

	/**
	 * Registers the option, so that WordPress's own pages and API clean what they save.
	 */
	public function hooks(): void {
		add_action( 'admin_init', array( $this, 'register' ) );
	}

	/**
	 * Tells WordPress of the option.
	 */
	public function register(): void {
		register_setting(
			self::GROUP,
			self::OPTION,
			array(
				'type'              => 'object',
				'sanitize_callback' => array( $this, 'sanitize' ),
				'default'           => Definitions::defaults(),
				'show_in_rest'      => false,
			)
		);
	}

	/**
	 * Cleans what a form sent.
	 *
	 * @param mixed $input What was sent.
	 * @return array<string, mixed>
	 */
	public function sanitize( $input ): array {
		return $this->sanitizer->sanitize( $input, $this->all() );
	}

	/**
	 * Every setting.
	 *
	 * @return array<string, mixed>
	 */
	public function all(): array {
		$stored = get_option( self::OPTION, array() );
		return array_merge( Definitions::defaults(), is_array( $stored ) ? $stored : array() );
	}

	/**
	 * One setting.
	 *
	 * @param string $name Its name; it must be defined.
	 * @return mixed
	 */
	public function get( string $name ) {
		return $this->all()[ $name ];
	}

	/**
	 * Changes some settings and leaves the others.
	 *
	 * @param array<string, mixed> $changes New values by name.
	 */
	public function update( array $changes ): void {
		update_option( self::OPTION, $this->sanitize( $changes ), true );
	}

	/**
	 * Puts everything back to what it was before anybody set it.
	 */
	public function reset(): void {
		update_option( self::OPTION, Definitions::defaults(), true );
	}

	/**
	 * Whether a source of events is to be listened to.
	 *
	 * @param string $source Its name, for example contact_form_7.
	 */
	public function captures( string $source ): bool {
		$flags   = $this->get( 'sources' );
		$enabled = ! isset( $flags[ $source ] ) || $flags[ $source ];
		/**
		 * Filters whether a source of events is captured.
		 *
		 * @since 1.0.0
		 * @param bool   $enabled Whether it is.
		 * @param string $source  Its name: contact_form_7, gravity_forms, elementor, wpforms, ninja_forms,
		 *                        fluent_forms, formidable, registration, orders, checkouts, products, customers, touches.
		 */
		return (bool) apply_filters( 'convertos_capture_enabled', $enabled, $source );
	}
}
