<?php
/**
 * Plugin Name: Platform
 * Description: What is the platform's in this shop: the server's configuration, WooCommerce's code, pictures in memory.
 */

defined( 'ABSPATH' ) || exit;

const SHOPWRIGHT_WOOCOMMERCE = 'woocommerce/woocommerce.php';

// Imagick takes memory of its own, beside PHP's limit: a photograph of 24 megapixels got the whole
// container killed. GD takes PHP's, 233 MiB for that one.
add_filter(
	'wp_image_editors',
	function ( $editors ) {
		$gd = array( 'WP_Image_Editor_GD' );
		return in_array( $gd[0], $editors, true ) ? array_merge( $gd, array_diff( $editors, $gd ) ) : $editors;
	}
);

// Every address leads to WordPress by the server's own configuration: there is no .htaccess to write,
// and Settings › Permalinks has nothing to complain of.
add_filter( 'got_url_rewrite', '__return_true' );
add_filter( 'mod_rewrite_rules', '__return_empty_string', PHP_INT_MAX );

// WooCommerce comes with the image, and a newer one with a newer image.
add_filter(
	'site_transient_update_plugins',
	function ( $updates ) {
		if ( is_object( $updates ) ) {
			foreach ( array( 'response', 'no_update' ) as $list ) {
				if ( isset( $updates->$list ) ) {
					unset( $updates->$list[ SHOPWRIGHT_WOOCOMMERCE ] );
				}
			}
		}
		return $updates;
	}
);
add_filter(
	'auto_update_plugin',
	function ( $update, $item ) {
		return SHOPWRIGHT_WOOCOMMERCE === ( $item->plugin ?? '' ) ? false : $update;
	},
	PHP_INT_MAX,
	2
);
add_filter(
	'upgrader_pre_install',
	function ( $response, $extra ) {
		return SHOPWRIGHT_WOOCOMMERCE === ( $extra['plugin'] ?? '' ) ? shopwright_refusal() : $response;
	},
	10,
	2
);
// Before its clean-up is run, which takes away what is scheduled; its files could not be deleted anyway.
add_action(
	'pre_uninstall_plugin',
	function ( $plugin ) {
		if ( SHOPWRIGHT_WOOCOMMERCE === $plugin ) {
			wp_die( esc_html( shopwright_refusal()->get_error_message() ), '', array( 'response' => 403 ) );
		}
	}
);
add_filter(
	'plugin_action_links_' . SHOPWRIGHT_WOOCOMMERCE,
	function ( $links ) {
		unset( $links['delete'] );
		return $links;
	}
);

function shopwright_refusal() {
	return new WP_Error( 'shopwright_platform', 'WooCommerce is part of this platform: it is updated with the shop, and can be deactivated but not deleted.' );
}
