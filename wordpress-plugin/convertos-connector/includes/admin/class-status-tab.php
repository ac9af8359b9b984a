<?php
/**
 * The tab that says how delivery is going.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use ConvertOS\Connector\Delivery\Delivery_State;
use ConvertOS\Connector\Delivery\Runner;
use ConvertOS\Connector\History\Quiet_Hours;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Outbox\Outbox_View;
use ConvertOS\Connector\Settings\Settings;
use ConvertOS\Connector\Site_Facts;

defined( 'ABSPATH' ) || exit;

/**
 * Queue, last success, last error, and a chart of the last days.
 */
final class Status_Tab implements Tab {

	/**
	 * The chart goes back as far as sent events are kept, but not further than this.
	 */
	const MOST_DAYS = 14;

	/**
	 * The queue's figures.
	 *
	 * @var Outbox_View
	 */
	private $view;

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
	 * Hours in which little happens.
	 *
	 * @var Quiet_Hours
	 */
	private $quiet;

	/**
	 * The settings.
	 *
	 * @var Settings
	 */
	private $settings;

	/**
	 * Only stores.
	 *
	 * @param Outbox_View    $view     The queue's figures.
	 * @param Delivery_State $state    How delivery is going.
	 * @param Runner         $runner   Starts deliveries.
	 * @param Quiet_Hours    $quiet    Hours in which little happens.
	 * @param Settings       $settings The settings.
	 */
	public function __construct( Outbox_View $view, Delivery_State $state, Runner $runner, Quiet_Hours $quiet, Settings $settings ) {
		$this->view     = $view;
		$this->state    = $state;
		$this->runner   = $runner;
		$this->quiet    = $quiet;
		$this->settings = $settings;
	}

	/**
	 * Its name in the address.
	 */
	public function slug(): string {
		return 'status';
	}

	/**
	 * Its title.
	 */
	public function title(): string {
		return __( 'Status', 'convertos-connector' );
	}

	/**
	 * What can be done on it.
	 *
	 * @return array<string, callable(): (string|\WP_Error|null)>
	 */
	public function actions(): array {
		return array(
			'pause'    => array( $this, 'pause' ),
			'resume'   => array( $this, 'resume' ),
			'send_now' => array( $this, 'send_now' ),
		);
	}

	/**
	 * Pauses sending.
	 */
	public function pause(): string {
		$this->state->pause( Delivery_State::PAUSED_BY_HAND );
		return __( 'Sending is paused. Events are collected.', 'convertos-connector' );
	}

	/**
	 * Goes on sending.
	 */
	public function resume(): string {
		$this->state->resume();
		$this->runner->wake();
		return __( 'Sending goes on.', 'convertos-connector' );
	}

	/**
	 * Sends what is due, for a few seconds.
	 *
	 * @return string|\WP_Error
	 */
	public function send_now() {
		$sent = $this->runner->deliver( time() + 10 );
		if ( null === $sent ) {
			return new \WP_Error( 'convertos_busy', __( 'Another process is sending at this moment.', 'convertos-connector' ) );
		}
		/* translators: %d: number of events. */
		return sprintf( _n( '%d event was delivered.', '%d events were delivered.', $sent, 'convertos-connector' ), $sent );
	}

	/**
	 * Shows it.
	 */
	public function render(): void {
		$state  = $this->state->all();
		$counts = $this->view->counts();
		echo '<h2>' . esc_html__( 'Delivery', 'convertos-connector' ) . '</h2><p>';
		if ( null !== $state['paused'] ) {
			Html::mark( 'failed', __( 'Paused', 'convertos-connector' ) );
		} else {
			$state['failures'] > 0 ? Html::mark( 'warning', __( 'Trying again', 'convertos-connector' ) ) : Html::mark( 'ok', __( 'Running', 'convertos-connector' ) );
		}
		echo '</p>';
		Html::facts(
			array(
				__( 'Waiting', 'convertos-connector' )     => number_format_i18n( $counts[ Outbox::WAITING ] + $counts[ Outbox::SENDING ] ),
				__( 'Oldest waits since', 'convertos-connector' ) => null === $this->view->oldest_waiting_at() ? '–' : Html::time( $this->view->oldest_waiting_at() ),
				__( 'Delivered (kept here)', 'convertos-connector' ) => number_format_i18n( $counts[ Outbox::SENT ] ),
				__( 'Could not be delivered', 'convertos-connector' ) => number_format_i18n( $counts[ Outbox::DEAD ] ),
				__( 'Last success', 'convertos-connector' ) => Html::time( $state['last_success_at'] ),
				__( 'Last run', 'convertos-connector' )    => Html::time( $state['last_run_at'] ),
				__( 'Last error', 'convertos-connector' )  => null === $state['last_error_at'] ? '–' : Html::time( $state['last_error_at'] ) . ': ' . $state['last_error'],
				__( 'Failures in a row', 'convertos-connector' ) => (string) $state['failures'],
				__( 'Background work', 'convertos-connector' ) => Runner::kind( $this->settings ),
				__( 'Quiet hours', 'convertos-connector' ) => implode( ', ', $this->quiet->hours() ),
			)
		);
		echo '<div class="convertos-buttons">';
		Html::button( 'send_now', $this->slug(), __( 'Send now', 'convertos-connector' ), array(), 'primary' );
		null === $state['paused']
			? Html::button( 'pause', $this->slug(), __( 'Pause', 'convertos-connector' ) )
			: Html::button( 'resume', $this->slug(), __( 'Resume', 'convertos-connector' ) );
		echo '</div>';
		$this->render_chart();
		echo '<h2>' . esc_html__( 'This site', 'convertos-connector' ) . '</h2>';
		Html::facts( Site_Facts::all( $this->settings ) );
	}

	/**
	 * The last days, as bars and as figures.
	 */
	private function render_chart(): void {
		$daily = $this->view->daily( max( 2, min( self::MOST_DAYS, $this->settings->get( 'keep_sent_days' ) ) ) );
		$most  = max( 1, max( array_map( 'array_sum', $daily ) ) );
		echo '<h2>' . esc_html__( 'The last days', 'convertos-connector' ) . '</h2><table class="widefat striped convertos-chart"><thead><tr><th scope="col">' . esc_html__( 'Day (UTC)', 'convertos-connector' ) . '</th><th scope="col">' . esc_html__( 'Delivered', 'convertos-connector' ) . '</th><th scope="col">' . esc_html__( 'Not delivered', 'convertos-connector' ) . '</th><th scope="col"><span class="screen-reader-text">' . esc_html__( 'Bar', 'convertos-connector' ) . '</span></th></tr></thead><tbody>';
		foreach ( $daily as $day => $counts ) {
			printf(
				'<tr><th scope="row">%s</th><td>%s</td><td>%s</td><td aria-hidden="true"><svg viewBox="0 0 200 12" width="200" height="12"><rect class="convertos-bar-sent" width="%d" height="12"/><rect class="convertos-bar-dead" x="%d" width="%d" height="12"/></svg></td></tr>',
				esc_html( $day ),
				esc_html( number_format_i18n( $counts[ Outbox::SENT ] ) ),
				esc_html( number_format_i18n( $counts[ Outbox::DEAD ] ) ),
				(int) round( 200 * $counts[ Outbox::SENT ] / $most ),
				(int) round( 200 * $counts[ Outbox::SENT ] / $most ),
				(int) round( 200 * $counts[ Outbox::DEAD ] / $most )
			);
		}
		echo '</tbody></table>';
	}
}
