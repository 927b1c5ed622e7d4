<?php
/**
 * Plugin Name: Login
 * Description: Above the form of the login stands the shop's name, which leads to the shop.
 *
 * WordPress has its own sign there, with a link to its own site: customers who have lost their password meet
 * that form, and do not know what WordPress is.
 */

defined( 'ABSPATH' ) || exit;

add_filter( 'login_headerurl', fn() => home_url( '/' ) );
add_filter( 'login_headertext', fn() => get_bloginfo( 'name', 'display' ) );
add_action(
	'login_head',
	function () {
		echo '<style>.login h1 a { background: none; width: auto; height: auto; margin: 0; text-indent: 0; font-size: 24px; font-weight: 600; line-height: 1.3; color: inherit; overflow-wrap: anywhere; }</style>';
	}
);
