<?php
// How many orders were made lately, and how many customers are at the checkout.
//
// Orders are those of any status but drafts and what is in the bin, by when they were made. WooCommerce has them in
// tables of its own, or among WordPress's posts: an option says which of them count.
//
// Customers at the checkout are drafts of orders that were changed lately. The checkout of blocks, which a new shop has,
// makes one as soon as it is opened, and changes it with what is filled in. Sessions are not counted: a session says
// when it ends, two days later, and not when it was used, so every cart that somebody has left would hold the shop up.
// Who fills in the older checkout of a shortcode is therefore seen when the order is placed, and not before.

require __DIR__ . '/database.php';

const SHOPWRIGHT_DRAFT    = 'wc-checkout-draft';
const SHOPWRIGHT_NO_ORDER = "'wc-checkout-draft', 'checkout-draft', 'auto-draft', 'trash'";

function shopwright_count( $connection, $sql ) {
	return (int) shopwright_query( $connection, $sql )->fetch_row()[0];
}

function shopwright_activity( $connection, $seconds ) {
	$tables = shopwright_tables( $connection );
	$since  = gmdate( 'Y-m-d H:i:s', time() - $seconds );
	$own    = SHOPWRIGHT_PREFIX . 'wc_orders';
	$option = shopwright_query(
		$connection,
		sprintf( "SELECT option_value FROM `%soptions` WHERE option_name = 'woocommerce_custom_orders_table_enabled'", SHOPWRIGHT_PREFIX )
	)->fetch_row();
	if ( 'yes' === ( $option[0] ?? '' ) && isset( $tables[ $own ] ) ) {
		$from = "`$own` WHERE type = 'shop_order' AND";
		list( $status, $made, $changed ) = array( 'status', 'date_created_gmt', 'date_updated_gmt' );
	} else {
		$from = sprintf( "`%sposts` WHERE post_type = 'shop_order' AND", SHOPWRIGHT_PREFIX );
		list( $status, $made, $changed ) = array( 'post_status', 'post_date_gmt', 'post_modified_gmt' );
	}
	return array(
		'orders'    => shopwright_count( $connection, "SELECT COUNT(*) FROM $from $status NOT IN (" . SHOPWRIGHT_NO_ORDER . ") AND $made >= '$since'" ),
		'checkouts' => shopwright_count( $connection, "SELECT COUNT(*) FROM $from $status = '" . SHOPWRIGHT_DRAFT . "' AND $changed >= '$since'" ),
	);
}

try {
	echo json_encode( shopwright_activity( shopwright_connect(), (int) $argv[1] ) ), "\n";
} catch ( Shopwright_Database_Error $error ) {
	fwrite( STDERR, 'The database can\'t be asked for orders: ' . $error->getMessage() . "\n" );
	exit( 1 );
}
