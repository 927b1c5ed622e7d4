<?php
// One run of the shop's scheduled work: the events of WordPress that are due, as its own wp-cron.php runs them,
// and then WooCommerce's queue of actions. It ends with 0, or with another code and a sentence.

require __DIR__ . '/database.php';
require __DIR__ . '/request.php';

const SHOPWRIGHT_QUEUE_EVENT = 'action_scheduler_run_queue';

/**
 * Whether anything is due, by two questions to the database: starting WordPress takes a second of a processor,
 * and in most minutes of most shops there is nothing to do.
 *
 * The event by which the queue is run is due each minute, so the queue itself is looked at; but for what only
 * a run of it mends, such as an action that was cut off, it is run every ten minutes all the same.
 */
function shopwright_is_due( $connection, $now ) {
	$found  = shopwright_query( $connection, sprintf( "SELECT option_value FROM `%soptions` WHERE option_name = 'cron'", SHOPWRIGHT_PREFIX ) );
	$events = unserialize( $found->fetch_row()[0] ?? '', array( 'allowed_classes' => false ) );
	if ( ! is_array( $events ) ) {
		return true;
	}
	foreach ( $events as $time => $hooks ) {
		if ( ! is_int( $time ) || $time > $now || ! is_array( $hooks ) ) {
			continue;
		}
		if ( array_diff_key( $hooks, array( SHOPWRIGHT_QUEUE_EVENT => '' ) ) || $time <= $now - 600 ) {
			return true;
		}
	}
	$table = SHOPWRIGHT_PREFIX . 'actionscheduler_actions';
	return isset( shopwright_tables( $connection )[ $table ] )
		&& shopwright_query(
			$connection,
			sprintf( "SELECT 1 FROM `%s` WHERE status = 'pending' AND scheduled_date_gmt <= '%s' LIMIT 1", $table, gmdate( 'Y-m-d H:i:s', $now ) )
		)->num_rows > 0;
}

try {
	$shopwright_connection = shopwright_connect();
	$shopwright_due        = shopwright_is_due( $shopwright_connection, time() );
	$shopwright_connection->close();
} catch ( Shopwright_Database_Error $error ) {
	fwrite( STDERR, 'The database can\'t be asked what is due: ' . $error->getMessage() . "\n" );
	exit( 1 );
}
if ( ! $shopwright_due ) {
	exit( 0 );
}

shopwright_pretend_request( '/wp-cron.php' );
shopwright_tell_death();
// WordPress's own file ends the process when the events are through.
shopwright_early_hook( 'shutdown', 'shopwright_run_queue', 0 );

function shopwright_run_queue() {
	$fatal = array( E_ERROR, E_PARSE, E_CORE_ERROR, E_COMPILE_ERROR, E_USER_ERROR );
	if ( in_array( error_get_last()['type'] ?? 0, $fatal, true ) ) {
		return;
	}
	if ( class_exists( 'ActionScheduler', false ) && ActionScheduler::is_initialized() ) {
		ActionScheduler::runner()->run( 'Shopwright' );
	}
}

require ( getenv( 'WORDPRESS_ROOT' ) ?: '/var/www/html' ) . '/wp-cron.php';
// It comes back here only where another process has its lock.
fwrite( STDERR, "Another process does the scheduled work at this moment.\n" );
