<?php
/**
 * Plugin Name: Limits
 * Description: How often one address may try passwords, ask for a new one, and check out.
 *
 * Who tries passwords or stolen cards needs many tries, a customer few. Tries are counted by the address that
 * the ingress controller saw (`RemoteIPHeader` in apache.conf), of IPv6 by the network that one customer has.
 */

defined( 'ABSPATH' ) || exit;

// How many, and in how many seconds. Of logins only those that fail are held against an address: a shop's
// own people may sit behind one.
const SHOPWRIGHT_LIMITS = array(
	'login'        => array( 10, 600 ),
	'new password' => array( 5, 900 ),
	'checkout'     => array( 20, 600 ),
);
// How many addresses are told apart. Counts lie in a file of this many places of eight bytes, which no number
// of addresses makes larger; two addresses share a place now and then.
const SHOPWRIGHT_PLACES = 1 << 18;

/**
 * Counts a try, or takes one back; says how often there was one in this window. Zero where nobody is there to
 * count, as on a command line.
 */
function shopwright_count( $kind, $by = 1 ) {
	$address = inet_pton( $_SERVER['REMOTE_ADDR'] ?? '' );
	if ( 'cli' === PHP_SAPI || false === $address ) {
		return 0;
	}
	$network = 16 === strlen( $address ) ? substr( $address, 0, 8 ) : $address;
	$window  = intdiv( time(), SHOPWRIGHT_LIMITS[ $kind ][1] );
	// By a secret, so that nobody can choose whom they share a place with.
	$place = unpack( 'N', hash_hmac( 'sha256', "$kind $network", AUTH_SALT, true ) )[1] % SHOPWRIGHT_PLACES * 8;

	$file = fopen( sys_get_temp_dir() . '/shopwright-limits', 'c+b' );
	if ( ! $file || ! flock( $file, LOCK_EX ) ) {
		error_log( "limits: tries of kind $kind can't be counted" );
		return 0;
	}
	fseek( $file, $place );
	$entry = unpack( 'Nwindow/Ncount', str_pad( (string) fread( $file, 8 ), 8, "\0" ) );
	$count = max( 0, ( $entry['window'] === $window ? $entry['count'] : 0 ) + $by );
	fseek( $file, $place );
	fwrite( $file, pack( 'NN', $window, $count ) );
	fclose( $file );
	return $count;
}

/**
 * Whether this try is one too many, once it is counted.
 */
function shopwright_is_over( $kind ) {
	list( $most, $seconds ) = SHOPWRIGHT_LIMITS[ $kind ];
	if ( shopwright_count( $kind ) <= $most ) {
		return false;
	}
	if ( ! headers_sent() ) {
		header( 'Retry-After: ' . ( $seconds - time() % $seconds ) );
	}
	return true;
}

function shopwright_too_often() {
	return 'Too many attempts from your network. Please wait some minutes, and try again.';
}

function shopwright_stop_if_over( $kind ) {
	if ( shopwright_is_over( $kind ) ) {
		wp_die( esc_html( shopwright_too_often() ), '', array( 'response' => 429 ) );
	}
}

// Every form and interface that takes a password comes by here. Counted before the password is looked at, so
// that many tries at once are as many; what was right is taken back, and no more than that: somebody with
// an account of their own could clear their count otherwise.
add_filter(
	'authenticate',
	function ( $user, $name, $password ) {
		if ( '' !== (string) $name && '' !== (string) $password ) {
			shopwright_stop_if_over( 'login' );
		}
		return $user;
	},
	1,
	3
);
add_filter(
	'authenticate',
	function ( $user, $name, $password ) {
		if ( $user instanceof WP_User && '' !== (string) $name && '' !== (string) $password ) {
			shopwright_count( 'login', -1 );
		}
		return $user;
	},
	PHP_INT_MAX,
	3
);

// Each sends a mail to whoever is named.
add_action(
	'lostpassword_post',
	function () {
		if ( ! current_user_can( 'edit_users' ) ) {
			shopwright_stop_if_over( 'new password' );
		}
	}
);

// The checkout of blocks, and that of the page with a form. Who works in the shop takes orders for others.
add_filter(
	'rest_pre_dispatch',
	function ( $result, $server, $request ) {
		if ( null === $result && 'POST' === $request->get_method()
			&& preg_match( '#^/wc/store(/v\d+)?/checkout(/\d+)?/?$#i', $request->get_route() )
			&& ! current_user_can( 'edit_shop_orders' ) && shopwright_is_over( 'checkout' ) ) {
			return new WP_Error( 'shopwright_too_often', shopwright_too_often(), array( 'status' => 429 ) );
		}
		return $result;
	},
	10,
	3
);
add_action(
	'woocommerce_before_checkout_process',
	function () {
		if ( ! current_user_can( 'edit_shop_orders' ) && shopwright_is_over( 'checkout' ) ) {
			// The form shows it where it shows what else is wrong.
			throw new Exception( shopwright_too_often() );
		}
	}
);
add_action(
	'woocommerce_before_pay_action',
	function () {
		if ( ! current_user_can( 'edit_shop_orders' ) ) {
			shopwright_stop_if_over( 'checkout' );
		}
	}
);

// The rest of what carts and checkouts call is counted by WooCommerce itself, which is to believe no header:
// the server has looked at them already.
add_filter(
	'woocommerce_store_api_rate_limit_options',
	function ( $options ) {
		return array(
			'enabled'       => true,
			'proxy_support' => false,
		) + (array) $options;
	}
);
