<?php
/**
 * Plugin Name: Suggestions
 * Description: WooCommerce's home shows no advertisement for Jetpack until somebody asks for it.
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
