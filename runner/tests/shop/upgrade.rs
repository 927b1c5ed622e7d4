//! `upgrade`, on the databases of shops that an earlier image has made.

use std::{
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::trial::{Trial, assert_ok};

/// Where WordPress's tables were before: version 6.7.
const WORDPRESS_BEFORE: &str = "58975";

/// A shop whose database an earlier WordPress and WooCommerce have left.
fn old_shop(trial: &Trial, database: &str) {
    trial.install(database);
    age(trial, database);
}

fn age(trial: &Trial, database: &str) {
    for (name, value) in [
        ("db_version", WORDPRESS_BEFORE),
        ("woocommerce_version", "9.0.0"),
        ("woocommerce_db_version", "9.0.0"),
    ] {
        set_option(trial, database, name, value);
    }
}

fn set_option(trial: &Trial, database: &str, name: &str, value: &str) {
    trial.sql(&format!(
        "INSERT INTO {database}.wp_options (option_name, option_value) VALUES ('{name}', '{value}') ON DUPLICATE KEY UPDATE option_value = '{value}'"
    ));
}

fn option(trial: &Trial, database: &str, name: &str) -> String {
    let value = format!("SELECT option_value FROM {database}.wp_options WHERE option_name = '{name}'");
    trial.sql(&value).trim().to_owned()
}

fn upgrade(trial: &Trial, database: &str) -> Output {
    trial.command("shop", database, "upgrade").output().unwrap()
}

/// The versions, as its last line has them.
fn result(output: &Output) -> Value {
    assert_ok(output);
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(said.lines().last().unwrap()).unwrap()
}

/// The code of an upgrade that does not end well, and its sentence.
fn refusal(output: &Output) -> (Option<i32>, String) {
    let said = String::from_utf8_lossy(&output.stderr);
    (output.status.code(), said.lines().last().unwrap_or_default().to_owned())
}

/// What a probe is told.
fn readiness(trial: &Trial, database: &str) -> String {
    let output = trial.command("shop", database, "php").arg("/var/www/html/ready.php").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Lets the stand-in's update fail or stand still, until it is told otherwise. A real one is what it is.
fn disturb(trial: &Trial, database: &str, how: &str) {
    set_option(trial, database, "stand_in_disturbed", how);
}

fn is_real(trial: &Trial, database: &str) -> bool {
    trial.php(database, "echo class_exists('WC_Order') ? 'real' : 'stand-in';") == "real"
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn an_older_database_is_brought_up_to_the_image_once() {
    let Some(trial) = Trial::find() else { return };
    let database = "upgraded";
    old_shop(&trial, database);
    let printed = result(&upgrade(&trial, database));
    let (wordpress, woocommerce) = (&printed["wordpress"], &printed["woocommerce"]);
    assert_eq!(wordpress["database"]["before"].to_string(), WORDPRESS_BEFORE);
    assert_eq!(woocommerce["database"]["before"], "9.0.0");
    assert_eq!(woocommerce["database"]["after"], woocommerce["version"]);
    assert_eq!(wordpress["database"]["after"].to_string(), option(&trial, database, "db_version"));
    assert_eq!(woocommerce["version"], option(&trial, database, "woocommerce_db_version"));
    assert_ne!(wordpress["database"]["after"].to_string(), WORDPRESS_BEFORE);
    assert!(wordpress["version"].as_str().unwrap().contains('.'));
    assert_eq!(readiness(&trial, database), "ready\n");

    // Nothing is left to be done.
    let again = result(&upgrade(&trial, database));
    assert_eq!(again["woocommerce"]["database"]["before"], again["woocommerce"]["database"]["after"]);
    assert_eq!(again["wordpress"]["database"]["before"], again["wordpress"]["database"]["after"]);
    if !is_real(&trial, database) {
        assert_eq!(option(&trial, database, "stand_in_updates"), "first second second");
    }
    let needed = trial.php(
        database,
        "echo json_encode(array((int) get_option('db_version') === $GLOBALS['wp_db_version'], WC_Install::needs_db_update()));",
    );
    assert_eq!(needed, "[true,false]");
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn old_code_does_not_touch_a_newer_database() {
    let Some(trial) = Trial::find() else { return };
    let database = "newer";
    trial.database(database);
    let (code, said) = refusal(
        &trial.command("shop", database, "upgrade").env("DATABASE_WAIT_SECONDS", "1").output().unwrap(),
    );
    assert_eq!((code, said.as_str()), (Some(1), "The shop is not set up: there is nothing to upgrade."));
    assert_ok(&trial.set_up(database, &[]));
    for (name, newer, expected) in [
        ("db_version", "999999", "The database is of a newer WordPress (999999) than this image's "),
        (
            "woocommerce_db_version",
            "99.1.0",
            "The database is of a newer WooCommerce (99.1.0) than this image's ",
        ),
    ] {
        let before = option(&trial, database, name);
        set_option(&trial, database, name, newer);
        let all = format!("SELECT option_name, option_value FROM {database}.wp_options ORDER BY 1");
        let untouched = trial.sql(&all);
        let (code, said) = refusal(&upgrade(&trial, database));
        assert_eq!(code, Some(4), "{said}");
        assert!(said.starts_with(expected) && said.ends_with(": nothing was changed."), "{said}");
        assert_eq!(trial.sql(&all), untouched);
        assert_eq!(readiness(&trial, database), "ready\n");
        set_option(&trial, database, name, &before);
    }
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn an_upgrade_that_fails_half_way_keeps_visitors_out_until_one_ends() {
    let Some(trial) = Trial::find() else { return };
    let database = "half_upgraded";
    old_shop(&trial, database);
    if is_real(&trial, database) {
        println!("skipped: a real WooCommerce's updates do not fail on demand");
        return;
    }
    disturb(&trial, database, "fails");
    let (code, said) = refusal(&upgrade(&trial, database));
    assert_eq!(
        (code, said.as_str()),
        (Some(3), "WooCommerce could not be brought up to date: the second update fails")
    );
    assert_eq!(readiness(&trial, database), "the shop is being upgraded\n");
    // What was done is not done again, and the first versions are told.
    disturb(&trial, database, "");
    let printed = result(&upgrade(&trial, database));
    assert_eq!(printed["woocommerce"]["database"]["before"], "9.0.0");
    assert_eq!(printed["wordpress"]["database"]["before"].to_string(), WORDPRESS_BEFORE);
    assert_eq!(option(&trial, database, "stand_in_updates"), "first second second");
    assert_eq!(readiness(&trial, database), "ready\n");
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn an_upgrade_that_is_killed_at_any_moment_ends_when_it_is_tried_again() {
    let Some(trial) = Trial::find() else { return };
    let database = "killed_upgrade";
    old_shop(&trial, database);
    let expected = result(&upgrade(&trial, database));
    let mut cut_off = 0;
    for moment in 1..=8 {
        age(&trial, database);
        let command = trial.command("shop", database, "upgrade");
        let mut killed = Command::new("setsid");
        killed.arg(command.get_program()).args(command.get_args()).env_clear();
        killed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut child = killed.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // A sweep over the run, whatever it does at that time.
        thread::sleep(Duration::from_millis(150 * moment));
        let _ended_already = Command::new("kill").args(["-9", "--", &format!("-{}", child.id())]).status();
        cut_off += u32::from(!child.wait().unwrap().success());
        let printed = result(&upgrade(&trial, database));
        assert_eq!(printed["woocommerce"]["database"]["after"], expected["woocommerce"]["version"]);
        assert_eq!(printed["wordpress"]["database"]["after"], expected["wordpress"]["database"]["after"]);
        assert_eq!(readiness(&trial, database), "ready\n");
    }
    println!("{cut_off} of 8 upgrades were cut off");
    assert!(cut_off > 0, "none was killed before it had ended");
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn what_the_merchant_has_done_to_plugins_is_no_reason_to_fail() {
    let Some(trial) = Trial::find() else { return };
    let database = "with_plugins";
    old_shop(&trial, database);
    // One that dies of everything, and is active.
    trial.put(
        "plugins/dies.php",
        "<?php\n/* Plugin Name: Dies */\nif ( defined( 'WP_PLUGIN_DIR' ) ) { no_such_function(); }\n",
    );
    let active = r#"a:2:{i:0;s:8:"dies.php";i:1;s:27:"woocommerce/woocommerce.php";}"#;
    set_option(&trial, database, "active_plugins", active);
    let printed = result(&upgrade(&trial, database));
    assert_eq!(printed["woocommerce"]["database"]["after"], printed["woocommerce"]["version"]);
    assert_eq!(option(&trial, database, "active_plugins"), active, "it stays active");

    // WooCommerce is deactivated: its tables are nobody's business.
    set_option(&trial, database, "active_plugins", "a:0:{}");
    age(&trial, database);
    let printed = result(&upgrade(&trial, database));
    assert_eq!(printed["woocommerce"], Value::Null);
    assert_eq!(option(&trial, database, "woocommerce_db_version"), "9.0.0");
    assert_ne!(printed["wordpress"]["database"]["after"].to_string(), WORDPRESS_BEFORE);
}
