//! A store, as the cluster and the operator's command have it.

use std::{
    env,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;
use uuid::Uuid;

use crate::{kubectl::kubectl, visitor::Visitor};

/// How long it may take until the health sweeps find the store as it is: two of them.
const SEEN_WITHIN: Duration = Duration::from_secs(90);

/// The store as the cluster has it.
pub(crate) struct Store {
    pub(crate) name: String,
    pub(crate) id: String,
}

impl Store {
    /// One that is still to be made, of a name that no other has.
    pub(crate) fn new() -> Self {
        let name = format!("Shop {}", &Uuid::new_v4().simple().to_string()[..12]);
        let id = name.to_lowercase().replace(' ', "-");
        Self { name, id }
    }

    pub(crate) fn namespace(&self) -> String {
        format!("store-{}", self.id)
    }

    pub(crate) fn host(&self) -> String {
        format!("{}.{}", self.id, env::var("STORE_DOMAIN").unwrap())
    }

    /// The shop's own pod.
    pub(crate) fn wordpress(&self) -> Visitor {
        Visitor::existing(&self.namespace(), "deployment/wordpress")
    }

    /// What a command in the shop's container prints.
    pub(crate) fn exec(&self, command: &[&str]) -> String {
        let namespace = self.namespace();
        let exec = ["-n", &namespace, "exec", "deployment/wordpress", "-c", "wordpress", "--"];
        kubectl(&[exec.as_slice(), command].concat())
    }

    pub(crate) fn wp(&self, arguments: &[&str]) -> String {
        self.exec(&[&["wp"], arguments].concat())
    }

    /// What a line of PHP prints in the shop.
    pub(crate) fn php(&self, code: &str) -> String {
        self.exec(&["php", "-r", &format!("require '/var/www/html/wp-load.php'; {code}")])
    }

    /// The administrator's password, as whoever asks gets it.
    pub(crate) fn password(&self) -> String {
        let revealed = shopwright(&["reveal", &self.id, "--json"]);
        let revealed: Value = serde_json::from_str(&revealed).unwrap();
        revealed["password"].as_str().unwrap().to_owned()
    }

    /// Its health, once a health sweep finds that it is `expected`.
    pub(crate) fn health(&self, expected: &str) -> Value {
        self.health_within(expected, SEEN_WITHIN)
    }

    /// Its health, where it takes longer until it is `expected`.
    pub(crate) fn health_within(&self, expected: &str, limit: Duration) -> Value {
        let since = Instant::now();
        loop {
            let health: Value = serde_json::from_str(&shopwright(&["health", &self.id, "--json"])).unwrap();
            if health["status"] == expected {
                return health;
            }
            assert!(since.elapsed() < limit, "{health}");
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    /// Whether WordPress lets `user` in with `password`.
    pub(crate) fn admits(&self, user: &str, password: &str) -> bool {
        let script = r#"wp user check-password "$0" "$1" && echo admitted || true"#;
        self.exec(&["sh", "-c", script, user, password]).contains("admitted")
    }

    /// The pods of shop and database.
    pub(crate) fn pods(&self) -> Vec<String> {
        let names = "jsonpath={.items[*].metadata.name}";
        let (namespace, label) = (self.namespace(), "app.kubernetes.io/component in (mysql,wordpress)");
        let pods = kubectl(&["-n", &namespace, "get", "pods", "-l", label, "-o", names]);
        pods.split_whitespace().map(str::to_owned).collect()
    }

    /// How often each container was started again.
    pub(crate) fn restarts(&self) -> String {
        let path = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
        let (namespace, label) = (self.namespace(), "app.kubernetes.io/component=wordpress");
        kubectl(&["-n", &namespace, "get", "pods", "-l", label, "-o", path])
    }

    /// What went wrong with pods on the way, as the cluster's events have it. A probe that fails while
    /// a container starts is nothing wrong.
    pub(crate) fn warnings(&self) -> String {
        let path = "jsonpath={range .items[*]}{.reason}: {.message}{\"\\n\"}{end}";
        let namespace = self.namespace();
        let events =
            kubectl(&["-n", &namespace, "get", "events", "--field-selector=type=Warning", "-o", path]);
        let serious = ["FailedCreate", "BackOff", "Failed", "FailedMount"];
        let of_interest = |line: &&str| serious.iter().any(|reason| line.starts_with(&format!("{reason}:")));
        events.lines().filter(of_interest).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn volumes(&self) -> Vec<String> {
        let path = "jsonpath={.items[*].spec.volumeName}";
        let claims = kubectl(&["-n", &self.namespace(), "get", "persistentvolumeclaims", "-o", path]);
        claims.split_whitespace().map(str::to_owned).collect()
    }
}

/// What the operator's command prints; it must succeed.
pub(crate) fn shopwright(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_shopwright")).args(arguments).output().unwrap();
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "shopwright {}: {printed}", arguments.join(" "));
    printed
}

/// A line for whoever looks on: this test takes minutes.
pub(crate) fn progress(since: Instant, what: &str) {
    println!("{:>7.1} s  {what}", since.elapsed().as_secs_f64());
}
