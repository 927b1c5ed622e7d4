<?php
/**
 * Plugin Name: Failure
 * Description: Keeps the first line of an error that ends a page, for the platform's check of the shop's pages.
 *
 * Visitors are told nothing but that there was an error. Who looks after the shop needs to know which: status.php says
 * so to the runner alone.
 */

defined( 'ABSPATH' ) || exit;

/**
 * The first line of an error, without what must not leave the shop: the values of its own secrets, addresses of
 * people, and long words with digits in them, as keys of services are.
 */
function shopwright_first_line( $message ) {
	$line    = strtok( ltrim( (string) $message ), "\r\n" );
	$secrets = array( DB_PASSWORD, AUTH_KEY, SECURE_AUTH_KEY, LOGGED_IN_KEY, NONCE_KEY, AUTH_SALT, SECURE_AUTH_SALT, LOGGED_IN_SALT, NONCE_SALT, shopwright_setting( 'SMTP_PASSWORD', '' ) );
	$line    = str_replace( array_filter( $secrets, fn( $secret ) => strlen( $secret ) > 3 ), '(hidden)', (string) $line );
	$line    = preg_replace( '/[^\s<>:,"\']+@[^\s<>,"\']+/', '(address)', $line );
	$line    = preg_replace( '/(?<![\w\/.\\\\-])(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}/', '(hidden)', (string) $line );
	return mb_substr( (string) $line, 0, 300 );
}

// WordPress's own handler, which ends the process after this: a function at its shutdown would not be called.
add_filter(
	'wp_php_error_args',
	function ( $arguments, $error ) {
		$failure = array(
			'at'   => time(),
			'line' => shopwright_first_line( 'PHP Fatal error: ' . ( $error['message'] ?? '' ) ),
		);
		// Beside and renamed: another process may read it at this moment.
		$file = sys_get_temp_dir() . '/shopwright-failure';
		$part = tempnam( sys_get_temp_dir(), 'failure' );
		if ( $part && file_put_contents( $part, json_encode( $failure, JSON_INVALID_UTF8_SUBSTITUTE ) ) ) {
			rename( $part, $file );
		}
		return $arguments;
	},
	10,
	2
);
