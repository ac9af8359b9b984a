<?php
/**
 * The plugin's tables, one set for each site.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector;

defined( 'ABSPATH' ) || exit;

/**
 * Makes and drops the tables. Times in them are seconds since 1970.
 */
final class Schema {

	/**
	 * Names without the site's prefix.
	 */
	const TABLES = array( 'convertos_outbox', 'convertos_checkouts', 'convertos_log' );

	/**
	 * The database.
	 *
	 * @var \wpdb
	 */
	private $wpdb;

	/**
	 * Only stores.
	 *
	 * @param \wpdb $wpdb The database.
	 */
	public function __construct( \wpdb $wpdb ) {
		$this->wpdb = $wpdb;
	}

	/**
	 * Makes the tables, or brings them to this version's form.
	 */
	public function install(): void {
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$charset = $this->wpdb->get_charset_collate();
		dbDelta( $this->outbox( $charset ) );
		dbDelta( $this->checkouts( $charset ) );
		dbDelta( $this->log( $charset ) );
	}

	/**
	 * Drops the tables of the present site.
	 */
	public function drop(): void {
		$wpdb = $this->wpdb;
		$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}convertos_outbox" );
		$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}convertos_checkouts" );
		$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}convertos_log" );
	}

	/**
	 * Whether the tables are there.
	 */
	public function is_installed(): bool {
		$wpdb  = $this->wpdb;
		$names = $wpdb->get_col( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $wpdb->prefix . 'convertos_' ) . '%' ) );
		foreach ( self::TABLES as $table ) {
			if ( ! in_array( $wpdb->prefix . $table, $names, true ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Events that wait, are being sent, were sent, or can't be sent.
	 *
	 * `subject` names what a payload is built from at sending time; `dedup_key` keeps equal events from waiting twice.
	 *
	 * @param string $charset Character set and collation.
	 */
	private function outbox( string $charset ): string {
		return "CREATE TABLE {$this->wpdb->prefix}convertos_outbox (
			id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
			event_id char(36) NOT NULL,
			type varchar(40) NOT NULL,
			priority tinyint(3) unsigned NOT NULL,
			status varchar(10) NOT NULL,
			subject varchar(60) DEFAULT NULL,
			dedup_key varchar(100) DEFAULT NULL,
			person char(64) DEFAULT NULL,
			payload longtext,
			details longtext,
			attempts smallint(5) unsigned NOT NULL DEFAULT 0,
			next_attempt_at bigint(20) unsigned NOT NULL,
			lease char(36) DEFAULT NULL,
			leased_until bigint(20) unsigned DEFAULT NULL,
			last_error varchar(500) DEFAULT NULL,
			occurred_at bigint(20) unsigned NOT NULL,
			created_at bigint(20) unsigned NOT NULL,
			settled_at bigint(20) unsigned DEFAULT NULL,
			PRIMARY KEY  (id),
			UNIQUE KEY event_id (event_id),
			UNIQUE KEY dedup_key (dedup_key),
			KEY due (status,priority,id,next_attempt_at),
			KEY settled (status,settled_at),
			KEY lease (lease),
			KEY subject (subject),
			KEY person (person)
		) $charset;";
	}

	/**
	 * Checkouts that somebody has begun, for finding those that are abandoned.
	 *
	 * @param string $charset Character set and collation.
	 */
	private function checkouts( string $charset ): string {
		return "CREATE TABLE {$this->wpdb->prefix}convertos_checkouts (
			token char(36) NOT NULL,
			state varchar(10) NOT NULL,
			person char(64) DEFAULT NULL,
			email varchar(320) DEFAULT NULL,
			order_id bigint(20) unsigned DEFAULT NULL,
			details longtext,
			started_at bigint(20) unsigned NOT NULL,
			seen_at bigint(20) unsigned NOT NULL,
			PRIMARY KEY  (token),
			KEY state (state,seen_at),
			KEY person (person)
		) $charset;";
	}

	/**
	 * What the plugin did.
	 *
	 * @param string $charset Character set and collation.
	 */
	private function log( string $charset ): string {
		return "CREATE TABLE {$this->wpdb->prefix}convertos_log (
			id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
			logged_at bigint(20) unsigned NOT NULL,
			level tinyint(3) unsigned NOT NULL,
			topic varchar(40) NOT NULL,
			message varchar(500) NOT NULL,
			context text,
			PRIMARY KEY  (id),
			KEY logged_at (logged_at),
			KEY level (level,id)
		) $charset;";
	}
}
