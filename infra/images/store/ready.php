<?php
// Readiness: 200 where the database answers, the setup has come to its end in it, and no upgrade has begun that
// has not; else an error.
// Before that, every page of WordPress answers 302 to its installer, which a kubelet takes for ready.
//
// It loads WordPress without plugins: one that fails must not take the shop off the net, where its
// merchant could no longer switch it off.

define( 'SHORTINIT', true );

// Whatever ends this early, WordPress's page about a lost database among it, has not said 200.
http_response_code( 503 );
header( 'Content-Type: text/plain' );
header( 'Cache-Control: no-store' );

require __DIR__ . '/wp-load.php';

$wpdb->suppress_errors();
$marks = $wpdb->get_col( "SELECT option_name FROM {$wpdb->prefix}options WHERE option_name IN ('shopwright_setup_done', 'shopwright_upgrade')" );
if ( ! in_array( 'shopwright_setup_done', $marks, true ) ) {
	exit( "the shop is not set up\n" );
}
if ( in_array( 'shopwright_upgrade', $marks, true ) ) {
	exit( "the shop is being upgraded\n" );
}
http_response_code( 200 );
exit( "ready\n" );
