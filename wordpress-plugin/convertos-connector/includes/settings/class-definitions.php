<?php
/**
 * What can be set, with its bounds.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * The table of settings: type, default, and what a value may be.
 */
final class Definitions {

	/**
	 * Types: url, id, whole (min, max), flag, choice (choices), email, hosts, flags (a map of flags by name).
	 *
	 * @return array<string, array<string, mixed>>
	 */
	public static function all(): array {
		return array(
			'url'                      => self::of( 'url', '' ),
			'connection_id'            => self::of( 'id', '' ),
			'signature_algorithm'      => self::choice( 'sha256', array( 'sha256', 'sha512' ) ),
			'runner'                   => self::choice( 'auto', array( 'auto', 'system' ) ),
			'batch_size'               => self::whole( 50, 1, 100 ),
			'interval_minutes'         => self::whole( 1, 1, 60 ),
			'queue_limit'              => self::whole( 50000, 1000, 1000000 ),
			'failure_threshold'        => self::whole( 20, 1, 1000 ),
			'notify_email'             => self::of( 'email', '' ),
			'sources'                  => self::of( 'flags', array() ),
			'capture_touches'          => self::of( 'flag', true ),
			'consent'                  => self::choice( 'auto', array( 'auto', 'required', 'not_required' ) ),
			'cookie_days'              => self::whole( 90, 1, 400 ),
			'own_hosts'                => self::of( 'hosts', array() ),
			'capture_checkout_email'   => self::of( 'flag', true ),
			'abandoned_after_minutes'  => self::whole( 30, 5, 1440 ),
			'keep_sent_days'           => self::whole( 7, 0, 90 ),
			'log_level'                => self::choice( 'info', array( 'error', 'warning', 'info', 'debug' ) ),
			'keep_log_days'            => self::whole( 14, 1, 365 ),
			'remove_data_on_uninstall' => self::of( 'flag', true ),
		);
	}

	/**
	 * What holds where nothing was set.
	 *
	 * @return array<string, mixed>
	 */
	public static function defaults(): array {
		return array_map(
			static function ( array $definition ) {
				return $definition['default'];
			},
			self::all()
		);
	}

	/**
	 * A definition without bounds.
	 *
	 * @param string $type    The type.
	 * @param mixed  $initial The default.
	 * @return array<string, mixed>
	 */
	private static function of( string $type, $initial ): array {
		return array(
			'type'    => $type,
			'default' => $initial,
		);
	}

	/**
	 * A whole number within bounds.
	 *
	 * @param int $initial The default.
	 * @param int $min     The least.
	 * @param int $max     The most.
	 * @return array<string, mixed>
	 */
	private static function whole( int $initial, int $min, int $max ): array {
		return self::of( 'whole', $initial ) + array(
			'min' => $min,
			'max' => $max,
		);
	}

	/**
	 * One of several words.
	 *
	 * @param string   $initial The default.
	 * @param string[] $choices The words.
	 * @return array<string, mixed>
	 */
	private static function choice( string $initial, array $choices ): array {
		return self::of( 'choice', $initial ) + array( 'choices' => $choices );
	}
}
