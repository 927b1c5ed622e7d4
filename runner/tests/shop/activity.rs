//! What a shop says of its orders and checkouts to a runner that waits for a quiet moment.

use crate::trial::{Trial, assert_ok};

/// What `activity` prints, asked for the last two minutes.
fn activity(trial: &Trial, database: &str) -> String {
    let output = trial.command("shop", database, "activity").arg("120").output().unwrap();
    assert_ok(&output);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn orders_and_checkouts_of_the_last_minutes_are_counted_wherever_woocommerce_keeps_them() {
    let Some(trial) = Trial::find() else { return };
    let database = "activity";
    trial.install(database);
    assert_eq!(activity(&trial, database), r#"{"orders":0,"checkouts":0}"#, "a new shop is quiet");

    // Among the posts: one order lately and one of before, somebody at the checkout and somebody who has left it.
    let post = |status: &str, minutes: u32| {
        format!(
            "INSERT INTO {database}.wp_posts (post_type, post_status, post_date_gmt, post_modified_gmt, post_content, \
             post_title, post_excerpt, to_ping, pinged, post_content_filtered) VALUES ('shop_order', '{status}', \
             UTC_TIMESTAMP() - INTERVAL {minutes} MINUTE, UTC_TIMESTAMP() - INTERVAL {minutes} MINUTE, \
             '', '', '', '', '', '')"
        )
    };
    trial.sql(&format!("UPDATE {database}.wp_options SET option_value = 'no' WHERE option_name = 'woocommerce_custom_orders_table_enabled'"));
    for (status, minutes) in [
        ("wc-processing", 1),
        ("wc-processing", 5),
        ("wc-checkout-draft", 1),
        ("wc-checkout-draft", 5),
        ("trash", 1),
        ("auto-draft", 1),
    ] {
        trial.sql(&post(status, minutes));
    }
    assert_eq!(activity(&trial, database), r#"{"orders":1,"checkouts":1}"#);

    // In tables of its own, what is among the posts is a copy, and does not count.
    trial.sql(&format!(
        "REPLACE INTO {database}.wp_options (option_name, option_value, autoload) VALUES \
         ('woocommerce_custom_orders_table_enabled', 'yes', 'on')"
    ));
    trial.sql(&format!(
        "CREATE TABLE IF NOT EXISTS {database}.wp_wc_orders (id BIGINT PRIMARY KEY, status VARCHAR(20), type VARCHAR(20), \
         date_created_gmt DATETIME, date_updated_gmt DATETIME)"
    ));
    assert_eq!(activity(&trial, database), r#"{"orders":0,"checkouts":0}"#);
    // A checkout that was opened long ago and is filled in now is one; a refund is no order.
    for (id, status, kind, made, changed) in [
        (1001, "wc-on-hold", "shop_order", 1, 1),
        (1002, "wc-pending", "shop_order", 1, 1),
        (1003, "wc-completed", "shop_order", 60, 1),
        (1004, "wc-checkout-draft", "shop_order", 60, 1),
        (1005, "wc-checkout-draft", "shop_order", 60, 10),
        (1006, "wc-completed", "shop_order_refund", 1, 1),
    ] {
        trial.sql(&format!(
            "INSERT INTO {database}.wp_wc_orders (id, status, type, date_created_gmt, date_updated_gmt) VALUES ({id}, \
             '{status}', '{kind}', UTC_TIMESTAMP() - INTERVAL {made} MINUTE, UTC_TIMESTAMP() - INTERVAL {changed} MINUTE)"
        ));
    }
    assert_eq!(activity(&trial, database), r#"{"orders":2,"checkouts":1}"#);
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn a_database_that_can_not_be_asked_and_a_call_that_is_none_are_distinguished() {
    let Some(trial) = Trial::find() else { return };
    for words in [&[][..], &["0"], &["-5"], &["2; true"], &["100000"]] {
        let output = trial.command("shop", "nobody", "activity").args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
    }
    let output = trial.command("shop", "no_such_database", "activity").arg("60").output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("The database can't be asked for orders: "), "{message}");
}
