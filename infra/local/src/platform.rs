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
const NOTICES: &str = "shopwright-notices";
const DELIVERIES: &str = "shopwright-deliveries";

/// How programs reach table and queue.
#[derive(Clone)]
pub(crate) struct Platform {
    pub(crate) dynamodb: String,
    pub(crate) sqs: String,
    pub(crate) queue_url: String,
    pub(crate) dead_letter_queue_url: String,
    /// Where hints at notices go.
    pub(crate) notices: Queue,
    /// Where hints at deliveries go.
    pub(crate) deliveries: Queue,
    /// What the secrets of webhooks are derived from. It ends with the table.
    webhook_key: String,
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
        let queue = async |name| {
            let made = Queue::create_if_absent(clients.sqs.clone(), name).await;
            made.context("the queues can't be made in ElasticMQ")
        };
        let (notices, deliveries) = (queue(NOTICES).await?, queue(DELIVERIES).await?);
        let queue = queue(QUEUE).await?;
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
            notices,
            deliveries,
            // 64 hexadecimal digits are base64 of 48 bytes.
            webhook_key: rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect(),
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
            ("NOTICES_QUEUE_URL", self.notices.url().to_owned()),
            ("DELIVERIES_QUEUE_URL", self.deliveries.url().to_owned()),
            ("WEBHOOK_KEY", self.webhook_key.clone()),
            ("WEBHOOK_TARGETS", "local".to_owned()),
        ]
    }
}
