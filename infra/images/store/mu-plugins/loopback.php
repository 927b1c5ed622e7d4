<?php
/**
 * Plugin Name: Loopback
 * Description: Calls of the shop to its own address stay inside its container.
 *
 * WordPress calls itself by its public name, for its scheduled work among other things. From inside
 * the cluster that name leads nowhere, or out and in again, past network policies that drop it.
 */

defined( 'ABSPATH' ) || exit;

/**
 * The parts of an http or https address, in small letters and with its port; null for any other.
 */
function shopwright_address( $url ) {
	$parts  = wp_parse_url( $url );
	$scheme = strtolower( $parts['scheme'] ?? '' );
	$ports  = array(
		'http'  => 80,
		'https' => 443,
	);
	if ( ! isset( $ports[ $scheme ], $parts['host'] ) ) {
		return null;
	}
	$parts['scheme'] = $scheme;
	$parts['host']   = strtolower( $parts['host'] );
	$parts['usual']  = ( $parts['port'] ?? $ports[ $scheme ] ) === $ports[ $scheme ];
	$parts['port']   = $parts['port'] ?? $ports[ $scheme ];
	return $parts;
}

/**
 * Whether an address is one of the shop's. At their usual ports http and https are both its own.
 */
function shopwright_is_own_address( $url ) {
	$own   = shopwright_address( WP_HOME );
	$asked = shopwright_address( $url );
	return $own && $asked && $own['host'] === $asked['host']
		&& ( $own['port'] === $asked['port'] || ( $own['usual'] && $asked['usual'] ) );
}

/**
 * The answer to a call of the shop to itself. Its redirects are followed here: the HTTP library would
 * follow them to the public name.
 */
function shopwright_call_inside( $url, $arguments ) {
	$address = shopwright_address( $url );
	$headers = is_array( $arguments['headers'] ) ? $arguments['headers'] : array();
	if ( isset( $address['user'] ) ) {
		$user    = rawurldecode( $address['user'] ) . ':' . rawurldecode( $address['pass'] ?? '' );
		$headers = $headers + array( 'Authorization' => 'Basic ' . base64_encode( $user ) );
	}
	$headers['Host']              = $address['host'] . ( $address['usual'] ? '' : ':' . $address['port'] );
	$headers['X-Forwarded-Proto'] = $address['scheme'];

	// `localhost` is what WP_HTTP_BLOCK_EXTERNAL lets pass, and what `reject_unsafe_urls` would not.
	$inside = 'http://localhost:8080' . ( $address['path'] ?? '/' ) . ( isset( $address['query'] ) ? '?' . $address['query'] : '' );
	$answer = wp_remote_request(
		$inside,
		array(
			'headers'            => $headers,
			'redirection'        => 0,
			'_redirection'       => 0,
			'reject_unsafe_urls' => false,
		) + $arguments
	);

	$location = wp_remote_retrieve_header( $answer, 'location' );
	$location = is_array( $location ) ? end( $location ) : $location;
	$code     = (int) wp_remote_retrieve_response_code( $answer );
	// Nobody waits for the answer to a call that does not block.
	if ( ! $arguments['blocking'] || ! $location || $code < 300 || $code > 399 || 0 === $arguments['_redirection'] ) {
		return $answer;
	}
	if ( 0 >= $arguments['redirection'] ) {
		return new WP_Error( 'http_request_failed', __( 'Too many redirects.' ) );
	}
	return wp_remote_request(
		WP_Http::make_absolute_url( $location, $url ),
		shopwright_arguments_after( $answer, $code, WP_Http::make_absolute_url( $location, $url ), $arguments )
	);
}

/**
 * What a call that was redirected goes on with.
 */
function shopwright_arguments_after( $answer, $code, $location, $arguments ) {
	--$arguments['redirection'];
	if ( 303 === $code || ( in_array( $code, array( 301, 302 ), true ) && 'POST' === $arguments['method'] ) ) {
		$arguments['method'] = 'HEAD' === $arguments['method'] ? 'HEAD' : 'GET';
		$arguments['body']   = null;
	}
	$arguments['cookies'] = array_merge( (array) $arguments['cookies'], wp_remote_retrieve_cookies( $answer ) );
	if ( ! shopwright_is_own_address( $location ) ) {
		// Who is let in here is nobody's business elsewhere.
		$arguments['cookies'] = array();
		$arguments['headers'] = array_filter(
			is_array( $arguments['headers'] ) ? $arguments['headers'] : array(),
			function ( $name ) {
				return ! in_array( strtolower( $name ), array( 'authorization', 'cookie', 'host' ), true );
			},
			ARRAY_FILTER_USE_KEY
		);
	}
	return $arguments;
}

add_filter(
	'pre_http_request',
	function ( $response, $arguments, $url ) {
		return false === $response && shopwright_is_own_address( $url ) ? shopwright_call_inside( $url, $arguments ) : $response;
	},
	10,
	3
);
