<?php
// The prepared database: what the long way leaves in an empty one, written when the image is built.
//
// A line of JSON for each table, packed: how it is made, and its rows. Values that are a store's own are
// placeholders, times are the build's, and both are replaced when it is put into a store's database.

function shopwright_prepared_file() {
	return getenv( 'PREPARED_DATABASE' ) ?: '/usr/share/shopwright/prepared.gz';
}

/**
 * A number that is another one as soon as a part of the image is, of which the prepared database is made.
 */
function shopwright_made_of() {
	$root  = getenv( 'WORDPRESS_ROOT' ) ?: '/var/www/html';
	$parts = array_merge(
		array( "$root/wp-includes/version.php", "$root/wp-admin/includes/schema.php", "$root/wp-content/plugins/woocommerce/woocommerce.php", "$root/wp-content/plugins/woocommerce/includes/class-wc-install.php" ),
		glob( ( getenv( 'SHOPWRIGHT_LIB' ) ?: '/usr/share/shopwright/lib' ) . '/*.php' )
	);
	$sum = hash_init( 'sha256' );
	foreach ( $parts as $part ) {
		hash_update( $sum, (string) @file_get_contents( $part ) . "\0" );
	}
	return hash_final( $sum );
}

function shopwright_prepared_fits() {
	$file = shopwright_prepared_file();
	if ( ! is_readable( $file ) ) {
		return false;
	}
	$head = json_decode( (string) gzgets( gzopen( $file, 'rb' ) ), true );
	return is_array( $head ) && shopwright_made_of() === ( $head['made_of'] ?? null );
}

function shopwright_dump( $file ) {
	global $wpdb;
	$out = gzopen( "$file.partial", 'wb9' );
	$put = fn( $line ) => gzwrite( $out, json_encode( $line, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) . "\n" );
	$put(
		array(
			'made_of' => shopwright_made_of(),
			'made'    => time(),
		)
	);
	foreach ( $wpdb->get_col( 'SHOW TABLES' ) as $table ) {
		if ( SHOPWRIGHT_START_MARK === $table ) {
			continue;
		}
		$rows   = $wpdb->get_results( "SELECT * FROM `$table`", ARRAY_N );
		$make   = $wpdb->get_row( "SHOW CREATE TABLE `$table`", ARRAY_N )[1];
		$fields = $wpdb->get_results( "SHOW COLUMNS FROM `$table`", ARRAY_A );
		$put(
			array(
				'table'   => $table,
				'make'    => $make,
				'columns' => array_column( $fields, 'Field' ),
				'rows'    => $rows,
			)
		);
	}
	gzclose( $out );
	rename( "$file.partial", $file );
}

/**
 * Puts the prepared database into the store's, which is empty but for the start mark.
 */
function shopwright_import() {
	$connection = shopwright_connect();
	$in         = gzopen( shopwright_prepared_file(), 'rb' );
	$head       = json_decode( gzgets( $in ), true );
	$since      = time() - $head['made'];
	$tables     = array();

	$makes = array();
	while ( false !== ( $line = gzgets( $in ) ) ) {
		$table   = json_decode( $line, true, 512, JSON_THROW_ON_ERROR );
		$makes[] = $table['make'];
		if ( $table['rows'] ) {
			$tables[] = $table;
		}
	}
	gzclose( $in );
	shopwright_make_tables( $makes );
	shopwright_query( $connection, "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0, unique_checks = 0" );
	// WordPress looks at the columns for what may stand in them.
	$own = shopwright_replacements();
	$connection->begin_transaction();
	foreach ( $tables as $table ) {
		shopwright_query( $connection, shopwright_insert( $connection, $table, $own, $head['made'], $since ) );
	}
	if ( ! $connection->commit() ) {
		throw new Shopwright_Database_Error( $connection->error, $connection->errno );
	}
	$connection->close();
}

/**
 * Makes all tables, several at once: the server waits for its disk at each, and waits for all at once no
 * longer than for one.
 */
function shopwright_make_tables( $statements ) {
	$idle = array();
	for ( $number = 0; $number < 8; ++$number ) {
		$idle[] = shopwright_connect();
		shopwright_query( end( $idle ), "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0" );
	}
	$busy = array();
	while ( $statements || $busy ) {
		while ( $statements && $idle ) {
			$connection = array_pop( $idle );
			$connection->query( array_shift( $statements ), MYSQLI_ASYNC );
			$busy[] = $connection;
		}
		$answered = $failed = $refused = $busy;
		if ( false === mysqli_poll( $answered, $failed, $refused, 60 ) ) {
			throw new Shopwright_Database_Error( 'the database does not answer' );
		}
		foreach ( array_merge( $answered, $failed, $refused ) as $connection ) {
			if ( false === $connection->reap_async_query() ) {
				throw new Shopwright_Database_Error( $connection->error, $connection->errno );
			}
			unset( $busy[ array_search( $connection, $busy, true ) ] );
			$idle[] = $connection;
		}
	}
	foreach ( $idle as $connection ) {
		$connection->close();
	}
}

function shopwright_insert( $connection, $table, $own, $made, $since ) {
	$rows = array();
	foreach ( $table['rows'] as $row ) {
		foreach ( $row as $column => $value ) {
			if ( null !== $value ) {
				$value = shopwright_move( shopwright_replace( $value, $own ), $made, $since );
			}
			$row[ $column ] = null === $value ? 'NULL' : "'" . $connection->real_escape_string( $value ) . "'";
		}
		$rows[] = '(' . implode( ',', $row ) . ')';
	}
	return "INSERT INTO `{$table['table']}` (`" . implode( '`,`', $table['columns'] ) . '`) VALUES ' . implode( ',', $rows );
}

/**
 * The value with times moved from the build's day to this one: dates, numbers of seconds, and such numbers
 * within what PHP has serialized, as of what is scheduled. Else all of that would be long overdue.
 */
function shopwright_move( $value, $made, $since ) {
	if ( preg_match( '/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/', $value ) ) {
		return str_starts_with( $value, '0000-' ) ? $value : gmdate( 'Y-m-d H:i:s', strtotime( "$value UTC" ) + $since );
	}
	$move = function ( $number ) use ( $made, $since ) {
		$is_time = abs( (int) $number[0] - $made ) < YEAR_IN_SECONDS;
		return $is_time ? (string) ( (int) $number[0] + $since ) : $number[0];
	};
	// The numbers keep their ten digits, and texts their length, until the year 2286.
	$pattern = is_serialized( $value ) ? '/(?<=[:"])\d{10}(?=[;"])/' : '/^\d{10}$/';
	return preg_replace_callback( $pattern, $move, $value );
}

/**
 * The value with placeholders replaced, also within what PHP has serialized, where texts have their length
 * before them.
 */
function shopwright_replace( $value, $own ) {
	if ( is_array( $value ) ) {
		$replaced = array();
		foreach ( $value as $key => $part ) {
			$replaced[ is_string( $key ) ? strtr( $key, $own ) : $key ] = shopwright_replace( $part, $own );
		}
		return $replaced;
	}
	if ( ! is_string( $value ) ) {
		return $value;
	}
	$replaced = strtr( $value, $own );
	if ( $replaced === $value || ! is_serialized( $value ) ) {
		return $replaced;
	}
	$parts = unserialize( $value, array( 'allowed_classes' => false ) );
	return serialize( shopwright_replace( $parts, $own ) );
}
