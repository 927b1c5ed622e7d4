//! A store on real pods, from its creation to its end: what no simulated container can show. It runs on
//! any cluster whose network policies are enforced, with the images that `STORE_IMAGE` and `MYSQL_IMAGE`
//! name: `make test-cluster KUBECONFIG=FILE`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod kubectl;
mod store;
mod trade;
mod unattended;
mod visitor;
mod way_in;

use std::time::Instant;

use kubectl::kubectl;
use store::{Store, progress, shopwright};
use uuid::Uuid;
use visitor::{Visitor, way_in_namespace};

/// How long a workload of the store may take to be ready again.
const PATIENCE: &str = "--timeout=180s";

#[test]
fn a_store_comes_up_is_sealed_off_keeps_its_data_and_leaves_no_trace() {
    let start = Instant::now();
    let store = Store::new();
    let (name, namespace) = (store.name.as_str(), store.namespace());

    let created = shopwright(&["create", name, "--email", "owner@example.com", "--follow"]);
    progress(start, "the store is Ready");
    assert!(created.contains("Status     Ready"), "{created}");
    assert_eq!(store.warnings(), "", "no pod of it was refused or failed");

    let ingress = Visitor::in_namespace(&way_in_namespace(), &store.id);
    let stranger = Visitor::in_namespace(&format!("stranger-{}", store.id), &store.id);
    let host = store.host();
    let shop = format!("wordpress.{namespace}");
    let page = ingress.get(&shop, &host, "/").unwrap();
    assert!(page.contains(name), "the shop's front page shows its name: {page}");
    assert!(page.ends_with("\n200"), "{page}");
    assert_eq!(ingress.status(&shop, &host, "/ready.php"), "200");
    assert_eq!(ingress.status(&shop, &host, "/wp-admin/install.php"), "403");
    progress(start, "its page is served to the ingress controller's namespace, its installer to nobody");

    assert!(stranger.reaches("kubernetes.default", 443), "a visitor without policies gets out (control)");
    assert_eq!(stranger.get(&shop, &host, "/"), None, "another namespace gets no page");
    progress(start, "another namespace is refused");

    let database = format!("mysql.{namespace}");
    assert!(store.wordpress().reaches("mysql", 3306));
    assert!(!stranger.reaches(&database, 3306));
    assert!(!ingress.reaches(&database, 3306));
    assert!(!store.wordpress().reaches("kubernetes.default", 443), "private addresses are no internet");
    progress(start, "the database is reached from WordPress only, and WordPress gets at nothing private");

    let mark = Uuid::new_v4().to_string();
    store.wp(&["option", "update", "test_mark", &mark]);
    let restarts = store.restarts();
    kubectl(&["-n", &namespace, "delete", "pod", "-l", "app.kubernetes.io/component=mysql", PATIENCE]);
    kubectl(&["-n", &namespace, "rollout", "status", "deployment/mysql", PATIENCE]);
    kubectl(&["-n", &namespace, "wait", "--for=condition=Available", "deployment/wordpress", PATIENCE]);
    assert_eq!(store.wp(&["option", "get", "test_mark"]).trim(), mark);
    assert_eq!(store.restarts(), restarts, "a lost database restarts no shop");
    progress(start, "the database was stopped and started again, and has lost nothing");

    let before = store.pods();
    let restarted = shopwright(&["restart", &store.id, "--target", "all", "--follow"]);
    assert!(restarted.contains("Status     Succeeded"), "{restarted}");
    assert!(store.pods().iter().all(|pod| !before.contains(pod)), "{before:?}");
    assert_eq!(ingress.status(&shop, &host, "/ready.php"), "200");
    progress(start, "database and shop were restarted");

    let first = store.password();
    assert!(store.admits("admin", &first), "WordPress takes the password that is revealed");
    let reset = shopwright(&["reset-password", &store.id, "--follow"]);
    assert!(reset.contains("Status     Succeeded"), "{reset}");
    let second = store.password();
    assert!(store.admits("admin", &second) && !store.admits("admin", &first), "the new one, and no other");
    progress(start, "the administrator's password was revealed, reset and revealed");

    let log = shopwright(&["logs", &store.id, "mysql", "--tail", "50"]);
    assert!(log.contains("ready for connections"), "{log}");
    let log = shopwright(&["logs", &store.id, "wordpress", "--tail", "2000"]);
    assert!(log.contains("GET /ready.php"), "{log}");
    assert!(![first, second].iter().any(|password| log.contains(password.as_str())), "no password is shown");
    progress(start, "what database and shop wrote is shown");

    let hibernated = shopwright(&["hibernate", &store.id, "--follow"]);
    assert!(hibernated.contains("Status     Succeeded"), "{hibernated}");
    assert_eq!(store.pods(), [""; 0]);
    assert_eq!(ingress.get(&shop, &host, "/"), None, "nobody answers");
    progress(start, "it is hibernated: its pods are gone");
    let resumed = shopwright(&["resume", &store.id, "--follow"]);
    assert!(resumed.contains("Status     Succeeded"), "{resumed}");
    let page = ingress.get(&shop, &host, "/").unwrap();
    assert!(page.contains(name) && page.ends_with("\n200"), "{page}");
    assert_eq!(store.wp(&["option", "get", "test_mark"]).trim(), mark);
    progress(start, "it is resumed: its page is served again, and it has lost nothing");

    let health = store.health("Healthy");
    assert_eq!(health["pods"].as_array().unwrap().len(), 2, "{health}");
    assert!(
        health["volumes"].as_array().unwrap().iter().all(|volume| volume["phase"] == "Bound"),
        "{health}"
    );
    progress(start, "it is healthy");

    let volumes = store.volumes();
    assert_eq!(volumes.len(), 2, "{volumes:?}");
    let deleted = shopwright(&["delete", &store.id, "--follow"]);
    assert!(deleted.contains("The store is gone."), "{deleted}");
    assert_eq!(kubectl(&["get", "namespace", &namespace, "--ignore-not-found"]), "");
    for volume in &volumes {
        kubectl(&["wait", "--for=delete", &format!("persistentvolume/{volume}"), PATIENCE]);
    }
    let label = format!("shopwright.dev/store={}", store.id);
    assert_eq!(kubectl(&["get", "all,ingress,secret,pvc,netpol", "-A", "-l", &label, "-o", "name"]), "");
    progress(start, "it is deleted with its volumes");
}
