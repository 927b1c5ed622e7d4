//! The check of one shop: its front page and its checkout, what it says of itself, and whether it answers by https.

use domain::health::{Mail, PageFailure};
use http::StatusCode;
use serde::Deserialize;

use crate::visit::{Answer, HttpsCheck, NoAnswer, Sight, Target, first_line, get};

/// The page that every visitor begins with.
const FRONT: &str = "/";
/// Where the store image says how the shop does, to nobody who comes through a proxy.
const STATUS: &str = "/status.php";

/// What a check finds.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The pages are there.
    Served,
    /// One is not.
    Failed(PageFailure),
    /// Nobody takes the connection.
    Unreachable,
}

/// What a shop says of itself, in the form of the store image's `status.php`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Status {
    /// The path of its checkout.
    #[serde(default)]
    pub(super) checkout: Option<String>,
    #[serde(default)]
    mail: Option<MailStatus>,
    /// The first line of an error that ended a page within the last minutes.
    #[serde(default)]
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct MailStatus {
    failed: u64,
    failure: Option<String>,
}

impl Status {
    /// How its mails go.
    pub(super) fn mail(&self) -> Option<Mail> {
        self.mail.as_ref().map(|MailStatus { failed, failure }| Mail::new(*failed, failure.clone()))
    }
}

/// What there is to ask, and by which ways.
#[derive(Clone, Default)]
pub struct Asker {
    /// Whether shops are asked at their pods.
    pub pods: bool,
    /// How those are asked by https that have an https address.
    pub https: Option<HttpsCheck>,
}

/// All that a check finds.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) outcome: Outcome,
    pub(super) status: Option<Status>,
    /// What is seen by https of one whose pages are there.
    pub(super) https: Option<Sight>,
}

/// Checks one shop.
pub(super) async fn check(asker: &Asker, target: &Target, checkout: &str) -> Findings {
    let (outcome, status) =
        if asker.pods { ask_pod(target, checkout).await } else { (Outcome::Served, None) };
    let https = match (&outcome, &asker.https) {
        (Outcome::Served | Outcome::Unreachable, Some(https)) if target.is_https => {
            Some(https.look(&target.host).await)
        }
        // What fails at the pod fails by https as well.
        _ => None,
    };
    Findings { outcome, status, https }
}

/// Asks a shop for its front page and for its checkout, then for what it says of itself: nothing where it is made
/// from an image of before, or can't.
async fn ask_pod(target: &Target, checkout: &str) -> (Outcome, Option<Status>) {
    let front = get(target, FRONT).await;
    if let Err(NoAnswer::NoConnection) = front {
        return (Outcome::Unreachable, None);
    }
    let failed = match judged(FRONT, front, |status| status == StatusCode::NOT_FOUND) {
        Some(failure) => Some(failure),
        // Where a merchant has put it elsewhere, and the shop can't say so, nothing is there.
        None => judged(checkout, get(target, checkout).await, |_| false),
    };
    let status = status(target).await;
    let outcome = match failed {
        None => Outcome::Served,
        Some(failure) => {
            let recorded = status.as_ref().and_then(|status| status.error.as_deref());
            let recorded = recorded.map(|line| PageFailure::new(&failure.path, failure.status, line));
            Outcome::Failed(recorded.unwrap_or(failure))
        }
    };
    (outcome, status)
}

/// How the page of `path` fails, if it does: without an answer, with one of a server's error, or with one that
/// `also` names.
fn judged(
    path: &str,
    answer: Result<Answer, NoAnswer>,
    also: impl Fn(StatusCode) -> bool,
) -> Option<PageFailure> {
    match answer {
        Ok(Answer { status, body }) if status.is_server_error() || also(status) => {
            Some(PageFailure::new(path, Some(status.as_u16()), &first_line(&body)))
        }
        Ok(_) => None,
        Err(error) => Some(PageFailure::new(path, None, &error.to_string())),
    }
}

async fn status(target: &Target) -> Option<Status> {
    let answer = get(target, STATUS).await.ok().filter(|answer| answer.status == StatusCode::OK)?;
    serde_json::from_slice(&answer.body).ok()
}
