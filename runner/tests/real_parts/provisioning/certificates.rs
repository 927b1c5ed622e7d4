//! Certificates that cert-manager keeps. A test plays its part; what the runner may and asks is real.

use std::sync::Mutex;

use domain::{
    health::Assessment,
    provisioning::{event::EventKind, failure::FailureCode, step::Step},
    store::{Store, state::State, status::Status},
    values::timestamp::Timestamp,
};
use k8s_openapi::api::networking::v1::Ingress;
use kube::{
    Api, ResourceExt as _,
    api::{ApiResource, DynamicObject, Patch, PatchParams, PostParams},
};
use runner::{
    health::{HealthSweep, HealthSweeper},
    resources::{CERTIFICATE, CertificateObject},
};
use serde_json::json;

use crate::support::{audit_log::NewRequests, harness::Harness};

/// How the runner waits for it.
const WATCH: &str = "watch certificates.cert-manager.io";
const WORDS: &str = "Referenced \"ClusterIssuer\" not found";

fn certificates(harness: &Harness, store: &Store) -> Api<DynamicObject> {
    let resource = ApiResource::erase::<CertificateObject>(&());
    Api::namespaced_with(harness.admin.clone(), &store.id.namespace(), &resource)
}

/// Makes the Certificate of `store` as cert-manager does where it sees an Ingress that asks for one: with the
/// labels of that.
async fn make(harness: &Harness, store: &Store) {
    let ingresses: Api<Ingress> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    harness.eventually(async || ingresses.get_opt("wordpress").await.unwrap().is_some()).await;
    let ingress = ingresses.get("wordpress").await.unwrap();
    let asked = ingress.spec.as_ref().unwrap().tls.as_ref().unwrap()[0].clone();
    assert_eq!(asked.secret_name.as_deref(), Some(CERTIFICATE));
    let certificate = json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
        "metadata": { "name": CERTIFICATE, "labels": ingress.labels() },
        "spec": { "secretName": CERTIFICATE, "dnsNames": asked.hosts, "issuerRef": { "name": "letsencrypt" } },
    });
    let certificate = serde_json::from_value(certificate).unwrap();
    certificates(harness, store).create(&PostParams::default(), &certificate).await.unwrap();
}

/// Says of the Certificate of `store` what cert-manager would.
async fn say(harness: &Harness, store: &Store, ready: &str, message: &str) {
    let condition = json!({ "type": "Ready", "status": ready, "reason": "x", "message": message });
    let status = Patch::Merge(json!({ "status": { "conditions": [condition] } }));
    certificates(harness, store).patch_status(CERTIFICATE, &PatchParams::default(), &status).await.unwrap();
}

/// Makes the Certificate of `store`, has it wait until the runner watches it, and issues it.
pub(crate) async fn issue(harness: &Harness, store: &Store) {
    let requests = Mutex::new(NewRequests::from_now_on());
    make(harness, store).await;
    say(harness, store, "False", "Issuing certificate as Secret does not exist").await;
    let watches = || {
        let new = requests.lock().unwrap().of(harness.agent());
        new.iter().any(|request| request.right.to_string() == WATCH)
    };
    harness.eventually(async || watches()).await;
    say(harness, store, "True", "Certificate is up to date and has not expired").await;
}

/// What a pass makes of `store`.
async fn seen(harness: &Harness, watch: &mut HealthSweeper, store: &Store) -> (Assessment, String) {
    let passed = watch.sweep(Timestamp::now()).await.unwrap();
    assert!(matches!(passed, HealthSweep::Here(_)), "{passed:?}");
    let health = harness.fixture.table.health(&store.id, store.uid).await.unwrap().unwrap().health;
    (health.assessment, health.reasons.join(" "))
}

async fn pending(harness: &Harness, store: &Store) -> Vec<String> {
    let events = harness.events(store).await.into_iter();
    events.filter(|event| event.kind == EventKind::CertificatePending).map(|event| event.message).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_opened_without_its_certificate_says_so_until_it_is_issued() {
    let harness = Harness::with(&["--tls", "issuer"]).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    assert_eq!(harness.state(&store).await.status(), Status::Ready, "nobody waits for it");
    let recorded = "Visitors are warned until there is a certificate: cert-manager has made no Certificate wordpress-tls.";
    assert_eq!(pending(&harness, &store).await, [recorded]);

    let mut watch = HealthSweeper::new(&harness.runner);
    let reason = |why: &str| {
        (
            Assessment::Degraded,
            format!("The certificate of its address is not there (certificate_pending): {why}."),
        )
    };
    let unmade = seen(&harness, &mut watch, &store).await;
    assert_eq!(unmade, reason("cert-manager has made no Certificate wordpress-tls"));
    make(&harness, &store).await;
    assert_eq!(
        seen(&harness, &mut watch, &store).await,
        reason("cert-manager has not looked at the Certificate")
    );
    say(&harness, &store, "False", WORDS).await;
    assert_eq!(seen(&harness, &mut watch, &store).await, reason(WORDS));
    say(&harness, &store, "True", "up to date").await;
    assert_eq!(seen(&harness, &mut watch, &store).await, (Assessment::Healthy, String::new()));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn stores_that_have_no_certificate_of_their_own_are_not_asked_for_one() {
    let plain = Harness::new().await;
    let store = plain.fixture.store().await;
    plain.drive(&store).await.unwrap();
    assert_eq!(pending(&plain, &store).await, Vec::<String>::new());
    // The platform has gone over to certificates since: the store still answers at http.
    let harness = Harness::over(plain.fixture.clone(), &["--tls", "issuer"]).await;
    let mut watch = HealthSweeper::new(&harness.runner);
    assert_eq!(seen(&harness, &mut watch, &store).await, (Assessment::Healthy, String::new()));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn where_a_certificate_is_required_a_store_is_ready_once_it_is_issued() {
    let harness = Harness::with(&["--tls", "issuer", "--certificate-required"]).await;
    let store = harness.fixture.store().await;
    let (driven, ()) = tokio::join!(harness.drive(&store), issue(&harness, &store));
    driven.unwrap();
    harness.assert_ready(&store).await;
    assert_eq!(pending(&harness, &store).await, Vec::<String>::new());
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn where_a_certificate_is_required_a_store_fails_at_its_deadline_in_cert_managers_words() {
    let flags = ["--tls", "issuer", "--certificate-required", "--provision-deadline-seconds", "20"];
    let harness = Harness::with(&flags).await;
    let store = harness.fixture.store().await;
    let waits = async {
        make(&harness, &store).await;
        say(&harness, &store, "False", WORDS).await;
    };
    let (driven, ()) = tokio::join!(harness.drive(&store), waits);
    driven.unwrap();
    let State::Failed(failed) = harness.state(&store).await else {
        panic!("{:?}", harness.state(&store).await)
    };
    assert_eq!(
        (failed.failure.step, failed.failure.code),
        (Step::CreateIngress, FailureCode::CertificatePending)
    );
    let recorded = format!("the certificate is not issued: {WORDS}");
    assert!(failed.failure.message.contains(&recorded), "{}", failed.failure.message);
    harness.delete(&store).await;
}
