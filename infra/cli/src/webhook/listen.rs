//! A receiver on this machine, to try webhooks out with.

use std::{
    collections::HashSet,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
};
use clap::Args;
use domain::{
    values::timestamp::Timestamp,
    webhook::{
        secret::SigningSecret,
        verification::{ReceivedHeaders, VerificationError},
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use stdio::Reader;
use tokio::{
    net::TcpListener,
    select,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    time::timeout,
};
use uuid::Uuid;

use super::Events;
use crate::{
    api::{Api, WebhookFields},
    needed,
    output::harmless,
};

/// The payloads of this platform have less than 4 KB.
const LARGEST_BODY: usize = 64 * 1024;

/// How long those are waited for at the end who have asked already.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Where to listen, and to whom.
#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// The port, on this machine only; any that is free where it is 0
    #[arg(long, default_value_t = 4000)]
    port: u16,
    /// The secret of a webhook that leads here already; better given by environment
    #[arg(long, env = "WEBHOOK_SECRET", hide_env_values = true)]
    secret: Option<SecretString>,
    /// Where the webhook that is made leads: a tunnel to this port, for instance
    #[arg(long, conflicts_with = "secret")]
    url: Option<String>,
    #[command(flatten)]
    events: Events,
    /// End after so many events
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
}

/// What was received, and is to be printed.
struct Received {
    id: Uuid,
    is_double: bool,
    payload: Value,
}

/// What the receiver works with.
struct Receiver {
    secret: SigningSecret,
    seen: Mutex<HashSet<Uuid>>,
    received: mpsc::UnboundedSender<Received>,
}

/// Receives until it is stopped, nobody reads any more, or enough has come.
pub(crate) async fn run(listen: Listen, api: Option<Api>, json: bool) -> anyhow::Result<()> {
    let Listen { port, secret, url, events, count } = listen;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
    let listener = listener.with_context(|| format!("port {port} can't be listened on"))?;
    let address = listener.local_addr()?;
    let secret = secret.filter(|secret| !secret.expose_secret().is_empty());
    let (secret, own) = match secret {
        Some(secret) => (secret, None),
        None => {
            let url = Some(url.unwrap_or_else(|| format!("http://{address}/")));
            let description = Some("shopwright webhook listen".to_owned());
            let new = WebhookFields { url, events: events.events, description, owner: None };
            let api = needed(api)?;
            let made = api.create_webhook(&new).await?;
            stdio::note(format_args!(
                "shopwright: made the webhook {}, which ends with this command",
                made.id
            ));
            (made.secret.into(), Some((api, made.id)))
        }
    };
    let secret = SigningSecret::parse(&secret).context("the secret (--secret, WEBHOOK_SECRET)");
    let ended = match secret {
        Ok(secret) => {
            stdio::note(format_args!("shopwright: listening at http://{address}/"));
            receive(listener, secret, count, json).await
        }
        Err(error) => Err(error),
    };
    if let Some((api, id)) = own {
        let deleted = api.delete_webhook(id).await;
        deleted.with_context(|| {
            format!("the webhook {id} is still there; delete it by `shopwright webhook delete`")
        })?;
    }
    ended
}

async fn receive(
    listener: TcpListener,
    secret: SigningSecret,
    count: Option<u64>,
    json: bool,
) -> anyhow::Result<()> {
    let (received, mut arrivals) = mpsc::unbounded_channel();
    let receiver = Arc::new(Receiver { secret, seen: Mutex::default(), received });
    let router = Router::new().fallback(take).layer(DefaultBodyLimit::max(LARGEST_BODY)).with_state(receiver);
    let (end, ends) = tokio::sync::oneshot::channel::<()>();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        // Whoever waits for an answer gets it. That nobody ends it any more, is an end too.
        let _ = ends.await;
    });
    let server = tokio::spawn(server.into_future());
    let (mut interrupted, mut terminated) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut left = count;
    let printed = loop {
        let arrival = select! {
            arrival = arrivals.recv() => arrival,
            _ = interrupted.recv() => None,
            _ = terminated.recv() => None,
        };
        let Some(arrival) = arrival else { break Ok(()) };
        match print(&arrival, json) {
            Ok(Reader::Present) => {}
            Ok(Reader::Gone) => break Ok(()),
            Err(error) => break Err(error.into()),
        }
        left = left.map(|left| left - u64::from(!arrival.is_double));
        if left == Some(0) {
            break Ok(());
        }
    };
    drop(end);
    // Half a request is not waited for.
    if let Ok(served) = timeout(LAST_ANSWERS, server).await {
        served??;
    }
    printed
}

/// Answers one request. What was not sent by the platform, or long ago, is refused as the README's lines do.
async fn take(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, (StatusCode, String)> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let received = ReceivedHeaders {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    };
    let refused = |error: &dyn fmt::Display| {
        stdio::note(format_args!("shopwright: refused a request: {error}"));
        (StatusCode::BAD_REQUEST, format!("{error}\n"))
    };
    let verified = received.verify(&receiver.secret, &body, Timestamp::now());
    let id = verified.map_err(|error: VerificationError| refused(&error))?;
    let payload = serde_json::from_slice(&body).map_err(|error| refused(&error))?;
    let is_double = !receiver.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    let received = Received { id, is_double, payload };
    // It ends just now: the platform tries again.
    let sent = receiver.received.send(received);
    sent.map_err(|_| (StatusCode::SERVICE_UNAVAILABLE, String::new()))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Prints what came: a line for people, or the payload with its id as JSON on one line.
fn print(Received { id, is_double, payload }: &Received, json: bool) -> std::io::Result<Reader> {
    if json {
        let line = serde_json::json!({ "id": id, "double": is_double, "payload": payload });
        return stdio::print(format_args!("{line}\n"));
    }
    let data = &payload["data"];
    let text = |value: &Value| harmless(value.as_str().unwrap_or_default());
    let about = if data["store"].is_string() { text(&data["store"]) } else { text(&data["webhook"]) };
    let number = data["sequence"].as_u64().map(|number| format!(" #{number}")).unwrap_or_default();
    let printed = ["href", "store", "webhook", "uid", "owner", "sequence"];
    let others = data.as_object().into_iter().flatten().filter(|(name, _)| !printed.contains(&name.as_str()));
    let others: String = others
        .map(|(name, value)| match value.as_str() {
            Some(value) => format!(" {}={}", harmless(name), harmless(value)),
            None => format!(" {}={value}", harmless(name)),
        })
        .collect();
    let again = if *is_double { " (again)" } else { "" };
    let (at, kind) = (text(&payload["timestamp"]), text(&payload["type"]));
    stdio::print(format_args!("{at} {kind:<22} {about}{number}{others}{again}\n"))
}
