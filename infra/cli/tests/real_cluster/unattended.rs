//! A shop that nobody looks at: what is due in it is done, and a plugin that breaks it is seen. The second takes a
//! runner that checks pages, which one in the cluster does: `infra/README.md`, *The proof*.

use std::{
    env,
    time::{Duration, Instant},
};

use crate::store::{Store, progress, shopwright};

/// Where the shop's plugins and uploads lie, on its volume.
const CONTENT: &str = "/var/www/html/wp-content";
/// A plugin whose action leaves a file.
const PLUGIN: &str = r"<?php
/* Plugin Name: Due */
foreach ( array( 'due_event', 'due_action' ) as $name ) {
	add_action( $name, fn() => touch( WP_CONTENT_DIR . '/uploads/' . $name ) );
}
";
/// The same plugin, as an update may break it.
const BROKEN: &str = r"<?php
/* Plugin Name: Due */
throw new Error( 'the plugin is broken' );
";
/// How long what is due may take until it is done.
const DONE_WITHIN: Duration = Duration::from_secs(120);
/// How long it may take until a broken shop is down: three checks of its pages, and a health sweep.
const DOWN_WITHIN: Duration = Duration::from_secs(240);

#[test]
fn what_is_due_is_done_without_visitors_and_a_plugin_that_breaks_the_shop_is_seen() {
    let start = Instant::now();
    let store = Store::new();
    shopwright(&["create", &store.name, "--email", "owner@example.com", "--follow"]);
    progress(start, "the store is Ready");

    store.put_plugin(PLUGIN);
    // WordPress's own list, and WooCommerce's where the image has it.
    let planned = store.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php'; activate_plugin('due.php'); \
         wp_schedule_single_event(time(), 'due_event'); echo 'due_event'; \
         if (function_exists('as_schedule_single_action')) { \
             as_schedule_single_action(time(), 'due_action'); echo ' due_action'; }",
    );
    let planned_at = Instant::now();
    for due in planned.split_whitespace() {
        // To look at files asks the shop for nothing.
        while !store.exec(&["ls", &format!("{CONTENT}/uploads")]).lines().any(|file| file == due) {
            assert!(planned_at.elapsed() < DONE_WITHIN, "{due} was not done");
            std::thread::sleep(Duration::from_secs(1));
        }
        let seconds = planned_at.elapsed().as_secs_f64();
        progress(start, &format!("{due} was done, at most {seconds:.0} s after it was due"));
    }

    if env::var("RUNNER_NAMESPACE").is_err() {
        println!("skipped: RUNNER_NAMESPACE says of no runner in the cluster, which would check pages");
    } else {
        store.health("Healthy");
        store.put_plugin(BROKEN);
        let broken = Instant::now();
        let health = store.health_within("Down", DOWN_WITHIN);
        let reasons = health["reasons"].to_string();
        assert!(
            reasons.contains("(page_failed): it answers 500") && reasons.contains("the plugin is broken"),
            "{health}"
        );
        progress(
            start,
            &format!("its plugin broke; {:.0} s later it is Down: {reasons}", broken.elapsed().as_secs_f64()),
        );
        store.exec(&["rm", &format!("{CONTENT}/plugins/due.php")]);
        let removed = Instant::now();
        store.health_within("Healthy", DOWN_WITHIN);
        progress(
            start,
            &format!("the plugin is gone; {:.0} s later it is Healthy", removed.elapsed().as_secs_f64()),
        );
    }
    shopwright(&["delete", &store.id, "--follow"]);
    progress(start, "it is deleted");
}

impl Store {
    fn put_plugin(&self, code: &str) {
        let write = r#"printf %s "$1" > "$0""#;
        self.exec(&["sh", "-c", write, &format!("{CONTENT}/plugins/due.php"), code]);
    }
}
