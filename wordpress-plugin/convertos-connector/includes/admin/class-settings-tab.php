<?php
/**
 * The tab of the settings.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use ConvertOS\Connector\Settings\Definitions;
use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Every setting but the connection, through WordPress's own settings API.
 */
final class Settings_Tab implements Tab {

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
	 * Its name in the address.
	 */
	public function slug(): string {
		return 'settings';
	}

	/**
	 * Its title.
	 */
	public function title(): string {
		return __( 'Settings', 'convertos-connector' );
	}

	/**
	 * WordPress saves them itself.
	 *
	 * @return array<string, callable(): (string|\WP_Error|null)>
	 */
	public function actions(): array {
		return array();
	}

	/**
	 * Shows it.
	 */
	public function render(): void {
		echo '<form method="post" action="' . esc_url( admin_url( 'options.php' ) ) . '">';
		settings_fields( Settings::GROUP );
		foreach ( $this->sections() as $title => $fields ) {
			echo '<h2>' . esc_html( $title ) . '</h2><table class="form-table" role="presentation">';
			foreach ( $fields as $name => list( $label, $help ) ) {
				$this->render_field( $name, $label, $help );
			}
			echo '</table>';
		}
		submit_button();
		echo '</form>';
	}

	/**
	 * Labels and help by section and setting.
	 *
	 * @return array<string, array<string, array{0: string, 1: string}>>
	 */
	private function sections(): array {
		return array(
			__( 'What is captured', 'convertos-connector' ) => array(
				'sources'                 => array( __( 'Sources', 'convertos-connector' ), '' ),
				'capture_checkout_email'  => array( __( 'E-mail at the checkout', 'convertos-connector' ), __( 'Note the e-mail address while somebody fills in the checkout, to notice when it is abandoned.', 'convertos-connector' ) ),
				'abandoned_after_minutes' => array( __( 'Abandoned after', 'convertos-connector' ), __( 'minutes without an order', 'convertos-connector' ) ),
			),
			__( 'Where visitors come from', 'convertos-connector' ) => array(
				'capture_touches' => array( __( 'Campaigns and referrers', 'convertos-connector' ), __( 'Remember in a first-party cookie by which link or advertisement somebody came.', 'convertos-connector' ) ),
				'consent'         => array( __( 'Consent', 'convertos-connector' ), __( 'Automatic: asks the WP Consent API where a consent plugin brings it. Required: without that, only after convertosConsent(true) was called.', 'convertos-connector' ) ),
				'cookie_days'     => array( __( 'Remember for', 'convertos-connector' ), __( 'days', 'convertos-connector' ) ),
				'own_hosts'       => array( __( 'Own hosts', 'convertos-connector' ), __( 'Other domains that belong to you, one a line; coming from there is no arrival.', 'convertos-connector' ) ),
			),
			__( 'Delivery', 'convertos-connector' ) => array(
				'runner'              => array( __( 'Background work', 'convertos-connector' ), __( 'Automatic: Action Scheduler where WooCommerce brings it, else WP-Cron. System cron: you call “wp convertos send” every minute.', 'convertos-connector' ) ),
				'batch_size'          => array( __( 'Events in a batch', 'convertos-connector' ), '' ),
				'interval_minutes'    => array( __( 'At most every', 'convertos-connector' ), __( 'minutes', 'convertos-connector' ) ),
				'queue_limit'         => array( __( 'Events that may wait', 'convertos-connector' ), __( 'Beyond that the least important are dropped; orders and leads never.', 'convertos-connector' ) ),
				'failure_threshold'   => array( __( 'Pause after', 'convertos-connector' ), __( 'failures in a row', 'convertos-connector' ) ),
				'notify_email'        => array( __( 'Tell by e-mail', 'convertos-connector' ), __( 'Empty: the site’s administrator.', 'convertos-connector' ) ),
				'signature_algorithm' => array( __( 'Signature', 'convertos-connector' ), __( 'SHA-512 only where the connection in ConvertOS allows it.', 'convertos-connector' ) ),
			),
			__( 'Keeping', 'convertos-connector' )  => array(
				'keep_sent_days'           => array( __( 'Keep sent events for', 'convertos-connector' ), __( 'days', 'convertos-connector' ) ),
				'log_level'                => array( __( 'Log', 'convertos-connector' ), '' ),
				'keep_log_days'            => array( __( 'Keep the log for', 'convertos-connector' ), __( 'days', 'convertos-connector' ) ),
				'remove_data_on_uninstall' => array( __( 'When the plugin is deleted', 'convertos-connector' ), __( 'Remove its tables and settings.', 'convertos-connector' ) ),
			),
		);
	}

