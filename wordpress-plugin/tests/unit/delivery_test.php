<?php

use ConvertOS\Connector\Connection\Answer;
use ConvertOS\Connector\Connection\Credentials;
use ConvertOS\Connector\Connection\Encryption;
use ConvertOS\Connector\Delivery\Backoff;
use ConvertOS\Connector\Delivery\Delivery_State;
use ConvertOS\Connector\Delivery\Sender;
use ConvertOS\Connector\Delivery\Warning_Mail;
use ConvertOS\Connector\Log;
use ConvertOS\Connector\Outbox\Event;
use ConvertOS\Connector\Outbox\Outbox;
use ConvertOS\Connector\Outbox\Payloads;
use ConvertOS\Connector\Settings\Sanitizer;
use ConvertOS\Connector\Settings\Settings;
use PHPUnit\Framework\TestCase;

final class Delivery_Test_Case extends TestCase {

	/** @var Test_Clock */
	private $clock;
	/** @var Test_Outbox */
	private $outbox;
	/** @var Delivery_State */
	private $state;
	/** @var array<string, mixed>|null What an order says now. */
	private $order = array( 'order_id' => 7, 'status' => 'processing' );

	protected function setUp(): void {
		Site::reset();
		$this->clock  = new Test_Clock();
		$this->outbox = new Test_Outbox( $this->clock );
		$this->state  = new Delivery_State( $this->clock );
	}

	private function sender( Test_Server $server ): Sender {
		$settings    = new Settings( new Sanitizer() );
		$credentials = new Credentials(
			$settings,
			new Encryption( static fn() => str_repeat( 'k', 32 ), true ),
			array( 'CONVERTOS_URL' => 'https://c.example', 'CONVERTOS_CONNECTION_ID' => 'wp_1', 'CONVERTOS_SECRET' => 's' )
		);
		$payloads    = new Payloads( array( 'order' => fn() => $this->order ) );
		$log         = new Log( new wpdb(), $settings, $this->clock );
		return new Sender( $this->outbox, $payloads, $server, $credentials, $this->state, new Backoff(), new Warning_Mail( $settings ), $settings, $log, $this->clock );
	}

	private function run_sender( Test_Server $server ): int {
		return $this->sender( $server )->run( $this->clock->now + 1 );
	}

	private function add_leads( int $count ): void {
		for ( $i = 0; $i < $count; $i++ ) {
			$this->outbox->add( Event::of( 'lead.created', array( 'email' => "p$i@example.com" ) ) );
		}
	}

	/** Everything that waits arrives, in batches of the set size. */
	public function test_events_are_sent_in_batches(): void {
		$this->add_leads( 120 );
		$server = Test_Server::willing();
		$this->assertSame( 120, $this->run_sender( $server ) );
		$this->assertSame( array( 50, 50, 20 ), array_map( static fn( $body ) => count( json_decode( $body, true ) ), $server->bodies ) );
		$this->assertSame( array( Outbox::SENT => 120 ), $this->outbox->counts() );
	}

	/** Every event has the documented form. */
	public function test_an_event_has_the_documented_form(): void {
		$this->outbox->add( Event::of( 'lead.created', array( 'email' => 'μ@example.com', 'fields' => array( 'a/b' => '"x"' ) ) ) );
		$server = Test_Server::willing();
		$this->run_sender( $server );
		$event = json_decode( $server->bodies[0], true )[0];
		$this->assertMatchesRegularExpression( '/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/', $event['event_id'] );
		$this->assertSame( gmdate( 'Y-m-d\TH:i:s\Z', $this->clock->now ), $event['timestamp'] );
		$this->assertSame( array( 'email' => 'μ@example.com', 'fields' => array( 'a/b' => '"x"' ) ), $event['data'] );
	}

	/** A batch that is too many bytes is sent as several. */
	public function test_batches_are_bounded_in_bytes(): void {
		for ( $i = 0; $i < 4; $i++ ) {
			$this->outbox->add( Event::of( 'lead.created', array( 'fields' => array( 'x' => str_repeat( 'x', 600000 ) ) ) ) );
		}
		$server = Test_Server::willing();
		$this->assertSame( 4, $this->run_sender( $server ) );
		$this->assertLessThan( 2097152, max( array_map( 'strlen', $server->bodies ) ) );
		$this->assertCount( 2, $server->bodies );
	}

