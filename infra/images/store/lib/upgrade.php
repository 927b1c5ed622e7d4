<?php
// What `upgrade` does, one step a process, since each needs WordPress in another state.
//
//   upgrade.php begin        refuses a database that is newer than the image, and notes that an upgrade began
//   upgrade.php wordpress    WordPress's own updates of its tables
//   upgrade.php woocommerce  WooCommerce's, and what they leave to be done
//   upgrade.php end          looks at what there is now, takes the note away, and prints the versions
//
// It ends with 0, or with a sentence on standard error and 1; `begin` with 3 where an upgrade of before was cut
// off, and with 4 where the database is newer.

require __DIR__ . '/database.php';
require __DIR__ . '/release.php';
require __DIR__ . '/request.php';

$shopwright_root = getenv( 'WORDPRESS_ROOT' ) ?: '/var/www/html';
$shopwright_step = $argv[1] ?? '';

/**
 * What `begin` and `end` do, on the database alone.
 */
function shopwright_begin_upgrade( $root ) {
	$connection = shopwright_await_database( (int) ( getenv( 'DATABASE_WAIT_SECONDS' ) ?: 120 ) );
	if ( ! shopwright_is_set_up( $connection ) ) {
		throw new RuntimeException( 'The shop is not set up: there is nothing to upgrade.' );
	}
	$code   = shopwright_code_release( $root );
	$stored = shopwright_stored_release( $connection );
	$note   = shopwright_options( $connection, array( SHOPWRIGHT_UPGRADE_MARK ) );
	try {
		shopwright_refuse_older_code( $code, $stored );
		if ( null !== $stored['woocommerce'] && null === $code['woocommerce'] ) {
			throw new RuntimeException( 'WooCommerce is in use, and not in wp-content: is the shop\'s volume there?' );
		}
		// The versions of the first try stay, where this is another one. What WooCommerce takes for an installation
		// that is under way would have it do nothing for ten minutes.
		shopwright_query(
			$connection,
			sprintf(
				"INSERT IGNORE INTO `%soptions` (option_name, option_value, autoload) VALUES ('%s', '%s', 'off')",
				SHOPWRIGHT_PREFIX,
				SHOPWRIGHT_UPGRADE_MARK,
				$connection->real_escape_string( json_encode( $stored ) )
			)
		);
		shopwright_query(
			$connection,
			sprintf( "DELETE FROM `%soptions` WHERE option_name IN ('_transient_wc_installing', '_transient_timeout_wc_installing')", SHOPWRIGHT_PREFIX )
		);
	} catch ( Shopwright_Newer_Database $error ) {
		fwrite( STDERR, $error->getMessage() . "\n" );
		exit( 4 );
	} catch ( RuntimeException $error ) {
		fwrite( STDERR, $error->getMessage() . "\n" );
		exit( $note ? 3 : 1 );
	}
}

function shopwright_end_upgrade( $root ) {
	$connection = shopwright_connect();
	$code       = shopwright_code_release( $root );
	$after      = shopwright_stored_release( $connection );
	$note       = shopwright_options( $connection, array( SHOPWRIGHT_UPGRADE_MARK ) );
	$before     = json_decode( $note[ SHOPWRIGHT_UPGRADE_MARK ] ?? '', true ) ?? $after;
	foreach ( array( 'wordpress_database', 'woocommerce' ) as $part ) {
		if ( null !== $after[ $part ] && (string) $after[ $part ] !== (string) $code[ $part ] ) {
			throw new RuntimeException( "the database says $part {$after[ $part ]} where the image has {$code[ $part ]}" );
		}
	}
	shopwright_query( $connection, sprintf( "DELETE FROM `%soptions` WHERE option_name = '%s'", SHOPWRIGHT_PREFIX, SHOPWRIGHT_UPGRADE_MARK ) );
	$result = array(
		'wordpress'   => array(
			'version'  => $code['wordpress'],
			'database' => array(
				'before' => $before['wordpress_database'],
				'after'  => $after['wordpress_database'],
			),
		),
		'woocommerce' => null === $after['woocommerce'] ? null : array(
			'version'  => $code['woocommerce'],
			'database' => array(
				'before' => $before['woocommerce'],
				'after'  => $after['woocommerce'],
			),
		),
	);
	echo json_encode( $result, JSON_UNESCAPED_SLASHES ), "\n";
}

/**
 * WordPress's own: its tables as the image's schema has them, and its changes of what is in them.
 */
