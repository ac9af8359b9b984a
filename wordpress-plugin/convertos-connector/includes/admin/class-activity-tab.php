<?php
/**
 * The tab that lists events.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use ConvertOS\Connector\Delivery\Runner;
use ConvertOS\Connector\Outbox\Event_Types;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Outbox\Outbox_View;
use ConvertOS\Connector\Outbox\Row;

defined( 'ABSPATH' ) || exit;

/**
 * Filter, search, details with persons hidden, and Resend.
 */
final class Activity_Tab implements Tab {

	const PER_PAGE = 30;

	/**
	 * The queue's figures.
	 *
	 * @var Outbox_View
	 */
	private $view;

	/**
	 * The queue.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * Starts deliveries.
	 *
	 * @var Runner
	 */
	private $runner;

	/**
	 * Only stores.
	 *
	 * @param Outbox_View $view   The queue's figures.
	 * @param Outbox      $outbox The queue.
	 * @param Runner      $runner Starts deliveries.
	 */
	public function __construct( Outbox_View $view, Outbox $outbox, Runner $runner ) {
		$this->view   = $view;
		$this->outbox = $outbox;
		$this->runner = $runner;
	}

	/**
	 * Its name in the address.
	 */
	public function slug(): string {
		return 'activity';
	}

	/**
	 * Its title.
	 */
	public function title(): string {
		return __( 'Activity', 'convertos-connector' );
	}

	/**
	 * What can be done on it.
	 *
	 * @return array<string, callable(): (string|\WP_Error|null)>
	 */
	public function actions(): array {
		return array(
			'resend'     => array( $this, 'resend' ),
			'resend_all' => array( $this, 'resend_all' ),
		);
	}

	/**
	 * Sends one event again; ConvertOS takes it for the same one.
	 */
	public function resend(): string {
		$this->outbox->resend( array( (int) Input::text( 'event' ) ) );
		$this->runner->wake();
		return __( 'The event waits to be sent again.', 'convertos-connector' );
	}

	/**
	 * Sends all again that could not be delivered.
	 */
	public function resend_all(): string {
		$count = $this->outbox->resend( array() );
		$this->runner->wake();
		/* translators: %d: number of events. */
		return sprintf( _n( '%d event waits to be sent again.', '%d events wait to be sent again.', $count, 'convertos-connector' ), $count );
	}

	/**
	 * Shows it.
	 */
	public function render(): void {
		$event = (int) self::asked( 'event' );
		if ( $event ) {
			$this->render_details( $this->view->row( $event ) );
			return;
		}
		$filter = array(
			'status' => self::asked( 'status' ),
			'type'   => self::asked( 'type' ),
			'search' => self::asked( 's' ),
			'page'   => max( 1, (int) self::asked( 'paged' ) ),
		);
		$this->render_filter( $filter );
		$this->render_list( $this->view->rows( $filter, self::PER_PAGE ) );
		$this->render_pages( $filter, (int) ceil( $this->view->count( $filter ) / self::PER_PAGE ) );
		if ( $this->view->counts()[ Outbox::DEAD ] > 0 ) {
			Html::button( 'resend_all', $this->slug(), __( 'Resend all that could not be delivered', 'convertos-connector' ) );
		}
	}

	/**
	 * A parameter of the address.
	 *
	 * @param string $name Its name.
	 */
	private static function asked( string $name ): string {
		return isset( $_GET[ $name ] ) && is_string( $_GET[ $name ] ) ? sanitize_text_field( wp_unslash( $_GET[ $name ] ) ) : ''; // phpcs:ignore WordPress.Security.NonceVerification.Recommended -- shows, and changes nothing.
	}

	/**
	 * Words for states.
	 *
	 * @return array<string, string>
	 */
	private static function states(): array {
		return array(
			Outbox::WAITING => __( 'Waiting', 'convertos-connector' ),
			Outbox::SENDING => __( 'Being sent', 'convertos-connector' ),
			Outbox::SENT    => __( 'Delivered', 'convertos-connector' ),
			Outbox::DEAD    => __( 'Not delivered', 'convertos-connector' ),
		);
	}

	/**
	 * The filter.
	 *
	 * @param array<string, mixed> $filter What is chosen.
	 */
	private function render_filter( array $filter ): void {
		$types = array_keys( Event_Types::PRIORITIES );
		echo '<form method="get" class="convertos-filter"><input type="hidden" name="page" value="' . esc_attr( Page::SLUG ) . '"><input type="hidden" name="tab" value="' . esc_attr( $this->slug() ) . '">';
		Html::select( 'status', array( '' => __( 'Every state', 'convertos-connector' ) ) + self::states(), $filter['status'], __( 'State', 'convertos-connector' ) );
		Html::select( 'type', array( '' => __( 'Every type', 'convertos-connector' ) ) + array_combine( $types, $types ), $filter['type'], __( 'Type', 'convertos-connector' ) );
		printf(
			'<input type="search" name="s" value="%s" placeholder="%s" aria-label="%s"> <button type="submit" class="button">%s</button></form>',
			esc_attr( $filter['search'] ),
			esc_attr__( 'E-mail, order number or event ID', 'convertos-connector' ),
			esc_attr__( 'Search', 'convertos-connector' ),
			esc_html__( 'Show', 'convertos-connector' )
		);
	}

