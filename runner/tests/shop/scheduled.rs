//! Scheduled work, in a shop that nobody visits.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::trial::{Trial, assert_ok, curl};

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A plugin whose event tells that it was run.
const PLUGIN: &str = r"<?php
/* Plugin Name: Tells */
add_action( 'tells', function ( $what ) {
	file_put_contents( WP_CONTENT_DIR . '/uploads/printed', $what . ' ' . ( wp_doing_cron() ? 'scheduled' : 'not' ) . ' ' . home_url() . PHP_EOL, FILE_APPEND );
	$pause = glob( WP_CONTENT_DIR . '/uploads/pause' );
	while ( $pause && is_file( $pause[0] ) ) { usleep( 50000 ); clearstatcache(); }
	if ( $pause ) { file_put_contents( WP_CONTENT_DIR . '/uploads/printed', 'through' . PHP_EOL, FILE_APPEND ); }
} );
";

/// What PHP prints in a shop that starts no work of its own: with that, a process has the lock for a minute.
fn php(trial: &Trial, database: &str, code: &str) -> String {
    trial.php_with(database, &[("WORDPRESS_DISABLE_CRON", "true")], code)
}

/// A shop with that plugin.
fn shop(trial: &Trial, database: &str) {
    trial.install(database);
    trial.put("plugins/tells.php", PLUGIN);
    for file in ["printed", "pause"] {
        let _none = fs::remove_file(trial.path("volume/wp-content/uploads").join(file));
    }
    php(
        trial,
        database,
        "require_once ABSPATH . 'wp-admin/includes/plugin.php'; echo json_encode(activate_plugin('tells.php'));",
    );
}

/// An event that is due `seconds` from now.
fn plan(trial: &Trial, database: &str, what: &str, seconds: i32) {
    php(
        trial,
        database,
        &format!("wp_schedule_single_event(time() + {seconds}, 'tells', array('{what}'), true);"),
    );
}

fn recorded(trial: &Trial) -> String {
    fs::read_to_string(trial.path("volume/wp-content/uploads/printed")).unwrap_or_default()
}

fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < end, "{what} did not come");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The script, with a second between runs.
fn schedule(trial: &Trial, database: &str) -> Command {
    let mut command = trial.command("shop", database, "schedule");
    command.env("SCHEDULE_SECONDS", "1").env("WORDPRESS_DISABLE_CRON", "true");
    command
}

fn is_alive(trial: &Trial, database: &str) -> bool {
    let mut command = trial.command("shop", database, "schedule");
    command
        .arg("alive")
        .env("SCHEDULE_RUN_SECONDS", "3")
        .env("SCHEDULE_SECONDS", "1")
        .status()
        .unwrap()
        .success()
}

