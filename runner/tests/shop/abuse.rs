//! A shop that is abused: passwords tried, cards tried, doors that are shut.

use std::{
    thread,
    time::{Duration, SystemTime},
};

use crate::trial::{SITE_URL, Trial, curl};

/// Tries are counted from one multiple of 600 or 900 s on the clock to the next: all of them are multiples of this.
const WINDOW: Duration = Duration::from_secs(300);
/// How long what is counted takes here at most, on a busy machine.
const COUNTED: Duration = Duration::from_secs(90);

/// Waits for the next window where this one ends too soon: counts begin anew there.
fn within_a_window() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let left = WINDOW - Duration::from_secs(now.as_secs() % WINDOW.as_secs());
    if left < COUNTED {
        thread::sleep(left);
    }
}

/// A visitor's address, as an ingress controller hands it on.
fn from(address: &str) -> String {
    format!("X-Forwarded-For: {address}")
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn abuse_is_limited_by_the_address_that_the_ingress_saw() {
    let Some(trial) = Trial::find() else { return };
    let database = "abused";
    let served = trial.serve(database);
    trial.put("plugins/address.php", "<?php echo 'from ', $_SERVER['REMOTE_ADDR'], \"\\n\";");

    the_address_is_the_last_that_no_proxy_has();
    within_a_window();
    passwords_are_tried_ten_times(&trial, database);
    within_a_window();
    new_passwords_are_asked_for_five_times();
    within_a_window();
    a_checkout_is_tried_twenty_times(&trial, database);
    the_carts_interface_is_limited(&trial, database);
    xmlrpc_is_off();
    answers_have_headers_that_a_shop_can_bear(&trial);
    scripts_are_for_those_who_may_run_code(&trial, database);

    drop(served);
    let _asked_for =
        trial.serve_with(database, &[("WORDPRESS_XMLRPC", "true"), ("PROXY_ADDRESSES", "192.0.2.1")]);
    let call = |method: &str| {
        let body = format!("<methodCall><methodName>{method}</methodName><params></params></methodCall>");
        curl("/xmlrpc.php", &["--header", "Content-Type: text/xml", "--data", &body])
    };
    let (_, answer) = call("demo.sayHello");
    assert!(answer.contains("Hello!"), "{answer}");
    assert!(call("system.listMethods").1.contains("wp.newPost"));
    assert!(!call("system.listMethods").1.contains("pingback"));
    // Who is no proxy is not believed.
    let (_, page) = curl("/wp-content/plugins/address.php", &["--header", &from("198.51.100.7")]);
    assert!(page.contains("from 127.0.0.1\n"), "{page}");
}

fn the_address_is_the_last_that_no_proxy_has() {
    for (forwarded, seen) in [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, 10.1.2.3", "198.51.100.7"),
        // What a visitor has sent stands before what the first proxy saw.
        ("127.0.0.1, 203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7, 10.1.2.3, 192.168.9.9", "198.51.100.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("nonsense", "127.0.0.1"),
    ] {
        let (_, page) = curl("/wp-content/plugins/address.php", &["--header", &from(forwarded)]);
        assert!(page.contains(&format!("from {seen}\n")), "{forwarded}: {page}");
    }
}

/// What the form of the login answers to this password.
fn log_in(address: &str, password: &str) -> (String, String) {
    let password = format!("pwd={password}");
    curl("/wp-login.php", &["--header", &from(address), "--data", "log=admin", "--data-urlencode", &password])
}

fn passwords_are_tried_ten_times(trial: &Trial, database: &str) {
    let right = crate::trial::PASSWORD;
    for attempt in 0..10 {
        let (code, page) = log_in("198.51.100.20", "wrong");
        assert_eq!(code, "200", "attempt {attempt}: {page:.500}");
    }
    let (code, page) = log_in("198.51.100.20", right);
    assert_eq!(code, "429", "{page:.500}");
    let seconds = page.lines().find_map(|line| line.strip_prefix("Retry-After: ")).unwrap().trim();
    assert!((1..=600).contains(&seconds.parse::<u32>().unwrap()), "{seconds}");
    // What comes before the address that the proxy saw changes nothing.
    assert_eq!(log_in("203.0.113.77, 198.51.100.20", right).0, "429");
    // Another address is another one's; of IPv6 a customer has a whole network.
    assert_eq!(log_in("198.51.100.21", right).0, "302");
    for attempt in 0..10 {
        log_in(&format!("2001:db8:7:7::{attempt}"), "wrong");
    }
    assert_eq!(log_in("2001:db8:7:7:9:9:9:9", right).0, "429");
    assert_eq!(log_in("2001:db8:7:8::1", right).0, "302");
    // A password that is right costs nothing, and pays for none that was wrong.
    for _ in 0..9 {
        log_in("198.51.100.22", "wrong");
    }
    for _ in 0..3 {
        assert_eq!(log_in("198.51.100.22", right).0, "302");
    }
    assert_eq!(log_in("198.51.100.22", "wrong").0, "200");
    assert_eq!(log_in("198.51.100.22", right).0, "429");
    // Nor are there rows of addresses in the database.
    let rows = format!("SELECT COUNT(*) FROM {database}.wp_options WHERE option_value LIKE '%198.51.100%'");
    assert_eq!(trial.sql(&rows), "0\n");
}

fn new_passwords_are_asked_for_five_times() {
    let ask = |address: &str| {
        let form = ["--header", &from(address), "--data", "user_login=admin"];
        curl("/wp-login.php?action=lostpassword", &form).0
    };
    for _ in 0..5 {
        assert_ne!(ask("198.51.100.30"), "429");
    }
    assert_eq!(ask("198.51.100.30"), "429");
    assert_ne!(ask("198.51.100.31"), "429");
}

fn a_checkout_is_tried_twenty_times(trial: &Trial, database: &str) {
    // Every way to write its address.
    let post = |path: &str, address: &str| curl(path, &["--header", &from(address), "--request", "POST"]);
    for attempt in 0..20 {
        let path = [
            "/wp-json/wc/store/v1/checkout",
            "/?rest_route=/wc/store/checkout",
            "/wp-json/wc/store/v1/checkout/7",
        ][attempt % 3];
        // WooCommerce itself lets an address call it 25 times in ten seconds.
        let (code, page) = post(path, "198.51.100.40");
        assert_ne!(code, "429", "{path}: {page:.500}");
    }
    for path in ["/wp-json/wc/store/v1/checkout", "/?rest_route=/wc/store/v1/checkout"] {
        let (code, page) = post(path, "198.51.100.40");
        assert_eq!(code, "429", "{page:.500}");
        assert!(page.contains("shopwright_too_often"), "{page:.500}");
    }
    assert_ne!(post("/wp-json/wc/store/v1/checkout", "198.51.100.41").0, "429");
    // The form of before blocks shows what an exception says.
    let printed = trial.php(
        database,
        "echo has_action('woocommerce_before_checkout_process') && has_action('woocommerce_before_pay_action') ? 'counted' : 'not';",
    );
    assert_eq!(printed, "counted");
}

fn the_carts_interface_is_limited(trial: &Trial, database: &str) {
    let printed = trial.php(
        database,
        "echo json_encode(apply_filters('woocommerce_store_api_rate_limit_options', array('enabled' => false, 'proxy_support' => true, 'limit' => 25, 'seconds' => 10)));",
    );
    assert_eq!(printed, r#"{"enabled":true,"proxy_support":false,"limit":25,"seconds":10}"#);
}

fn xmlrpc_is_off() {
    assert_eq!(curl("/xmlrpc.php", &["--data", "<methodCall/>"]).0, "403");
    assert_eq!(curl("/xmlrpc.php?rsd", &[]).0, "403");
    let (_, page) = curl("/", &[]);
    assert!(!page.contains("xmlrpc.php"), "no page tells of it");
}

fn answers_have_headers_that_a_shop_can_bear(trial: &Trial) {
    let has = |page: &str, header: &str| {
        page.split("\r\n\r\n").next().unwrap().lines().filter(|line| line.trim() == header).count()
    };
    for path in ["/", "/wp-login.php", "/wp-includes/css/buttons.css", "/nowhere"] {
        let (_, page) = curl(path, &[]);
        for header in [
            "X-Content-Type-Options: nosniff",
            "X-Frame-Options: SAMEORIGIN",
            "Strict-Transport-Security: max-age=15552000",
        ] {
            assert_eq!(has(&page, header), 1, "{path} {header}: {page:.900}");
        }
        assert!(page.contains("Referrer-Policy: strict-origin-when-cross-origin\r\n"), "{path}");
    }
    // Other sites show what WordPress makes for that.
    let (_, page) = curl("/shop/embed/", &[]);
    assert_eq!(has(&page, "X-Frame-Options: SAMEORIGIN"), 0, "{page:.900}");
    let (_, page) = curl("/?page=/embed/", &[]);
    assert_eq!(has(&page, "X-Frame-Options: SAMEORIGIN"), 1, "{page:.900}");
    // A merchant's plugin knows better.
    trial.put("plugins/frames.php", "<?php header( 'X-Frame-Options: DENY' ); echo 1;");
    let (_, page) = curl("/wp-content/plugins/frames.php", &[]);
    assert_eq!(has(&page, "X-Frame-Options: DENY"), 1);
    assert_eq!(has(&page, "X-Frame-Options: SAMEORIGIN"), 0);
    trial.put(
        "uploads/2026/drawing.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>",
    );
    let (code, page) = curl("/wp-content/uploads/2026/drawing.svg", &[]);
    assert_eq!(code, "200");
    assert!(page.contains("sandbox\r\n"), "{page:.900}");
    // A folder's redirect is Apache's own.
    assert_eq!(curl("/wp-admin", &[]).1.matches(&format!("Location: {SITE_URL}/wp-admin/\r\n")).count(), 1);
}

fn scripts_are_for_those_who_may_run_code(trial: &Trial, database: &str) {
    let printed = trial.php(
        database,
        r#"
        $may = array();
        foreach ( array( 'administrator', 'editor' ) as $role ) {
            $user = wp_insert_user( array( 'user_login' => "a-$role", 'user_pass' => 'x', 'role' => $role ) );
            $may[] = user_can( $user, 'unfiltered_html' );
            wp_set_current_user( $user );
            $post = wp_insert_post( wp_slash( array( 'post_title' => 'a', 'post_content' => '<p>a</p><script>b</script>' ) ) );
            $may[] = str_contains( get_post( $post )->post_content, '<script>' );
        }
        echo json_encode( $may );
        "#,
    );
    assert_eq!(printed, "[true,true,false,false]");
}
