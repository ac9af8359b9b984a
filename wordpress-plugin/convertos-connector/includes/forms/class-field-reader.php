<?php
/**
 * Finds a person among the fields of a form.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Forms;

defined( 'ABSPATH' ) || exit;

/**
 * E-mail, name and telephone by the field's type, else by its name or label. Passwords, cards and files are never taken.
 */
final class Field_Reader {

	const MOST_FIELDS  = 200;
	const LONGEST_TEXT = 5000;
	const CARD         = '[card number]';

	const SECRET_TYPES = '/^(password|confirm_password|user_pass|file|fileupload|file_upload|file-upload|upload|image|image-upload|input_file|input_image|post_image|signature|credit.?card|creditcard|card|stripe.*|square.*|paypal.*|payment.*|authorize.*|gdpr-nonce|captcha|recaptcha.*|hcaptcha|turnstile|honeypot|spam|html|divider|section|page|submit|button|step)$/';

	const SECRET_NAMES = '/pass(word|wd|phrase|code)|(^|[^a-z])(pwd|pass|pin|tan)([^a-z]|$)|kennwort|passwort|credit.?card|card.?(num|no\b|holder|code)|(^|[^a-z])(cc|cvv|cvc|csc|iban|ssn)([^a-z]|$)|security.?code|nonce|captcha|honeypot/i';

	const EMAIL_NAMES = '/e.?mail|correo|courriel|ηλεκτρονικ|(^|[^a-z])mail([^a-z]|$)/iu';
	const PHONE_NAMES = '/phone|(^|[^a-z])(tel|mobile|cell|handy|gsm|whatsapp)([^a-z]|$)|telefon|telef[oó]no|téléphone|τηλ[εέ]φ|κινητ/iu';
	const FIRST_NAMES = '/(first|given|fore).?name|vorname|prénom|prenom|(^|[^a-z])fname([^a-z]|$)|nombre.?de.?pila/iu';
	const LAST_NAMES  = '/(last|family).?name|surname|nachname|apellido|nom.?de.?famille|(^|[^a-z])lname([^a-z]|$)|επ[ωώ]νυμο/iu';
	const FULL_NAMES  = '/^(your|full|contact|customer|my)?[-_ ]?name([-_ ]?\d+)?$|^(nombre|nom|nome|imię|όνομα|ονομα|ονοματεπ[ωώ]νυμο|ihr name|dein name)$/iu';

	/**
	 * The members of an event's data that name the person, and all fields that may be sent.
	 *
	 * @param Field[] $fields The form's fields.
	 * @return array<string, mixed> email, first_name, last_name, name, phone (where found), fields.
	 */
	public static function read( array $fields ): array {
		$fields = array_slice( array_values( array_filter( $fields, array( self::class, 'may_be_sent' ) ) ), 0, self::MOST_FIELDS );
		$person = array(
			'email'      => self::email( $fields ),
			'phone'      => self::by_type( $fields, array( 'tel', 'phone' ) ) ?? self::by_name( $fields, self::PHONE_NAMES ),
			'first_name' => self::by_name( $fields, self::FIRST_NAMES ),
			'last_name'  => self::by_name( $fields, self::LAST_NAMES ),
			'name'       => null,
		);
		if ( null === $person['first_name'] && null === $person['last_name'] ) {
			$person = array_merge( $person, self::whole_name( $fields ) );
		}
		return array_filter( $person, 'is_string' ) + array( 'fields' => self::values( $fields ) );
	}

	/**
	 * Whether a field may leave the site, and holds anything.
	 *
	 * @param Field $field The field.
	 */
	public static function may_be_sent( Field $field ): bool {
		if ( '' === $field->name || '_' === $field->name[0] || preg_match( self::SECRET_TYPES, $field->type ) ) {
			return false;
		}
		if ( preg_match( self::SECRET_NAMES, $field->name ) || preg_match( self::SECRET_NAMES, $field->label ) ) {
			return false;
		}
		$text = self::text( $field->value );
		return '' !== $text && self::CARD !== self::without_card_numbers( $text );
	}

	/**
	 * A value as one line of text.
	 *
	 * @param mixed $value A text, a number, or a list or map of them.
	 */
	public static function text( $value ): string {
		if ( is_array( $value ) ) {
			$value = implode( ' ', array_filter( array_map( array( self::class, 'text' ), $value ), 'strlen' ) );
		}
		return is_scalar( $value ) ? trim( (string) $value ) : '';
	}

