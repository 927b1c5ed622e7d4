//! A shop that serves, as its ingress controller sees it.

use crate::trial::{SITE_URL, Trial, curl};

/// What a plugin of the merchant's sees of a request.
const PROBE: &str = r#"<?php
require '/var/www/html/wp-load.php';
header( 'Content-Type: text/plain' );
echo 'fields=', count( $_POST, COUNT_RECURSIVE ), ' authorization=', $_SERVER['HTTP_AUTHORIZATION'] ?? '', ' tls=', is_ssl() ? 'yes' : 'no', "\n";
if ( isset( $_GET['to'] ) ) { header( 'Location: ' . home_url( $_GET['to'] ), true, 302 ); }
"#;

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn it_serves_what_visitors_and_the_merchant_ask_for() {
    let Some(trial) = Trial::find() else { return };
    let database = "served";
    let _served = trial.serve(database);
    trial.put("plugins/probe.php", PROBE);

    // The front page is the shop, and connections are not held.
    let (code, page) = curl("/", &[]);
    assert_eq!(code, "200");
    assert!(page.to_lowercase().contains("connection: close"), "{page:.300}");
    assert!(!page.contains("Hello world!"));

    folders_lead_to_the_shops_own_address();
    what_is_paid_for_is_nobodys(&trial);
    requests_arrive_whole();
    woocommerce_is_served_from_the_image();
    nobody_is_told_how_the_server_does();
    calls_to_itself_are_answered_inside(&trial, database);
    pictures_take_memory_that_php_counts(&trial, database);
    permalinks_have_nothing_to_complain_of(&trial, database);
}

fn folders_lead_to_the_shops_own_address() {
    for folder in ["/wp-admin", "/wp-includes", "/wp-content/plugins", "/wp-includes/css?x=1"] {
        let (code, page) = curl(folder, &[]);
        let (path, query) = folder
            .split_once('?')
            .map_or((folder, String::new()), |(path, query)| (path, format!("?{query}")));
        assert_eq!(code, "301", "{folder}");
        assert!(page.contains(&format!("Location: {SITE_URL}{path}/{query}\r\n")), "{page}");
    }
}

fn what_is_paid_for_is_nobodys(trial: &Trial) {
    trial.put("uploads/woocommerce_uploads/2026/book.pdf", "paid for");
    assert_eq!(curl("/wp-content/uploads/woocommerce_uploads/2026/book.pdf", &[]).0, "403");
    trial.put("uploads/2026/picture.txt", "for all");
    assert_eq!(curl("/wp-content/uploads/2026/picture.txt", &[]).0, "200");
    trial.put("uploads/2026/shell.php", "<?php echo 1;");
    assert_eq!(curl("/wp-content/uploads/2026/shell.php", &[]).0, "403");
    assert_eq!(curl("/wp-content/uploads/shopwright/sample-product.png", &[]).0, "200");
}

fn requests_arrive_whole() {
    let probe = "/wp-content/plugins/probe.php";
    let fields: String = (0..3000).map(|number| format!("f{number}=1&")).collect();
    assert!(curl(probe, &["--data", &fields]).1.contains("fields=3000 "));
    for authorization in ["Bearer abc.def", "Basic YTpi"] {
        let (_, page) = curl(probe, &["--header", &format!("Authorization: {authorization}")]);
        assert!(page.contains(&format!("authorization={authorization} ")), "{page}");
    }
    for (forwarded, tls) in [
        ("https", "yes"),
        ("HTTPS", "yes"),
        ("https,http", "yes"),
        ("Https , http", "yes"),
        ("http", "no"),
        ("http,https", "no"),
        ("xhttps", "no"),
    ] {
        let (_, page) = curl(probe, &["--header", &format!("X-Forwarded-Proto: {forwarded}")]);
        assert!(page.contains(&format!("tls={tls}")), "{forwarded}: {page}");
    }
}

fn woocommerce_is_served_from_the_image() {
    let css = ["assets/shop.css", "assets/css/woocommerce.css"]
        .map(|file| curl(&format!("/wp-content/plugins/woocommerce/{file}"), &[]).0);
    assert!(css.contains(&"200".to_owned()), "{css:?}");
    assert_eq!(curl("/wp-content/plugins/woocommerce/", &[]).0, "403", "a folder is not listed");
    assert_eq!(curl("/shopwright-assets/avatar.svg", &[]).0, "200");
}