	/** A server that is away costs nothing but time: same ids, later, and at most ten tries in a round. */
	public function test_a_failed_try_is_repeated_with_the_same_id(): void {
		$this->add_leads( 1 );
		$is_down = true;
		$server  = new Test_Server(
			static function ( $events ) use ( &$is_down ) {
				return $is_down ? new Answer( 503 ) : Test_Server::take( $events );
			}
		);
		$this->assertSame( 0, $this->run_sender( $server ) );
		$row = $this->outbox->rows[0];
		$this->assertSame( array( Outbox::WAITING, 1 ), array( $row->status, $row->attempts ) );
		$this->assertGreaterThan( $this->clock->now + 40, $row->next_attempt_at );
		$this->assertSame( 0, $this->run_sender( $server ), 'it is not due yet' );
		$is_down           = false;
		$this->clock->now += 120;
		$this->assertSame( 1, $this->run_sender( $server ) );
		$this->assertSame( $server->bodies[0], $server->bodies[1] );
	}

	/** An event that rests after ten tries is taken up by itself when the server is back: no outage loses an order. */
	public function test_a_long_outage_loses_nothing(): void {
		$this->add_leads( 3 );
		$down = new Test_Server( static fn() => new Answer( 0 ) );
		for ( $minute = 0; $minute < 60 * 48; $minute += 5 ) {
			$this->run_sender( $down );
			$this->clock->now += 300;
		}
		$this->add_leads( 1 );
		$server = Test_Server::willing();
		for ( $minute = 0; $minute < 60; $minute++ ) {
			$this->run_sender( $server );
			$this->clock->now += 60;
		}
		$this->assertSame( array( Outbox::SENT => 4 ), $this->outbox->counts() );
		$this->assertNull( $this->state->paused() );
	}

	/** Retry-After is respected. */
	public function test_the_servers_wish_to_wait_is_respected(): void {
		$this->add_leads( 1 );
		$this->run_sender( new Test_Server( static fn() => new Answer( 429, array( 'success' => false ), 900 ) ) );
		$this->assertGreaterThanOrEqual( $this->clock->now + 900, $this->outbox->rows[0]->next_attempt_at );
		$this->assertGreaterThanOrEqual( $this->clock->now + 900, $this->state->sends_again_at() );
	}

	/** One event that can't be read does not hold up ninety-nine others. */
	public function test_an_unreadable_event_is_found_and_put_aside(): void {
		$this->add_leads( 40 );
		$poison = $this->outbox->rows[ random_int( 0, 39 ) ]->event_id;
		$server = new Test_Server(
			static function ( $events ) use ( $poison ) {
				return in_array( $poison, array_column( $events, 'event_id' ), true ) ? new Answer( 400, array( 'success' => false, 'code' => 'not_json' ) ) : Test_Server::take( $events );
			}
		);
		$this->assertSame( 39, $this->run_sender( $server ) );
		$this->assertSame( array( Outbox::DEAD => 1, Outbox::SENT => 39 ), $this->counts_sorted() );
	}

	/** A result that is no success puts just that event aside, with the server's words. */
	public function test_results_settle_each_event(): void {
		$this->add_leads( 3 );
		$server = new Test_Server(
			static function ( $events ) {
				$answer                      = Test_Server::take( $events );
				$answer->body['success']     = false;
				$answer->body['results'][1] = array( 'success' => false, 'code' => 'event_invalid', 'detail' => 'bad' );
				return $answer;
			}
		);
		$this->run_sender( $server );
		$this->assertSame( array( Outbox::SENT, Outbox::DEAD, Outbox::SENT ), wp_list_pluck( $this->outbox->rows, 'status' ) );
		$this->assertSame( 'event_invalid bad', $this->outbox->rows[1]->last_error );
	}

	/** An answer without results has taken nothing. */
	public function test_an_answer_that_says_no_takes_nothing(): void {
		$this->add_leads( 1 );
		$this->run_sender( new Test_Server( static fn() => new Answer( 200, array( 'success' => false ) ) ) );
		$this->assertSame( array( Outbox::DEAD => 1 ), $this->outbox->counts() );
	}

	/** A wrong secret stops sending at once, costs no try, and tells the administrator once. */
	public function test_a_refusal_pauses_and_tells_the_administrator(): void {
		$this->add_leads( 2 );
		$server = new Test_Server( static fn() => new Answer( 401, array( 'success' => false, 'code' => 'signature_invalid' ) ) );
		$this->run_sender( $server );
		$this->run_sender( $server );
		$this->assertSame( Delivery_State::PAUSED_BY_REFUSAL, $this->state->paused() );
		$this->assertCount( 1, $server->bodies );
		$this->assertSame( array( 0, 0 ), wp_list_pluck( $this->outbox->rows, 'attempts' ) );
		$this->assertCount( 1, Site::$mails );
		$this->assertSame( 'admin@example.com', Site::$mails[0][0] );
	}

