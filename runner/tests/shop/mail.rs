//! The shop's mails, with a relay and without.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::trial::{Trial, assert_ok};

const USER: &str = "shop-relay";
const RELAY_PASSWORD: &str = "a relay's secret";
const SENDER: &str = "shops@platform.example.com";
/// The script of the relay, run by the Python of the database's container.
const RELAY: &str = include_str!("../../../infra/images/trial/relay.py");

/// A relay that keeps what it is given.
struct Relay {
    process: Child,
    lines: BufReader<ChildStdout>,
    port: String,
}

impl Relay {
    /// One that asks for TLS and a password, or for neither.
    fn start(trial: &Trial, strict: bool) -> Self {
        let files = if strict { ["/tmp/relay.pem", "/tmp/relay.key"] } else { [""; 2] };
        let mut process = Command::new("chroot")
            .arg(trial.path("db"))
            .args(["python3", "-c", RELAY])
            .args(files)
            .args([USER, RELAY_PASSWORD])
            .stdout(Stdio::piped())
            // It complains of each client that does not trust it: that is what a test is about.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        let mut relay = Self { process, lines, port: String::new() };
        relay.port = relay.next()["port"].to_string();
        relay
    }

    /// The next mail.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// A certificate for `localhost`, which the shop knows by `uploads/relay.pem`.
fn make_certificate(trial: &Trial) {
    let (certificate, key) = (trial.path("db/tmp/relay.pem"), trial.path("db/tmp/relay.key"));
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-keyout"])
        .arg(key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert_ok(&output);
    trial.put("uploads/relay.pem", &fs::read_to_string(certificate).unwrap());
}

/// Sends a mail as WooCommerce does one to a customer, and says whether it went.
fn send(trial: &Trial, database: &str, environment: &[(&str, &str)], to: &str) -> String {
    let code = r#"
        add_filter( 'wp_mail_from', fn() => 'merchant@example.com' );
        add_filter( 'wp_mail_from_name', fn() => 'Tom & Jerry' );
        echo wp_mail( 'TO', 'Your order', 'Thank you.' ) ? 'sent' : 'not sent';
    "#;
    trial.php_with(database, environment, &code.replace("TO", to))
}

/// What is counted, and what an administrator is shown.
fn state(trial: &Trial, database: &str, environment: &[(&str, &str)]) -> String {
    let code = r"
        wp_set_current_user( get_user_by( 'login', 'admin' )->ID );
        ob_start();
        has_action( 'admin_notices', 'shopwright_show_mail_notice' ) && shopwright_show_mail_notice();
        $notices = html_entity_decode( wp_strip_all_tags( ob_get_clean() ), ENT_QUOTES );
        echo (int) get_option( 'shopwright_mails_sent' ), ' sent, ', (int) get_option( 'shopwright_mails_failed' ), ' failed';
        echo abs( time() - (int) get_option( 'shopwright_mail_failed_at' ) ) < 600 ? ' just now' : '';
        echo '|', get_option( 'shopwright_mail_failure' ), '|', $notices;
    ";
    trial.php_with(database, environment, code)
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn without_a_relay_a_mail_is_refused_and_the_merchant_gets_a_notice() {
    let Some(trial) = Trial::find() else { return };
    let database = "without_mail";
    trial.install(database);
    // Also before anything was to be sent.
    let printed = state(&trial, database, &[]);
    assert!(printed.starts_with("0 sent, 0 failed||"), "{printed}");
    assert!(printed.contains("This shop can't send mails: no mail relay is set."), "{printed}");

    assert_eq!(send(&trial, database, &[], "customer@example.com"), "not sent");
    assert_eq!(send(&trial, database, &[], "customer@example.com"), "not sent");
    let printed = state(&trial, database, &[]);
    assert!(printed.starts_with("0 sent, 2 failed just now|no mail relay is set|"), "{printed}");
    assert!(printed.contains("2 mails were not sent so far, the last one on 20"), "{printed}");

    for (environment, reason) in [
        (
            [("SMTP_HOST", "localhost"), ("SMTP_TLS", "maybe")],
            "SMTP_TLS is none of starttls, implicit and none",
        ),
        ([("SMTP_HOST", "localhost"), ("MAIL_FROM", "nobody")], "MAIL_FROM is no address"),
    ] {
        assert_eq!(send(&trial, database, &environment, "customer@example.com"), "not sent");
        let printed = state(&trial, database, &environment);
        assert!(printed.contains(&format!("|{reason}|")), "{printed}");
    }

    // A plugin of the merchant's that sends in its own way is left alone.
    let printed = trial.php(
        database,
        "add_filter('pre_wp_mail', '__return_true'); echo wp_mail('customer@example.com', 'a', 'b') ? 'sent' : 'not sent';",
    );
    assert_eq!(printed, "sent");
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn mails_leave_by_the_relay_in_the_platforms_name() {
    let Some(trial) = Trial::find() else { return };
    let database = "with_mail";
    trial.install(database);
    make_certificate(&trial);
    trial.put("uploads/relay-password", &format!("{RELAY_PASSWORD}\n"));
    let mut relay = Relay::start(&trial, true);
    let port = relay.port.clone();
    let environment = [
        ("SMTP_HOST", "localhost"),
        ("SMTP_PORT", port.as_str()),
        ("SMTP_USER", USER),
        ("SMTP_PASSWORD_FILE", "/var/www/html/wp-content/uploads/relay-password"),
        ("MAIL_FROM", SENDER),
        ("SSL_CERT_FILE", "/var/www/html/wp-content/uploads/relay.pem"),
    ];
    assert_eq!(send(&trial, database, &environment, "customer@example.com"), "sent");
    let mail = relay.next();
    assert_eq!(mail["sender"], SENDER);
    assert_eq!(mail["recipients"], serde_json::json!(["customer@example.com"]));
    assert_eq!(mail["from"], format!("Tom & Jerry <{SENDER}>"));
    assert_eq!(mail["reply_to"], "Tom & Jerry <merchant@example.com>");
    assert_eq!(mail["text"], "Thank you.");
    assert_eq!(mail["greeting"], "my-test-shop.example.com");
    assert_eq!((&mail["tls"], &mail["authenticated"]), (&true.into(), &true.into()));

    // WordPress's own sender is nobody's mailbox; a Reply-To that is there, such as a customer's, stays.
    trial.php_with(database, &environment, "wp_mail('merchant@example.com', 'a', 'b');");
    let mail = relay.next();
    assert_eq!(mail["from"], format!("My Test Shop <{SENDER}>"));
    assert!(mail["reply_to"].as_str().unwrap().contains("<merchant@example.com>"), "{mail}");
    trial.php_with(
        database,
        &environment,
        "wp_mail('merchant@example.com', 'a', 'b', 'Reply-To: Ada <ada@example.com>');",
    );
    assert_eq!(relay.next()["reply_to"], "Ada <ada@example.com>");
    assert_eq!(state(&trial, database, &environment), "3 sent, 0 failed||");

    // What fails is counted, and told without the customer's address or a secret.
    let fails = |environment: &[(&str, &str)], to: &str| {
        assert_eq!(send(&trial, database, environment, to), "not sent");
        let printed = state(&trial, database, environment);
        assert!(printed.contains("Mails of this shop could not be sent: "), "{printed}");
        for secret in [RELAY_PASSWORD, "@example.com", "wrong password"] {
            assert!(!printed.contains(secret), "{printed}");
        }
        printed
    };
    let printed = fails(&environment, "nobody@example.com");
    assert!(printed.starts_with("3 sent, 1 failed just now|") && printed.contains("(address)"), "{printed}");
    let other = |name: &str, value: &'static str| {
        let mut environment: Vec<_> = environment.iter().copied().filter(|(set, _)| *set != name).collect();
        environment.extend([("SMTP_PASSWORD", value)].into_iter().filter(|_| name == "SMTP_PASSWORD_FILE"));
        environment
    };
    fails(&other("SMTP_PASSWORD_FILE", "wrong password"), "customer@example.com");
    // Whoever can't show that they are the relay get no mail, and no password.
    fails(&other("SSL_CERT_FILE", ""), "customer@example.com");
    assert_eq!(send(&trial, database, &environment, "customer@example.com"), "sent");
    assert_eq!(state(&trial, database, &environment), "4 sent, 3 failed just now||");
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn a_relay_of_the_cluster_may_do_without_tls_only_where_that_is_said() {
    let Some(trial) = Trial::find() else { return };
    let database = "plain_mail";
    trial.install(database);
    let mut relay = Relay::start(&trial, false);
    let port = relay.port.clone();
    let environment = [("SMTP_HOST", "127.0.0.1"), ("SMTP_PORT", port.as_str()), ("MAIL_FROM", SENDER)];
    assert_eq!(send(&trial, database, &environment, "customer@example.com"), "not sent");
    let environment = [environment.as_slice(), &[("SMTP_TLS", "none")]].concat();
    assert_eq!(send(&trial, database, &environment, "customer@example.com"), "sent");
    assert_eq!(relay.next()["sender"], SENDER);
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn an_order_is_reported_to_its_customer_and_to_the_merchant() {
    let Some(trial) = Trial::find() else { return };
    let database = "order_mail";
    trial.install(database);
    let mut relay = Relay::start(&trial, false);
    let port = relay.port.clone();
    let relayed =
        [("SMTP_HOST", "127.0.0.1"), ("SMTP_PORT", &port), ("SMTP_TLS", "none"), ("MAIL_FROM", SENDER)];
    let code = r"
        if ( ! function_exists( 'wc_create_order' ) ) { echo 'stand-in'; return; }
        $order = wc_create_order();
        $order->add_product( wc_get_products( array( 'limit' => 1 ) )[0], 2 );
        $order->set_billing_email( 'customer@example.com' );
        $order->set_payment_method( 'cod' );
        $order->calculate_totals();
        $order->save();
        WC()->mailer();
        $order->update_status( 'processing' );
        echo $order->get_id();
    ";
    let order = trial.php_with(database, &relayed, code);
    if order == "stand-in" {
        println!("skipped: without WOOCOMMERCE_DIR there are no orders");
        return;
    }
    let mails = [relay.next(), relay.next()];
    for to in ["customer@example.com", "merchant@example.com"] {
        let mail = mails.iter().find(|mail| mail["recipients"] == serde_json::json!([to]));
        let mail = mail.unwrap_or_else(|| panic!("nobody was told {to}: {mails:?}"));
        assert_eq!(mail["sender"], SENDER);
        assert!(mail.to_string().contains("Sample product"), "{mail}");
    }
    assert_eq!(state(&trial, database, &relayed), "2 sent, 0 failed||");
}
