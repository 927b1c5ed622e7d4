<?php
// The shop's configuration: all of it from the environment, where a Secret's keys are. Nothing has a
// default that would let a shop run with a password or a salt that somebody else knows.

if ( ! function_exists( 'shopwright_setting' ) ) { // wp-cli evaluates this file more than once.
	/**
	 * The value of an environment variable, or of the file that NAME_FILE names.
	 */
	function shopwright_setting( $name, $fallback = null ) {
		$file  = getenv( $name . '_FILE' );
		$value = $file ? file_get_contents( $file ) : getenv( $name );
		if ( false !== $value && '' !== $value ) {
			return rtrim( $value, "\r\n" );
		}
		if ( null === $fallback ) {
			error_log( "$name is not set" );
			http_response_code( 500 );
			exit( 1 );
		}
		return $fallback;
	}
}

define( 'DB_HOST', shopwright_setting( 'WORDPRESS_DB_HOST' ) );
define( 'DB_NAME', shopwright_setting( 'WORDPRESS_DB_NAME' ) );
define( 'DB_USER', shopwright_setting( 'WORDPRESS_DB_USER' ) );
define( 'DB_PASSWORD', shopwright_setting( 'WORDPRESS_DB_PASSWORD' ) );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
$table_prefix = 'wp_';

foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $shopwright_use ) {
	foreach ( array( 'KEY', 'SALT' ) as $shopwright_kind ) {
		define( "{$shopwright_use}_{$shopwright_kind}", shopwright_setting( "WORDPRESS_{$shopwright_use}_{$shopwright_kind}" ) );
	}
}

// The ingress gives the address, so nobody can move the shop to another one from its settings.
define( 'WP_HOME', shopwright_setting( 'SITE_URL' ) );
define( 'WP_SITEURL', WP_HOME );

// TLS ends at the ingress controller, the only one who reaches this port. Where several proxies stand
// before the shop each adds its own value: the first is what the visitor spoke.
if ( 'https' === strtolower( trim( explode( ',', $_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '' )[0] ) ) ) {
	$_SERVER['HTTPS'] = 'on';
} elseif ( '443' === ( $_SERVER['SERVER_PORT'] ?? '' ) ) {
	// That port is the address's (`ServerName` in apache.conf), and WordPress takes it for TLS.
	$_SERVER['SERVER_PORT'] = '80';
}

// Core is the image's, and read-only; what lies in wp-content is the merchant's.
define( 'WP_AUTO_UPDATE_CORE', false );
define( 'DISALLOW_FILE_EDIT', true );
define( 'FS_METHOD', 'direct' );
define( 'WPMU_PLUGIN_DIR', '/usr/share/shopwright/mu-plugins' );
define( 'WP_MEMORY_LIMIT', '128M' );
define( 'WP_MAX_MEMORY_LIMIT', '256M' );

// Where network policies let nothing out, calls hang until they time out: pages of the administration
// took 7 to 14 s. Right only there, since it stops payment providers too.
define( 'WP_HTTP_BLOCK_EXTERNAL', 'true' === shopwright_setting( 'WORDPRESS_BLOCK_EXTERNAL', 'false' ) );

// Scheduled work waits for a visitor, and makes that one's page wait; unless the container beside this one does
// it (`schedule`).
if ( ! defined( 'DISABLE_WP_CRON' ) ) {
	define( 'DISABLE_WP_CRON', 'true' === shopwright_setting( 'WORDPRESS_DISABLE_CRON', 'false' ) );
}

define( 'WP_DEBUG', false );

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
