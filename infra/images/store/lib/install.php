<?php
// The first two steps of the long way: WordPress, then WooCommerce.

function shopwright_password() {
	$password = rtrim( (string) stream_get_contents( STDIN ), "\r\n" );
	if ( '' === $password ) {
		throw new RuntimeException( 'the password of the administrator is not on standard input' );
	}
	return $password;
}

/**
 * Files of the installation are the image's: what is made here is thrown away.
 */
function shopwright_divert_uploads() {
	$folder = getenv( 'UPLOADS' );
	if ( ! $folder ) {
		return;
	}
	add_filter(
		'upload_dir',
		function ( $uploads ) use ( $folder ) {
			$uploads['path']    = $folder . $uploads['subdir'];
			$uploads['basedir'] = $folder;
			return $uploads;
		}
	);
}

function shopwright_install( $password ) {
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';

	if ( ! is_blog_installed() || ! get_users( array( 'number' => 1 ) ) ) {
		// Nobody is written to: the shop has no way out yet.
		add_filter( 'pre_wp_mail', '__return_false' );
		// It answers on the shop's own address whether permalinks work. No shop serves yet.
		add_filter( 'pre_http_request', fn() => new WP_Error( 'shopwright_setup', 'nothing serves yet' ), PHP_INT_MAX );
		wp_install(
			shopwright_environment( 'SITE_TITLE' ),
			shopwright_environment( 'ADMIN_USER' ),
			shopwright_environment( 'ADMIN_EMAIL' ),
			true,
			'',
			// As the form of the login will have it.
			wp_slash( $password )
		);
	}
	// WordPress is content with a database that refuses some of its tables.
	global $wpdb;
	$missing = array_diff( $wpdb->tables( 'all' ), $wpdb->get_col( 'SHOW TABLES' ) );
	if ( $missing || ! is_blog_installed() ) {
		throw new RuntimeException( 'the database has no table ' . implode( ', ', $missing ) );
	}
	// Before WooCommerce is there: it makes rules for its addresses only where WordPress has any.
	if ( ! get_option( 'permalink_structure' ) ) {
		update_option( 'permalink_structure', '/%postname%/' );
	}
	if ( 'yes' === getenv( 'FRESH' ) ) {
		shopwright_remove_samples();
	}
}

/**
 * Takes away the post, the page and the comment that WordPress begins with. Its privacy policy stays, as the
 * draft that it is.
 */
function shopwright_remove_samples() {
	$samples = get_posts(
		array(
			'post_type'   => array( 'post', 'page' ),
			'post_status' => 'publish',
			'numberposts' => -1,
		)
	);
	foreach ( $samples as $sample ) {
		wp_delete_post( $sample->ID, true );
	}
}

function shopwright_act_as_administrator() {
	$users = get_users(
		array(
			'role'   => 'administrator',
			'number' => 1,
		)
	);
	if ( ! $users ) {
		throw new RuntimeException( 'the shop has no administrator' );
	}
	wp_set_current_user( $users[0]->ID );
}

function shopwright_activate() {
	require_once ABSPATH . 'wp-admin/includes/plugin.php';
	shopwright_divert_uploads();
	shopwright_act_as_administrator();
	$refused = activate_plugin( 'woocommerce/woocommerce.php' );
	if ( is_wp_error( $refused ) ) {
		throw new RuntimeException( $refused->get_error_message() );
	}
}