fn nobody_is_told_how_the_server_does() {
    for path in ["/server-status", "/server-status?auto", "/server-info"] {
        let (_, page) = curl(path, &["--header", "X-Forwarded-For: 127.0.0.1"]);
        assert!(!page.contains("Server uptime") && !page.contains("BusyWorkers"), "{page:.500}");
    }
    assert_eq!(curl("/wp-admin/install.php", &[]).0, "403");
}

fn calls_to_itself_are_answered_inside(trial: &Trial, database: &str) {
    let told = trial.php(
        database,
        r#"
        require_once ABSPATH . 'wp-admin/includes/file.php';
        $code = fn( $answer ) => is_wp_error( $answer ) ? $answer->get_error_message() : wp_remote_retrieve_response_code( $answer );
        $probe = content_url( 'plugins/probe.php' );
        $calls = array(
            'plain' => $code( wp_remote_get( home_url( '/' ) ) ),
            'safe' => $code( wp_safe_remote_get( home_url() ) ),
            'capitals' => $code( wp_safe_remote_get( str_replace( 'https://my-test-shop', 'HTTPS://My-Test-Shop', home_url( '/ready.php' ) ) ) ),
            'port' => $code( wp_safe_remote_get( str_replace( '.com', '.com:443', home_url( '/ready.php' ) ) ) ),
            'query' => $code( wp_safe_remote_get( home_url() . '?x=1' ) ),
            'redirect' => $code( wp_safe_remote_get( "$probe?to=/ready.php" ) ),
            'folder' => $code( wp_remote_get( home_url( '/wp-content/plugins/probe.php?to=/wp-includes/images/blank.gif' ) ) ),
            'none' => $code( wp_remote_get( "$probe?to=/ready.php", array( 'redirection' => 0 ) ) ),
            'endless' => $code( wp_remote_get( "$probe?to=/wp-content/plugins/probe.php%3Fto=/x" , array( 'redirection' => 1 ) ) ),
            'post' => $code( wp_safe_remote_post( "$probe?to=/ready.php", array( 'body' => array( 'a' => 1 ) ) ) ),
        );
        $file = download_url( home_url( '/wp-includes/images/blank.gif' ) );
        $calls['download'] = is_wp_error( $file ) ? $file->get_error_message() : filesize( $file );
        foreach ( $calls as $name => $answer ) { echo "$name=$answer\n"; }
        "#,
    );
    let expected =
        "plain=200\nsafe=200\ncapitals=200\nport=200\nquery=200\nredirect=200\nfolder=200\nnone=302\n";
    assert!(told.starts_with(expected), "{told}");
    assert!(told.contains("endless=Too many redirects"), "{told}");
    assert!(told.contains("post=200\ndownload=43\n"), "{told}");
}

fn pictures_take_memory_that_php_counts(trial: &Trial, database: &str) {
    let told = trial.php(
        database,
        r#"
        $picture = imagecreatetruecolor( 6000, 4000 );
        imagejpeg( $picture, '/tmp/photograph.jpg' );
        unset( $picture );
        $editor = wp_get_image_editor( '/tmp/photograph.jpg' );
        $made = $editor->multi_resize( array( 'large' => array( 'width' => 1024, 'height' => 1024 ) ) );
        echo get_class( $editor ), ' ', count( $made ), ' ', memory_get_peak_usage() < 256 << 20 ? 'fits' : 'too much';
        "#,
    );
    assert_eq!(told, "WP_Image_Editor_GD 1 fits");
}

fn permalinks_have_nothing_to_complain_of(trial: &Trial, database: &str) {
    let told = trial.php(
        database,
        r#"
        require_once ABSPATH . 'wp-admin/includes/misc.php';
        global $wp_rewrite;
        echo json_encode( array( $wp_rewrite->mod_rewrite_rules(), got_url_rewrite() ) );
        "#,
    );
    assert_eq!(told, r#"["",true]"#);
}
