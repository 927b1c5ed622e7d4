//! An API on a real socket that gives the answers of a script, one a request, and writes down what it was
//! asked. After the script it goes on with the last answer.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

/// What one request gets.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// These bytes; then the connection is closed.
    Raw(String),
    /// The connection is closed without a word.
    Cut,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Method and target, as they stood in the first line.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

pub(crate) struct ScriptedApi {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(each, _)| each == name).map(|(_, value)| value.as_str())
    }
}

impl ScriptedApi {
    pub(crate) fn start(script: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let noted = Arc::clone(&requests);
        let mut script: Vec<_> = script.into_iter().collect();
        script.reverse();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let Some(request) = read(connection.as_ref().unwrap()) else { continue };
                noted.lock().unwrap().push(request);
                let answer = if script.len() > 1 { script.pop().unwrap() } else { script[0].clone() };
                match answer {
                    Answer::Cut => {}
                    // One that has gone is no business of the API.
                    Answer::Raw(text) => drop(connection.unwrap().write_all(text.as_bytes())),
                }
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The first lines of the requests.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.line).collect()
    }

    /// The command, set up to call this API.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = shopwright();
        command.args(arguments).env("API_URL", self.url()).env("ADMIN_TOKEN", "swt_test");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

/// The command, with nothing of the caller's environment that it reads.
pub(crate) fn shopwright() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shopwright"));
    command.stdin(Stdio::null());
    for variable in ["API_URL", "ADMIN_TOKEN", "TABLE_NAME"] {
        command.env_remove(variable);
    }
    command
}

fn read(connection: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(connection);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        lines.push(line.to_owned());
    }
    let line = lines.first()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(": "));
    let headers: Vec<_> =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let request = Request { line, headers, body: String::new() };
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { body: String::from_utf8(body).unwrap(), ..request })
}

/// An answer with this status line, these further headers and this body.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Answer {
    Answer::Raw(format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    ))
}

pub(crate) fn json_answer(status: &str, body: &Value) -> Answer {
    answer(status, "content-type: application/json\r\n", &body.to_string())
}

/// An answer whose body breaks off half-way.
pub(crate) fn cut_short(body: &Value) -> Answer {
    let body = body.to_string();
    let half = &body[..body.len() / 2];
    Answer::Raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{half}", body.len()))
}

pub(crate) fn store(id: &str, status: &str) -> Value {
    json!({
        "id": id, "uid": "01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a10", "name": "My Shop",
        "adminEmail": "owner@example.com", "owner": "admin", "namespace": format!("store-{id}"),
        "status": status, "step": null, "url": null, "failure": null,
        "createdAt": "2026-01-31T09:30:00Z", "updatedAt": "2026-01-31T09:30:00Z",
    })
}

/// A list of one page.
pub(crate) fn list(items: &[Value]) -> Value {
    json!({ "items": items, "nextCursor": null })
}

pub(crate) fn event(id: &str, message: &str) -> Value {
    json!({ "id": id, "at": "2026-01-31T09:30:01Z", "kind": "step_completed", "message": message })
}

pub(crate) fn operation(status: &str, ended: Option<&str>) -> Value {
    json!({
        "id": "01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a11", "action": "restart", "target": "all", "status": status,
        "requestedBy": "admin", "requestedAt": "2026-01-31T09:30:00Z", "startedAt": null, "endedAt": ended,
        "result": null, "answer": null, "failure": null,
    })
}

pub(crate) fn attention() -> Value {
    json!({
        "store": "a", "uid": "01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a10", "name": "My Shop", "owner": "admin",
        "status": "Ready", "power": "Running", "cause": "down", "since": "2026-01-31T09:30:00Z",
        "why": "There is no pod of mysql.", "action": "restart", "operation": null,
        "href": "/v1/stores/a/health",
        "muted": { "until": "2026-01-31T13:30:00Z", "reason": "known", "by": "ada" },
    })
}

pub(crate) fn summary() -> Value {
    json!({
        "total": 12, "status": { "provisioning": 1, "ready": 10, "failed": 1, "deleting": 0 },
        "power": { "running": 9, "hibernating": 0, "hibernated": 1, "resuming": 0, "upgrading": 0 },
        "health": { "healthy": 7, "degraded": 0, "down": 1, "missing": 0, "unknown": 1 },
        "observedAt": "2026-01-31T09:30:00Z", "isHealthCurrent": true, "isOfObservation": true,
    })
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