	/**
	 * The list.
	 *
	 * @param Row[] $rows Events.
	 */
	private function render_list( array $rows ): void {
		echo '<table class="widefat striped"><thead><tr>';
		foreach ( array( __( 'When', 'convertos-connector' ), __( 'What', 'convertos-connector' ), __( 'About', 'convertos-connector' ), __( 'State', 'convertos-connector' ), __( 'Tries', 'convertos-connector' ), __( 'Note', 'convertos-connector' ), '' ) as $title ) {
			echo '<th scope="col">' . esc_html( $title ) . '</th>';
		}
		echo '</tr></thead><tbody>';
		foreach ( $rows as $row ) {
			printf( '<tr><td>%s</td><td><code>%s</code></td><td>%s</td><td>', esc_html( Html::time( $row->occurred_at ) ), esc_html( $row->type ), esc_html( self::about( $row ) ) );
			self::render_state( $row );
			printf( '</td><td>%d</td><td>%s</td><td class="convertos-buttons"><a href="%s">%s</a> ', (int) $row->attempts, esc_html( (string) $row->last_error ), esc_url( Page::url( $this->slug(), array( 'event' => (string) $row->id ) ) ), esc_html__( 'Details', 'convertos-connector' ) );
			if ( Outbox::SENDING !== $row->status ) {
				Html::button( 'resend', $this->slug(), Outbox::WAITING === $row->status ? __( 'Send next', 'convertos-connector' ) : __( 'Resend', 'convertos-connector' ), array( 'event' => (string) $row->id ), 'link' );
			}
			echo '</td></tr>';
		}
		echo $rows ? '' : '<tr><td colspan="7">' . esc_html__( 'Nothing yet.', 'convertos-connector' ) . '</td></tr>';
		echo '</tbody></table>';
	}

	/**
	 * A row's state as a mark.
	 *
	 * @param Row $row The event.
	 */
	private static function render_state( Row $row ): void {
		$colours = array(
			Outbox::SENT => 'ok',
			Outbox::DEAD => 'failed',
		);
		Html::mark( $colours[ $row->status ] ?? 'neutral', self::states()[ $row->status ] ?? $row->status );
	}

	/**
	 * Links to other pages of the list.
	 *
	 * @param array<string, mixed> $filter What is chosen.
	 * @param int                  $pages  How many pages there are.
	 */
	private function render_pages( array $filter, int $pages ): void {
		$links = paginate_links(
			array(
				'base'    => add_query_arg( 'paged', '%#%', Page::url( $this->slug(), array( 's' => $filter['search'] ) + array_intersect_key( $filter, array_flip( array( 'status', 'type' ) ) ) ) ),
				'format'  => '',
				'current' => $filter['page'],
				'total'   => max( 1, $pages ),
			)
		);
		echo $links ? '<p class="convertos-pages">' . wp_kses_post( $links ) . '</p>' : '';
	}

	/**
	 * What an event is about, in a few words.
	 *
	 * @param Row $row The event.
	 */
	private static function about( Row $row ): string {
		if ( null !== $row->subject ) {
			return str_replace( ':', ' ', $row->subject );
		}
		$data = json_decode( (string) $row->payload, true );
		return (string) Mask::value( $data['email'] ?? $data['form_name'] ?? '' );
	}

	/**
	 * One event.
	 *
	 * @param Row|null $row The event.
	 */
	private function render_details( ?Row $row ): void {
		echo '<p><a href="' . esc_url( Page::url( $this->slug() ) ) . '">← ' . esc_html__( 'All events', 'convertos-connector' ) . '</a></p>';
		if ( null === $row ) {
			echo '<p>' . esc_html__( 'There is no such event any more.', 'convertos-connector' ) . '</p>';
			return;
		}
		Html::facts(
			array(
				__( 'Event ID', 'convertos-connector' ) => $row->event_id,
				__( 'What', 'convertos-connector' )     => $row->type,
				__( 'When', 'convertos-connector' )     => Html::time( $row->occurred_at ),
				__( 'State', 'convertos-connector' )    => self::states()[ $row->status ] ?? $row->status,
				__( 'Tries', 'convertos-connector' )    => (string) $row->attempts,
				__( 'Next try', 'convertos-connector' ) => Outbox::WAITING === $row->status ? Html::time( $row->next_attempt_at ) : '–',
				__( 'Settled', 'convertos-connector' )  => null === $row->settled_at ? '–' : Html::time( $row->settled_at ),
				__( 'Note', 'convertos-connector' )     => (string) $row->last_error,
			)
		);
		$data = json_decode( (string) $row->payload, true );
		echo '<h3>' . esc_html__( 'Data (persons are hidden)', 'convertos-connector' ) . '</h3><pre class="convertos-data">';
		echo is_array( $data )
			? esc_html( (string) wp_json_encode( Mask::data( $data, 'product.updated' === $row->type ), JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) )
			: esc_html__( 'They are read when the event is sent.', 'convertos-connector' );
		echo '</pre>';
	}
}
