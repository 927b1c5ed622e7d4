//! Secrets Manager, as far as it gives a secret out: the local stack has none.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use aws_sdk_secretsmanager::config::{BehaviorVersion, Builder, Credentials, Region};
use domain::aws::Clients;
use serde_json::{Value, json};

/// One with a single secret, on a socket of its own for as long as the process lives.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    url: String,
}

impl SecretsManager {
    /// One whose secret `id` is `text`.
    #[must_use]
    pub fn start(id: &'static str, text: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for connection in listener.incoming() {
                // One that has gone is no business of it.
                thread::spawn(move || connection.map(|connection| answer(&connection, id, text)));
            }
        });
        Self { url }
    }

    /// What a client of it is made from, beside `clients`.
    #[must_use]
    pub fn config(&self, clients: &Clients) -> Builder {
        let http = clients.dynamodb.config().http_client().unwrap();
        aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(http)
            .endpoint_url(&self.url)
    }
}

/// Answers one request after the other, until there is none any more.
fn answer(connection: &TcpStream, id: &str, text: &str) -> Option<()> {
    let mut reader = BufReader::new(connection);
    loop {
        let (mut length, mut asks) = (0, false);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            asks |= line == "x-amz-target: secretsmanager.getsecretvalue";
            if let Some(number) = line.strip_prefix("content-length: ") {
                length = number.parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let asked: Value = serde_json::from_slice(&body).ok()?;
        let (status, body) = if asks && asked["SecretId"] == id {
            ("200 OK", json!({ "Name": id, "SecretString": text }))
        } else {
            ("400 Bad Request", json!({ "__type": "ResourceNotFoundException" }))
        };
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}",
            body.len()
        );
        let mut connection = connection;
        connection.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).ok()?;
    }
}
