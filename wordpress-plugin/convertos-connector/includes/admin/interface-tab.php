<?php
/**
 * One tab of the plugin's page.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * What the page shows, and what can be done on it.
 */
interface Tab {

	/**
	 * Its name in the address.
	 */
	public function slug(): string;

	/**
	 * Its title.
	 */
	public function title(): string;

	/**
	 * Shows it.
	 */
	public function render(): void;

	/**
	 * What can be done on it. Each is called only after capability and nonce were checked, and gives a sentence
	 * for the administrator, a WP_Error, or null where it has ended the request itself.
	 *
	 * @return array<string, callable(): (string|\WP_Error|null)>
	 */
	public function actions(): array;
}
