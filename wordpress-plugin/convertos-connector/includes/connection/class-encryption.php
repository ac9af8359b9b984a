<?php
/**
 * Keeps secrets unreadable in the database.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Connection;

defined( 'ABSPATH' ) || exit;

/**
 * Encrypts with a key that is made of the site's salts, so that a copy of the database alone tells nothing.
 *
 * Where the salts change (a site that was moved), what was encrypted can't be read any more.
 */
final class Encryption {

	const SODIUM = 'sodium:';
	const AES    = 'aes-256-gcm:';

	/**
	 * Gives the key, 32 bytes; asked only when there is something to encrypt or decrypt.
	 *
	 * @var callable(): string
	 */
	private $key;

	/**
	 * Whether the sodium extension does the work; else OpenSSL does.
	 *
	 * @var bool
	 */
	private $uses_sodium;

	/**
	 * Only stores.
	 *
	 * @param callable $key         Gives 32 bytes.
	 * @param bool     $uses_sodium Whether the sodium extension does the work.
	 */
	public function __construct( callable $key, bool $uses_sodium ) {
		$this->key         = $key;
		$this->uses_sodium = $uses_sodium;
	}

	/**
	 * With this site's key and the best means at hand.
	 *
	 * WordPress brings its own sodium where PHP has neither; it is slower, and only used then.
	 */
	public static function of_site(): self {
		$key = static function (): string {
			return hash( 'sha256', 'convertos-connector|' . wp_salt( 'auth' ), true );
		};
		return new self( $key, extension_loaded( 'sodium' ) || ! function_exists( 'openssl_encrypt' ) );
	}

	/**
	 * Encrypts a text.
	 *
	 * @param string $plain The text.
	 */
	public function encrypt( string $plain ): string {
		if ( $this->uses_sodium ) {
			$nonce = random_bytes( SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
			return self::SODIUM . self::text( $nonce . sodium_crypto_secretbox( $plain, $nonce, ( $this->key )() ) );
		}
		$nonce  = random_bytes( 12 );
		$tag    = '';
		$cipher = openssl_encrypt( $plain, 'aes-256-gcm', ( $this->key )(), OPENSSL_RAW_DATA, $nonce, $tag );
		return self::AES . self::text( $nonce . $tag . $cipher );
	}

	/**
	 * The text, or null where the key is another one or the bytes were changed.
	 *
	 * @param string $stored What encrypt() gave.
	 */
	public function decrypt( string $stored ): ?string {
		if ( 0 === strpos( $stored, self::SODIUM ) ) {
			return $this->open_box( self::bytes( substr( $stored, strlen( self::SODIUM ) ) ) );
		}
		if ( 0 === strpos( $stored, self::AES ) && function_exists( 'openssl_decrypt' ) ) {
			return $this->open_aes( self::bytes( substr( $stored, strlen( self::AES ) ) ) );
		}
		return null;
	}

	/**
	 * Opens what sodium closed.
	 *
	 * @param string $bytes Nonce and box.
	 */
	private function open_box( string $bytes ): ?string {
		if ( strlen( $bytes ) < SODIUM_CRYPTO_SECRETBOX_NONCEBYTES + SODIUM_CRYPTO_SECRETBOX_MACBYTES ) {
			return null;
		}
		$nonce = substr( $bytes, 0, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES );
		$plain = sodium_crypto_secretbox_open( substr( $bytes, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES ), $nonce, ( $this->key )() );
		return false === $plain ? null : $plain;
	}

	/**
	 * Opens what OpenSSL closed.
	 *
	 * @param string $bytes Nonce, tag and cipher text.
	 */
	private function open_aes( string $bytes ): ?string {
		if ( strlen( $bytes ) < 28 ) {
			return null;
		}
		$plain = openssl_decrypt( substr( $bytes, 28 ), 'aes-256-gcm', ( $this->key )(), OPENSSL_RAW_DATA, substr( $bytes, 0, 12 ), substr( $bytes, 12, 16 ) );
		return false === $plain ? null : $plain;
	}

	/**
	 * Bytes as text.
	 *
	 * @param string $bytes Any bytes.
	 */
	private static function text( string $bytes ): string {
		return base64_encode( $bytes ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- ciphertext has to fit into an option.
	}

	/**
	 * Text as bytes; the empty string where it is no text of ours.
	 *
	 * @param string $text What text() gave.
	 */
	private static function bytes( string $text ): string {
		return (string) base64_decode( $text, true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- ciphertext has to fit into an option.
	}
}
