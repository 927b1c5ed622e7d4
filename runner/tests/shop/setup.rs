//! `setup` and `await-setup`, on a database.

use std::{env, process::Command, thread, time::Duration};

use crate::trial::{PASSWORD, Trial, assert_ok, curl};

/// Away with the prepared database: the long way.
const LONG: [(&str, &str); 1] = [("PREPARED_DATABASE", "/nowhere")];

/// What two shops have in common: all but numbers, times and secrets.
fn shape(trial: &Trial, database: &str) -> String {
    [
        format!("SELECT table_name FROM information_schema.tables WHERE table_schema = '{database}' ORDER BY 1"),
        format!("SELECT column_name, column_type, table_name FROM information_schema.columns WHERE table_schema = '{database}' ORDER BY table_name, ordinal_position"),
        format!("SELECT option_name FROM {database}.wp_options WHERE option_name NOT LIKE '%transient%' ORDER BY 1"),
        format!("SELECT post_type, post_status, post_title, post_name FROM {database}.wp_posts ORDER BY 1, 4"),
        format!("SELECT user_login, user_nicename, display_name, user_email FROM {database}.wp_users"),
        format!("SELECT option_name, option_value FROM {database}.wp_options WHERE option_name IN ('siteurl', 'home', 'blogname', 'admin_email', 'timezone_string', 'permalink_structure', 'show_on_front', 'page_on_front', 'woocommerce_custom_orders_table_enabled', 'woocommerce_stock_email_recipient', 'woocommerce_pos_settings', 'rewrite_rules', 'shopwright_setup_done') ORDER BY 1"),
    ]
    .map(|statement| trial.sql(&statement))
    .join("--\n")
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn the_quick_and_the_long_way_end_in_the_same_shop() {
    let Some(trial) = Trial::find() else { return };
    for (database, more) in [("quick", [].as_slice()), ("long_way", &LONG)] {
        trial.database(database);
        let output = trial.set_up(database, more);
        assert_ok(&output);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.contains("Installing WordPress"), database == "long_way", "{said}");
        // What the form of the login makes of what is typed into it.
        let typed = format!(
            "echo wp_authenticate('admin', wp_slash({PASSWORD:?})) instanceof WP_User ? 'yes' : 'no';"
        );
        let admitted = trial.php(database, &typed);
        assert_eq!(admitted, "yes");
    }
    assert_eq!(shape(&trial, "quick"), shape(&trial, "long_way"));
    let dump = Command::new("chroot")
        .arg(trial.path("db"))
        .args(["mariadb-dump", "--no-defaults", "--socket=/mnt/socket", "--user=root", "quick"])
        .output()
        .unwrap();
    let dump = String::from_utf8_lossy(&dump.stdout).to_lowercase();
    assert!(dump.contains("my test shop"));
    assert!(
        !dump.contains("shopwright.invalid") && !dump.contains("prepared-shopwright"),
        "a placeholder is left"
    );
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn what_a_merchant_typed_arrives_as_it_is() {
    let Some(trial) = Trial::find() else { return };
    let title = r#"Tom & Jerry's "Café" \ Prepared"#;
    for (database, more) in [("typed_quick", [].as_slice()), ("typed_long", &LONG)] {
        trial.database(database);
        let more = [more, &[("SITE_TITLE", title), ("SITE_TIMEZONE", "Europe/Berlin")]].concat();
        assert_ok(&trial.set_up(database, &more));
        let printed = trial.php(
            database,
            "echo wp_specialchars_decode(get_bloginfo('name'), ENT_QUOTES), '|', wp_timezone_string();",
        );
        assert_eq!(printed, format!("{title}|Europe/Berlin"), "{database}");
    }
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn a_shop_sells_where_and_in_what_its_merchant_said() {
    let Some(trial) = Trial::find() else { return };
    let names = "'woocommerce_default_country', 'woocommerce_currency', 'woocommerce_price_num_decimals'";
    let options = |database: &str| {
        trial.sql(&format!(
            "SELECT option_value FROM {database}.wp_options WHERE option_name IN ({names}) ORDER BY option_name"
        ))
    };
    for (database, more) in [("market_quick", [].as_slice()), ("market_long", &LONG)] {
        trial.database(database);
        assert_ok(&trial.set_up(database, more));
        let usual = options(database);
        for (market, printed) in [
            ([("STORE_COUNTRY", "JP"), ("STORE_CURRENCY", "JPY")], "JPY\nJP\n0\n"),
            ([("STORE_COUNTRY", "TN"), ("STORE_CURRENCY", "TND")], "TND\nTN\n3\n"),
            ([("STORE_COUNTRY", "DE"), ("STORE_CURRENCY", "EUR")], "EUR\nDE\n2\n"),
            ([("STORE_COUNTRY", ""), ("STORE_CURRENCY", "")], usual.as_str()),
        ] {
            trial.database(database);
            assert_ok(&trial.set_up(database, &[more, &market].concat()));
            assert_eq!(options(database), printed, "{database} {market:?}");
        }
    }
    trial.database("market_wrong");
    let unknown = trial.set_up("market_wrong", &[LONG[0], ("STORE_LOCALE", "ja")]);
    let said = String::from_utf8_lossy(&unknown.stdout) + String::from_utf8_lossy(&unknown.stderr);
    assert!(!unknown.status.success() && said.contains("no translation into ja"), "{said}");
    trial.database("market_wrong");
    let wrong = trial.set_up("market_wrong", &[LONG[0], ("STORE_CURRENCY", "euro")]);
    let said = String::from_utf8_lossy(&wrong.stdout) + String::from_utf8_lossy(&wrong.stderr);
    assert!(!wrong.status.success() && said.contains("STORE_CURRENCY is no code"), "{said}");
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn a_shop_speaks_the_language_that_its_merchant_asked_for() {
    let Some(trial) = Trial::find() else { return };
    let german = ("STORE_LOCALE", "de_DE");
    // As the first init container of the shop's pod does, with what its Deployment says.
    let mut seed = trial.command("shop", "german_quick", "seed");
    assert_ok(&seed.arg("/tmp/volume").env(german.0, german.1).output().unwrap());
    for (database, more) in [("german_quick", [].as_slice()), ("german_long", &LONG)] {
        trial.database(database);
        assert_ok(&trial.set_up(database, &[more, &[german]].concat()));
        let said = trial.php(
            database,
            "echo get_locale(), '|', get_option('date_format'), '|', get_the_title(wc_get_page_id('cart')), '|', \
             get_post_field('post_name', wc_get_page_id('cart')), '|', __('Log In');",
        );
        assert_eq!(said, "de_DE|j. F Y|Cart (de_DE)|cart|Log In (de_DE)", "{database}");
    }
    let _served = trial.serve_with("german_quick", &[]);
    let (code, page) = curl("/wp-login.php", &[]);
    assert_eq!(code, "200");
    assert!(page.contains("lang=\"de-DE\"") && page.contains("Log In (de_DE)"), "{page}");
    let (_, page) = curl("/", &[]);
    assert!(page.contains("lang=\"de-DE\""), "{page}");
}

/// How many statements that write the server has been asked for. A setup's own are always as many, however
/// busy the machine is.
fn written(trial: &Trial) -> u64 {
    let statements = "'COM_CREATE_TABLE', 'COM_ALTER_TABLE', 'COM_DROP_TABLE', 'COM_INSERT', 'COM_REPLACE', 'COM_UPDATE', 'COM_DELETE'";
    let sum = format!(
        "SELECT CAST(SUM(variable_value) AS UNSIGNED) FROM information_schema.global_status WHERE variable_name IN ({statements})"
    );
    trial.sql(&sum).trim().parse().unwrap()
}

/// Kills a setup when it has written a part of what it writes, and lets the Job try again, again and again.
fn kill_at(trial: &Trial, database: &str, more: &[(&str, &str)], moments: u32) {
    trial.database(database);
    let before = written(trial);
    assert_ok(&trial.set_up(database, more));
    let whole = written(trial) - before;
    let expected = shape(trial, database);
    let mut cut_off = 0;
    for moment in 0..moments {
        trial.database(database);
        let enough = written(trial) + whole * u64::from(2 * moment + 1) / u64::from(2 * moments);
        let mut setup = Command::new("setsid");
        let job = trial.command("job", database, "setup");
        setup.arg(job.get_program()).args(job.get_args()).env_clear();
        setup
            .envs(job.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .envs(more.iter().copied());
        let mut child = setup.spawn().unwrap();
        while written(trial) < enough && child.try_wait().unwrap().is_none() {}
        let _ended_already = Command::new("kill").args(["-9", "--", &format!("-{}", child.id())]).status();
        cut_off += u32::from(!child.wait().unwrap().success());
        assert_ok(&trial.set_up(database, more));
        assert_eq!(shape(trial, database), expected, "killed at moment {moment} of {moments}");
    }
    println!("{cut_off} of {moments} setups were cut off");
    assert!(cut_off > 0, "none was killed before it had ended");
}

fn moments() -> u32 {
    env::var("KILLS").map_or(6, |number| number.parse().unwrap())
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn a_setup_that_is_killed_at_any_moment_ends_in_the_same_shop_when_it_is_tried_again() {
    let Some(trial) = Trial::find() else { return };
    kill_at(&trial, "killed_quick", &[], moments());
    kill_at(&trial, "killed_long", &LONG, moments());
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn a_database_that_no_setup_has_marked_is_never_emptied() {
    let Some(trial) = Trial::find() else { return };
    trial.database("foreign_tables");
    trial.sql("CREATE TABLE foreign_tables.wp_mine (a INT); INSERT INTO foreign_tables.wp_mine VALUES (7)");
    for _ in 0..2 {
        assert_ok(&trial.set_up("foreign_tables", &[]));
        assert_eq!(trial.sql("SELECT a FROM foreign_tables.wp_mine"), "7\n");
    }

    // Also one that was set up, and whose mark somebody has taken away since.
    trial.sql("DELETE FROM foreign_tables.wp_options WHERE option_name = 'shopwright_setup_done'");
    trial.sql("UPDATE foreign_tables.wp_options SET option_value = 'Renamed' WHERE option_name = 'blogname'");
    assert_ok(&trial.set_up("foreign_tables", &[]));
    assert_eq!(
        trial.sql("SELECT option_value FROM foreign_tables.wp_options WHERE option_name = 'blogname'"),
        "Renamed\n"
    );
    assert_eq!(trial.sql("SELECT a FROM foreign_tables.wp_mine"), "7\n");
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn the_shops_pod_goes_on_when_the_setup_is_through_and_not_before() {
    let Some(trial) = Trial::find() else { return };
    trial.database("awaited");
    let mut waiting = trial.command("shop", "awaited", "await-setup").spawn().unwrap();
    thread::sleep(Duration::from_millis(700));
    assert!(waiting.try_wait().unwrap().is_none(), "nothing is set up");
    assert_ok(&trial.set_up("awaited", &[]));
    assert!(waiting.wait().unwrap().success());
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn a_database_that_does_not_let_the_shop_in_is_reported_and_not_waited_for_without_end() {
    let Some(trial) = Trial::find() else { return };
    let mut command = trial.command("shop", "awaited", "await-setup");
    let output = command.env("WORDPRESS_DB_PASSWORD", "wrong").env("DENIED_SECONDS", "1").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("The database does not let the shop in: Access denied"), "{said}");
}
