//! Every object of every chart before a real API server, which has the definitions of the custom ones.

use std::process::Command;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::chart::{Chart, fed, text};

/// A namespace of a test's own, that only lets in what Pod Security calls `restricted`.
pub(crate) struct Namespace {
    pub(crate) name: String,
}

impl Namespace {
    pub(crate) fn create() -> Self {
        let name = format!("installation-{}", Uuid::new_v4().simple());
        let restricted = ["enforce", "audit", "warn"]
            .map(|mode| (format!("pod-security.kubernetes.io/{mode}"), json!("restricted")));
        let labels: serde_json::Map<_, _> = restricted.into_iter().collect();
        apply(
            &[
                json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } }),
            ],
            &[],
        );
        Self { name }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let delete = ["delete", "namespace", &self.name, "--wait=false"];
        Command::new("kubectl").args(delete).output().unwrap();
    }
}

/// Applies objects as the administrator. A warning is a failure, of Pod Security not least.
fn apply(objects: &[Value], flags: &[&str]) {
    let mut command = Command::new("kubectl");
    command
        .args(["apply", "--server-side", "--validate=strict", "--warnings-as-errors", "-f", "-"])
        .args(flags);
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
    let output = fed(&mut command, &list.to_string());
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
#[ignore = "needs the local stack: make test"]
fn the_api_server_takes_every_object_of_every_chart_without_a_warning() {
    for chart in Chart::all() {
        for values in chart.values_files() {
            let namespace = Namespace::create();
            let mut objects = chart.objects(&namespace.name, &values);
            assert!(!objects.is_empty());
            for object in &mut objects {
                // A store's chart has a namespace of its own, which is not there.
                let metadata = &mut object["metadata"];
                if metadata.get("namespace").is_some() {
                    metadata["namespace"] = json!(namespace.name);
                }
            }
            println!("{}: {} objects", values.display(), objects.len());
            apply(&objects, &["--dry-run=server"]);
        }
    }
}
