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

use crate::support::{audit_log::NewRequests, scene::Scene};

/// How the runner waits for it.
const WATCH: &str = "watch certificates.cert-manager.io";
const WORDS: &str = "Referenced \"ClusterIssuer\" not found";

fn certificates(scene: &Scene, store: &Store) -> Api<DynamicObject> {
    let resource = ApiResource::erase::<CertificateObject>(&());
    Api::namespaced_with(scene.admin.clone(), &store.id.namespace(), &resource)
}

/// Makes the Certificate of `store` as cert-manager does where it sees an Ingress that asks for one: with the
/// labels of that.
async fn make(scene: &Scene, store: &Store) {
    let ingresses: Api<Ingress> = Api::namespaced(scene.admin.clone(), &store.id.namespace());
    scene.eventually(async || ingresses.get_opt("wordpress").await.unwrap().is_some()).await;
    let ingress = ingresses.get("wordpress").await.unwrap();
    let asked = ingress.spec.as_ref().unwrap().tls.as_ref().unwrap()[0].clone();
    assert_eq!(asked.secret_name.as_deref(), Some(CERTIFICATE));
    let certificate = json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
        "metadata": { "name": CERTIFICATE, "labels": ingress.labels() },
        "spec": { "secretName": CERTIFICATE, "dnsNames": asked.hosts, "issuerRef": { "name": "letsencrypt" } },
    });
    let certificate = serde_json::from_value(certificate).unwrap();
    certificates(scene, store).create(&PostParams::default(), &certificate).await.unwrap();
}

/// Says of the Certificate of `store` what cert-manager would.
async fn say(scene: &Scene, store: &Store, ready: &str, message: &str) {
    let condition = json!({ "type": "Ready", "status": ready, "reason": "x", "message": message });
    let status = Patch::Merge(json!({ "status": { "conditions": [condition] } }));
    certificates(scene, store).patch_status(CERTIFICATE, &PatchParams::default(), &status).await.unwrap();
}

/// Makes the Certificate of `store`, has it wait until the runner watches it, and issues it.
pub(crate) async fn issue(scene: &Scene, store: &Store) {
    let requests = Mutex::new(NewRequests::from_now_on());
    make(scene, store).await;
    say(scene, store, "False", "Issuing certificate as Secret does not exist").await;
    let watches = || {
        let new = requests.lock().unwrap().of(scene.agent());
        new.iter().any(|request| request.right.to_string() == WATCH)
    };
    scene.eventually(async || watches()).await;
    say(scene, store, "True", "Certificate is up to date and has not expired").await;
}

/// What a pass makes of `store`.
async fn seen(scene: &Scene, watch: &mut HealthSweeper, store: &Store) -> (Assessment, String) {
    let passed = watch.sweep(Timestamp::now()).await.unwrap();
    assert!(matches!(passed, HealthSweep::Here(_)), "{passed:?}");
    let health = scene.fixture.table.health(&store.id, store.uid).await.unwrap().unwrap().health;
    (health.assessment, health.reasons.join(" "))
}

async fn pending(scene: &Scene, store: &Store) -> Vec<String> {
    let events = scene.events(store).await.into_iter();
    events.filter(|event| event.kind == EventKind::CertificatePending).map(|event| event.message).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_opened_without_its_certificate_says_so_until_it_is_issued() {
    let scene = Scene::with(&["--tls", "issuer"]).await;
    let store = scene.fixture.store().await;
    scene.drive(&store).await.unwrap();
    assert_eq!(scene.state(&store).await.status(), Status::Ready, "nobody waits for it");
    let told = "Visitors are warned until there is a certificate: cert-manager has made no Certificate wordpress-tls.";
    assert_eq!(pending(&scene, &store).await, [told]);

    let mut watch = HealthSweeper::new(&scene.runner);
    let reason = |why: &str| {
        (
            Assessment::Degraded,
            format!("The certificate of its address is not there (certificate_pending): {why}."),
        )
    };
    let unmade = seen(&scene, &mut watch, &store).await;
    assert_eq!(unmade, reason("cert-manager has made no Certificate wordpress-tls"));
    make(&scene, &store).await;
    assert_eq!(
        seen(&scene, &mut watch, &store).await,
        reason("cert-manager has not looked at the Certificate")
    );
    say(&scene, &store, "False", WORDS).await;
    assert_eq!(seen(&scene, &mut watch, &store).await, reason(WORDS));
    say(&scene, &store, "True", "up to date").await;
    assert_eq!(seen(&scene, &mut watch, &store).await, (Assessment::Healthy, String::new()));
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn stores_that_have_no_certificate_of_their_own_are_not_asked_for_one() {
    let plain = Scene::new().await;
    let store = plain.fixture.store().await;
    plain.drive(&store).await.unwrap();
    assert_eq!(pending(&plain, &store).await, Vec::<String>::new());
    // The platform has gone over to certificates since: the store still answers at http.
    let scene = Scene::over(plain.fixture.clone(), &["--tls", "issuer"]).await;
    let mut watch = HealthSweeper::new(&scene.runner);
    assert_eq!(seen(&scene, &mut watch, &store).await, (Assessment::Healthy, String::new()));
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn where_a_certificate_is_required_a_store_is_ready_once_it_is_issued() {
    let scene = Scene::with(&["--tls", "issuer", "--certificate-required"]).await;
    let store = scene.fixture.store().await;
    let (driven, ()) = tokio::join!(scene.drive(&store), issue(&scene, &store));
    driven.unwrap();
    scene.assert_ready(&store).await;
    assert_eq!(pending(&scene, &store).await, Vec::<String>::new());
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn where_a_certificate_is_required_a_store_fails_at_its_deadline_in_cert_managers_words() {
    let flags = ["--tls", "issuer", "--certificate-required", "--provision-deadline-seconds", "20"];
    let scene = Scene::with(&flags).await;
    let store = scene.fixture.store().await;
    let waits = async {
        make(&scene, &store).await;
        say(&scene, &store, "False", WORDS).await;
    };
    let (driven, ()) = tokio::join!(scene.drive(&store), waits);
    driven.unwrap();
    let State::Failed(failed) = scene.state(&store).await else { panic!("{:?}", scene.state(&store).await) };
    assert_eq!(
        (failed.failure.step, failed.failure.code),
        (Step::CreateIngress, FailureCode::CertificatePending)
    );
    let told = format!("the certificate is not issued: {WORDS}");
    assert!(failed.failure.message.contains(&told), "{}", failed.failure.message);
    scene.delete(&store).await;
}
