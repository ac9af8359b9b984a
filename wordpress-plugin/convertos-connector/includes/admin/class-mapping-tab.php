<?php
/**
 * The tab of the field mapping.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Admin;

use ConvertOS\Connector\Connection\Answer;
use ConvertOS\Connector\Connection\Server;
use ConvertOS\Connector\Mapping\Converter;
use ConvertOS\Connector\Mapping\Discovery;
use ConvertOS\Connector\Mapping\Mapping;
use ConvertOS\Connector\Mapping\Rule;
use ConvertOS\Connector\Mapping\Targets;

defined( 'ABSPATH' ) || exit;

/**
 * Rules in a table, with the site's fields to choose from; they can be kept in step with ConvertOS, exported and imported.
 */
final class Mapping_Tab implements Tab {

	/**
	 * The mapping.
	 *
	 * @var Mapping
	 */
	private $mapping;

	/**
	 * Finds fields.
	 *
	 * @var Discovery
	 */
	private $discovery;

	/**
	 * The way to ConvertOS.
	 *
	 * @var Server
	 */
	private $server;

	/**
	 * Only stores.
	 *
	 * @param Mapping   $mapping   The mapping.
	 * @param Discovery $discovery Finds fields.
	 * @param Server    $server    The way to ConvertOS.
	 */
	public function __construct( Mapping $mapping, Discovery $discovery, Server $server ) {
		$this->mapping   = $mapping;
		$this->discovery = $discovery;
		$this->server    = $server;
	}

	/**
	 * Its name in the address.
	 */
	public function slug(): string {
		return 'mapping';
	}

	/**
	 * Its title.
	 */
	public function title(): string {
		return __( 'Field mapping', 'convertos-connector' );
	}

	/**
	 * What can be done on it.
	 *
	 * @return array<string, callable(): (string|\WP_Error|null)>
	 */
	public function actions(): array {
		return array(
			'mapping_save'   => array( $this, 'save' ),
			'mapping_push'   => array( $this, 'push' ),
			'mapping_pull'   => array( $this, 'pull' ),
			'mapping_export' => array( $this, 'export' ),
			'mapping_import' => array( $this, 'import' ),
		);
	}

	/**
	 * Keeps the rules of the table; empty lines are left out.
	 *
	 * @return string|\WP_Error
	 */
	public function save() {
		$rows = array_filter(
			Input::rows( 'rules' ),
			static function ( array $row ): bool {
				return '' !== trim( ( $row['source'] ?? '' ) . ( $row['target'] ?? '' ) );
			}
		);
		return $this->keep( $rows, $this->mapping->version(), __( 'The mapping was saved.', 'convertos-connector' ) );
	}

	/**
	 * Sends the rules to ConvertOS.
	 *
	 * @return string|\WP_Error
	 */
	public function push() {
		$rules  = array_map(
			static function ( Rule $rule ): array {
				return $rule->to_array();
			},
			$this->mapping->rules()
		);
		$answer = $this->server->push(
			'PUT',
			Server::MAPPING,
			array(
				'rules'   => $rules,
				'version' => $this->mapping->version(),
			)
		);
		if ( 409 === $answer->status ) {
			return new \WP_Error( 'convertos_mapping', __( 'The mapping was changed in ConvertOS meanwhile. Take it from there first.', 'convertos-connector' ) );
		}
		if ( Answer::DONE !== $answer->verdict() ) {
			return new \WP_Error( 'convertos_mapping', $answer->explanation() );
		}
		$this->mapping->save( $this->mapping->rules(), (int) ( $answer->body['mapping']['version'] ?? $this->mapping->version() ) );
		return __( 'ConvertOS has the same mapping now.', 'convertos-connector' );
	}

	/**
	 * Takes the rules from ConvertOS.
	 *
	 * @return string|\WP_Error
	 */
	public function pull() {
		$answer = $this->server->get( Server::MAPPING );
		if ( Answer::DONE !== $answer->verdict() ) {
			return new \WP_Error( 'convertos_mapping', $answer->explanation() );
		}
		$mapping = $answer->body['mapping'] ?? array();
		return $this->keep( (array) ( $mapping['rules'] ?? array() ), (int) ( $mapping['version'] ?? 0 ), __( 'The mapping was taken from ConvertOS.', 'convertos-connector' ) );
	}

	/**
	 * Hands the rules out as a file.
	 */
	public function export() {
		nocache_headers();
		header( 'Content-Type: application/json; charset=utf-8' );
		header( 'Content-Disposition: attachment; filename="convertos-mapping.json"' );
		$rules = array_map(
			static function ( Rule $rule ): array {
				return $rule->to_array();
			},
			$this->mapping->rules()
		);
		echo wp_json_encode( array( 'rules' => $rules ), JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES );
		return null;
	}

	/**
	 * Takes the rules of a file.
	 *
	 * @return string|\WP_Error
	 */
	public function import() {
		$read = Input::json_file( 'file' );
		if ( ! is_array( $read['rules'] ?? null ) ) {
			return new \WP_Error( 'convertos_mapping', __( 'This is not a file that was exported here.', 'convertos-connector' ) );
		}
		return $this->keep( $read['rules'], $this->mapping->version(), __( 'The mapping was imported.', 'convertos-connector' ) );
	}

