<?php
/**
 * One field of a form that somebody sent.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Forms;

defined( 'ABSPATH' ) || exit;

/**
 * A field in the words that all form plugins share.
 */
final class Field {

	/**
	 * Its name; what the field mapping calls it.
	 *
	 * @var string
	 */
	public $name;

	/**
	 * The form plugin's type, such as email, tel, text, checkbox.
	 *
	 * @var string
	 */
	public $type;

	/**
	 * What stands beside it on the page.
	 *
	 * @var string
	 */
	public $label;

	/**
	 * A text, a number, or a list or map of them.
	 *
	 * @var mixed
	 */
	public $value;

	/**
	 * Only stores.
	 *
	 * @param string $name  Its name.
	 * @param string $type  The form plugin's type.
	 * @param mixed  $value The value.
	 * @param string $label What stands beside it.
	 */
	public function __construct( string $name, string $type, $value, string $label = '' ) {
		$this->name  = $name;
		$this->type  = strtolower( $type );
		$this->value = $value;
		$this->label = $label;
	}
}
