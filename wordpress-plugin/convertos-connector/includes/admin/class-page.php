<?php
/**
 * Settings → ConvertOS.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use const ConvertOS\Connector\PLUGIN_FILE;
use const ConvertOS\Connector\VERSION;

defined( 'ABSPATH' ) || exit;

/**
 * The plugin's page with its tabs.
 */
final class Page {

	const SLUG = 'convertos';

	/**
	 * The tabs.
	 *
	 * @var Tab[]
	 */
	private $tabs;

	/**
	 * What is worth a warning.
	 *
	 * @var Notices
	 */
	private $notices;

	/**
	 * Only stores.
	 *
	 * @param Tab[]   $tabs    The tabs.
	 * @param Notices $notices What is worth a warning.
	 */
	public function __construct( array $tabs, Notices $notices ) {
		$this->tabs    = $tabs;
		$this->notices = $notices;
	}

	/**
	 * Registers the page.
	 */
	public function hooks(): void {
		add_action( 'admin_menu', array( $this, 'add' ) );
		add_action( 'admin_enqueue_scripts', array( $this, 'enqueue' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( PLUGIN_FILE ), array( $this, 'add_link' ) );
		add_filter( 'option_page_capability_convertos', array( Actions::class, 'capability' ) );
	}

	/**
	 * A tab's address.
	 *
	 * @param string                $tab   The tab.
	 * @param array<string, string> $query More parameters.
	 */
	public static function url( string $tab = '', array $query = array() ): string {
		return add_query_arg(
			array_filter(
				array(
					'page' => self::SLUG,
					'tab'  => $tab,
				) + $query,
				'strlen'
			),
			admin_url( 'options-general.php' )
		);
	}

	/**
	 * Adds it to the menu.
	 */
	public function add(): void {
		add_options_page( 'ConvertOS', 'ConvertOS', Actions::capability(), self::SLUG, array( $this, 'render' ) );
	}

	/**
	 * Adds a link to the list of plugins.
	 *
	 * @param string[] $links The links.
	 * @return string[]
	 */
	public function add_link( $links ): array {
		return array_merge( array( '<a href="' . esc_url( self::url() ) . '">' . esc_html__( 'Settings', 'convertos-connector' ) . '</a>' ), (array) $links );
	}

	/**
	 * Adds style and script, only here.
	 *
	 * @param string $screen The present screen.
	 */
	public function enqueue( $screen ): void {
		if ( 'settings_page_' . self::SLUG !== $screen ) {
			return;
		}
		wp_enqueue_style( 'convertos-admin', plugins_url( 'assets/admin.css', PLUGIN_FILE ), array(), VERSION );
		wp_enqueue_script( 'convertos-admin', plugins_url( 'assets/admin.js', PLUGIN_FILE ), array(), VERSION, true );
	}

	/**
	 * Shows the page.
	 */
	public function render(): void {
		if ( ! current_user_can( Actions::capability() ) ) {
			return;
		}
		$present = $this->present();
		echo '<div class="wrap convertos"><h1>ConvertOS</h1>';
		Actions::print_message();
		$this->notices->render();
		echo '<nav class="nav-tab-wrapper" aria-label="' . esc_attr__( 'Parts of this page', 'convertos-connector' ) . '">';
		foreach ( $this->tabs as $tab ) {
			$is_present = $tab === $present;
			printf( '<a href="%s" class="nav-tab%s"%s>%s</a>', esc_url( self::url( $tab->slug() ) ), $is_present ? ' nav-tab-active' : '', $is_present ? ' aria-current="page"' : '', esc_html( $tab->title() ) );
		}
		echo '</nav><div class="convertos-tab">';
		$present->render();
		echo '</div></div>';
	}

	/**
	 * The tab that is asked for.
	 */
	private function present(): Tab {
		$asked = isset( $_GET['tab'] ) ? sanitize_key( wp_unslash( $_GET['tab'] ) ) : ''; // phpcs:ignore WordPress.Security.NonceVerification.Recommended -- shows, and changes nothing.
		foreach ( $this->tabs as $tab ) {
			if ( $tab->slug() === $asked ) {
				return $tab;
			}
		}
		return $this->tabs[0];
	}
}
