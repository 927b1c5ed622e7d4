//! What the cluster's admission makes of a request, and that it can't decide.

use std::time::Duration;

use runner::cluster::{ClusterError, Trouble};

use crate::script::{Answer::Json, CREATE, Script, deployment, refused_with, wanted};

#[tokio::test(start_paused = true)]
async fn a_webhook_that_fails_is_waited_for_and_named() {
    let message = "Internal error occurred: failed calling webhook \"guard.example\": failed to call webhook: \
                   Post \"https://guard.example\": dial tcp: connect: connection refused";
    let script = Script::new([
        (CREATE, refused_with(500, "InternalError", message)),
        (CREATE, Json(201, deployment(5, false))),
    ]);
    script.cluster().create(&wanted()).await.unwrap();
    script.is_over();

    let script = Script::new((0..1000).map(|_| (CREATE, refused_with(500, "InternalError", message))));
    let cluster = script.cluster();
    let wanted = wanted();
    assert!(tokio::time::timeout(Duration::from_secs(300), cluster.create(&wanted)).await.is_err());
    let named = Trouble::Admission { webhook: "guard.example".into(), reason: message.into() };
    assert_eq!(cluster.trouble(), Some(named));
}

#[tokio::test(start_paused = true)]
async fn what_admission_denies_is_refused_at_once_whatever_the_code() {
    let webhook = "admission webhook \"guard.example\" denied the request: not here";
    let policy = "deployments.apps \"mysql\" is forbidden: ValidatingAdmissionPolicy 'guard' with binding 'all' \
                  denied request: not here";
    for (code, reason, said) in [
        (403, "Forbidden", webhook),
        (400, "BadRequest", webhook),
        (409, "Conflict", webhook),
        (409, "AlreadyExists", webhook),
        (422, "Invalid", policy),
        (403, "Forbidden", policy),
    ] {
        let script = Script::new([(CREATE, refused_with(code, reason, said))]);
        let refused = script.cluster().create(&wanted()).await;
        let Err(ClusterError::Refused { message, .. }) = refused else { panic!("{code}: {refused:?}") };
        assert!(message.contains("guard"), "{message}");
        script.is_over();
    }
}
