<?php
/**
 * Plugin Name: Suggestions
 * Description: No advertisement for Jetpack on WooCommerce's home, and no page of extensions that can't be had.
 */

defined( 'ABSPATH' ) || exit;

// Where each user keeps what they want to see there. A default and not a value: it holds for every user, of
// shops that are there already too, and gives way to what a user chooses.
add_filter(
	'default_user_metadata',
	function ( $value, $user, $key, $single ) {
		if ( 'woocommerce_admin_homepage_stats' !== $key ) {
			return $value;
		}
		$dismissed = wp_json_encode( array( 'installJetpackDismissed' => true ) );
		return $single ? $dismissed : array( $dismissed );
	},
	10,
	4
);

// The page Marketing offers extensions of other makers, with pictures from their sites. Where nothing gets out,
// none can be installed. Coupons are then below WooCommerce, where they have been before that page.
add_filter(
	'woocommerce_admin_features',
	function ( $features ) {
		return WP_HTTP_BLOCK_EXTERNAL ? array_values( array_diff( $features, array( 'marketing' ) ) ) : $features;
	}
);
