<?php
/**
 * Every page of the site.
 *
 * @package Bench
 */

?><!DOCTYPE html>
<html <?php language_attributes(); ?>>
<head><meta charset="<?php bloginfo( 'charset' ); ?>"><title><?php bloginfo( 'name' ); ?></title><?php wp_head(); ?></head>
<body><h1>A page of the shop</h1><?php wp_footer(); ?></body>
</html>