	/**
	 * Shows it.
	 */
	public function render(): void {
		echo '<h2>' . esc_html__( 'Field mapping', 'convertos-connector' ) . '</h2><p>' . esc_html__( 'E-mail, name, telephone and everything of orders and products is sent without any rule. Add rules for fields of your own: what stands on the left becomes what stands on the right.', 'convertos-connector' ) . '</p>';
		Html::form( 'mapping_save', $this->slug() );
		echo '<table class="widefat convertos-mapping"><thead><tr>';
		foreach ( array( __( 'For', 'convertos-connector' ), __( 'Field of this site', 'convertos-connector' ), __( 'Field in ConvertOS', 'convertos-connector' ), __( 'As', 'convertos-connector' ), __( 'Required', 'convertos-connector' ), '' ) as $title ) {
			echo '<th scope="col">' . esc_html( $title ) . '</th>';
		}
		echo '</tr></thead><tbody>';
		foreach ( array_merge( $this->mapping->rules(), array( new Rule( 'lead', '', '' ) ) ) as $place => $rule ) {
			$this->render_rule( $place, $rule );
		}
		echo '</tbody></table>';
		$this->render_suggestions();
		printf(
			'<p><button type="button" class="button" data-add-rule>%s</button> <button type="submit" class="button button-primary">%s</button></p></form>',
			esc_html__( 'Add a rule', 'convertos-connector' ),
			esc_html__( 'Save', 'convertos-connector' )
		);
		$this->render_exchange();
	}

	/**
	 * Keeps rules that make sense, and says how many do not.
	 *
	 * @param array<mixed> $given   Rules as arrays.
	 * @param int          $version The number that ConvertOS gave them.
	 * @param string       $done    What to say.
	 * @return string|\WP_Error
	 */
	private function keep( array $given, int $version, string $done ) {
		$rules = array_filter( array_map( array( Rule::class, 'of' ), $given ) );
		$this->mapping->save( $rules, $version );
		$wrong = count( $given ) - count( $rules );
		/* translators: %d: number of rules. */
		return $wrong > 0 ? new \WP_Error( 'convertos_mapping', sprintf( _n( '%d rule was left out: source or target is missing.', '%d rules were left out: source or target is missing.', $wrong, 'convertos-connector' ), $wrong ) ) : $done;
	}

	/**
	 * One line of the table.
	 *
	 * @param int  $place Its place.
	 * @param Rule $rule  The rule.
	 */
	private function render_rule( int $place, Rule $rule ): void {
		$objects = array(
			'lead'     => __( 'Lead', 'convertos-connector' ),
			'customer' => __( 'Customer', 'convertos-connector' ),
			'order'    => __( 'Order', 'convertos-connector' ),
			'checkout' => __( 'Checkout', 'convertos-connector' ),
			'product'  => __( 'Product', 'convertos-connector' ),
		);
		$types   = array_combine( Converter::TYPES, array( __( 'Text', 'convertos-connector' ), __( 'Number', 'convertos-connector' ), __( 'Whole number', 'convertos-connector' ), __( 'Yes or no', 'convertos-connector' ), __( 'Date', 'convertos-connector' ), __( 'Date and time', 'convertos-connector' ), __( 'List', 'convertos-connector' ) ) );
		echo '<tr><td>';
		Html::select( "rules[$place][object]", $objects, $rule->object, __( 'For', 'convertos-connector' ) );
		foreach ( array(
			'source' => __( 'Field of this site', 'convertos-connector' ),
			'target' => __( 'Field in ConvertOS', 'convertos-connector' ),
		) as $name => $label ) {
			printf( '</td><td><input type="text" class="regular-text code" name="rules[%1$d][%2$s]" value="%3$s" list="convertos-%2$ss-%4$s" data-list="convertos-%2$ss-" aria-label="%5$s">', (int) $place, esc_attr( $name ), esc_attr( $rule->$name ), esc_attr( $rule->object ), esc_attr( $label ) );
		}
		echo '</td><td>';
		Html::select( "rules[$place][type]", $types, $rule->type, __( 'As', 'convertos-connector' ) );
		printf( '</td><td><input type="checkbox" name="rules[%d][required]" value="1" aria-label="%s"%s></td>', (int) $place, esc_attr__( 'Required', 'convertos-connector' ), checked( $rule->required, true, false ) );
		printf( '<td><button type="button" class="button-link" data-remove-rule>%s</button></td></tr>', esc_html__( 'Remove', 'convertos-connector' ) );
	}

	/**
	 * What browsers suggest while one types.
	 */
	private function render_suggestions(): void {
		foreach ( array(
			'sources' => $this->discovery->all(),
			'targets' => Targets::all(),
		) as $name => $by_object ) {
			foreach ( $by_object as $about => $paths ) {
				echo '<datalist id="' . esc_attr( "convertos-$name-$about" ) . '">';
				foreach ( array_unique( $paths ) as $path ) {
					echo '<option value="' . esc_attr( $path ) . '"></option>';
				}
				echo '</datalist>';
			}
		}
	}

	/**
	 * Buttons that exchange the mapping.
	 */
	private function render_exchange(): void {
		echo '<h3>' . esc_html__( 'Exchange', 'convertos-connector' ) . '</h3><div class="convertos-buttons">';
		Html::button( 'mapping_push', $this->slug(), __( 'Send to ConvertOS', 'convertos-connector' ) );
		Html::button( 'mapping_pull', $this->slug(), __( 'Take from ConvertOS', 'convertos-connector' ), array(), 'secondary', __( 'Replace the rules here by those in ConvertOS?', 'convertos-connector' ) );
		Html::button( 'mapping_export', $this->slug(), __( 'Export', 'convertos-connector' ) );
		echo '</div>';
		Html::form( 'mapping_import', $this->slug(), true );
		printf( '<p><label>%s <input type="file" name="file" accept=".json" required></label> <button type="submit" class="button">%s</button></p></form>', esc_html__( 'Import a file', 'convertos-connector' ), esc_html__( 'Import', 'convertos-connector' ) );
	}
}
