<?php
/**
 * The tab of the log.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use ConvertOS\Connector\Log;

defined( 'ABSPATH' ) || exit;

/**
 * What the plugin did, newest first; without personal data.
 */
final class Log_Tab implements Tab {

	const PER_PAGE = 100;

	/**
	 * The log.
	 *
	 * @var Log
	 */
	private $log;

	/**
	 * Only stores.
	 *
	 * @param Log $log The log.
	 */
	public function __construct( Log $log ) {
		$this->log = $log;
	}

	/**
	 * Its name in the address.
	 */
	public function slug(): string {
		return 'log';
	}

	/**
	 * Its title.
	 */
	public function title(): string {
		return __( 'Log', 'convertos-connector' );
	}

	/**
	 * What can be done on it.
	 *
	 * @return array<string, callable(): (string|\WP_Error|null)>
	 */
	public function actions(): array {
		return array(
			'log_clear'  => array( $this, 'clear' ),
			'log_export' => array( $this, 'export' ),
		);
	}

	/**
	 * Forgets everything.
	 */
	public function clear(): string {
		$this->log->clear();
		return __( 'The log is empty.', 'convertos-connector' );
	}

	/**
	 * Hands the newest lines out as a file.
	 */
	public function export() {
		nocache_headers();
		header( 'Content-Type: text/plain; charset=utf-8' );
		header( 'Content-Disposition: attachment; filename="convertos-log.txt"' );
		foreach ( $this->log->rows( array( 'limit' => 500 ) ) as $row ) {
			echo wp_json_encode( array( 'at' => gmdate( 'Y-m-d\TH:i:s\Z', $row['logged_at'] ) ) + array_diff_key( $row, array( 'logged_at' => 0 ) ), JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) . "\n";
		}
		return null;
	}

	/**
	 * Shows it.
	 */
	public function render(): void {
		// phpcs:disable WordPress.Security.NonceVerification.Recommended -- shows, and changes nothing.
		$level  = isset( $_GET['level'] ) ? sanitize_key( wp_unslash( $_GET['level'] ) ) : '';
		$search = isset( $_GET['s'] ) ? sanitize_text_field( wp_unslash( $_GET['s'] ) ) : '';
		$before = isset( $_GET['before'] ) ? absint( $_GET['before'] ) : 0;
		// phpcs:enable
		$rows = $this->log->rows(
			array_filter(
				array(
					'level'  => $level,
					'search' => $search,
					'before' => $before,
				)
			) + array( 'limit' => self::PER_PAGE )
		);
		$this->render_filter( $level, $search );
		echo '<table class="widefat striped"><thead><tr><th scope="col">' . esc_html__( 'When', 'convertos-connector' ) . '</th><th scope="col">' . esc_html__( 'Level', 'convertos-connector' ) . '</th><th scope="col">' . esc_html__( 'Part', 'convertos-connector' ) . '</th><th scope="col">' . esc_html__( 'What', 'convertos-connector' ) . '</th></tr></thead><tbody>';
		foreach ( $rows as $row ) {
			printf( '<tr><td>%s</td><td>', esc_html( Html::time( $row['logged_at'] ) ) );
			Html::mark(
				array(
					'error'   => 'failed',
					'warning' => 'warning',
				)[ $row['level'] ] ?? 'neutral',
				$row['level']
			);
			printf( '</td><td>%s</td><td>%s <code>%s</code></td></tr>', esc_html( $row['topic'] ), esc_html( $row['message'] ), esc_html( $row['context'] ? (string) wp_json_encode( $row['context'], JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) : '' ) );
		}
		echo $rows ? '' : '<tr><td colspan="4">' . esc_html__( 'Nothing yet.', 'convertos-connector' ) . '</td></tr>';
		echo '</tbody></table><div class="convertos-buttons">';
		if ( self::PER_PAGE === count( $rows ) ) {
			$query = array(
				'level'  => $level,
				's'      => $search,
				'before' => (string) end( $rows )['id'],
			);
			echo '<a class="button" href="' . esc_url( Page::url( $this->slug(), $query ) ) . '">' . esc_html__( 'Older', 'convertos-connector' ) . '</a> ';
		}
		Html::button( 'log_export', $this->slug(), __( 'Download', 'convertos-connector' ) );
		Html::button( 'log_clear', $this->slug(), __( 'Clear', 'convertos-connector' ), array(), 'secondary', __( 'Forget the whole log?', 'convertos-connector' ) );
		echo '</div>';
	}

	/**
	 * The filter.
	 *
	 * @param string $level  The chosen level.
	 * @param string $search What is searched for.
	 */
	private function render_filter( string $level, string $search ): void {
		echo '<form method="get" class="convertos-filter"><input type="hidden" name="page" value="' . esc_attr( Page::SLUG ) . '"><input type="hidden" name="tab" value="' . esc_attr( $this->slug() ) . '">';
		Html::select(
			'level',
			array(
				''        => __( 'Everything', 'convertos-connector' ),
				'warning' => __( 'Errors and warnings', 'convertos-connector' ),
				'error'   => __( 'Errors', 'convertos-connector' ),
			),
			$level,
			__( 'Level', 'convertos-connector' )
		);
		printf( '<input type="search" name="s" value="%s" aria-label="%s"> <button type="submit" class="button">%s</button></form>', esc_attr( $search ), esc_attr__( 'Search', 'convertos-connector' ), esc_html__( 'Show', 'convertos-connector' ) );
	}
}
