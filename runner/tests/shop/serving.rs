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
    nobody_learns_how_the_server_does();
    calls_to_itself_are_answered_inside(&trial, database);
    pictures_take_memory_that_php_counts(&trial, database);
    permalinks_have_nothing_to_complain_of(&trial, database);
    woocommerce_is_the_platforms(&trial, database);
    it_looks_like_a_shop(&trial, database);
    nothing_is_advertised(&trial, database);
    a_visitor_buys(&trial, database);
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

fn nobody_learns_how_the_server_does() {
    for path in ["/server-status", "/server-status?auto", "/server-info"] {
        let (_, page) = curl(path, &["--header", "X-Forwarded-For: 127.0.0.1"]);
        assert!(!page.contains("Server uptime") && !page.contains("BusyWorkers"), "{page:.500}");
    }
    assert_eq!(curl("/wp-admin/install.php", &[]).0, "403");
}

fn calls_to_itself_are_answered_inside(trial: &Trial, database: &str) {
    let printed = trial.php(
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
    assert!(printed.starts_with(expected), "{printed}");
    assert!(printed.contains("endless=Too many redirects"), "{printed}");
    assert!(printed.contains("post=200\ndownload=43\n"), "{printed}");
}

fn pictures_take_memory_that_php_counts(trial: &Trial, database: &str) {
    let printed = trial.php(
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
    assert_eq!(printed, "WP_Image_Editor_GD 1 fits");
}

fn permalinks_have_nothing_to_complain_of(trial: &Trial, database: &str) {
    let printed = trial.php(
        database,
        r#"
        require_once ABSPATH . 'wp-admin/includes/misc.php';
        global $wp_rewrite;
        echo json_encode( array( $wp_rewrite->mod_rewrite_rules(), got_url_rewrite() ) );
        "#,
    );
    assert_eq!(printed, r#"["",true]"#);
}

fn woocommerce_is_the_platforms(trial: &Trial, database: &str) {
    let printed = trial.php(
        database,
        r#"
        require_once ABSPATH . 'wp-admin/includes/file.php';
        WP_Filesystem();
        global $wp_filesystem;
        $name = 'woocommerce/woocommerce.php';
        $real = '/usr/share/shopwright/plugins/woocommerce';
        $wp_filesystem->delete( WP_PLUGIN_DIR . '/woocommerce', true );
        echo json_encode( array(
            'there' => is_link( WP_PLUGIN_DIR . '/woocommerce' ) && is_file( WP_PLUGIN_DIR . "/$name" ),
            'name' => plugin_basename( "$real/woocommerce.php" ),
            'address' => set_url_scheme( plugins_url( 'a.css', "$real/woocommerce.php" ), 'https' ),
            'updated' => ! is_wp_error( apply_filters( 'upgrader_pre_install', true, array( 'plugin' => $name ) ) ),
            'by_itself' => apply_filters( 'auto_update_plugin', true, (object) array( 'plugin' => $name ) ),
            'mine_by_itself' => apply_filters( 'auto_update_plugin', true, (object) array( 'plugin' => 'mine/mine.php' ) ),
        ), JSON_UNESCAPED_SLASHES );
        "#,
    );
    let address = format!("{SITE_URL}/wp-content/plugins/woocommerce/a.css");
    let expected = format!(
        r#"{{"there":true,"name":"woocommerce/woocommerce.php","address":"{address}","updated":false,"by_itself":false,"mine_by_itself":true}}"#
    );
    assert_eq!(printed, expected);
}

fn it_looks_like_a_shop(trial: &Trial, database: &str) {
    let (_, page) = curl("/", &[]);
    assert!(!page.contains("href=\"#\""), "a link that leads nowhere");
    for elsewhere in ["s.w.org", "gravatar.com", "Sample Page"] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
    assert!(page.contains("<title>") && page.contains("rel=\"icon\""), "{page:.500}");
    let (_, login) = curl("/wp-login.php", &[]);
    assert!(login.contains(&format!("<a href=\"{SITE_URL}/\">My Test Shop</a></h1>")), "{login}");
    let printed = trial.php(
        database,
        r#"
        $admin = get_user_by( 'login', 'admin' );
        echo json_encode( array(
            count( get_posts( array( 'post_status' => 'any' ) ) ),
            (int) wp_count_comments()->total_comments,
            get_post_status( get_option( 'wp_page_for_privacy_policy' ) ),
            get_option( 'page_on_front' ) === get_option( 'woocommerce_shop_page_id' ),
            (int) get_user_meta( $admin->ID, 'show_welcome_panel', true ),
            get_avatar_url( $admin->ID ) === home_url( '/shopwright-assets/avatar.svg' ),
        ) );
        "#,
    );
    assert_eq!(printed, r#"[0,0,"draft",true,0,true]"#);
}

fn nothing_is_advertised(trial: &Trial, database: &str) {
    let printed = trial.php(
        database,
        r#"
        require_once ABSPATH . 'wp-admin/includes/user.php';
        $key = 'woocommerce_admin_homepage_stats';
        $admin = get_user_by( 'login', 'admin' )->ID;
        $second = wp_create_user( 'second', 'password', 'second@example.com' );
        $seen = fn( $user ) => json_decode( get_user_meta( $user, $key, true ), true )['installJetpackDismissed'] ?? false;
        $answers = array( $seen( $admin ), $seen( $second ), count( get_user_meta( $second, $key ) ) );
        update_user_meta( $second, $key, '{"hiddenStats":[]}' );
        $answers[] = $seen( $second );
        $answers[] = get_user_meta( $second, 'something_else', true );
        wp_delete_user( $second );
        $answers[] = get_option( 'woocommerce_show_marketplace_suggestions' );
        echo json_encode( $answers );
        "#,
    );
    assert_eq!(printed, r#"[true,true,1,false,"","no"]"#);

    // What can't be installed is not offered. A real WooCommerce puts its own list in the place of this one.
    let offered = r#"
        $features = apply_filters( 'woocommerce_admin_features', array( 'analytics', 'marketing' ) );
        echo json_encode( array( in_array( 'analytics', $features ), in_array( 'marketing', $features ) ) );
        "#;
    for (blocked, expected) in [("true", "[true,false]"), ("false", "[true,true]")] {
        let printed = trial.php_with(database, &[("WORDPRESS_BLOCK_EXTERNAL", blocked)], offered);
        assert_eq!(printed, expected, "WORDPRESS_BLOCK_EXTERNAL={blocked}");
    }
}

/// With a real WooCommerce: from the cart to an order, in the tables that are for orders.
fn a_visitor_buys(trial: &Trial, database: &str) {
    if trial.php(database, "echo class_exists('WC_Order') ? 'real' : 'stand-in';") != "real" {
        println!("skipped: without WOOCOMMERCE_DIR there is no checkout");
        return;
    }
    assert_eq!(trial.php(database, "echo get_option('woocommerce_custom_orders_table_enabled');"), "yes");
    let product = trial.php(database, "echo wc_get_products(array('limit' => 1))[0]->get_id();");
    let (code, cart) = curl("/wp-json/wc/store/v1/cart", &[]);
    assert_eq!(code, "200", "{cart}");
    let token = cart.lines().find_map(|line| line.strip_prefix("Cart-Token: ")).unwrap().trim().to_owned();
    let post = |path: &str, body: &str| {
        let (token, json) = (format!("Cart-Token: {token}"), "Content-Type: application/json");
        curl(path, &["--header", &token, "--header", json, "--data", body])
    };
    let (code, page) =
        post("/wp-json/wc/store/v1/cart/add-item", &format!(r#"{{"id":{product},"quantity":2}}"#));
    assert_eq!(code, "201", "{page}");
    let address = r#""first_name":"Ada","last_name":"Lovelace","address_1":"1 Main St","city":"Springfield","state":"CA","postcode":"90001","country":"US""#;
    let order = format!(
        r#"{{"billing_address":{{{address},"email":"ada@example.com"}},"shipping_address":{{{address}}},"payment_method":"cod"}}"#
    );
    let (code, page) = post("/wp-json/wc/store/v1/checkout", &order);
    assert_eq!(code, "200", "{page}");
    let orders = trial.sql(&format!("SELECT status, billing_email FROM {database}.wp_wc_orders"));
    assert_eq!(orders, "wc-processing\tada@example.com\n");
}
