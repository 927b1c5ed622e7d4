<?php
// The last step of the long way: what makes an installed WooCommerce a shop.

function shopwright_furnish( $fresh ) {
	shopwright_divert_uploads();
	shopwright_act_as_administrator();

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
		shopwright_set_market();
	}
	if ( $fresh ) {
		shopwright_decorate();
	}
	flush_rewrite_rules();
	if ( $fresh ) {
		shopwright_forget_moments();
	}
}

/**
 * Takes out what is a moment's and is computed again when it is missing. WooCommerce's order to lead the
 * administrator to its wizard is among it, and what depends on whether the address is an https one.
 */
function shopwright_forget_moments() {
	global $wpdb;
	wp_cache_flush();
	$moments = array( '\_transient\_', '\_site\_transient\_', 'action\_scheduler\_lock\_' );
	foreach ( $moments as $beginning ) {
		$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->options WHERE option_name LIKE %s", $beginning . '%' ) );
	}
	delete_option( 'woocommerce_force_ssl_checkout' );
	delete_option( 'woocommerce_unforce_ssl_checkout' );
	// What WooCommerce has to say of the machine on which this was done.
	delete_option( 'woocommerce_admin_notices' );
}

function shopwright_add_sample_product() {
	$product = new WC_Product_Simple();
	$product->set_name( 'Sample product' );
	$product->set_slug( 'sample-product' );
	$product->set_short_description( 'This is a sample. Edit it, or delete it when your own products are here.' );
	$product->set_description( 'A sample shows how a product looks in your shop: its picture, its price and its words. Change all of them under Products, or move it to the trash.' );
	$product->set_regular_price( '19.99' );
	$product->set_image_id( shopwright_add_picture( 'sample-product.png', 'Sample product', 'A plain box, the picture of the sample product' ) );
	$product->set_status( 'publish' );
	$product->save();
}
