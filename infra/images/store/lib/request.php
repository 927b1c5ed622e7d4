<?php
// WordPress started from a command line: as a request to the shop's own address, whose end and death are told.

/**
 * What a request to this path would have brought.
 */
function shopwright_pretend_request( $path ) {
	$url                               = parse_url( shopwright_environment( 'SITE_URL' ) );
	$_SERVER['HTTP_HOST']              = $url['host'] . ( isset( $url['port'] ) ? ':' . $url['port'] : '' );
	$_SERVER['HTTP_X_FORWARDED_PROTO'] = $url['scheme'];
	$_SERVER['SERVER_NAME']            = $url['host'];
	$_SERVER['SERVER_PROTOCOL']        = 'HTTP/1.1';
	$_SERVER['REQUEST_METHOD']         = 'GET';
	$_SERVER['REQUEST_URI']            = $path;
	$_SERVER['REMOTE_ADDR']            = '127.0.0.1';
	$_SERVER['HTTP_USER_AGENT']        = '';
}

/**
 * A hook before WordPress is there: an entry in the list from which it makes its own.
 */
function shopwright_early_hook( $name, $function, $priority = 10 ) {
	global $wp_filter;
	$wp_filter[ $name ][ $priority ][] = array(
		'function'      => $function,
		'accepted_args' => 1,
	);
}

/**
 * What WordPress dies of, a page of HTML otherwise, is a sentence on standard error.
 */
function shopwright_tell_death() {
	shopwright_early_hook( 'wp_die_handler', fn() => 'shopwright_die' );
}

/**
 * From here on a process that ends without having said that all is well has failed, whatever ended it.
 */
function shopwright_expect_end() {
	global $shopwright_done;
	$shopwright_done = false;
	register_shutdown_function(
		function () {
			global $shopwright_done;
			if ( ! $shopwright_done ) {
				exit( 1 );
			}
		}
	);
	shopwright_tell_death();
}

function shopwright_is_done() {
	global $shopwright_done;
	$shopwright_done = true;
}

function shopwright_die( $message ) {
	$message = is_wp_error( $message ) ? $message->get_error_message() : (string) $message;
	// The heading where there is one: what follows is advice for a browser's user.
	$message = preg_match( '#<h1>(.*?)</h1>#s', $message, $heading ) ? $heading[1] : $message;
	fwrite( STDERR, trim( preg_replace( '/\s+/', ' ', html_entity_decode( strip_tags( $message ), ENT_QUOTES ) ) ) . "\n" );
	exit( 1 );
}
