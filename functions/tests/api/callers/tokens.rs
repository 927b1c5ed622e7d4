//! `/v1/tokens`.

use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use domain::{
    auth::{principal::Role, token::PresentedToken},
    values::timestamp::Timestamp,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::api::{Answer, Api, Call, assert_problem, issue, keep, operator};

async fn post(api: &Api, body: Value) -> Answer {
    api.answer(Call::new(Method::POST, "/v1/tokens").by(&api.admin).with(&body)).await
}

async fn revoke(api: &Api, id: &str, by: &SecretString) -> Answer {
    api.answer(Call::new(Method::DELETE, &format!("/v1/tokens/{id}")).by(by)).await
}

fn text(answer: &Answer) -> SecretString {
    answer.body["token"].as_str().unwrap().to_owned().into()
}

fn id_of(text: &SecretString) -> String {
    use secrecy::ExposeSecret as _;
    PresentedToken::parse(text.expose_secret()).unwrap().id().to_string()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_token_is_shown_once_and_is_good_at_once() {
    let api = Api::new().await;
    let issued = post(&api, json!({ "principal": "ada@example.com", "role": "owner" })).await;
    assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.body);
    assert_eq!(issued.headers[header::CACHE_CONTROL], "no-store");
    let view = &issued.body;
    assert_eq!((&view["principal"], &view["role"]), (&json!("ada@example.com"), &json!("owner")));
    assert_eq!((&view["expiresAt"], &view["disabled"]), (&Value::Null, &json!(false)));
    let created = api.create("Adas Shop", &text(&issued)).await;
    assert_eq!((created.status, &created.body["owner"]), (StatusCode::ACCEPTED, &json!("ada@example.com")));

    let shown = api.get(issued.headers[header::LOCATION].to_str().unwrap()).await;
    let mut without_text = issued.body.clone();
    without_text.as_object_mut().unwrap().remove("token");
    assert_eq!((shown.status, shown.body), (StatusCode::OK, without_text));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn nothing_of_a_secret_is_listed_and_pages_follow_one_another_newest_first() {
    let api = Api::new().await;
    let mut expected = vec!["root".to_owned()];
    for each in 0..4 {
        api.pass(Duration::from_millis(5));
        let name = format!("owner-{each}");
        post(&api, json!({ "principal": name, "role": "owner" })).await;
        expected.insert(0, name);
    }
    let (mut found, mut path) = (Vec::new(), "/v1/tokens?limit=2".to_owned());
    loop {
        let page = api.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(!page.body.to_string().to_lowercase().contains("secret"), "{}", page.body);
        let items = page.body["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        found.extend(items.iter().map(|item| item["principal"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.body["nextCursor"].as_str() else { break };
        path = format!("/v1/tokens?limit=2&cursor={cursor}");
    }
    assert_eq!(found, expected);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_is_wrong_with_a_token_is_said_field_by_field() {
    let api = Api::new().await;
    for (body, pointers) in [
        (json!({}), vec!["/principal", "/role"]),
        (json!({ "principal": "a#b", "role": "king" }), vec!["/principal", "/role"]),
        (json!({ "principal": "ada", "role": "Admin" }), vec!["/role"]),
        (
            json!({ "principal": "ada", "role": "owner", "expiresAt": "2020-01-31T09:30:00Z" }),
            vec!["/expiresAt"],
        ),
        (json!({ "principal": "ada", "role": "owner", "expiresAt": "tomorrow" }), vec!["/expiresAt"]),
        (json!({ "principal": "ada", "role": "owner", "secret": "1234" }), vec!["/secret"]),
    ] {
        let answer = post(&api, body).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        let errors = answer.body["errors"].as_array().unwrap().iter();
        assert_eq!(errors.map(|error| error["pointer"].as_str().unwrap()).collect::<Vec<_>>(), pointers);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_token_ends_when_it_was_to() {
    let api = Api::new().await;
    let end = api.now().plus(Duration::from_secs(3600));
    let issued = post(&api, json!({ "principal": "ada", "role": "owner", "expiresAt": end })).await;
    assert_eq!(issued.body["expiresAt"], json!(end));
    let status = || async { api.answer(Call::get("/v1/stores").by(&text(&issued))).await.status };
    assert_eq!(status().await, StatusCode::OK);
    api.pass(Duration::from_secs(3600));
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_revoked_token_is_good_for_nothing_and_revoking_it_again_changes_nothing() {
    let api = Api::new().await;
    let issued = post(&api, json!({ "principal": "ada", "role": "admin" })).await;
    let ada = text(&issued);
    assert_eq!(api.answer(Call::get("/v1/tokens").by(&ada)).await.status, StatusCode::OK);
    let id = issued.body["id"].as_str().unwrap();
    let first = revoke(&api, id, &api.admin).await;
    assert_eq!((first.status, &first.body["disabled"]), (StatusCode::OK, &json!(true)));
    let second = revoke(&api, id, &api.admin).await;
    assert_eq!((second.status, second.body), (StatusCode::OK, first.body));
    let fresh = api.restarted(functions::config::Settings::default());
    let refused = fresh.answer(Call::get("/v1/tokens").by(&ada)).await;
    assert_problem(&refused, StatusCode::UNAUTHORIZED, "unauthenticated");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_revocation_counts_at_once_in_the_function_that_made_it() {
    let api = Api::new().await;
    let (token, ada) = issue("ada", Role::Owner);
    keep(&api.fixture, token.clone()).await;
    let delete = || api.answer(Call::new(Method::DELETE, "/v1/stores/none").by(&ada));
    assert_eq!(delete().await.status, StatusCode::NOT_FOUND);
    revoke(&api, &token.id.to_string(), &api.admin).await;
    assert_problem(&delete().await, StatusCode::UNAUTHORIZED, "unauthenticated");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn nobody_locks_themselves_out() {
    let api = Api::new().await;
    let own = id_of(&api.admin);
    assert_problem(&revoke(&api, &own, &api.admin).await, StatusCode::CONFLICT, "own-token");
    assert_eq!(api.get("/v1/tokens").await.status, StatusCode::OK);
    // With another one it goes, which is how a token is changed.
    let next = text(&post(&api, json!({ "principal": "root", "role": "admin" })).await);
    assert_eq!(revoke(&api, &own, &next).await.status, StatusCode::OK);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_is_no_token_can_not_be_shown_or_revoked() {
    let api = Api::new().await;
    for id in ["0123456789abcdef", "0123456789ABCDEF", "nothing", "%20"] {
        for method in [Method::GET, Method::DELETE] {
            let answer = api.answer(Call::new(method, &format!("/v1/tokens/{id}")).by(&api.admin)).await;
            assert_problem(&answer, StatusCode::NOT_FOUND, "no-such-token");
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_many_revocations_at_once_one_is_reported_in_the_audit_trail() {
    let api = Api::new().await;
    let (token, _) = issue("ada", Role::Owner);
    keep(&api.fixture, token.clone()).await;
    let revocations = (0..10).map(|_| {
        let (table, id) = (api.fixture.table.clone(), token.id.clone());
        tokio::spawn(async move { table.revoke_token(&id, &operator(), Timestamp::now()).await })
    });
    let mut heads = Vec::new();
    for revocation in revocations.collect::<Vec<_>>() {
        let revoked = revocation.await.unwrap().unwrap();
        assert!(revoked.disabled);
        heads.push(revoked.audit.unwrap());
    }
    heads.dedup();
    assert_eq!((heads.len(), heads[0].sequence), (1, 2));
    assert_eq!(api.fixture.table.token(&token.id).await.unwrap().unwrap().audit, heads.pop());
}
