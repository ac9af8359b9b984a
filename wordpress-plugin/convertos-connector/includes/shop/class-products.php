<?php
/**
 * Products that change.
 *
 * @package ConvertOS\Connector
 */

namespace ConvertOS\Connector\Shop;

use ConvertOS\Connector\Capture\Guard;
use ConvertOS\Connector\Capture\Recorder;
use ConvertOS\Connector\Outbox\Event;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to WooCommerce; a product that is saved many times in one request is told once.
 */
final class Products {

	/**
	 * Takes what was captured.
	 *
	 * @var Recorder
	 */
	private $recorder;

	/**
	 * Keeps the site safe from this plugin's errors.
	 *
	 * @var Guard
	 */
	private $guard;

	/**
	 * Only stores.
	 *
	 * @param Recorder $recorder Takes what was captured.
	 * @param Guard    $guard    Keeps the site safe from this plugin's errors.
	 */
	public function __construct( Recorder $recorder, Guard $guard ) {
		$this->recorder = $recorder;
		$this->guard    = $guard;
	}

	/**
	 * Listens.
	 */
	public function hooks(): void {
		$this->guard->action( 'woocommerce_new_product', array( $this, 'changed' ) );
		$this->guard->action( 'woocommerce_update_product', array( $this, 'changed' ) );
		$this->guard->action( 'woocommerce_new_product_variation', array( $this, 'variation_changed' ) );
		$this->guard->action( 'woocommerce_update_product_variation', array( $this, 'variation_changed' ) );
		$this->guard->action( 'trashed_post', array( $this, 'moved' ) );
		$this->guard->action( 'untrashed_post', array( $this, 'moved' ) );
	}

	/**
	 * A product was made or saved.
	 *
	 * @param int $product_id The product.
	 */
	public function changed( $product_id ): void {
		$this->recorder->record_later( Event::about( 'product.updated', 'product', (int) $product_id ) );
	}

	/**
	 * One form of a product was made or saved.
	 *
	 * @param int $variation_id The variation.
	 */
	public function variation_changed( $variation_id ): void {
		$parent = (int) wp_get_post_parent_id( $variation_id );
		if ( $parent ) {
			$this->changed( $parent );
		}
	}

	/**
	 * Something went to the trash or came back.
	 *
	 * @param int $post_id The post.
	 */
	public function moved( $post_id ): void {
		if ( 'product' === get_post_type( $post_id ) ) {
			$this->changed( $post_id );
		}
	}
}
