<?php
/**
 * The tab on which a site is connected.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use ConvertOS\Connector\Connection\Connection_Test;
use ConvertOS\Connector\Connection\Credentials;
use ConvertOS\Connector\Delivery\Delivery_State;
use ConvertOS\Connector\Delivery\Runner;
use ConvertOS\Connector\Settings\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * One line to paste, or its parts one by one; then a test that says each step's result. Secrets are never shown again.
 */
final class Connection_Tab implements Tab {

	const RESULT_OPTION = 'convertos_test_result';

	/**
	 * Who this site is.
	 *
	 * @var Credentials
	 */
	private $credentials;

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * Tries the connection.
	 *
	 * @var Connection_Test
	 */
	private $test;

	/**
	 * How delivery is going.
	 *
	 * @var Delivery_State
	 */
	private $state;

	/**
	 * Starts deliveries.
	 *
	 * @var Runner
	 */
	private $runner;

	/**
	 * Only stores.
	 *
	 * @param Credentials     $credentials Who this site is.
	 * @param Settings        $settings    The settings.
	 * @param Connection_Test $test        Tries the connection.
	 * @param Delivery_State  $state       How delivery is going.
	 * @param Runner          $runner      Starts deliveries.
	 */
	public function __construct( Credentials $credentials, Settings $settings, Connection_Test $test, Delivery_State $state, Runner $runner ) {
		$this->credentials = $credentials;
		$this->settings    = $settings;
		$this->test        = $test;
		$this->state       = $state;
		$this->runner      = $runner;
	}

	/**
	 * Its name in the address.
	 */
	public function slug(): string {
		return 'connection';
	}

	/**
	 * Its title.
	 */
	public function title(): string {
		return __( 'Connection', 'convertos-connector' );
	}

	/**
	 * What can be done on it.
	 *
	 * @return array<string, callable(): (string|\WP_Error|null)>
	 */
	public function actions(): array {
		return array(
			'connect'    => array( $this, 'connect' ),
			'save_parts' => array( $this, 'save_parts' ),
			'test'       => array( $this, 'test' ),
			'disconnect' => array( $this, 'disconnect' ),
		);
	}

	/**
	 * Shows it.
	 */
	public function render(): void {
		$is_connected = $this->credentials->are_present() && null !== $this->credentials->secret();
		echo '<h2>' . esc_html__( 'Connection', 'convertos-connector' ) . '</h2><p>';
		$is_connected
			? Html::mark( 'ok', __( 'Connected', 'convertos-connector' ) )
			: Html::mark( 'warning', __( 'Not connected', 'convertos-connector' ) );
		echo ' <span>' . esc_html( $this->credentials->url() ) . '</span></p>';
		$this->render_string();
		$this->render_test( $is_connected );
		$this->render_parts();
		if ( $is_connected ) {
			echo '<h3>' . esc_html__( 'Disconnect', 'convertos-connector' ) . '</h3><p>' . esc_html__( 'Forgets address, secret and key. Events that wait stay here until the site is connected again.', 'convertos-connector' ) . '</p>';
			Html::button( 'disconnect', $this->slug(), __( 'Disconnect', 'convertos-connector' ), array(), 'secondary', __( 'Disconnect this site from ConvertOS?', 'convertos-connector' ) );
		}
	}

	/**
	 * Takes a pasted connection string.
	 *
	 * @return string|\WP_Error
	 */
	public function connect() {
		$saved = $this->credentials->save_connection_string( Input::text( 'connection_string' ) );
		if ( is_wp_error( $saved ) ) {
			return $saved;
		}
		$results = $this->tried();
		$this->runner->wake();
		return Connection_Test::has_passed( $results )
			? __( 'This site is connected, and the test event arrived.', 'convertos-connector' )
			: new \WP_Error( 'convertos_test', __( 'The connection was saved, but it does not work yet. See below what the test found.', 'convertos-connector' ) );
	}

	/**
	 * Takes the parts one by one; an empty secret or key stays as it was.
	 *
	 * @return string|\WP_Error
	 */
	public function save_parts() {
		$this->settings->update(
			array(
				'url'           => Input::text( 'url' ),
				'connection_id' => Input::text( 'connection_id' ),
			)
		);
		foreach ( array(
			'secret'  => 'save_secret',
			'api_key' => 'save_api_key',
		) as $name => $save ) {
			if ( '' !== Input::text( $name ) ) {
				$this->credentials->$save( Input::text( $name ) );
			}
		}
		$this->state->resume();
		$this->runner->wake();
		return '' === $this->settings->get( 'url' ) && '' !== Input::text( 'url' )
			? new \WP_Error( 'convertos_url', __( 'The address has to begin with http:// or https://.', 'convertos-connector' ) )
			: __( 'The connection was saved.', 'convertos-connector' );
	}

