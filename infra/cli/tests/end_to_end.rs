//! The whole chain, over HTTP and with the operator's command: API function → DynamoDB → SQS → runner
//! → Kubernetes, and back.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    env,
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use k8s_openapi::api::{
    apps::v1::Deployment,
    batch::v1::Job,
    core::v1::{Namespace, Secret, Service},
    networking::v1::Ingress,
};
use kube::{
    Api, Client, ResourceExt as _,
    api::{DeleteParams, PostParams},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::account::Account;
use tokio::process::Command;
use uuid::Uuid;

fn variable(name: &str) -> String {
    env::var(name).expect("this test needs the local stack: run it with `make test`")
}

/// After this long, what is waited for is taken not to come.
const PATIENCE: Duration = Duration::from_secs(120);

/// A name that no other test has.
fn name() -> String {
    format!("Shop {}", Uuid::new_v4().simple())
}

fn id(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

struct Caller {
    client: reqwest::Client,
    url: String,
    token: String,
}

impl Caller {
    fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build().unwrap();
        Self { client, url: variable("API_URL"), token: variable("ADMIN_TOKEN") }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn create(&self, name: &str) -> (StatusCode, Value) {
        let body = json!({ "name": name, "adminEmail": "owner@example.com" });
        self.call(Method::POST, "/v1/stores", Some(body)).await
    }

    /// Asks for the store, which does not fail, again and again until the answer satisfies `condition`.
    async fn until(&self, id: &str, condition: impl Fn(StatusCode, &Value) -> bool) -> Value {
        let met =
            self.until_it_ends(id, |status, store| condition(status, store) || store["status"] == "Failed");
        let store = met.await;
        assert_ne!(store["status"], "Failed", "{store}");
        store
    }

    /// The same for a store that may fail.
    async fn until_it_ends(&self, id: &str, condition: impl Fn(StatusCode, &Value) -> bool) -> Value {
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        let start = Instant::now();
        loop {
            ticks.tick().await;
            assert!(start.elapsed() < PATIENCE, "{id} does not get there");
            let (status, store) = self.call(Method::GET, &format!("/v1/stores/{id}"), None).await;
            if condition(status, &store) {
                return store;
            }
        }
    }

    async fn events(&self, id: &str) -> Vec<(String, String)> {
        let (status, events) = self.call(Method::GET, &format!("/v1/stores/{id}/events"), None).await;
        assert_eq!(status, StatusCode::OK, "{events}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        events["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| (text(&event["step"]), text(&event["kind"])))
            .collect()
    }

    async fn delete(&self, id: &str) {
        let (status, store) = self.call(Method::DELETE, &format!("/v1/stores/{id}"), None).await;
        assert_eq!((status, &store["status"]), (StatusCode::ACCEPTED, &json!("Deleting")));
        self.until(id, |status, _| status == StatusCode::NOT_FOUND).await;
    }
}

async fn cluster() -> Client {
    Client::try_from(Account::Administrator.config().await).unwrap()
}

async fn shopwright(arguments: &[&str]) -> Output {
    let command =
        Command::new(env!("CARGO_BIN_EXE_shopwright")).args(arguments).stdin(Stdio::null()).output();
    command.await.unwrap()
}

fn text(output: &[u8]) -> String {
    String::from_utf8(output.to_vec()).unwrap()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn from_a_call_to_a_shop_and_back() {
    let (caller, cluster) = (Caller::new(), cluster().await);
    let name = name();
    let id = id(&name);
    let (status, created) = caller.create(&name).await;
    assert_eq!((status, &created["id"]), (StatusCode::ACCEPTED, &json!(id)), "{created}");
    let ready = caller.until(&id, |_, store| store["status"] == "Ready").await;
    assert_eq!(ready["url"], format!("http://{id}.{}", variable("STORE_DOMAIN")));

    let steps = [
        "create_namespace",
        "create_network_policies",
        "create_quota",
        "create_secrets",
        "deploy_mysql",
        "wait_mysql",
        "setup_woocommerce",
        "deploy_wordpress",
        "wait_wordpress",
        "create_ingress",
    ];
    let mut timeline: Vec<_> = steps
        .iter()
        .flat_map(|step| ["step_started", "step_completed"].map(|kind| (step.to_string(), kind.to_owned())))
        .collect();
    timeline.push((String::new(), "store_ready".into()));
    assert_eq!(caller.events(&id).await, timeline);

    let namespace = format!("store-{id}");
    let labels = [("shopwright.dev/store", &json!(id)), ("shopwright.dev/store-uid", &created["uid"])];
    macro_rules! assert_there {
        ($($kind:ty: $name:literal),+ $(,)?) => {$(
            let object = Api::<$kind>::namespaced(cluster.clone(), &namespace).get($name).await.unwrap();
            for (label, value) in labels {
                assert_eq!(json!(object.labels()[label]), *value, "{} {}", stringify!($kind), $name);
            }
        )+};
    }
    assert_there!(
        Secret: "mysql-credentials", Secret: "wordpress-credentials", Deployment: "mysql", Service: "mysql",
        Job: "setup", Deployment: "wordpress", Service: "wordpress", Ingress: "wordpress",
    );

    caller.delete(&id).await;
    let namespaces: Api<Namespace> = Api::all(cluster);
    assert!(namespaces.get_opt(&namespace).await.unwrap().is_none());
    let events = caller.events(&id).await;
    assert_eq!(events.last().unwrap().1, "store_deleted", "the timeline outlives the store");
    assert_eq!(caller.create(&name).await.0, StatusCode::ACCEPTED, "the name is free again");
    caller.until(&id, |_, store| store["status"] == "Ready").await;
    caller.delete(&id).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_namespace_that_is_deleted_by_hand_is_missed_and_its_store_can_still_be_deleted() {
    let (caller, cluster) = (Caller::new(), cluster().await);
    let name = name();
    let id = id(&name);
    caller.create(&name).await;
    caller.until(&id, |_, store| store["status"] == "Ready").await;
    let health = format!("{id}/health");
    let healthy = caller.until(&health, |_, health| health["status"] == "Healthy").await;
    assert_eq!(healthy["pods"].as_array().unwrap().len(), 2, "{healthy}");

    let namespaces: Api<Namespace> = Api::all(cluster);
    namespaces.delete(&format!("store-{id}"), &DeleteParams::background()).await.unwrap();
    caller.until(&health, |_, health| health["status"] == "Missing").await;
    assert!(caller.events(&id).await.contains(&(String::new(), "health_changed".into())));
    let shown = shopwright(&["health", &id]).await;
    assert!(text(&shown.stdout).contains("Health     Missing"), "{shown:?}");
    caller.delete(&id).await;
    assert!(!shopwright(&["health", &id]).await.status.success());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_can_not_be_made_says_at_which_step_why_and_what_to_do() {
    let (caller, cluster) = (Caller::new(), cluster().await);
    let name = name();
    let id = id(&name);
    let namespaces: Api<Namespace> = Api::all(cluster);
    let in_the_way = json!({ "metadata": { "name": format!("store-{id}") } });
    namespaces.create(&PostParams::default(), &serde_json::from_value(in_the_way).unwrap()).await.unwrap();

    caller.create(&name).await;
    let at_rest = |_, store: &Value| store["failure"]["cleanup"]["state"] == "done";
    let failed = caller.until_it_ends(&id, at_rest).await;
    let failure = &failed["failure"];
    assert_eq!((&failed["status"], &failure["step"]), (&json!("Failed"), &json!("create_namespace")));
    assert_eq!(failure["code"], "namespace_conflict");
    assert_eq!(
        failure["message"],
        format!(
            "Namespace store-{id} exists already and does not belong to this store. Remove what is in the \
             way, or choose another name."
        )
    );
    let printed = caller.events(&id).await;
    assert!(printed.contains(&("create_namespace".into(), "step_failed".into())), "{printed:?}");
    caller.delete(&id).await;
    namespaces.delete(&format!("store-{id}"), &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_two_clients_that_ask_for_one_name_at_once_one_gets_it() {
    let (ada, eve) = (Caller::new(), Caller::new());
    let name = name();
    let (one, other) = tokio::join!(ada.create(&name), eve.create(&name));
    let mut statuses = [one.0.as_u16(), other.0.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409]);
    ada.delete(&id(&name)).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_strangers_type_is_refused_by_name() {
    let caller = Caller::new();
    for name in ["Böse Käse", &"x".repeat(51), "'; drop", ""] {
        let (status, problem) = caller.create(name).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name:?}: {problem}");
        assert_eq!(problem["errors"][0]["pointer"], "/name", "{name:?}");
    }
    let (status, problem) = caller.call(Method::POST, "/v1/stores", Some(json!({ "name": "My Shop" }))).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/adminEmail"))
    );
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_operators_command_creates_follows_shows_and_deletes() {
    let name = name();
    let id = id(&name);
    let create = ["create", &name, "--email", "owner@example.com", "--follow"];
    let created = shopwright(&create).await;
    let printed = text(&created.stdout);
    assert!(created.status.success(), "{printed}{}", text(&created.stderr));
    assert!(printed.contains("create_ingress") && printed.contains("Status     Ready"), "{printed}");

    let again = shopwright(&create).await;
    assert!(!again.status.success());
    assert!(text(&again.stderr).contains("The name is taken"), "{}", text(&again.stderr));
    let content = shopwright(&[create.as_slice(), &["--if-absent"]].concat()).await;
    assert!(content.status.success() && text(&content.stdout).contains("is there already"));

    for (filter, listed) in [(&["list", "--status", "Ready"], true), (&["list", "--owner", "nobody"], false)]
    {
        assert_eq!(text(&shopwright(filter).await.stdout).contains(&id), listed, "{filter:?}");
    }
    let no_status = shopwright(&["list", "--status", "ready"]).await;
    assert!(text(&no_status.stderr).contains("Provisioning, Ready, Failed, Deleting"), "{no_status:?}");
    let no_failure = shopwright(&["retry", &id]).await;
    assert!(text(&no_failure.stderr).contains("takes one that is Failed"), "{no_failure:?}");
    let shown: Value = serde_json::from_slice(&shopwright(&["show", &id, "--json"]).await.stdout).unwrap();
    assert_eq!((&shown["id"], &shown["status"]), (&json!(id), &json!("Ready")));
    assert!(text(&shopwright(&["events", &id]).await.stdout).contains("wait_mysql"));

    let restarted = shopwright(&["restart", &id, "--target", "wordpress", "--follow"]).await;
    let printed = text(&restarted.stdout);
    assert!(restarted.status.success() && printed.contains("Status     Succeeded"), "{restarted:?}");
    let reset = shopwright(&["reset-password", &id, "--follow"]).await;
    assert!(reset.status.success() && text(&reset.stdout).contains("Status     Succeeded"), "{reset:?}");
    let printed = text(&shopwright(&["operations", &id]).await.stdout);
    assert!(printed.contains("restart wordpress") && printed.contains("Succeeded"), "{printed}");
    assert!(text(&shopwright(&["events", &id]).await.stdout).contains("asked for the restart of wordpress"));

    let deleted = shopwright(&["delete", &id, "--follow"]).await;
    let printed = text(&deleted.stdout);
    assert!(deleted.status.success() && printed.contains("The store is gone."), "{printed}");
    assert!(!shopwright(&["show", &id]).await.status.success());
}
