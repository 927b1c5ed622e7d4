//! A store on real pods, from its creation to its end: what no simulated container can show. It runs on
//! any cluster whose network policies are enforced, with the images that `STORE_IMAGE` and `MYSQL_IMAGE`
//! name: `make test-cluster KUBECONFIG=FILE`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod kubectl;
mod visitor;

use std::{
    env,
    process::Command,
    time::{Duration, Instant},
};

use kubectl::kubectl;
use serde_json::Value;
use uuid::Uuid;
use visitor::Visitor;

/// How long a workload of the store may take to be ready again.
const PATIENCE: &str = "--timeout=180s";

/// How long it may take until the health sweeps find the store healthy: two of them.
const HEALTHY_WITHIN: Duration = Duration::from_secs(90);

#[test]
fn a_store_comes_up_is_sealed_off_keeps_its_data_and_leaves_no_trace() {
    let start = Instant::now();
    let name = format!("Shop {}", &Uuid::new_v4().simple().to_string()[..12]);
    let store = Store { id: name.to_lowercase().replace(' ', "-") };
    let namespace = store.namespace();

    let created = shopwright(&["create", &name, "--email", "owner@example.com", "--follow"]);
    progress(start, "the store is Ready");
    assert!(created.contains("Status     Ready"), "{created}");
    assert_eq!(store.warnings(), "", "no pod of it was refused or failed");

    let ingress = env::var("INGRESS_NAMESPACE").unwrap_or_else(|_| "ingress-nginx".into());
    let ingress = Visitor::in_namespace(&ingress, &store.id);
    let stranger = Visitor::in_namespace(&format!("stranger-{}", store.id), &store.id);
    let host = store.host();
    let shop = format!("wordpress.{namespace}");
    let page = ingress.get(&shop, &host, "/").unwrap();
    assert!(page.contains(&name), "the shop's front page shows its name: {page}");
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
    assert!(page.contains(&name) && page.ends_with("\n200"), "{page}");
    assert_eq!(store.wp(&["option", "get", "test_mark"]).trim(), mark);
    progress(start, "it is resumed: its page is served again, and it has lost nothing");

    let health = store.healthy();
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

/// The store as the cluster has it.
struct Store {
    id: String,
}

impl Store {
    fn namespace(&self) -> String {
        format!("store-{}", self.id)
    }

    fn host(&self) -> String {
        format!("{}.{}", self.id, env::var("STORE_DOMAIN").unwrap())
    }

    /// The shop's own pod.
    fn wordpress(&self) -> Visitor {
        Visitor::existing(&self.namespace(), "deployment/wordpress")
    }

    fn wp(&self, arguments: &[&str]) -> String {
        let namespace = self.namespace();
        let exec = ["-n", &namespace, "exec", "deployment/wordpress", "-c", "wordpress", "--", "wp"];
        kubectl(&[exec.as_slice(), arguments].concat())
    }

    /// The administrator's password, as whoever asks gets it.
    fn password(&self) -> String {
        let revealed = shopwright(&["reveal", &self.id, "--json"]);
        let revealed: Value = serde_json::from_str(&revealed).unwrap();
        revealed["password"].as_str().unwrap().to_owned()
    }

    /// Its health, once a health sweep found it healthy again after all its restarts.
    fn healthy(&self) -> Value {
        let since = Instant::now();
        loop {
            let health: Value = serde_json::from_str(&shopwright(&["health", &self.id, "--json"])).unwrap();
            if health["status"] == "Healthy" {
                return health;
            }
            assert!(since.elapsed() < HEALTHY_WITHIN, "{health}");
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    /// Whether WordPress lets `user` in with `password`.
    fn admits(&self, user: &str, password: &str) -> bool {
        let script = r#"wp user check-password "$0" "$1" && echo admitted || true"#;
        let namespace = self.namespace();
        let exec = ["-n", &namespace, "exec", "deployment/wordpress", "-c", "wordpress", "--"];
        kubectl(&[exec.as_slice(), &["sh", "-c", script, user, password]].concat()).contains("admitted")
    }

    /// The pods of shop and database.
    fn pods(&self) -> Vec<String> {
        let names = "jsonpath={.items[*].metadata.name}";
        let (namespace, label) = (self.namespace(), "app.kubernetes.io/component in (mysql,wordpress)");
        let pods = kubectl(&["-n", &namespace, "get", "pods", "-l", label, "-o", names]);
        pods.split_whitespace().map(str::to_owned).collect()
    }

    /// How often each container was started again.
    fn restarts(&self) -> String {
        let path = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
        let (namespace, label) = (self.namespace(), "app.kubernetes.io/component=wordpress");
        kubectl(&["-n", &namespace, "get", "pods", "-l", label, "-o", path])
    }

    /// What went wrong with pods on the way, as the cluster's events have it. A probe that fails while
    /// a container starts is nothing wrong.
    fn warnings(&self) -> String {
        let path = "jsonpath={range .items[*]}{.reason}: {.message}{\"\\n\"}{end}";
        let namespace = self.namespace();
        let events =
            kubectl(&["-n", &namespace, "get", "events", "--field-selector=type=Warning", "-o", path]);
        let serious = ["FailedCreate", "BackOff", "Failed", "FailedMount"];
        let of_interest = |line: &&str| serious.iter().any(|reason| line.starts_with(&format!("{reason}:")));
        events.lines().filter(of_interest).collect::<Vec<_>>().join("\n")
    }

    fn volumes(&self) -> Vec<String> {
        let path = "jsonpath={.items[*].spec.volumeName}";
        let claims = kubectl(&["-n", &self.namespace(), "get", "persistentvolumeclaims", "-o", path]);
        claims.split_whitespace().map(str::to_owned).collect()
    }
}

/// What the operator's command prints; it must succeed.
fn shopwright(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_shopwright")).args(arguments).output().unwrap();
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "shopwright {}: {printed}", arguments.join(" "));
    printed
}

/// A line for whoever looks on: this test takes minutes.
fn progress(since: Instant, what: &str) {
    println!("{:>7.1} s  {what}", since.elapsed().as_secs_f64());
}
