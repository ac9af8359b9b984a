<?php

use ConvertOS\Connector\Log;
use ConvertOS\Connector\Mapping\Converter;
use ConvertOS\Connector\Mapping\Field_Path;
use ConvertOS\Connector\Mapping\Mapping;
use ConvertOS\Connector\Mapping\Rule;
use ConvertOS\Connector\Settings\Sanitizer;
use ConvertOS\Connector\Settings\Settings;
use PHPUnit\Framework\TestCase;

final class Mapping_Test_Case extends TestCase {

	/** @var wpdb */
	private $wpdb;
	/** @var Mapping */
	private $mapping;

	protected function setUp(): void {
		Site::reset();
		$this->wpdb    = new wpdb();
		$this->mapping = new Mapping( new Log( $this->wpdb, new Settings( new Sanitizer() ), new Test_Clock() ) );
	}

	/** @return array<int, array{0: mixed, 1: string, 2: mixed}> */
	public function conversions(): array {
		return array(
			array( '  x ', 'text', 'x' ),
			array( 7, 'text', '7' ),
			array( true, 'text', 'true' ),
			array( array( 'a', '', 'b' ), 'text', 'a, b' ),
			array( array( array() ), 'text', null ),
			array( '12.50', 'number', 12.5 ),
			array( '12,5', 'number', 12.5 ),
			array( '-3', 'number', -3 ),
			array( '1e5', 'number', null ),
			array( 'x', 'number', null ),
			array( true, 'number', null ),
			array( '7', 'integer', 7 ),
			array( '7.0', 'integer', 7 ),
			array( '7.5', 'integer', null ),
			array( 'Yes', 'boolean', true ),
			array( 'off', 'boolean', false ),
			array( '', 'boolean', false ),
			array( 'maybe', 'boolean', null ),
			array( '2026-11-21', 'date', '2026-11-21' ),
			array( '2026-11-21T23:30:00-05:00', 'date', '2026-11-22' ),
			array( 1795270000, 'datetime', gmdate( 'Y-m-d\TH:i:s\Z', 1795270000 ) ),
			array( '2026-11-21 10:00', 'datetime', '2026-11-21T10:00:00Z' ),
			array( '2026-13-41', 'date', null ),
			array( 'tomorrow', 'date', null ),
			array( 'a, b,,c ', 'list', array( 'a', 'b', 'c' ) ),
			array( array( 1, ' x ' ), 'list', array( '1', 'x' ) ),
		);
	}

	/**
	 * Each type takes and becomes what the protocol says.
	 *
	 * @dataProvider conversions
	 */
	public function test_values_are_converted( $value, string $type, $expected ): void {
		$this->assertSame( $expected, Converter::convert( $value, $type ) );
	}

	/** Paths read nested names, names with dots, places, entries by key, and closures. */
	public function test_paths_are_read(): void {
		$data = array(
			'billing'   => array( 'company' => 'Bee', 'post.code' => '10431' ),
			'meta_data' => array( array( 'key' => '_vat', 'value' => 'EL1' ), array( 'id' => 7, 'value' => 'seven' ) ),
			'user_meta' => static fn( string $name ) => "meta $name",
			'firstName' => 'Ann',
		);
		foreach ( array(
			'billing.company'     => 'Bee',
			'billing.post\.code'  => '10431',
			'meta_data._vat'      => 'EL1',
			'meta_data.7'         => null,
			'meta_data.0.value'   => 'EL1',
			'user_meta.birthday'  => 'meta birthday',
			'user_meta'           => null,
			'billing.company.x'   => null,
			'nothing'             => null,
		) as $path => $expected ) {
			$this->assertSame( $expected, Field_Path::read( $data, $path ), $path );
		}
		$this->assertSame( 'a.b\.c', Field_Path::join( 'a', 'b.c' ) );
	}

	/** Rules fill an event's data in the spelling of events, and an item in that of the entity API. */
	public function test_rules_fill_events_and_items(): void {
		$rules = array(
			new Rule( 'order', 'order_meta._vat', 'customFields.vat' ),
			new Rule( 'order', 'billing.nick', 'customer.firstName' ),
			new Rule( 'order', 'order_meta.tags', 'tags', 'list' ),
			new Rule( 'lead', 'fields.x', 'email' ),
		);
		$this->mapping->save( $rules, 3 );
		$sources = array( 'order_meta' => array( '_vat' => 'EL1', 'tags' => 'a,b' ), 'billing' => array( 'nick' => 'Annie' ) );
		$this->assertSame(
			array( 'first_name' => 'Annie', 'custom_fields' => array( 'vat' => 'EL1' ), 'tags' => array( 'a', 'b' ) ),
			$this->mapping->apply_to_event( 'order', $sources, array( 'first_name' => 'Ann' ) )
		);
		$this->assertSame(
			array( 'customer' => array( 'email' => 'a@example.com', 'firstName' => 'Annie' ), 'customFields' => array( 'vat' => 'EL1' ), 'tags' => array( 'a', 'b' ) ),
			$this->mapping->apply_to_item( 'order', $sources, array( 'customer' => array( 'email' => 'a@example.com' ) ) )
		);
		$this->assertSame( 3, $this->mapping->version() );
	}

	/** A required value that is missing loses nothing and shows in the log, without the value. */
	public function test_a_missing_required_value_is_a_warning(): void {
		$this->mapping->save( array( new Rule( 'lead', 'fields.age', 'customFields.age', 'integer', true ) ), 0 );
		$data = array( 'email' => 'a@example.com' );
		$this->assertSame( $data, $this->mapping->apply_to_event( 'lead', array( 'fields' => array( 'age' => 'secret words' ) ), $data ) );
		$this->assertCount( 1, $this->wpdb->inserted );
		$this->assertStringNotContainsString( 'secret words', json_encode( $this->wpdb->inserted ) );
	}

	/** Rules survive storing, whatever they hold; what is no rule is left out, and of two for one field the last stays. */
	public function test_rules_come_back_as_they_were(): void {
		for ( $i = 0; $i < 50; $i++ ) {
			$rule = new Rule( Rule::OBJECTS[ array_rand( Rule::OBJECTS ) ], 'a.' . bin2hex( random_bytes( 3 ) ), 'customFields.' . bin2hex( random_bytes( 3 ) ), Converter::TYPES[ array_rand( Converter::TYPES ) ], (bool) random_int( 0, 1 ) );
			$this->mapping->save( array( new Rule( $rule->object, 'old', $rule->target ), $rule ), 0 );
			$this->assertEquals( array( $rule ), $this->mapping->rules() );
		}
		foreach ( array( null, 'x', array(), array( 'object' => 'car', 'source' => 'a', 'target' => 'b' ), array( 'object' => 'lead', 'source' => 'a..b', 'target' => 'c' ), array( 'object' => 'lead', 'source' => 'a', 'target' => 'b', 'type' => 'blob' ) ) as $wrong ) {
			$this->assertNull( Rule::of( $wrong ) );
		}
	}
}