	/**
	 * The e-mail address: by type, by name, else whatever field holds one.
	 *
	 * @param Field[] $fields The form's fields.
	 */
	private static function email( array $fields ): ?string {
		$ranks = array();
		foreach ( $fields as $field ) {
			$text = self::text( is_array( $field->value ) ? reset( $field->value ) : $field->value );
			if ( is_email( $text ) ) {
				$rank           = 'email' === $field->type ? 0 : ( self::is_named( $field, self::EMAIL_NAMES ) ? 1 : 2 );
				$ranks[ $rank ] = $ranks[ $rank ] ?? $text;
			}
		}
		ksort( $ranks );
		return $ranks ? reset( $ranks ) : null;
	}

	/**
	 * The first field of some types.
	 *
	 * @param Field[]  $fields The form's fields.
	 * @param string[] $types  The types.
	 */
	private static function by_type( array $fields, array $types ): ?string {
		foreach ( $fields as $field ) {
			if ( in_array( $field->type, $types, true ) ) {
				return self::text( $field->value );
			}
		}
		return null;
	}

	/**
	 * The first short field of such a name.
	 *
	 * @param Field[] $fields  The form's fields.
	 * @param string  $pattern What its name or label is like.
	 */
	private static function by_name( array $fields, string $pattern ): ?string {
		foreach ( $fields as $field ) {
			if ( self::is_named( $field, $pattern ) && is_scalar( $field->value ) && strlen( (string) $field->value ) <= 200 ) {
				return self::text( $field->value );
			}
		}
		return null;
	}

	/**
	 * A name in one field, or in one field of several parts.
	 *
	 * @param Field[] $fields The form's fields.
	 * @return array<string, string>
	 */
	private static function whole_name( array $fields ): array {
		foreach ( $fields as $field ) {
			if ( 'name' === $field->type && is_array( $field->value ) ) {
				$parts = $field->value;
				return array_filter(
					array(
						'first_name' => self::text( $parts['first_name'] ?? $parts['first'] ?? '' ),
						'last_name'  => self::text( $parts['last_name'] ?? $parts['last'] ?? '' ),
					),
					'strlen'
				);
			}
		}
		$name = self::by_type( $fields, array( 'name' ) ) ?? self::by_name( $fields, self::FULL_NAMES );
		return null === $name ? array() : array( 'name' => $name );
	}

	/**
	 * The values by name; of a repeated name, all in a list.
	 *
	 * @param Field[] $fields The form's fields.
	 * @return array<string, mixed>
	 */
	private static function values( array $fields ): array {
		$values = array();
		foreach ( $fields as $field ) {
			$value                  = is_array( $field->value ) ? array_map( array( self::class, 'shortened' ), $field->value ) : self::shortened( $field->value );
			$values[ $field->name ] = isset( $values[ $field->name ] ) ? array_merge( (array) $values[ $field->name ], (array) $value ) : $value;
		}
		return $values;
	}

	/**
	 * A text that is not too long and holds no card number.
	 *
	 * @param mixed $value A value.
	 */
	private static function shortened( $value ): string {
		return mb_substr( self::without_card_numbers( self::text( $value ) ), 0, self::LONGEST_TEXT );
	}

	/**
	 * Whether a field's name or label is like a pattern.
	 *
	 * @param Field  $field   The field.
	 * @param string $pattern The pattern.
	 */
	private static function is_named( Field $field, string $pattern ): bool {
		return preg_match( $pattern, $field->name ) || preg_match( $pattern, $field->label );
	}

	/**
	 * A text in which what passes as the number of a payment card is crossed out.
	 *
	 * @param string $text The text.
	 */
	private static function without_card_numbers( string $text ): string {
		return (string) preg_replace_callback(
			'/(?<![\d+])(?:\d[ -]?){12,18}\d(?!\d)/',
			static function ( array $found ): string {
				return self::passes_luhn( (string) preg_replace( '/\D/', '', $found[0] ) ) ? self::CARD : $found[0];
			},
			$text
		);
	}

	/**
	 * The check that card numbers pass.
	 *
	 * @param string $digits Digits.
	 */
	private static function passes_luhn( string $digits ): bool {
		$sum = 0;
		foreach ( str_split( strrev( $digits ) ) as $place => $digit ) {
			$value = (int) $digit * ( 1 + $place % 2 );
			$sum  += $value > 9 ? $value - 9 : $value;
		}
		return 0 === $sum % 10;
	}
}
