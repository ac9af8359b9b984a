<?php

use ConvertOS\Connector\History\Quiet_Hours;
use ConvertOS\Connector\Outbox\Outbox_View;
use ConvertOS\Connector\Updates\Manifest;
use PHPUnit\Framework\TestCase;

final class Updates_Test_Case extends TestCase {

	private const NOW  = 1795270000;
	private const BASE = 'https://convertos.example';

	/** @var string */
	private $pair;

	protected function setUp(): void {
		Site::reset();
		$this->pair = sodium_crypto_sign_keypair();
	}

	/** @return array<string, string> */
	private function signed( array $changes = array(), ?string $pair = null ): array {
		$manifest = $changes + array(
			'slug'          => 'convertos-connector',
			'version'       => '1.1.0',
			'package'       => self::BASE . '/api/integrations/wordpress/plugin/convertos-connector-1.1.0.zip',
			'packageSha256' => str_repeat( 'ab', 32 ),
			'packageBytes'  => 12,
			'issuedAt'      => gmdate( 'Y-m-d\TH:i:s.000001\Z', self::NOW - 3600 ),
		);
		$text     = json_encode( $manifest );
		return array(
			'signed'    => $text,
			'signature' => base64_encode( sodium_crypto_sign_detached( $text, sodium_crypto_sign_secretkey( $pair ?? $this->pair ) ) ),
		);
	}

	private function verified( array $answer ): ?array {
		return Manifest::verified( $answer, base64_encode( sodium_crypto_sign_publickey( $this->pair ) ), self::BASE, self::NOW );
	}

	/** A manifest signed with the pinned key is believed. */
	public function test_a_signed_manifest_is_believed(): void {
		$this->assertSame( '1.1.0', $this->verified( $this->signed() )['version'] );
	}

	/** Another key, another byte, an old date, another server or another plugin is not. */
	public function test_any_other_manifest_is_not(): void {
		$tampered           = $this->signed();
		$tampered['signed'] = str_replace( '1.1.0', '9.9.9', $tampered['signed'] );
		foreach ( array(
			'other key'    => $this->signed( array(), sodium_crypto_sign_keypair() ),
			'other byte'   => $tampered,
			'no signature' => array( 'signed' => $tampered['signed'] ),
			'old'          => $this->signed( array( 'issuedAt' => gmdate( 'c', self::NOW - 31 * DAY_IN_SECONDS ) ) ),
			'from later'   => $this->signed( array( 'issuedAt' => gmdate( 'c', self::NOW + DAY_IN_SECONDS ) ) ),
			'other server' => $this->signed( array( 'package' => 'https://evil.example/x.zip' ) ),
			'look-alike'   => $this->signed( array( 'package' => self::BASE . '.evil.example/x.zip' ) ),
			'other plugin' => $this->signed( array( 'slug' => 'akismet' ) ),
			'no hash'      => $this->signed( array( 'packageSha256' => '' ) ),
			'nothing'      => array(),
		) as $name => $answer ) {
			$this->assertNull( $this->verified( $answer ), $name );
		}
	}

	/** The quiet hours are those in which the site's own events are rare; at first they are the night. */
	public function test_quiet_hours_are_learned(): void {
		$clock = new Test_Clock();
		$view  = new class() extends Outbox_View {
			public function __construct() {
			}

			public function hourly(): array {
				return array_replace( array_fill( 0, 24, 50 ), array_fill( 9, 6, 1 ) );
			}
		};
		$quiet = new Quiet_Hours( $view, $clock );
		$this->assertSame( array( 0, 1, 2, 3, 4, 5 ), $quiet->hours() );
		$quiet->learn();
		$this->assertSame( array( 9, 10, 11, 12, 13, 14 ), $quiet->hours() );
		$this->assertContains( (int) gmdate( 'G', $quiet->next_at() ), $quiet->hours() );
		$this->assertGreaterThan( $clock->now, $quiet->next_at() );
	}
}
