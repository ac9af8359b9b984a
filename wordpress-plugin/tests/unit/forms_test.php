<?php

use ConvertOS\Connector\Forms\Field;
use ConvertOS\Connector\Forms\Field_Reader;
use PHPUnit\Framework\TestCase;

final class Forms_Test_Case extends TestCase {

	/** The form of the recordings gives the person, and all fields go along. */
	public function test_a_contact_form_names_the_person(): void {
		$read = Field_Reader::read(
			array(
				new Field( 'your-name', 'text', 'Μαρία Form' ),
				new Field( 'your-email', 'email', 'maria.form@example.com' ),
				new Field( 'your-phone', 'tel', '+30 210 1234567' ),
				new Field( 'interest', 'checkbox', array( 'Τσάι' ) ),
				new Field( 'your-message', 'textarea', "Γεια\nline 2 <b>x</b>" ),
			)
		);
		$this->assertSame( array( 'maria.form@example.com', '+30 210 1234567', 'Μαρία Form' ), array( $read['email'], $read['phone'], $read['name'] ) );
		$this->assertSame( array( 'Τσάι' ), $read['fields']['interest'] );
		$this->assertCount( 5, $read['fields'] );
	}

	/** The field's type wins over its name, and its name over whatever else looks like an address. */
	public function test_the_email_is_found_by_type_then_by_name(): void {
		$by_value = new Field( 'x', 'text', 'value@example.com' );
		$by_name  = new Field( 'Contact e-mail', 'text', 'name@example.com' );
		$by_type  = new Field( 'y', 'email', 'type@example.com' );
		$this->assertSame( 'type@example.com', Field_Reader::read( array( $by_value, $by_name, $by_type ) )['email'] );
		$this->assertSame( 'name@example.com', Field_Reader::read( array( $by_value, $by_name ) )['email'] );
		$this->assertSame( 'value@example.com', Field_Reader::read( array( $by_value ) )['email'] );
		$this->assertArrayNotHasKey( 'email', Field_Reader::read( array( new Field( 'email', 'email', 'no address' ) ) ) );
	}

	/** Names in parts, in one field of parts, and in one field. */
	public function test_names_are_found(): void {
		$parts = Field_Reader::read( array( new Field( 'first-name', 'text', 'Ann' ), new Field( 'last_name', 'text', 'Bee' ) ) );
		$this->assertSame( array( 'Ann', 'Bee' ), array( $parts['first_name'], $parts['last_name'] ) );
		$compound = Field_Reader::read( array( new Field( 'Name', 'name', array( 'first' => 'Ann', 'last' => 'Bee' ) ) ) );
		$this->assertSame( array( 'Ann', 'Bee' ), array( $compound['first_name'], $compound['last_name'] ) );
		$this->assertSame( 'Ann Bee', Field_Reader::read( array( new Field( 'f1', 'text', 'Ann Bee', 'Your name' ) ) )['name'] );
		$this->assertArrayNotHasKey( 'name', Field_Reader::read( array( new Field( 'company-name', 'text', 'Bee Ltd' ) ) ) );
	}

	/** Passwords, cards and files never leave the site, whatever they are called. */
	public function test_secrets_are_never_taken(): void {
		$secrets = array(
			new Field( 'password', 'text', 'hunter2' ),
			new Field( 'f', 'password', 'hunter2' ),
			new Field( 'f2', 'text', 'hunter2', 'Choose a password' ),
			new Field( 'user_pass', 'text', 'hunter2' ),
			new Field( 'card-number', 'text', 'hunter2' ),
			new Field( 'cvv', 'text', '123' ),
			new Field( 'iban', 'text', 'GR1601101250000000012300695' ),
			new Field( 'photo', 'file', 'https://shop.example/uploads/a.jpg' ),
			new Field( 'sign', 'signature', 'data:image/png' ),
			new Field( '_wpnonce', 'hidden', 'abcdef' ),
			new Field( 'free', 'text', '4111 1111 1111 1111' ),
		);
		$this->assertSame( array( 'fields' => array() ), Field_Reader::read( $secrets ) );
	}

	/** Of a message with a card number only the number is crossed out; telephone numbers stay. */
	public function test_a_card_number_within_a_message_is_crossed_out(): void {
		for ( $i = 0; $i < 50; $i++ ) {
			$number = self::card_number();
			$read   = Field_Reader::read( array( new Field( 'message', 'textarea', "Take $number please, call +302101234567" ) ) );
			$this->assertSame( 'Take [card number] please, call +302101234567', $read['fields']['message'] );
		}
	}

	/** A form of any size and content gives something that can be sent. */
	public function test_any_form_can_be_read(): void {
		for ( $i = 0; $i < 100; $i++ ) {
			$fields = array();
			for ( $j = random_int( 0, 300 ); $j > 0; $j-- ) {
				$fields[] = new Field( substr( bin2hex( random_bytes( 4 ) ), 0, random_int( 0, 8 ) ), '', array( null, 7, 1.5, true, array( 'a', array( 'b' ) ), random_bytes( 20 ), str_repeat( 'ä', 9000 ) )[ random_int( 0, 6 ) ] );
			}
			$read = Field_Reader::read( $fields );
			$this->assertLessThanOrEqual( Field_Reader::MOST_FIELDS, count( $read['fields'] ) );
			$this->assertIsString( json_encode( $read, JSON_PARTIAL_OUTPUT_ON_ERROR ) );
		}
	}

	/** A number that passes the check of payment cards. */
	private static function card_number(): string {
		$digits = '4';
		for ( $i = 0; $i < 14; $i++ ) {
			$digits .= random_int( 0, 9 );
		}
		$sum = 0;
		foreach ( str_split( strrev( $digits ) ) as $place => $digit ) {
			$value = (int) $digit * ( 2 - $place % 2 );
			$sum  += $value > 9 ? $value - 9 : $value;
		}
		return trim( chunk_split( $digits . ( 10 - $sum % 10 ) % 10, 4, ' ' ) );
	}
}
