//! What a shop says to the runner that asks for its pages.

use std::{fs, thread, time::Duration};

use serde_json::{Value, json};

use crate::trial::{Trial, curl};

/// What the status file says.
fn status() -> Value {
    let (code, page) = curl("/status.php", &[]);
    assert_eq!(code, "200", "{page}");
    serde_json::from_str(page.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn the_runner_hears_where_the_checkout_is_and_how_mails_go_and_visitors_do_not() {
    let Some(trial) = Trial::find() else { return };
    let database = "status";
    let _served = trial.serve(database);
    assert_eq!(
        status(),
        json!({ "checkout": "/checkout/", "mail": { "failed": 0, "failure": null }, "error": null })
    );
    trial.php(database, "wp_mail('customer@example.com', 'a', 'b');");
    trial.php(database, "wp_update_post(array('ID' => wc_get_page_id('checkout'), 'post_name' => 'kasse'));");
    let mail = json!({ "failed": 1, "failure": "no mail relay is set" });
    assert_eq!(status(), json!({ "checkout": "/kasse/", "mail": mail, "error": null }));

    for by in ["203.0.113.7", "10.1.2.3", "198.51.100.1, 10.1.2.3", "2001:db8::7", "nonsense, 203.0.113.7"] {
        let (code, page) = curl("/status.php", &["--header", &format!("X-Forwarded-For: {by}")]);
        assert_eq!(code, "403", "{by}: {page}");
        assert!(!page.contains("relay"), "{by}");
    }
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn a_plugin_that_fails_on_every_page_is_reported_to_the_runner_by_the_first_line_of_its_error() {
    let Some(trial) = Trial::find() else { return };
    let database = "failing";
    let _served = trial.serve(database);
    trial.put(
        "plugins/broken.php",
        "<?php\n/* Plugin Name: Broken */\nadd_action('init', function () { if (!defined('WP_CLI')) throw new Exception(\"can't pay ada@example.com with sk_live_51Hx9aBcDeFgHiJkLmNoP \" . DB_PASSWORD); });\n",
    );
    trial.php(database, "require_once ABSPATH . 'wp-admin/includes/plugin.php'; update_option('active_plugins', array_merge(get_option('active_plugins'), array('broken.php')));");
    for path in ["/", "/checkout/"] {
        let (code, page) = curl(path, &[]);
        assert_eq!(code, "500", "{page}");
        assert!(!page.contains("sk_live"), "visitors are told nothing");
    }
    let error = status()["error"].as_str().unwrap().to_owned();
    assert!(
        error.starts_with("PHP Fatal error: Uncaught Exception: can't pay (address) with (hidden)"),
        "{error}"
    );
    assert!(error.contains("plugins/broken.php:3"), "{error}");
    for secret in ["sk_live", "ada@", "Stack trace"] {
        assert!(!error.contains(secret), "{error}");
    }
    // The kubelet goes on to send visitors: the merchant can switch the plugin off.
    assert_eq!(curl("/ready.php", &[]).0, "200");

    fs::remove_file(trial.path("volume/wp-content/plugins/broken.php")).unwrap();
    // PHP may serve what it has compiled for two seconds more.
    let served = (0..50).any(|_| {
        let is_served = curl("/", &[]).0 == "200";
        if !is_served {
            thread::sleep(Duration::from_millis(200));
        }
        is_served
    });
    assert!(served);
}
