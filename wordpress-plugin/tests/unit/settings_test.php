<?php

use ConvertOS\Connector\Admin\Mask;
use ConvertOS\Connector\Redaction;
use ConvertOS\Connector\Settings\Backups;
use ConvertOS\Connector\Settings\Definitions;
use ConvertOS\Connector\Settings\Sanitizer;
use ConvertOS\Connector\Settings\Settings;
use PHPUnit\Framework\TestCase;

final class Settings_Test_Case extends TestCase {

	protected function setUp(): void {
		Site::reset();
	}

	/** Whatever a form sends, each setting stays what its definition allows. */
	public function test_settings_stay_within_their_bounds(): void {
		$settings = new Settings( new Sanitizer() );
		$words    = array( '', '0', '-5', '99999999', '12.7', 'sha512', 'required', 'x', array( 'a' => '1' ), null, true, '<script>', 'https://a.example/api', 'a@example.com', "a.example\nb" );
		for ( $i = 0; $i < 200; $i++ ) {
			$input = array( 'unknown' => 'x' );
			foreach ( array_keys( Definitions::all() ) as $name ) {
				$input[ $name ] = $words[ array_rand( $words ) ];
			}
			$settings->update( $input );
			$this->assertSame( array_keys( Definitions::all() ), array_keys( $settings->all() ) );
			foreach ( Definitions::all() as $name => $definition ) {
				$value = $settings->get( $name );
				$this->assertSame( gettype( $definition['default'] ), gettype( $value ), $name );
				if ( 'whole' === $definition['type'] ) {
					$this->assertTrue( $value >= $definition['min'] && $value <= $definition['max'] );
				}
				if ( 'choice' === $definition['type'] ) {
					$this->assertContains( $value, $definition['choices'] );
				}
			}
		}
	}

	/** A copy brings the settings and the mapping back, and what it replaces is copied too. */
	public function test_a_copy_is_put_back(): void {
		$settings = new Settings( new Sanitizer() );
		$backups  = new Backups( new Test_Clock() );
		$settings->update( array( 'batch_size' => 77 ) );
		$id = $backups->create( '1.0.0', 'by hand' );
		$settings->reset();
		$this->assertSame( 50, $settings->get( 'batch_size' ) );
		$this->assertTrue( $backups->restore( $id, '1.0.0' ) );
		$this->assertSame( 77, $settings->get( 'batch_size' ) );
		$this->assertSame( 'restore', $backups->all()[0]['reason'] );
		$this->assertFalse( $backups->restore( 'another', '1.0.0' ) );
	}

	/** Logs hold no person and no secret. */
	public function test_logs_hold_no_person_and_no_secret(): void {
		foreach ( array(
			'Mail to maria.form@example.com failed'        => 'Mail to [e-mail] failed',
			'call +30 210 1234567 now'                     => 'call [number] now',
			'from 192.168.7.12'                            => 'from [address]',
			'key ' . str_repeat( 'a1', 32 )                => 'key [secret]',
			'pasted convertos1_eyJ1cmwi_0a1b2c3d'          => 'pasted [secret]',
			'order 12345 has 3 lines'                      => 'order 12345 has 3 lines',
		) as $given => $expected ) {
			$this->assertSame( $expected, Redaction::clean( $given ) );
		}
	}

	/** What administrators look at hides persons and shows what the event is about. */
	public function test_details_hide_persons(): void {
		$masked = Mask::data(
			array(
				'email'      => 'maria@example.com',
				'first_name' => 'Maria',
				'phone'      => '+302101234567',
				'order_id'   => 7,
				'total'      => '12.50',
				'fields'     => array( 'message' => 'my secret' ),
			)
		);
		$this->assertSame(
			array( 'email' => 'm…@example.com', 'first_name' => 'M…', 'phone' => '+…', 'order_id' => 7, 'total' => '12.50', 'fields' => array( 'message' => 'm…' ) ),
			$masked
		);
	}
}
