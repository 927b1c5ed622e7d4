<?php
// What differs from one store to the next, set in a database that is the same for all.

/**
 * The values of the prepared database that are no store's. Each is replaced wherever it stands, so none may
 * be part of another word.
 */
function shopwright_placeholders() {
	return array(
		'SITE_URL'    => 'https://prepared.shopwright.invalid',
		'SITE_TITLE'  => 'Prepared-Shopwright-Title',
		'ADMIN_USER'  => 'prepared-shopwright-user',
		'ADMIN_EMAIL' => 'prepared-shopwright-email@shopwright.invalid',
	);
}

/**
 * What stands in the store's database for each of them.
 */
function shopwright_replacements() {
	$own = shopwright_placeholders();
	$own = array_combine(
		array_values( $own ),
		array(
			untrailingslashit( WP_HOME ),
			sanitize_option( 'blogname', shopwright_environment( 'SITE_TITLE' ) ),
			sanitize_user( shopwright_environment( 'ADMIN_USER' ), true ),
			sanitize_email( shopwright_environment( 'ADMIN_EMAIL' ) ),
		)
	);
	// The name alone too, as in the sender of a mail.
	$own[ wp_parse_url( array_key_first( $own ), PHP_URL_HOST ) ] = wp_parse_url( WP_HOME, PHP_URL_HOST );
	return $own;
}

/**
 * After the import: what is computed and not replaced. One process, and without WooCommerce, which this does
 * not need.
 */
function shopwright_make_own( $password ) {
	global $wpdb;
	// WordPress was started on an empty database, and has read from it what is there now.
	wp_cache_flush();
	wp_roles()->for_site();

	$login = sanitize_user( shopwright_environment( 'ADMIN_USER' ), true );
	$user  = get_user_by( 'login', $login );
	if ( ! $user ) {
		throw new RuntimeException( 'the prepared database has no administrator' );
	}
	$wpdb->update( $wpdb->users, array( 'user_nicename' => mb_substr( sanitize_title( $login ), 0, 50 ) ), array( 'ID' => $user->ID ) );
	// The form of the login adds slashes, as to everything that is sent, and takes none away.
	wp_set_password( wp_slash( $password ), $user->ID );

	// Random numbers of WooCommerce by which shops, or a file's address, can be told apart.
	if ( get_option( 'woocommerce_store_id' ) ) {
		update_option( 'woocommerce_store_id', wp_generate_uuid4() );
	}
	$geolocation = get_option( 'woocommerce_maxmind_geolocation_settings' );
	if ( is_array( $geolocation ) && isset( $geolocation['database_prefix'] ) ) {
		$geolocation['database_prefix'] = wp_generate_password( 32, false );
		update_option( 'woocommerce_maxmind_geolocation_settings', $geolocation );
	}
	shopwright_set_timezone();
	if ( get_option( 'siteurl' ) !== WP_SITEURL || ! user_can( $user->ID, 'manage_options' ) ) {
		throw new RuntimeException( 'the prepared database did not become this store\'s own' );
	}
}

/**
 * In both ways: a name such as Europe/Berlin, else UTC.
 */
function shopwright_set_timezone() {
	$zone = getenv( 'SITE_TIMEZONE' ) ?: 'UTC';
	if ( ! in_array( $zone, timezone_identifiers_list(), true ) ) {
		throw new RuntimeException( "SITE_TIMEZONE is no time zone: $zone" );
	}
	update_option( 'timezone_string', $zone );
}
