//! Every object of every chart before a real API server, which has the definitions of the custom ones.

use std::process::Command;

use clap::Parser as _;
use domain::store::name::StoreName;
use runner::inspect::render::Render;
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

/// Names, and with them ids, that a reader of YAML 1.1, as kubectl is one, would take for something else.
const MISREAD: [&str; 9] = ["No", "Yes", "On", "off", "True", "Null", "1e3", "0x1F", "0b1"];

#[test]
#[ignore = "needs the local stack: make test"]
fn what_the_runner_renders_of_a_store_of_any_name_kubectl_takes_as_it_is() {
    let namespace = Namespace::create();
    for name in MISREAD {
        let arguments = ["render", name, "--email", "owner@example.com", "--show-secrets"];
        let rendered = Render::try_parse_from(arguments).unwrap().yaml().unwrap();
        let id = StoreName::parse(name).unwrap().slug();
        // The store's own namespace is not there.
        let placed = rendered
            .replace(&format!("namespace: store-{id}\n"), &format!("namespace: {}\n", namespace.name));
        let mut command = Command::new("kubectl");
        let read =
            ["apply", "--server-side", "--validate=strict", "--warnings-as-errors", "--dry-run=server"];
        let output = fed(command.args(read).args(["--output", "json", "-f", "-"]), &placed);
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        let list: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), 15);
        for item in items {
            assert_eq!(item["metadata"]["labels"]["shopwright.dev/store"], json!(id.as_str()), "{item}");
        }
        let setup = items.iter().find(|item| item["kind"] == "Job").unwrap();
        let environment = &setup["spec"]["template"]["spec"]["containers"][0]["env"];
        let titled = json!({ "name": "SITE_TITLE", "value": name });
        assert!(environment.as_array().unwrap().contains(&titled), "{environment}");
    }
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
