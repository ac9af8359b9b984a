<?php

use ConvertOS\Connector\Settings\Sanitizer;
use ConvertOS\Connector\Settings\Settings;
use ConvertOS\Connector\Touches\Consent;
use ConvertOS\Connector\Touches\Visit;
use PHPUnit\Framework\TestCase;

final class Touches_Test_Case extends TestCase {

	private const VISITOR = '0123456789abcdef0123456789abcdef';

	protected function setUp(): void {
		Site::reset();
	}

	private static function touch( int $at, string $rest ): string {
		return base_convert( (string) $at, 10, 36 ) . '&' . $rest;
	}

	/** What the script wrote is read back as events tell it. */
	public function test_the_cookie_is_read(): void {
		$cookie = '1|' . self::VISITOR . '|' . self::touch( 1795270000, 'us=google&um=cpc&uc=black%20friday%20%CE%B1%7C%26&gclid=a%2Bb&r=https%3A%2F%2Fwww.google.com%2F&l=%2Fshop%2F' );
		$visit  = Visit::parse( $cookie, 'https://shop.example/blog' );
		$this->assertSame( self::VISITOR, $visit->visitor_id );
		$this->assertSame(
			array(
				array(
					'occurred_at'  => gmdate( 'Y-m-d\TH:i:s\Z', 1795270000 ),
					'utm_source'   => 'google',
					'utm_medium'   => 'cpc',
					'utm_campaign' => 'black friday α|&',
					'gclid'        => 'a+b',
					'referrer'     => 'https://www.google.com/',
					'landing_page' => 'https://shop.example/shop/',
				),
			),
			$visit->touches
		);
	}

	/** However often somebody comes, the first arrival and the last nineteen are told. */
	public function test_the_first_touch_is_kept(): void {
		$parts = array();
		for ( $i = 0; $i < 30; $i++ ) {
			$parts[] = self::touch( 1795270000 + $i, "us=s$i" );
		}
		$touches = Visit::parse( '1|' . self::VISITOR . '|' . implode( '|', $parts ), 'https://shop.example' )->touches;
		$this->assertCount( 20, $touches );
		$this->assertSame( array( 's0', 's11', 's29' ), array( $touches[0]['utm_source'], $touches[1]['utm_source'], $touches[19]['utm_source'] ) );
	}

	/** Whatever a browser sends as cookie, reading it is safe and bounded. */
	public function test_any_cookie_can_be_read(): void {
		$alphabet = str_split( "1|&=%ABC09az~\x00\xff<>\"';" );
		for ( $i = 0; $i < 300; $i++ ) {
			$cookie = '1|' . self::VISITOR . '|';
			for ( $j = random_int( 0, 400 ); $j > 0; $j-- ) {
				$cookie .= $alphabet[ array_rand( $alphabet ) ];
			}
			$visit = Visit::parse( $cookie, 'https://shop.example' );
			$this->assertLessThanOrEqual( 20, count( $visit->touches ) );
			$this->assertIsString( json_encode( $visit->touches ) );
		}
		foreach ( array( '', '1', '2|' . self::VISITOR, '1|<script>|x', '1|short' ) as $cookie ) {
			$this->assertSame( '', Visit::parse( $cookie, 'https://shop.example' )->visitor_id );
		}
	}

	/** Without a consent plugin, the setting decides; where consent is required, only a cookie that was set after it counts. */
	public function test_consent_follows_the_setting(): void {
		$settings = new Settings( new Sanitizer() );
		$consent  = new Consent( $settings );
		$this->assertSame( array( 'no', true ), array( $consent->mode(), $consent->is_given( false ) ) );
		$settings->update( array( 'consent' => 'required' ) );
		$this->assertSame( array( 'call', false, true ), array( $consent->mode(), $consent->is_given( false ), $consent->is_given( true ) ) );
	}
}
