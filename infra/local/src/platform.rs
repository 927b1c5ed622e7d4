//! What SAM makes in AWS: the table and the queues. And the first token, which nobody could ask the API for.

use anyhow::{Context, Result};
use domain::{
    audit::Actor,
    auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
        token::Token,
    },
    aws::Clients,
    queue::Queue,
    table::Table,
    values::timestamp::Timestamp,
};
use secrecy::ExposeSecret;

const TABLE: &str = "shopwright";
const QUEUE: &str = "shopwright-jobs";

/// How programs reach table and queue.
#[derive(Clone, Debug)]
pub(crate) struct Platform {
    pub(crate) dynamodb: String,
    pub(crate) sqs: String,
    pub(crate) queue_url: String,
    pub(crate) dead_letter_queue_url: String,
    pub(crate) admin_token: String,
}

impl Platform {
    /// Makes them behind these two ports.
    pub(crate) async fn create(dynamodb: u16, sqs: u16) -> Result<Self> {
        let dynamodb = format!("http://127.0.0.1:{dynamodb}");
        let sqs = format!("http://127.0.0.1:{sqs}");
        let clients = Clients::local(&dynamodb, &sqs);
        let table = Table::new(clients.dynamodb, TABLE);
        table.create_if_absent().await.context("the table can't be made in DynamoDB Local")?;
        let queue = Queue::create_if_absent(clients.sqs, QUEUE)
            .await
            .context("the queues can't be made in ElasticMQ")?;
        // Whoever starts the stack.
        let operator = Principal { name: PrincipalName::parse("local-stack")?, role: Role::Admin };
        let operator = Actor { principal: operator, address: None, request_id: None };
        let admin = Principal { name: PrincipalName::parse("admin")?, role: Role::Admin };
        let (token, secret) = Token::issue(admin, Timestamp::now(), None).context("no token can be made")?;
        table.issue_token(token, operator).await.context("the token can't be put into the table")?;
        Ok(Self {
            queue_url: queue.url().to_owned(),
            dead_letter_queue_url: queue.dead_letter_url(),
            admin_token: secret.expose_secret().to_owned(),
            dynamodb,
            sqs,
        })
    }

    /// The environment of the functions, the runner, and whoever uses the stack.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb.clone()),
            ("AWS_ENDPOINT_URL_SQS", self.sqs.clone()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("TABLE_NAME", TABLE.to_owned()),
            ("QUEUE_URL", self.queue_url.clone()),
        ]
    }
}
