<?php
// The last step of the long way: what makes an installed WooCommerce a shop.

function shopwright_furnish( $fresh ) {
	shopwright_divert_uploads();
	shopwright_act_as_administrator();

	if ( $fresh || ! get_option( 'permalink_structure' ) ) {
		global $wp_rewrite;
		$wp_rewrite->set_permalink_structure( '/%postname%/' );
	}
	// What WooCommerce leaves to the first visit of the administration, where an order may come before it:
	// among others in which tables orders are kept.
	WC_Install::newly_installed();
	WC_Install::create_pages();
	update_option( 'woocommerce_cod_settings', array( 'enabled' => 'yes' ) + (array) get_option( 'woocommerce_cod_settings', array() ) );
	// WooCommerce hides a new shop behind "coming soon".
	update_option( 'woocommerce_coming_soon', 'no' );
	if ( ! wc_get_products( array( 'limit' => 1, 'status' => 'any' ) ) ) {
		shopwright_add_sample_product();
	}
	if ( $fresh ) {
		shopwright_set_timezone();
	}
	flush_rewrite_rules();
	if ( $fresh ) {
		shopwright_forget_transients();
	}
}

/**
 * What is computed again when it is missing. WooCommerce's order to lead the administrator to its wizard is
 * among it.
 */
function shopwright_forget_transients() {
	global $wpdb;
	$wpdb->query( "DELETE FROM $wpdb->options WHERE option_name LIKE '\\_transient\\_%' OR option_name LIKE '\\_site\\_transient\\_%'" );
	wp_cache_flush();
}

function shopwright_add_sample_product() {
	$product = new WC_Product_Simple();
	$product->set_name( 'Sample product' );
	$product->set_regular_price( '19.99' );
	$product->set_status( 'publish' );
	$product->save();
}
