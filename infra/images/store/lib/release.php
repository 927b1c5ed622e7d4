<?php
// Which WordPress and WooCommerce the code is, and which ones the database was last brought up to.

// The option that an upgrade leaves from its first change to its last; `ready.php` looks for it too.
const SHOPWRIGHT_UPGRADE_MARK = 'shopwright_upgrade';

/**
 * The database is newer than the code.
 */
final class Shopwright_Newer_Database extends RuntimeException {}

function shopwright_code_release( $root ) {
	require "$root/wp-includes/version.php";
	$plugin = "$root/wp-content/plugins/woocommerce/woocommerce.php";
	$head   = is_readable( $plugin ) ? (string) file_get_contents( $plugin, false, null, 0, 8192 ) : '';
	return array(
		'wordpress'          => $wp_version,
		'wordpress_database' => (int) $wp_db_version,
		'woocommerce'        => preg_match( '/^[ \t*]*Version:[ \t]*(\S+)/m', $head, $version ) ? $version[1] : null,
	);
}

/**
 * Values of options that are there, by name.
 */
function shopwright_options( $connection, $names ) {
	$rows = shopwright_query(
		$connection,
		sprintf( "SELECT option_name, option_value FROM `%soptions` WHERE option_name IN ('%s')", SHOPWRIGHT_PREFIX, implode( "', '", $names ) )
	);
	return array_column( $rows->fetch_all( MYSQLI_NUM ), 1, 0 );
}

/**
 * WooCommerce is null where the merchant has deactivated it: then its tables are left alone.
 */
function shopwright_stored_release( $connection ) {
	$options = shopwright_options( $connection, array( 'db_version', 'active_plugins', 'woocommerce_db_version' ) );
	$plugins = unserialize( $options['active_plugins'] ?? '', array( 'allowed_classes' => false ) );
	return array(
		'wordpress_database' => (int) ( $options['db_version'] ?? 0 ),
		'woocommerce'        => in_array( 'woocommerce/woocommerce.php', (array) $plugins, true ) ? $options['woocommerce_db_version'] ?? '0' : null,
	);
}

function shopwright_refuse_older_code( $code, $stored ) {
	if ( $stored['wordpress_database'] > $code['wordpress_database'] ) {
		throw new Shopwright_Newer_Database( "The database is of a newer WordPress ({$stored['wordpress_database']}) than this image's {$code['wordpress']} ({$code['wordpress_database']}): nothing was changed." );
	}
	if ( null !== $stored['woocommerce'] && null !== $code['woocommerce'] && version_compare( $stored['woocommerce'], $code['woocommerce'], '>' ) ) {
		throw new Shopwright_Newer_Database( "The database is of a newer WooCommerce ({$stored['woocommerce']}) than this image's {$code['woocommerce']}: nothing was changed." );
	}
}
