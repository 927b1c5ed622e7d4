//! Shops whose pods are ready and whose pages fail.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use domain::{
    health::{Assessment, Mail},
    store::Store,
};
use runner::health::{HealthSweeper, PageChecks, PageCounts, Pages};
use serde_json::json;

use super::{kept, recorded, set_pod, sweep, verdict};
use crate::support::{harness::Harness, ready_store::ready};

/// Only a runner whose pods shops let in asks them.
const IN_THE_CLUSTER: [&str; 2] = ["--runner-namespace", "shopwright-system"];

/// What a stand-in answers.
#[derive(Clone)]
struct Script {
    front: (u16, &'static str),
    checkout: (u16, &'static str),
    status: String,
    /// The paths that were asked for, by the shop's own host.
    asked: Vec<String>,
}

/// A stand-in for a store's shop: what answers at its pod's address.
struct Shop(Arc<Mutex<Script>>);

impl Shop {
    /// At an address of this machine that no other test has, on the port of the shop's pod.
    async fn at_the_pod_of(harness: &Harness, store: &Store) -> Self {
        let [.., a, b, c] = *store.uid.as_bytes();
        let address = Ipv4Addr::new(127, a.max(1), b, c.clamp(1, 254));
        let listener = tokio::net::TcpListener::bind((address, 8080)).await.unwrap();
        let script = Script {
            front: (200, "<p>Welcome"),
            checkout: (302, ""),
            status: json!({ "checkout": "/kasse/", "mail": { "failed": 2, "failure": "no relay" }, "error": null })
                .to_string(),
            asked: Vec::new(),
        };
        let script = Arc::new(Mutex::new(script));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let ips = json!([{ "ip": address }, { "$patch": "replace" }]);
        set_pod(harness, store, "wordpress", json!({ "podIP": address, "podIPs": ips })).await;
        Self(script)
    }

    fn change(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.0.lock().unwrap());
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    uri: Uri,
    headers: HeaderMap,
) -> (StatusCode, String) {
    let mut script = script.lock().unwrap();
    let host = headers["host"].to_str().unwrap();
    script.asked.push(format!("{host}{uri}"));
    let (status, body) = match uri.path() {
        "/" => script.front,
        "/status.php" => return (StatusCode::OK, script.status.clone()),
        _ => script.checkout,
    };
    (StatusCode::from_u16(status).unwrap(), body.into())
}

const fn counts(served: usize, failed: usize, unreachable: usize) -> PageCounts {
    PageCounts { served, failed, unreachable }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_shop_whose_page_fails_three_times_in_a_row_is_down_until_it_is_there_again() {
    let harness = Harness::with(&IN_THE_CLUSTER).await;
    let store = ready(&harness).await;
    let shop = Shop::at_the_pod_of(&harness, &store).await;
    let pages = Pages::default();
    let checks = PageChecks::new(&harness.runner, pages.clone());
    assert_eq!(checks.check().await, counts(0, 0, 0), "nobody has said yet which shops there are");
    let mut watch = HealthSweeper::new(&harness.runner).with_pages(pages);
    sweep(&mut watch).await;
    for checkout in ["/checkout/", "/kasse/"] {
        assert_eq!(checks.check().await, counts(1, 0, 0));
        let host = store.state.url().unwrap().trim_start_matches("http://").to_owned();
        let asked = ["/", checkout, "/status.php"].map(|path| format!("{host}{path}"));
        assert_eq!(shop.asked(), asked, "the shop says where its checkout is");
    }
    sweep(&mut watch).await;
    let health = kept(&harness, &store).await.unwrap().health;
    assert_eq!(health.assessment, Assessment::Healthy);
    assert_eq!(health.mail, Some(Mail::new(2, Some("no relay".into()))));
    assert_eq!(sweep(&mut watch).await.written, 0, "what does not change is not written");

    shop.change(|script| {
        script.front = (500, "<title>Error</title><body><p>There was an error.");
        script.status = json!({ "error": "PHP Fatal error: no such function" }).to_string();
    });
    for _ in 0..2 {
        assert_eq!(checks.check().await, counts(0, 1, 0));
        assert_eq!(sweep(&mut watch).await.written, 0);
    }
    checks.check().await;
    sweep(&mut watch).await;
    let why = "The shop's page / fails (page_failed): it answers 500, PHP Fatal error: no such function.";
    assert_eq!(verdict(&harness, &store).await, (Assessment::Down, why.to_owned()));
    let message = format!("Its health went from Healthy to Down. {why}");
    assert_eq!(recorded(&harness, &store).await, [message]);
    checks.check().await;
    assert_eq!(sweep(&mut watch).await.written, 0, "it goes on as it did");

    // Another runner goes on from what was written, and one success ends it.
    watch.release().await;
    let pages = Pages::default();
    let checks = PageChecks::new(&harness.runner, pages.clone());
    let mut watch = HealthSweeper::new(&harness.runner).with_pages(pages);
    assert_eq!(sweep(&mut watch).await.written, 0);
    checks.check().await;
    assert_eq!(sweep(&mut watch).await.written, 0);
    shop.change(|script| {
        script.front = (200, "");
        script.checkout = (503, "<p>Being mended");
        script.status = "not there".into();
    });
    for _ in 0..3 {
        checks.check().await;
    }
    sweep(&mut watch).await;
    let (assessment, why) = verdict(&harness, &store).await;
    assert_eq!(assessment, Assessment::Down);
    assert_eq!(why, "The shop's page /checkout/ fails (page_failed): it answers 503, Being mended.");
    shop.change(|script| script.checkout = (200, ""));
    checks.check().await;
    sweep(&mut watch).await;
    assert_eq!(verdict(&harness, &store).await, (Assessment::Healthy, String::new()));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_shop_that_can_not_be_reached_is_no_failure_and_one_whose_pod_is_not_ready_is_not_asked() {
    let harness = Harness::with(&IN_THE_CLUSTER).await;
    let store = ready(&harness).await;
    let pages = Pages::default();
    let checks = PageChecks::new(&harness.runner, pages.clone());
    let mut watch = HealthSweeper::new(&harness.runner).with_pages(pages);
    // Nothing listens there, as where a network policy of before lets nobody in.
    let ips = json!([{ "ip": "127.0.0.9" }, { "$patch": "replace" }]);
    set_pod(&harness, &store, "wordpress", json!({ "podIP": "127.0.0.9", "podIPs": ips })).await;
    sweep(&mut watch).await;
    for _ in 0..4 {
        assert_eq!(checks.check().await, counts(0, 0, 1));
    }
    sweep(&mut watch).await;
    assert_eq!(verdict(&harness, &store).await.0, Assessment::Healthy);

    let shop = Shop::at_the_pod_of(&harness, &store).await;
    sweep(&mut watch).await;
    assert_eq!(checks.check().await, counts(1, 0, 0));
    let not_ready = json!({ "conditions": [{ "type": "Ready", "status": "False" }] });
    set_pod(&harness, &store, "wordpress", not_ready).await;
    sweep(&mut watch).await;
    shop.asked();
    assert_eq!(checks.check().await, counts(0, 0, 0));
    assert_eq!(shop.asked(), [""; 0]);
    harness.delete(&store).await;
}
