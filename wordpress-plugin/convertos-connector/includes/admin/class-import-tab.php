<?php
/**
 * The tab that brings history.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use ConvertOS\Connector\Connection\Credentials;
use ConvertOS\Connector\Delivery\Runner;
use ConvertOS\Connector\History\Catalog;
use ConvertOS\Connector\History\Import;
use ConvertOS\Connector\History\Quiet_Hours;

defined( 'ABSPATH' ) || exit;

/**
 * Begins, pauses and resumes the import, and shows how far it came. While the page is open it works on;
 * else background runs do.
 */
final class Import_Tab implements Tab {

	/**
	 * How long one step of an open page takes.
	 */
	const STEP_SECONDS = 4;

	/**
	 * The import.
	 *
	 * @var Import
	 */
	private $import;

	/**
	 * What there is.
	 *
	 * @var Catalog
	 */
	private $catalog;

	/**
	 * Hours in which little happens.
	 *
	 * @var Quiet_Hours
	 */
	private $quiet;

	/**
	 * Who this site is.
	 *
	 * @var Credentials
	 */
	private $credentials;

	/**
	 * Starts background runs.
	 *
	 * @var Runner
	 */
	private $runner;

	/**
	 * Only stores.
	 *
	 * @param Import      $import      The import.
	 * @param Catalog     $catalog     What there is.
	 * @param Quiet_Hours $quiet       Hours in which little happens.
	 * @param Credentials $credentials Who this site is.
	 * @param Runner      $runner      Starts background runs.
	 */
	public function __construct( Import $import, Catalog $catalog, Quiet_Hours $quiet, Credentials $credentials, Runner $runner ) {
		$this->import      = $import;
		$this->catalog     = $catalog;
		$this->quiet       = $quiet;
		$this->credentials = $credentials;
		$this->runner      = $runner;
	}

	/**
	 * Its name in the address.
	 */
	public function slug(): string {
		return 'import';
	}

	/**
	 * Its title.
	 */
	public function title(): string {
		return __( 'Import', 'convertos-connector' );
	}

	/**
	 * What can be done on it.
	 *
	 * @return array<string, callable(): (string|\WP_Error|null)>
	 */
	public function actions(): array {
		return array(
			'import_start'  => array( $this, 'start' ),
			'import_pause'  => array( $this, 'pause' ),
			'import_resume' => array( $this, 'resume' ),
			'import_forget' => array( $this, 'forget' ),
			'import_step'   => array( $this, 'step' ),
		);
	}

	/**
	 * Begins.
	 *
	 * @return string|\WP_Error
	 */
	public function start() {
		$kinds = array_intersect( Catalog::kinds(), Input::texts( 'kinds' ) );
		if ( ! $kinds ) {
			return new \WP_Error( 'convertos_import', __( 'Choose what to import.', 'convertos-connector' ) );
		}
		$this->import->start( $kinds, (bool) Input::text( 'quiet_only' ) );
		$this->runner->wake();
		return __( 'The import has begun.', 'convertos-connector' );
	}

	/**
	 * Pauses.
	 */
	public function pause(): string {
		$this->import->turn( Import::PAUSED );
		return __( 'The import is paused.', 'convertos-connector' );
	}

	/**
	 * Goes on.
	 */
	public function resume(): string {
		$this->import->turn( Import::RUNNING );
		$this->runner->wake();
		return __( 'The import goes on.', 'convertos-connector' );
	}

	/**
	 * Forgets it.
	 */
	public function forget(): string {
		$this->import->forget();
		return __( 'What was imported stays in ConvertOS.', 'convertos-connector' );
	}

	/**
	 * A few seconds of work for the open page, and how far it came.
	 */
	public function step() {
		$this->import->go_on( time() + self::STEP_SECONDS );
		ob_start();
		$this->render_progress();
		wp_send_json(
			array(
				'percent'   => $this->import->percent(),
				'isRunning' => Import::RUNNING === ( $this->import->state()['status'] ?? '' ),
				'html'      => ob_get_clean(),
			)
		);
	}