	/** Twenty failures in a row pause; one event at a time tries whether it works again, and then all goes on. */
	public function test_the_threshold_pauses_and_a_probe_resumes(): void {
		$is_down = true;
		$server  = new Test_Server(
			static function ( $events ) use ( &$is_down ) {
				return $is_down ? new Answer( 500 ) : Test_Server::take( $events );
			}
		);
		for ( $i = 0; $i < 20; $i++ ) {
			$this->assertNull( $this->state->paused() );
			$this->add_leads( 1 );
			$this->run_sender( $server );
			$this->clock->now += 1;
		}
		$this->assertSame( Delivery_State::PAUSED_BY_FAILURES, $this->state->paused() );
		$this->assertCount( 1, Site::$mails );
		$tried = count( $server->bodies );
		$this->run_sender( $server );
		$this->assertCount( $tried, $server->bodies, 'nothing is sent while it is paused' );
		$is_down           = false;
		$this->clock->now += Delivery_State::PROBE_SECONDS;
		$this->assertSame( 20, $this->run_sender( $server ) );
		$this->assertCount( 1, json_decode( $server->bodies[ $tried ], true ) );
		$this->assertNull( $this->state->paused() );
	}

	/** What a person paused stays so until a person resumes it. */
	public function test_a_pause_by_hand_stays(): void {
		$this->add_leads( 1 );
		$this->state->pause( Delivery_State::PAUSED_BY_HAND );
		$this->clock->now += DAY_IN_SECONDS;
		$this->assertSame( 0, $this->run_sender( Test_Server::willing() ) );
		$this->assertNull( $this->state->sends_again_at() );
		$this->state->resume();
		$this->assertSame( 1, $this->run_sender( Test_Server::willing() ) );
	}

	/** An order is read when it is sent; a retry sends the same bytes although the order has changed. */
	public function test_an_order_is_read_once(): void {
		$this->outbox->add( Event::about( 'order.paid', 'order', 7 ) );
		$this->run_sender( new Test_Server( static fn() => new Answer( 500 ) ) );
		$this->order       = array( 'order_id' => 7, 'status' => 'completed' );
		$this->clock->now += 120;
		$server            = Test_Server::willing();
		$this->run_sender( $server );
		$this->assertSame( 'processing', json_decode( $server->bodies[0], true )[0]['data']['status'] );
	}

	/** What there is nothing to tell of is left out; what another event of the batch tells is not told twice. */
	public function test_what_says_nothing_is_left_out(): void {
		$this->outbox->add( Event::about( 'order.created', 'order', 7 ) );
		$this->outbox->add( Event::about( 'order.updated', 'order', 7 ) );
		$server = Test_Server::willing();
		$this->assertSame( 1, $this->run_sender( $server ) );
		$this->order = null;
		$this->outbox->add( Event::about( 'order.created', 'order', 8 ) );
		$this->assertSame( 0, $this->run_sender( $server ) );
		$this->assertSame( array( Outbox::SENT => 1 ), $this->outbox->counts() );
	}

	/** A reader that fails is tried again, and the others go their way. */
	public function test_an_event_that_can_not_be_read_does_not_stop_others(): void {
		$this->outbox->add( Event::about( 'order.created', 'order', 7 ) );
		$this->add_leads( 1 );
		add_filter( 'convertos_event_data', static function () {
			throw new RuntimeException( 'somebody else\'s filter is broken' );
		} );
		$this->assertSame( 1, $this->run_sender( Test_Server::willing() ) );
		$this->assertSame( 1, $this->outbox->rows[0]->attempts );
	}

	/** The wait doubles from a minute to six hours, a fifth more or less, and is never shorter than asked for. */
	public function test_the_wait_grows(): void {
		$backoff = new Backoff();
		foreach ( array( 1 => 60, 2 => 120, 3 => 240, 5 => 960, 8 => 7680, 9 => 15360, 10 => 21600, 40 => 21600 ) as $attempts => $seconds ) {
			for ( $i = 0; $i < 20; $i++ ) {
				$wait = $backoff->seconds( $attempts );
				$this->assertGreaterThanOrEqual( 0.8 * $seconds - 1, $wait );
				$this->assertLessThanOrEqual( min( 21600, 1.2 * $seconds ), $wait );
			}
		}
		$this->assertSame( 40000, $backoff->seconds( 1, 40000 ) );
	}

	/** @return array<string, int> */
	private function counts_sorted(): array {
		$counts = $this->outbox->counts();
		ksort( $counts );
		return $counts;
	}
}
