<?php
/**
 * Pieces of pages.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Prints them, escaped.
 */
final class Html {

	/**
	 * Opens a form for one action.
	 *
	 * @param string $action  The action's name.
	 * @param string $tab     The tab to come back to.
	 * @param bool   $is_file Whether it sends a file.
	 */
	public static function form( string $action, string $tab, bool $is_file = false ): void {
		printf(
			'<form method="post" action="%s" class="convertos-form"%s><input type="hidden" name="action" value="%s"><input type="hidden" name="do" value="%s"><input type="hidden" name="tab" value="%s">',
			esc_url( admin_url( 'admin-post.php' ) ),
			$is_file ? ' enctype="multipart/form-data"' : '',
			esc_attr( Actions::HOOK ),
			esc_attr( $action ),
			esc_attr( $tab )
		);
		wp_nonce_field( Actions::nonce( $action ) );
	}

	/**
	 * A form that is only a button.
	 *
	 * @param string                $action  The action's name.
	 * @param string                $tab     The tab to come back to.
	 * @param string                $label   What the button says.
	 * @param array<string, string> $fields  What it sends along.
	 * @param string                $style   primary, secondary, link or delete.
	 * @param string                $confirm What the browser asks first, or empty.
	 */
	public static function button( string $action, string $tab, string $label, array $fields = array(), string $style = 'secondary', string $confirm = '' ): void {
		self::form( $action, $tab );
		foreach ( $fields as $name => $value ) {
			printf( '<input type="hidden" name="%s" value="%s">', esc_attr( $name ), esc_attr( $value ) );
		}
		printf(
			'<button type="submit" class="button button-%s"%s>%s</button></form>',
			esc_attr( $style ),
			'' === $confirm ? '' : ' data-confirm="' . esc_attr( $confirm ) . '"',
			esc_html( $label )
		);
	}

	/**
	 * A choice.
	 *
	 * @param string                $name    The field's name.
	 * @param array<string, string> $choices Labels by value.
	 * @param string                $chosen  The present value.
	 * @param string                $label   What screen readers say, where no label stands beside it.
	 * @param string                $id      The field's id, or empty.
	 */
	public static function select( string $name, array $choices, string $chosen, string $label = '', string $id = '' ): void {
		printf( '<select name="%s"%s%s>', esc_attr( $name ), '' === $label ? '' : ' aria-label="' . esc_attr( $label ) . '"', '' === $id ? '' : ' id="' . esc_attr( $id ) . '"' );
		foreach ( $choices as $value => $text ) {
			printf( '<option value="%s"%s>%s</option>', esc_attr( (string) $value ), selected( $chosen, (string) $value, false ), esc_html( $text ) );
		}
		echo '</select>';
	}

	/**
	 * A mark that tells a state by word and colour.
	 *
	 * @param string $state ok, warning, failed or neutral.
	 * @param string $text  The word.
	 */
	public static function mark( string $state, string $text ): void {
		printf( '<span class="convertos-mark convertos-%s">%s</span>', esc_attr( $state ), esc_html( $text ) );
	}

	/**
	 * A list of names and values.
	 *
	 * @param array<string, string> $facts Values by name.
	 */
	public static function facts( array $facts ): void {
		echo '<table class="widefat striped convertos-facts"><tbody>';
		foreach ( $facts as $name => $value ) {
			printf( '<tr><th scope="row">%s</th><td>%s</td></tr>', esc_html( $name ), esc_html( $value ) );
		}
		echo '</tbody></table>';
	}

	/**
	 * A time in the site's words.
	 *
	 * @param int|null $at Seconds since 1970.
	 */
	public static function time( ?int $at ): string {
		return null === $at ? __( 'never', 'convertos-connector' ) : (string) wp_date( get_option( 'date_format' ) . ' H:i:s', $at );
	}
}
