<?php
/**
 * Plugin Name: Pictures
 * Description: The picture beside a name, and the small ones in texts, come from no other site.
 *
 * WordPress shows pictures of gravatar.com, to which it tells a number of each commenter's address, and
 * replaces signs such as a magnifying glass by pictures of s.w.org. A shop asks nobody elsewhere, and where
 * nothing gets out such pictures are broken. A plugin with avatars of its own comes later, and goes before.
 */

defined( 'ABSPATH' ) || exit;

add_filter(
	'pre_get_avatar_data',
	function ( $data ) {
		if ( ! isset( $data['url'] ) ) {
			$data['url']          = home_url( '/shopwright-assets/avatar.svg' );
			$data['found_avatar'] = true;
		}
		return $data;
	},
	5
);

add_action(
	'init',
	function () {
		remove_action( 'wp_head', 'print_emoji_detection_script', 7 );
		remove_action( 'admin_print_scripts', 'print_emoji_detection_script' );
		remove_action( 'embed_head', 'print_emoji_detection_script' );
		add_filter( 'emoji_svg_url', '__return_false' );
	}
);