function shopwright_upgrade_wordpress() {
	global $wpdb;
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	// It writes to nobody, and asks nobody about newer versions.
	add_filter( 'pre_wp_mail', '__return_false' );
	wp_upgrade();
	// WordPress is content with a database that refuses some of its tables.
	$missing = array_diff( $wpdb->tables( 'all' ), $wpdb->get_col( 'SHOW TABLES' ) );
	if ( $missing ) {
		throw new RuntimeException( 'the database has no table ' . implode( ', ', $missing ) );
	}
}

/**
 * WooCommerce's: it has looked at its version when WordPress was started, made its tables, and put its changes
 * into its queue, where a change that fails is passed over. So they are taken out and made here, in their order;
 * what is done is noted after each version, and what was cut off is made once more.
 */
function shopwright_upgrade_woocommerce() {
	if ( ! class_exists( 'WC_Install' ) ) {
		return;
	}
	if ( get_option( 'woocommerce_version' ) !== WC()->version ) {
		throw new RuntimeException( 'it did not take its own new version' );
	}
	require_once WC_ABSPATH . 'includes/wc-update-functions.php';
	as_unschedule_all_actions( '', array(), 'woocommerce-db-updates' );
	$updates = WC_Install::get_db_update_callbacks();
	uksort( $updates, 'version_compare' );
	foreach ( $updates as $version => $callbacks ) {
		if ( version_compare( get_option( 'woocommerce_db_version' ), $version, '>=' ) ) {
			continue;
		}
		foreach ( $callbacks as $callback ) {
			if ( ! is_callable( $callback ) ) {
				throw new RuntimeException( 'it has no update ' . wp_json_encode( $callback ) );
			}
			fwrite( STDERR, "upgrade: WooCommerce $version: " . ( is_string( $callback ) ? $callback : wp_json_encode( $callback ) ) . "\n" );
			// One that has more to do says so.
			while ( $callback() ) {
				continue;
			}
		}
		WC_Install::update_db_version( $version );
	}
	WC_Install::update_db_version();
	shopwright_run_actions( array( 'woocommerce-db-updates', 'wc_update_product_lookup_tables' ) );
	$missing = WC_Install::verify_base_tables( false );
	if ( $missing ) {
		throw new RuntimeException( 'the database has no table ' . implode( ', ', $missing ) );
	}
}

/**
 * Runs what the updates have put into the queue, until nothing of it is left.
 */
function shopwright_run_actions( $groups ) {
	foreach ( $groups as $group ) {
		$query = array(
			'group'    => $group,
			'status'   => ActionScheduler_Store::STATUS_PENDING,
			'per_page' => 20,
		);
		while ( $actions = as_get_scheduled_actions( $query, 'ids' ) ) {
			foreach ( $actions as $action ) {
				ActionScheduler::runner()->process_action( $action, 'upgrade' );
				if ( ActionScheduler_Store::STATUS_COMPLETE !== ActionScheduler::store()->get_status( $action ) ) {
					throw new RuntimeException( "its action $action of $group failed" );
				}
			}
		}
	}
}

try {
	switch ( $shopwright_step ) {
		case 'begin':
			shopwright_begin_upgrade( $shopwright_root );
			exit( 0 );
		case 'end':
			shopwright_end_upgrade( $shopwright_root );
			exit( 0 );
		case 'wordpress':
		case 'woocommerce':
			break;
		default:
			fwrite( STDERR, "usage: upgrade.php begin|wordpress|woocommerce|end\n" );
			exit( 2 );
	}
} catch ( RuntimeException $error ) {
	fwrite( STDERR, $error->getMessage() . "\n" );
	exit( 1 );
}

shopwright_expect_end();
shopwright_pretend_request( '/' );
putenv( 'WORDPRESS_BLOCK_EXTERNAL=true' );
define( 'WP_USE_THEMES', false );
define( 'DISABLE_WP_CRON', true );
// Without plugins. For WooCommerce's step, with it alone.
if ( 'wordpress' === $shopwright_step ) {
	define( 'WP_INSTALLING', true );
} else {
	shopwright_early_hook(
		'option_active_plugins',
		fn( $plugins ) => array_values( array_intersect( array( 'woocommerce/woocommerce.php' ), (array) $plugins ) )
	);
}
require "$shopwright_root/wp-load.php";

try {
	'wordpress' === $shopwright_step ? shopwright_upgrade_wordpress() : shopwright_upgrade_woocommerce();
} catch ( Throwable $error ) {
	fwrite( STDERR, $error->getMessage() . "\n" );
	exit( 1 );
}
shopwright_is_done();
