<?php
/**
 * What an administrator's form sent.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.NonceVerification -- Actions::enter() has checked the nonce before anything here is called.

/**
 * Reads fields of a form whose nonce was checked.
 */
final class Input {

	/**
	 * A line of text.
	 *
	 * @param string $name The field.
	 */
	public static function text( string $name ): string {
		return isset( $_POST[ $name ] ) && is_string( $_POST[ $name ] ) ? sanitize_text_field( wp_unslash( $_POST[ $name ] ) ) : '';
	}

	/**
	 * Several lines of text.
	 *
	 * @param string $name The field.
	 * @return string[]
	 */
	public static function texts( string $name ): array {
		return isset( $_POST[ $name ] ) && is_array( $_POST[ $name ] ) ? array_map( 'sanitize_text_field', array_filter( wp_unslash( $_POST[ $name ] ), 'is_string' ) ) : array(); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized -- sanitized right here.
	}

	/**
	 * Rows of a table.
	 *
	 * @param string $name The field.
	 * @return array<int, array<string, string>>
	 */
	public static function rows( string $name ): array {
		$rows = isset( $_POST[ $name ] ) && is_array( $_POST[ $name ] ) ? wp_unslash( $_POST[ $name ] ) : array(); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized -- sanitized below.
		return array_values(
			array_map(
				static function ( array $row ): array {
					return array_map( 'sanitize_text_field', array_filter( $row, 'is_string' ) );
				},
				array_filter( $rows, 'is_array' )
			)
		);
	}

	/**
	 * JSON of an uploaded file; null where there is none.
	 *
	 * @param string $name The field.
	 * @return array<mixed>|null
	 */
	public static function json_file( string $name ): ?array {
		$path = isset( $_FILES[ $name ]['tmp_name'] ) ? sanitize_text_field( wp_unslash( $_FILES[ $name ]['tmp_name'] ) ) : '';
		if ( '' === $path || ! is_uploaded_file( $path ) || filesize( $path ) > MB_IN_BYTES ) {
			return null;
		}
		$read = json_decode( (string) file_get_contents( $path ), true ); // phpcs:ignore WordPress.WP.AlternativeFunctions -- an uploaded file on this machine.
		return is_array( $read ) ? $read : null;
	}
}
