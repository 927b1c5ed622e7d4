<?php
// How the shop does, for the runner's check of its pages: where its checkout is, how its mails go, and the first line
// of an error that ended a page within the last five minutes. It is not for visitors: Apache lets nobody in who comes
// through a proxy (apache.conf), and network policies nobody else but the runner.
//
// As ready.php it loads WordPress without plugins: one that fails must not hide why.

define( 'SHORTINIT', true );

http_response_code( 503 );
header( 'Content-Type: application/json' );
header( 'Cache-Control: no-store' );

require __DIR__ . '/wp-load.php';

$wpdb->suppress_errors();
$found = $wpdb->get_results( "SELECT option_name, option_value FROM {$wpdb->prefix}options WHERE option_name IN ('shopwright_mails_failed', 'shopwright_mail_failure', 'woocommerce_checkout_page_id', 'permalink_structure')", OBJECT_K );
if ( ! $found ) {
	exit( "{}\n" );
}
$option = fn( $name ) => isset( $found[ $name ] ) ? $found[ $name ]->option_value : null;
$page   = (int) $option( 'woocommerce_checkout_page_id' );
$slug   = $option( 'permalink_structure' ) && $page
	? $wpdb->get_var( $wpdb->prepare( "SELECT post_name FROM {$wpdb->prefix}posts WHERE ID = %d AND post_status = 'publish' AND post_parent = 0", $page ) )
	: null;
$error  = json_decode( (string) @file_get_contents( sys_get_temp_dir() . '/shopwright-failure' ), true );
http_response_code( 200 );
echo json_encode(
	array(
		'checkout' => $slug ? "/$slug/" : ( $page ? "/?page_id=$page" : null ),
		'mail'     => array(
			'failed'  => (int) $option( 'shopwright_mails_failed' ),
			'failure' => $option( 'shopwright_mail_failure' ),
		),
		'error'    => time() - (int) ( $error['at'] ?? 0 ) < 300 ? $error['line'] ?? null : null,
	),
	JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE
), "\n";