	/**
	 * Sends a test event.
	 *
	 * @return string|\WP_Error
	 */
	public function test() {
		return Connection_Test::has_passed( $this->tried() )
			? __( 'The test event arrived.', 'convertos-connector' )
			: new \WP_Error( 'convertos_test', __( 'The test did not succeed. See below what it found.', 'convertos-connector' ) );
	}

	/**
	 * Forgets the connection.
	 */
	public function disconnect(): string {
		$this->credentials->forget();
		delete_option( self::RESULT_OPTION );
		return __( 'This site is no longer connected.', 'convertos-connector' );
	}

	/**
	 * Tries the connection, and keeps what was found.
	 *
	 * @return array<int, array{step: string, outcome: string, text: string}>
	 */
	private function tried(): array {
		$results = $this->test->run();
		update_option(
			self::RESULT_OPTION,
			array(
				'at'      => time(),
				'results' => $results,
			),
			false
		);
		if ( Connection_Test::has_passed( $results ) && Delivery_State::PAUSED_BY_HAND !== $this->state->paused() ) {
			$this->state->resume();
		}
		return $results;
	}

	/**
	 * Where to paste.
	 */
	private function render_string(): void {
		Html::form( 'connect', $this->slug() );
		printf(
			'<p><label for="convertos-string"><strong>%s</strong></label><br><textarea id="convertos-string" name="connection_string" rows="4" class="large-text code" autocomplete="off" spellcheck="false" required aria-describedby="convertos-string-help" placeholder="convertos1_…"></textarea></p><p class="description" id="convertos-string-help">%s</p><p><button type="submit" class="button button-primary">%s</button></p></form>',
			esc_html__( 'Connection string', 'convertos-connector' ),
			esc_html__( 'Copy it from the connection’s page in ConvertOS. It is stored encrypted and not shown again.', 'convertos-connector' ),
			esc_html__( 'Connect', 'convertos-connector' )
		);
	}

	/**
	 * The test and its last results.
	 *
	 * @param bool $is_connected Whether there is something to test.
	 */
	private function render_test( bool $is_connected ): void {
		$last = get_option( self::RESULT_OPTION, array() );
		if ( $is_connected ) {
			Html::button( 'test', $this->slug(), __( 'Send test event', 'convertos-connector' ) );
		}
		if ( empty( $last['results'] ) ) {
			return;
		}
		$words = array(
			Connection_Test::OK      => __( 'Fine', 'convertos-connector' ),
			Connection_Test::WARNING => __( 'Mind', 'convertos-connector' ),
			Connection_Test::FAILED  => __( 'Failed', 'convertos-connector' ),
		);
		echo '<table class="widefat striped convertos-facts"><caption class="screen-reader-text">' . esc_html__( 'Results of the last test', 'convertos-connector' ) . '</caption><tbody>';
		foreach ( $last['results'] as $result ) {
			echo '<tr><td>';
			Html::mark( $result['outcome'], $words[ $result['outcome'] ] ?? '' );
			echo '</td><td>' . esc_html( $result['text'] ) . '</td></tr>';
		}
		echo '</tbody></table><p class="description">' . esc_html( Html::time( (int) $last['at'] ) ) . '</p>';
	}

	/**
	 * The parts, for who prefers them.
	 */
	private function render_parts(): void {
		$fixed = $this->credentials->fixed();
		$parts = array(
			'url'           => array( __( 'Address', 'convertos-connector' ), 'url', $this->credentials->url(), 'https://convertos.example' ),
			'connection_id' => array( __( 'Connection ID', 'convertos-connector' ), 'text', $this->credentials->connection_id(), 'wp_…' ),
			'secret'        => array( __( 'Secret', 'convertos-connector' ), 'password', '', null === $this->credentials->secret() ? '' : __( 'stored; leave empty to keep it', 'convertos-connector' ) ),
			'api_key'       => array( __( 'API key', 'convertos-connector' ), 'password', '', null === $this->credentials->api_key() ? '' : __( 'stored; leave empty to keep it', 'convertos-connector' ) ),
		);
		echo '<details><summary>' . esc_html__( 'Fill in the parts one by one', 'convertos-connector' ) . '</summary>';
		Html::form( 'save_parts', $this->slug() );
		echo '<table class="form-table" role="presentation">';
		foreach ( $parts as $name => list( $label, $type, $value, $hint ) ) {
			printf(
				'<tr><th scope="row"><label for="convertos-%1$s">%2$s</label></th><td><input type="%3$s" id="convertos-%1$s" name="%1$s" value="%4$s" class="regular-text code" placeholder="%5$s" autocomplete="off"%6$s></td></tr>',
				esc_attr( $name ),
				esc_html( $label ),
				esc_attr( $type ),
				esc_attr( $value ),
				esc_attr( in_array( $name, $fixed, true ) ? __( 'set in wp-config.php', 'convertos-connector' ) : $hint ),
				disabled( in_array( $name, $fixed, true ), true, false )
			);
		}
		echo '</table><p><button type="submit" class="button">' . esc_html__( 'Save', 'convertos-connector' ) . '</button></p></form></details>';
	}
}
