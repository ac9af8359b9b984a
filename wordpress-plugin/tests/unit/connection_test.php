<?php

use ConvertOS\Connector\Connection\Answer;
use ConvertOS\Connector\Connection\Connection_String;
use ConvertOS\Connector\Connection\Encryption;
use ConvertOS\Connector\Connection\Server_Url;
use ConvertOS\Connector\Connection\Signature;
use PHPUnit\Framework\TestCase;

final class Connection_Test_Case extends TestCase {

	/** Made by the server's own code. */
	private const LINE = 'convertos1_eyJ1cmwiOiJodHRwczovL2NvbnZlcnRvcy5leGFtcGxlIiwiY29ubmVjdGlvbklkIjoid3BfMDEyMzQ1Njc4OWFiY2RlZiIsInNlY3JldCI6IjVlYzRlNzVlYzRlNzVlYzRlNzVlYzRlNzVlYzRlNzVlYzRlNzVlYzRlNzVlYzRlNyIsImFwaUtleSI6ImN3cF9rZXkiLCJ1cGRhdGVLZXkiOiJhMlY1In0_8214ad3d';

	/** A line that the server made configures everything. */
	public function test_a_connection_string_holds_all_parts(): void {
		$expected = array(
			'url'           => 'https://convertos.example',
			'connection_id' => 'wp_0123456789abcdef',
			'secret'        => str_repeat( '5ec4e7', 8 ),
			'api_key'       => 'cwp_key',
			'update_key'    => 'a2V5',
		);
		$this->assertSame( $expected, Connection_String::parse( self::LINE ) );
		$this->assertSame( $expected, Connection_String::parse( ' "' . chunk_split( self::LINE, 60, "\n" ) . '" ' ) );
	}

	/** Half a paste, or one wrong letter, is noticed wherever it is cut. */
	public function test_half_a_connection_string_is_refused(): void {
		for ( $length = 0; $length < strlen( self::LINE ); $length += 7 ) {
			$this->assertInstanceOf( WP_Error::class, Connection_String::parse( substr( self::LINE, 0, $length ) ) );
		}
		for ( $place = 12; $place < strlen( self::LINE ); $place += 5 ) {
			$changed           = self::LINE;
			$changed[ $place ] = 'A' === $changed[ $place ] ? 'B' : 'A';
			$this->assertInstanceOf( WP_Error::class, Connection_String::parse( $changed ) );
		}
	}

	/** The server computes the same signature over timestamp and body. */
	public function test_the_signature_is_what_the_server_expects(): void {
		$this->assertSame(
			array(
				'X-ConvertOS-Timestamp' => '1795270000',
				'X-ConvertOS-Signature' => 'de6f96499d367f3155362946ece567ded8cb727a4c69c336fbd95ee534fd2710',
			),
			Signature::headers( '[{"a":1}]', 'secret', 1795270000 )
		);
		$headers = Signature::headers( '[]', 'secret', 1795270000, 'sha512' );
		$this->assertStringStartsWith( '8d97fd0ae25e3b56', $headers['X-ConvertOS-Signature'] );
		$this->assertSame( 'sha512', $headers['X-ConvertOS-Signature-Algorithm'] );
	}

	/** Whatever part of the address somebody copied, the base address comes out; what is none is refused. */
	public function test_addresses_are_brought_to_their_base(): void {
		foreach ( array( 'https://a.example', 'https://A.example/', ' https://a.example/api ', 'https://a.example/dashboard/x', 'https://a.example/api/webhooks/wordpress' ) as $given ) {
			$this->assertSame( 'https://a.example', Server_Url::normalize( $given ) );
		}
		$this->assertSame( 'http://10.0.0.5:8000/convertos', Server_Url::normalize( 'http://10.0.0.5:8000/convertos/' ) );
		foreach ( array( '', 'a.example', 'ftp://a.example', 'https://user:pass@a.example', 'javascript:alert(1)', 'https://a b.example' ) as $given ) {
			$this->assertNull( Server_Url::normalize( $given ) );
		}
	}

	/** A secret comes back unchanged with the site's key, and not at all with another or after a change. */
	public function test_secrets_are_encrypted_with_the_sites_key(): void {
		foreach ( array( true, false ) as $uses_sodium ) {
			$ours   = new Encryption( static fn() => str_repeat( 'k', 32 ), $uses_sodium );
			$theirs = new Encryption( static fn() => str_repeat( 'o', 32 ), $uses_sodium );
			$stored = $ours->encrypt( 'the secret' );
			$this->assertSame( 'the secret', $ours->decrypt( $stored ) );
			$this->assertStringNotContainsString( 'secret', $stored );
			$this->assertNotSame( $stored, $ours->encrypt( 'the secret' ) );
			$this->assertNull( $theirs->decrypt( $stored ) );
			$this->assertNull( $ours->decrypt( substr( $stored, 0, -8 ) . 'AAAAAAA=' ) );
			$this->assertNull( $ours->decrypt( 'nonsense' ) );
		}
	}

	/** @return array<string, array{0: int, 1: array<string, mixed>, 2: string}> */
	public function answers(): array {
		$said = array( 'success' => false, 'code' => 'x' );
		return array(
			'taken'             => array( 200, array( 'success' => true ), Answer::DONE ),
			'taken in part'     => array( 207, array( 'success' => false ), Answer::DONE ),
			'another website'   => array( 200, array(), Answer::REFUSED ),
			'redirect'          => array( 301, array(), Answer::REFUSED ),
			'not JSON'          => array( 400, $said, Answer::UNREADABLE ),
			'too large'         => array( 413, $said, Answer::UNREADABLE ),
			'wrong type'        => array( 415, $said, Answer::UNREADABLE ),
			'wrong fields'      => array( 422, $said, Answer::UNREADABLE ),
			'wrong secret'      => array( 401, $said, Answer::REFUSED ),
			'wrong address'     => array( 403, $said, Answer::REFUSED ),
			'nothing there'     => array( 404, array(), Answer::REFUSED ),
			'slow'              => array( 408, array(), Answer::LATER ),
			'too many'          => array( 429, $said, Answer::LATER ),
			'broken'            => array( 500, array(), Answer::LATER ),
			'database away'     => array( 503, $said, Answer::LATER ),
			'no answer'         => array( 0, array(), Answer::LATER ),
		);
	}

	/**
	 * Each status means what the protocol says.
	 *
	 * @dataProvider answers
	 */
	public function test_what_an_answer_means( int $status, array $body, string $verdict ): void {
		$this->assertSame( $verdict, ( new Answer( $status, $body ) )->verdict() );
	}

	/** Retry-After is understood as seconds and as a date, and bounded. */
	public function test_retry_after(): void {
		$now    = 1795270000;
		$answer = static function ( string $header ) use ( $now ): ?int {
			return Answer::of( array( 'response' => array( 'code' => 429 ), 'headers' => array( 'retry-after' => $header ), 'body' => '' ), $now )->retry_after;
		};
		$this->assertSame( 120, $answer( '120' ) );
		$this->assertSame( 90, $answer( gmdate( 'D, d M Y H:i:s', $now + 90 ) . ' GMT' ) );
		$this->assertSame( DAY_IN_SECONDS, $answer( '99999999' ) );
		$this->assertSame( 0, $answer( gmdate( 'D, d M Y H:i:s', $now - 90 ) . ' GMT' ) );
		$this->assertNull( $answer( '' ) );
	}
}