	/**
	 * Shows it.
	 */
	public function render(): void {
		$state  = $this->import->state();
		$status = $state['status'] ?? '';
		echo '<h2>' . esc_html__( 'Import what was there before', 'convertos-connector' ) . '</h2><p>' . esc_html__( 'Sends customers, products and orders of the past to ConvertOS. It can be stopped and repeated: nothing is counted twice.', 'convertos-connector' ) . '</p>';
		if ( null === $this->credentials->api_key() ) {
			echo '<p>' . esc_html__( 'This needs an API key. A connection string brings one.', 'convertos-connector' ) . '</p>';
			return;
		}
		if ( $state ) {
			printf( '<div id="convertos-import"%s aria-live="polite">', Import::RUNNING === $status ? ' data-nonce="' . esc_attr( wp_create_nonce( Actions::nonce( 'import_step' ) ) ) . '" data-url="' . esc_url( admin_url( 'admin-ajax.php' ) ) . '"' : '' );
			$this->render_progress();
			echo '</div><div class="convertos-buttons">';
			if ( Import::RUNNING === $status ) {
				Html::button( 'import_pause', $this->slug(), __( 'Pause', 'convertos-connector' ) );
			} elseif ( Import::DONE !== $status ) {
				Html::button( 'import_resume', $this->slug(), __( 'Resume', 'convertos-connector' ), array(), 'primary' );
			}
			Html::button( 'import_forget', $this->slug(), __( 'Clear', 'convertos-connector' ) );
			echo '</div>';
		}
		if ( Import::RUNNING !== $status ) {
			$this->render_start();
		}
	}

	/**
	 * Words for kinds.
	 *
	 * @return array<string, string>
	 */
	private static function kinds(): array {
		return array(
			'customers' => __( 'Customers', 'convertos-connector' ),
			'products'  => __( 'Products', 'convertos-connector' ),
			'orders'    => __( 'Orders', 'convertos-connector' ),
		);
	}

	/**
	 * What to begin.
	 */
	private function render_start(): void {
		Html::form( 'import_start', $this->slug() );
		echo '<fieldset><legend class="screen-reader-text">' . esc_html__( 'What to import', 'convertos-connector' ) . '</legend>';
		foreach ( Catalog::kinds() as $kind ) {
			printf( '<p><label><input type="checkbox" name="kinds[]" value="%s" checked> %s (%s)</label></p>', esc_attr( $kind ), esc_html( self::kinds()[ $kind ] ), esc_html( number_format_i18n( $this->catalog->count( $kind ) ) ) );
		}
		printf(
			'<p><label><input type="checkbox" name="quiet_only" value="1"> %s</label></p></fieldset><p><button type="submit" class="button button-primary">%s</button></p></form>',
			/* translators: %s: list of hours. */
			esc_html( sprintf( __( 'Only in quiet hours (%s o’clock)', 'convertos-connector' ), implode( ', ', $this->quiet->hours() ) ) ),
			esc_html__( 'Begin', 'convertos-connector' )
		);
	}

	/**
	 * How far it came.
	 */
	private function render_progress(): void {
		$state  = $this->import->state();
		$states = array(
			Import::RUNNING => array( 'neutral', __( 'Running', 'convertos-connector' ) ),
			Import::PAUSED  => array( 'warning', __( 'Paused', 'convertos-connector' ) ),
			Import::DONE    => array( 'ok', __( 'Done', 'convertos-connector' ) ),
			Import::FAILED  => array( 'failed', __( 'Stopped', 'convertos-connector' ) ),
		);
		echo '<p>';
		Html::mark( ...( $states[ $state['status'] ?? '' ] ?? array( 'neutral', '' ) ) );
		printf( ' <progress max="100" value="%1$d">%1$d %%</progress> %1$d %% <span>%2$s</span></p>', (int) $this->import->percent(), esc_html( (string) ( $state['note'] ?? '' ) ) );
		echo '<table class="widefat striped convertos-facts"><thead><tr>';
		foreach ( array( '', __( 'There are', 'convertos-connector' ), __( 'Sent', 'convertos-connector' ), __( 'Left out', 'convertos-connector' ), __( 'Failed', 'convertos-connector' ) ) as $title ) {
			echo '<th scope="col">' . esc_html( $title ) . '</th>';
		}
		echo '</tr></thead><tbody>';
		foreach ( $state['kinds'] ?? array() as $kind => $progress ) {
			echo '<tr><th scope="row">' . esc_html( self::kinds()[ $kind ] ?? $kind ) . '</th>';
			foreach ( array( 'total', 'done', 'skipped', 'failed' ) as $name ) {
				echo '<td>' . esc_html( number_format_i18n( $progress[ $name ] ) ) . '</td>';
			}
			echo '</tr>';
		}
		echo '</tbody></table>';
		if ( ! empty( $state['errors'] ) ) {
			echo '<ul class="convertos-errors"><li>' . implode( '</li><li>', array_map( 'esc_html', $state['errors'] ) ) . '</li></ul>'; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- each is escaped.
		}
	}
}
