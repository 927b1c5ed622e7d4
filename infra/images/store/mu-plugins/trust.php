<?php
/**
 * Plugin Name: Trust
 * Description: Scripts in texts are for those who may run code anyway, and XML-RPC for shops that asked for it.
 */

defined( 'ABSPATH' ) || exit;

// Whoever may activate plugins runs any code. To an editor or a shop manager a script in a page would give
// an administrator's rights, as soon as an administrator looks at the page.
add_filter(
	'map_meta_cap',
	function ( $capabilities, $capability ) {
		return 'unfiltered_html' === $capability ? array_merge( $capabilities, array( 'activate_plugins' ) ) : $capabilities;
	},
	10,
	2
);

// Apache denies its address unless it is asked for; so no page tells of it. Pingbacks, by which one site has
// another call a third, are off even then.
if ( 'true' !== shopwright_setting( 'WORDPRESS_XMLRPC', 'false' ) ) {
	add_filter( 'xmlrpc_enabled', '__return_false' );
	remove_action( 'wp_head', 'rsd_link' );
}
add_filter(
	'xmlrpc_methods',
	function ( $methods ) {
		return array_diff_key( $methods, array( 'pingback.ping' => '', 'pingback.extensions.getPingbacks' => '' ) );
	}
);
add_filter(
	'wp_headers',
	function ( $headers ) {
		unset( $headers['X-Pingback'] );
		return $headers;
	}
);
