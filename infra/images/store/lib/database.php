<?php
// The store's database as the scripts around the shop reach it: without WordPress, which they prepare.

const SHOPWRIGHT_PREFIX = 'wp_';
// The last thing that a setup writes, and what `ready.php` and `await-setup` look for.
const SHOPWRIGHT_END_MARK = 'shopwright_setup_done';
// A table that is there from the first moment of a setup to its last: what else is in such a database is
// a setup's that was cut off.
const SHOPWRIGHT_START_MARK = 'shopwright_setup';

mysqli_report( MYSQLI_REPORT_OFF );

/**
 * An error of the database, with its number.
 */
final class Shopwright_Database_Error extends RuntimeException {}

/**
 * Says what ends the container: to the log, and to whoever asked for the shop.
 */
function shopwright_fail( $sentence ) {
	fwrite( STDERR, "$sentence\n" );
	$termination_log = getenv( 'TERMINATION_LOG' ) ?: '/dev/termination-log';
	if ( is_writable( $termination_log ) ) {
		file_put_contents( $termination_log, "$sentence\n" );
	}
	exit( 1 );
}

function shopwright_environment( $name ) {
	$file  = getenv( $name . '_FILE' );
	$value = $file ? @file_get_contents( $file ) : getenv( $name );
	if ( false === $value || '' === $value ) {
		shopwright_fail( $file ? "The file that {$name}_FILE names can't be read." : "Neither $name nor {$name}_FILE is set." );
	}
	return rtrim( $value, "\r\n" );
}

function shopwright_connect() {
	list( $host, $port ) = explode( ':', shopwright_environment( 'WORDPRESS_DB_HOST' ) ) + array( 1 => '3306' );

	$connection = mysqli_init();
	// A policy that is not in place yet drops what is sent: without this the attempt would hang.
	$connection->options( MYSQLI_OPT_CONNECT_TIMEOUT, 1 );
	$connected = @$connection->real_connect(
		$host,
		shopwright_environment( 'WORDPRESS_DB_USER' ),
		shopwright_environment( 'WORDPRESS_DB_PASSWORD' ),
		shopwright_environment( 'WORDPRESS_DB_NAME' ),
		(int) $port
	);
	if ( ! $connected ) {
		throw new Shopwright_Database_Error( (string) $connection->connect_error, $connection->connect_errno );
	}
	$connection->set_charset( 'utf8mb4' );
	return $connection;
}

/**
 * A connection as soon as there can be one; null when the time is over.
 */
function shopwright_await_database( $seconds ) {
	$end = microtime( true ) + $seconds;
	while ( true ) {
		try {
			return shopwright_connect();
		} catch ( Shopwright_Database_Error $error ) {
			if ( microtime( true ) >= $end ) {
				shopwright_fail( "The database did not answer within $seconds s: " . $error->getMessage() );
			}
		}
		usleep( 100000 );
	}
}

function shopwright_query( $connection, $sql ) {
	$result = $connection->query( $sql );
	if ( false === $result ) {
		throw new Shopwright_Database_Error( $connection->error, $connection->errno );
	}
	return $result;
}

/**
 * Whether the end of a setup is marked in the database.
 */
function shopwright_is_set_up( $connection ) {
	try {
		$found = shopwright_query(
			$connection,
			sprintf( "SELECT 1 FROM `%soptions` WHERE option_name = '%s'", SHOPWRIGHT_PREFIX, SHOPWRIGHT_END_MARK )
		);
	} catch ( Shopwright_Database_Error $error ) {
		// No such table.
		if ( 1146 === $error->getCode() ) {
			return false;
		}
		throw $error;
	}
	return $found->num_rows > 0;
}

/**
 * The names of what is in the database, with their kinds.
 */
function shopwright_tables( $connection ) {
	$tables = shopwright_query( $connection, 'SHOW FULL TABLES' )->fetch_all( MYSQLI_NUM );
	return array_column( $tables, 1, 0 );
}

/**
 * Takes everything out of the database but the start mark.
 *
 * The server may still be at work on the last statement of the setup that was cut off, and make a table
 * when all have been dropped: so that one's connection is ended first.
 */
function shopwright_empty( $connection ) {
	foreach ( shopwright_query( $connection, 'SHOW PROCESSLIST' )->fetch_all( MYSQLI_ASSOC ) as $other ) {
		if ( (int) $other['Id'] !== $connection->thread_id ) {
			// It may have ended by itself.
			$connection->query( 'KILL ' . (int) $other['Id'] );
		}
	}
	shopwright_query( $connection, 'SET foreign_key_checks = 0' );
	for ( $left = 50; ; --$left ) {
		$tables = array_diff_key( shopwright_tables( $connection ), array( SHOPWRIGHT_START_MARK => '' ) );
		if ( ! $tables ) {
			break;
		}
		if ( 0 === $left ) {
			throw new Shopwright_Database_Error( 'tables come back after they were dropped' );
		}
		foreach ( $tables as $name => $kind ) {
			$name = '`' . str_replace( '`', '``', $name ) . '`';
			shopwright_query( $connection, ( 'VIEW' === $kind ? 'DROP VIEW IF EXISTS ' : 'DROP TABLE IF EXISTS ' ) . $name );
		}
	}
	shopwright_query( $connection, 'SET foreign_key_checks = 1' );
}