	/**
	 * One setting.
	 *
	 * @param string $name  Its name.
	 * @param string $label Its label.
	 * @param string $help  What stands beside it.
	 */
	private function render_field( string $name, string $label, string $help ): void {
		$definition = Definitions::all()[ $name ];
		$value      = $this->settings->get( $name );
		$field      = Settings::OPTION . "[$name]";
		$id         = "convertos-$name";
		echo '<tr><th scope="row">';
		echo in_array( $definition['type'], array( 'flag', 'flags' ), true ) ? esc_html( $label ) : '<label for="' . esc_attr( $id ) . '">' . esc_html( $label ) . '</label>';
		echo '</th><td>';
		switch ( $definition['type'] ) {
			case 'flag':
				self::render_flag( $field, (bool) $value, $help );
				$help = '';
				break;
			case 'flags':
				foreach ( self::sources() as $source => $text ) {
					self::render_flag( $field . "[$source]", $value[ $source ] ?? true, $text );
					echo '<br>';
				}
				break;
			case 'choice':
				Html::select( $field, self::choices( $definition['choices'] ), $value, '', $id );
				break;
			case 'hosts':
				printf( '<textarea id="%s" name="%s" rows="3" class="regular-text code">%s</textarea>', esc_attr( $id ), esc_attr( $field ), esc_textarea( implode( "\n", $value ) ) );
				break;
			case 'whole':
				printf( '<input type="number" id="%s" name="%s" value="%d" min="%d" max="%d" class="small-text">', esc_attr( $id ), esc_attr( $field ), (int) $value, (int) $definition['min'], (int) $definition['max'] );
				break;
			default:
				printf( '<input type="%s" id="%s" name="%s" value="%s" class="regular-text">', 'email' === $definition['type'] ? 'email' : 'text', esc_attr( $id ), esc_attr( $field ), esc_attr( $value ) );
		}
		echo '' === $help ? '' : ' <span class="description">' . esc_html( $help ) . '</span>';
		echo '</td></tr>';
	}

	/**
	 * A box to tick.
	 *
	 * @param string $field The field's name.
	 * @param bool   $is_on Whether it is ticked.
	 * @param string $text  What stands beside it.
	 */
	private static function render_flag( string $field, bool $is_on, string $text ): void {
		printf( '<input type="hidden" name="%1$s" value="0"><label><input type="checkbox" name="%1$s" value="1"%2$s> %3$s</label>', esc_attr( $field ), checked( $is_on, true, false ), esc_html( $text ) );
	}

	/**
	 * Words for choices.
	 *
	 * @param string[] $values The values.
	 * @return array<string, string>
	 */
	private static function choices( array $values ): array {
		$words = array(
			'auto'         => __( 'Automatic', 'convertos-connector' ),
			'system'       => __( 'System cron', 'convertos-connector' ),
			'required'     => __( 'Required', 'convertos-connector' ),
			'not_required' => __( 'Not required', 'convertos-connector' ),
			'sha256'       => 'SHA-256',
			'sha512'       => 'SHA-512',
			'error'        => __( 'Errors', 'convertos-connector' ),
			'warning'      => __( 'Errors and warnings', 'convertos-connector' ),
			'info'         => __( 'What is done', 'convertos-connector' ),
			'debug'        => __( 'Everything', 'convertos-connector' ),
		);
		return array_intersect_key( $words, array_flip( $values ) );
	}

	/**
	 * The sources of events.
	 *
	 * @return array<string, string>
	 */
	public static function sources(): array {
		return array(
			'contact_form_7' => 'Contact Form 7',
			'gravity_forms'  => 'Gravity Forms',
			'elementor'      => 'Elementor Pro',
			'wpforms'        => 'WPForms',
			'ninja_forms'    => 'Ninja Forms',
			'fluent_forms'   => 'Fluent Forms',
			'formidable'     => 'Formidable Forms',
			'registration'   => __( 'New accounts', 'convertos-connector' ),
			'customers'      => __( 'Changes of accounts', 'convertos-connector' ),
			'orders'         => __( 'Orders, payments, refunds', 'convertos-connector' ),
			'checkouts'      => __( 'Checkouts', 'convertos-connector' ),
			'products'       => __( 'Products', 'convertos-connector' ),
			'touches'        => __( 'Visits from campaigns and referrers', 'convertos-connector' ),
		);
	}
}