/// Asks it to end, as the kubelet does: by the image's signal, which is Apache's.
fn terminate(process: u32) {
    assert!(Command::new("kill").args(["-WINCH", &process.to_string()]).status().unwrap().success());
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn what_is_due_is_done_without_a_visitor() {
    let Some(trial) = Trial::find() else { return };
    let database = "scheduled";
    shop(&trial, database);
    let _none = fs::remove_file(trial.path("shop/tmp/schedule.last-run"));
    assert!(!is_alive(&trial, database), "nothing runs");
    plan(&trial, database, "soon", 2);
    plan(&trial, database, "tomorrow", 86_400);
    let mut process = schedule(&trial, database).spawn().unwrap();
    wait_until("the event", || {
        recorded(&trial).contains("soon scheduled https://my-test-shop.example.com\n")
    });
    assert!(is_alive(&trial, database));
    // One at a time.
    let second = schedule(&trial, database).output().unwrap();
    assert_eq!(second.status.code(), Some(1));

    // Events that come later are done too, each once.
    plan(&trial, database, "later", 0);
    wait_until("the second event", || recorded(&trial).contains("later "));
    terminate(process.id());
    assert!(process.wait().unwrap().success(), "it ends by itself");
    assert_eq!(recorded(&trial).matches("soon").count(), 1);
    assert!(!recorded(&trial).contains("tomorrow"));

    // Nobody says that it is alive when it is not.
    wait_until("the end of its last sign of life", || !is_alive(&trial, database));
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn a_run_that_is_under_way_ends_before_its_container() {
    let Some(trial) = Trial::find() else { return };
    let database = "scheduled_end";
    shop(&trial, database);
    trial.put("uploads/pause", "");
    plan(&trial, database, "long", 0);
    let mut process = schedule(&trial, database).spawn().unwrap();
    wait_until("the event", || recorded(&trial).contains("long"));
    terminate(process.id());
    thread::sleep(Duration::from_millis(300));
    assert!(process.try_wait().unwrap().is_none(), "the run is under way");
    fs::remove_file(trial.path("volume/wp-content/uploads/pause")).unwrap();
    assert!(process.wait().unwrap().success());
    assert!(recorded(&trial).ends_with("through\n"), "{}", recorded(&trial));

    // One that hangs is not waited for without end.
    trial.put("uploads/pause", "");
    plan(&trial, database, "hangs", 0);
    let mut process = schedule(&trial, database).env("SCHEDULE_GRACE_SECONDS", "1").spawn().unwrap();
    wait_until("the event", || recorded(&trial).contains("hangs"));
    terminate(process.id());
    assert!(process.wait().unwrap().success());
    fs::remove_file(trial.path("volume/wp-content/uploads/pause")).unwrap();
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn a_run_that_fails_or_hangs_is_reported_and_made_again() {
    let Some(trial) = Trial::find() else { return };
    let database = "scheduled_again";
    shop(&trial, database);
    trial.put("uploads/pause", "");
    plan(&trial, database, "hangs", 0);
    let mut command = schedule(&trial, database);
    let mut process = command.env("SCHEDULE_RUN_SECONDS", "3").stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
    let said = lines.by_ref().find(|line| line.starts_with("schedule: ")).unwrap();
    assert_eq!(said, "schedule: the run was ended after 3 s");
    fs::remove_file(trial.path("volume/wp-content/uploads/pause")).unwrap();

    // A plugin that dies takes its own event with it and no other one.
    trial.put(
        "plugins/tells.php",
        &PLUGIN
            .replace("add_action", "add_action( 'dies', function () { no_such_function(); } );\nadd_action"),
    );
    php(
        &trial,
        database,
        "delete_transient('doing_cron'); wp_schedule_single_event(time() - 9, 'dies'); wp_schedule_single_event(time() - 5, 'tells', array('after'));",
    );
    let said = lines.by_ref().find(|line| line.contains("critical error")).unwrap();
    assert!(!said.contains('<'), "{said}");
    assert!(lines.by_ref().any(|line| line.starts_with("schedule: the run failed with code ")));
    php(&trial, database, "delete_transient('doing_cron');");
    wait_until("the event", || recorded(&trial).contains("after"));

    // A database that is away is no reason to end.
    trial.sql(&format!("RENAME TABLE {database}.wp_options TO {database}.wp_elsewhere"));
    let said = lines.by_ref().find(|line| line.contains("what is due")).unwrap();
    assert!(said.contains("The database can't be asked what is due: Table"), "{said}");
    trial.sql(&format!("RENAME TABLE {database}.wp_elsewhere TO {database}.wp_options"));
    plan(&trial, database, "back", 0);
    wait_until("the event", || recorded(&trial).contains("back"));
    terminate(process.id());
    assert!(process.wait().unwrap().success());
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn no_visitor_does_what_the_other_container_does() {
    let Some(trial) = Trial::find() else { return };
    let database = "scheduled_beside";
    trial.install(database);
    let served = trial.serve_with(database, &[("WORDPRESS_DISABLE_CRON", "true")]);
    assert_eq!(curl("/wp-cron.php", &[]).0, "403");
    drop(served);
    let _served = trial.serve_with(database, &[]);
    assert_eq!(curl("/wp-cron.php", &[]).0, "200", "without it visitors do");
}

#[test]
#[ignore = "needs root and Debian's packages: make test-shop"]
fn woocommerces_queue_is_run_and_a_minute_without_work_costs_little() {
    let Some(trial) = Trial::find() else { return };
    let database = "scheduled_queue";
    shop(&trial, database);
    // What a fresh shop has to do at once is done first.
    let once = |count: u32| {
        for _ in 0..count {
            let mut command = trial.command("shop", database, "php");
            command.arg("/usr/share/shopwright/lib/scheduled.php");
            assert_ok(&command.output().unwrap());
        }
    };
    once(3);
    let queries = || {
        let status = trial.sql("SHOW GLOBAL STATUS LIKE 'Questions'");
        status.split_whitespace().nth(1).unwrap().parse::<u32>().unwrap()
    };
    let before = queries();
    once(1);
    let asked = queries() - before;
    assert!(asked < 12, "WordPress was started: {asked} questions to the database");

    if php(&trial, database, "echo function_exists('as_enqueue_async_action') ? 'real' : 'stand-in';")
        != "real"
    {
        println!("skipped: without WOOCOMMERCE_DIR there is no queue");
        return;
    }
    php(&trial, database, "as_schedule_single_action(time(), 'tells', array('queued'));");
    once(1);
    assert!(recorded(&trial).contains("queued "), "{}", recorded(&trial));
}
