//! The rights of each function's role, as the template gives them. All tests of the API run under them: a
//! call to DynamoDB or SQS that the role does not allow is refused, as AWS would.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use axum::http::{Method, StatusCode};
use domain::{fixture::Fixture, principal::Role, queue::Queue, table::Table};
use serde_json::{Value, json};

use crate::{
    api::{Api, Call, token},
    template::document::Template,
};

/// Calls pass here that a function makes.
#[derive(Clone, Debug)]
pub(crate) struct Rights {
    function: &'static str,
    granted: Arc<Vec<Right>>,
    used: Arc<Mutex<BTreeSet<Right>>>,
}

/// An action on a resource of the template, such as `dynamodb:Query` on `Table/index/due`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Right {
    action: String,
    resource: String,
    /// What the partition keys must begin with, where not all will do.
    keys: Option<String>,
}

impl Rights {
    /// Those of the role of `function`.
    pub(crate) fn of(function: &'static str) -> Self {
        let template = Template::read();
        let role = template.properties(function)["Role"]["Fn::GetAtt"].as_str().unwrap();
        let role = template.properties(role.strip_suffix(".Arn").unwrap());
        let statements = role["Policies"][0]["PolicyDocument"]["Statement"].as_array().unwrap();
        let granted =
            statements.iter().filter(|statement| statement["Sid"] != "Log").flat_map(rights).collect();
        Self { function, granted: Arc::new(granted), used: Arc::default() }
    }

    /// The fixture's table and queue as the function reaches them.
    pub(crate) fn over(&self, fixture: &Fixture, queue: &Queue) -> (Table, Queue) {
        let dynamodb = fixture.clients.dynamodb.config().to_builder().interceptor(self.clone()).build();
        let sqs = fixture.clients.sqs.config().to_builder().interceptor(self.clone()).build();
        let table = Table::new(Client::from_conf(dynamodb), fixture.table.name());
        (table, Queue::new(aws_sdk_sqs::Client::from_conf(sqs), queue.url()))
    }

    /// What was granted and not used.
    pub(crate) fn unused(&self) -> Vec<Right> {
        let used = self.used.lock().unwrap();
        self.granted.iter().filter(|right| !used.contains(right)).cloned().collect()
    }

    fn check(&self, action: &str, resource: &str, key: &str) -> Result<(), BoxError> {
        let right = self.granted.iter().find(|right| {
            right.action == action
                && right.resource == resource
                && right.keys.as_ref().is_none_or(|keys| key.starts_with(keys.as_str()))
        });
        match right {
            Some(right) => {
                self.used.lock().unwrap().insert(right.clone());
                Ok(())
            }
            None => {
                let refusal = format!("{} may not {action} on {resource} ({key})", self.function);
                // What the function answers then tells nothing of it.
                eprintln!("{refusal}");
                Err(refusal.into())
            }
        }
    }
}

impl Intercept for Rights {
    fn name(&self) -> &'static str {
        "Rights"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let target = request.headers().get("x-amz-target").unwrap();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let (service, operation) = target.split_once('.').unwrap();
        match (service, operation) {
            ("AmazonSQS", operation) => self.check(&format!("sqs:{operation}"), "JobsQueue", ""),
            (_, "TransactWriteItems") => {
                body["TransactItems"].as_array().unwrap().iter().try_for_each(|item| {
                    let (part, request) = item.as_object().unwrap().iter().next().unwrap();
                    // The actions are those of the parts, of which one has another name on its own.
                    let action =
                        if part == "ConditionCheck" { "ConditionCheckItem" } else { &format!("{part}Item") };
                    self.check(&format!("dynamodb:{action}"), "Table", partition(request))
                })
            }
            (_, operation) => {
                let index = body["IndexName"].as_str().map(|index| format!("/index/{index}"));
                let resource = format!("Table{}", index.unwrap_or_default());
                self.check(&format!("dynamodb:{operation}"), &resource, partition(&body))
            }
        }
    }
}

/// The partition key of the one item that a request is about; empty where it is about more.
fn partition(request: &Value) -> &str {
    let item = request.get("Key").or_else(|| request.get("Item"));
    item.and_then(|item| item["pk"]["S"].as_str()).unwrap_or_default()
}

fn rights(statement: &Value) -> Vec<Right> {
    assert_eq!(statement["Effect"], "Allow");
    let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
    let keys = keys.as_str().map(|keys| keys.strip_suffix('*').unwrap().to_owned());
    let resources: Vec<_> = list(&statement["Resource"]).into_iter().map(resource).collect();
    let actions = list(&statement["Action"]);
    let on_all = actions.into_iter().flat_map(|action| {
        let action = action.as_str().unwrap().to_owned();
        resources.iter().map(move |resource| (action.clone(), resource.clone()))
    });
    on_all.map(|(action, resource)| Right { action, resource, keys: keys.clone() }).collect()
}

/// One may stand for a list of one.
fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn resource(value: &Value) -> String {
    let text = value["Fn::GetAtt"].as_str().map(|name| name.strip_suffix(".Arn").unwrap().to_owned());
    text.unwrap_or_else(|| value["Fn::Sub"].as_str().unwrap().replace("${Table.Arn}", "Table"))
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn no_function_has_a_right_that_it_does_not_use() {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    let body = json!({ "name": "My Shop", "adminEmail": "owner@example.com" });
    for _ in 0..2 {
        let create =
            Call::new(Method::POST, "/v1/stores").by(&ada).header("idempotency-key", "k").with(&body);
        assert_eq!(api.answer(create).await.status, StatusCode::ACCEPTED);
    }
    for path in [
        "/v1/stores",
        "/v1/stores/my-shop",
        "/v1/stores/my-shop/events",
        "/v1/audit",
        "/v1/audit?store=my-shop",
    ] {
        for caller in [&ada, &api.admin] {
            assert_eq!(api.answer(Call::get(path).by(caller)).await.status, StatusCode::OK, "{path}");
        }
    }
    assert_eq!(api.get("/v1/tokens").await.status, StatusCode::OK);
    let guess = api.admin_id_with_other_secret();
    assert_eq!(api.answer(Call::get("/v1/stores").by(&guess)).await.status, StatusCode::UNAUTHORIZED);
    let delete = Call::new(Method::DELETE, "/v1/stores/my-shop").by(&ada);
    assert_eq!(api.answer(delete).await.status, StatusCode::ACCEPTED);
    for rights in &api.rights {
        assert_eq!(rights.unused(), [], "{}", rights.function);
    }
}
