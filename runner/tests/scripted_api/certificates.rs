//! What an API server answers of certificates that are not there.

use serde_json::json;

use crate::script::{Answer, Script, status};

const GET: &str = "GET /apis/cert-manager.io/v1/namespaces/store-shop/certificates/wordpress-tls";

async fn lack(answer: Answer) -> Option<String> {
    let script = Script::new([(GET, answer)]);
    let lack = script.cluster().certificate_problem("store-shop").await.unwrap();
    script.is_over();
    lack
}

#[tokio::test]
async fn a_cluster_without_cert_manager_is_distinguished_from_one_that_has_made_no_certificate_yet() {
    // Of a kind that it does not know, the API server says no more than that, as plain text.
    let unknown = lack(Answer::Plain(404, "0")).await;
    assert_eq!(unknown.unwrap(), "cert-manager is not in the cluster");
    let details = json!({ "name": "wordpress-tls", "kind": "certificates" });
    let missing = lack(Answer::Json(404, status(404, "NotFound", details))).await;
    assert_eq!(missing.unwrap(), "cert-manager has made no Certificate wordpress-tls");
    let ready = json!([{ "type": "Ready", "status": "True" }]);
    let certificate = json!({ "metadata": { "name": "wordpress-tls" }, "status": { "conditions": ready } });
    assert_eq!(lack(Answer::Json(200, certificate)).await, None);
}
