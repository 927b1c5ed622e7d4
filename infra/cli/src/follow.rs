//! Shows a store's timeline as it grows.

use std::collections::HashSet;

use anyhow::anyhow;
use domain::store::slug::Slug;
use stdio::Reader;

use crate::{
    api::{
        Api, ApiError,
        answers::{Event, Store},
    },
    output,
    polls::Polls,
};

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Ready, or Failed with nothing left to clean up.
    AtRest,
    /// The same, after another try.
    AtRestAgain,
    /// No longer there; or Failed, since then it stays.
    Gone,
}

/// How following a store came to its end.
#[derive(Debug)]
pub(crate) enum Followed {
    /// The store is where the goal wants it.
    There(Box<Store>),
    /// The store is gone.
    Gone,
    /// Nobody reads any more what happens to it.
    NobodyReads,
}

/// Prints the events of `store` that are new, again and again, until it is where `goal` wants it.
pub(crate) async fn follow(api: &Api, store: Store, goal: Goal, quiet: bool) -> anyhow::Result<Followed> {
    let api = api.following();
    let mut polls = Polls::new();
    let mut seen = HashSet::new();
    if goal != Goal::AtRest {
        // What led here is known; only what comes now is of interest.
        let known = api.events(&store.id).await.map_err(|error| lost(error, &store.id, goal))?;
        seen.extend(known.into_iter().filter(|event| event.at < store.updated_at).map(|event| event.id));
    }
    loop {
        polls.next().await;
        let (now, events) = look(&api, &store).await.map_err(|error| lost(error, &store.id, goal))?;
        for event in events {
            if seen.insert(event.id.clone())
                && !quiet
                && output::event(&event, store.created_at)? == Reader::Gone
            {
                return Ok(Followed::NobodyReads);
            }
        }
        match now {
            None => return Ok(Followed::Gone),
            Some(now) if is_there(&now, goal) => return Ok(Followed::There(Box::new(now))),
            Some(_) => {}
        }
    }
}

/// The store as it is now, if it is there, and its timeline. The store is read first: an event that
/// is written between the two is then shown, not missed.
async fn look(api: &Api, store: &Store) -> Result<(Option<Store>, Vec<Event>), ApiError> {
    let now = match api.store(&store.id).await {
        Ok(now) => Some(now).filter(|now| now.uid == store.uid),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error),
    };
    Ok((now, api.events(&store.id).await?))
}

/// Why following the store `id` came to nothing, and how to go on with it.
fn lost(error: ApiError, id: &Slug, goal: Goal) -> anyhow::Error {
    if !error.is_given_up() {
        return error.into();
    }
    let again = match goal {
        Goal::AtRest | Goal::AtRestAgain => format!("shopwright events {id} --follow"),
        Goal::Gone => format!("shopwright delete {id} --follow"),
    };
    anyhow!(error).context(format!(
        "the store {id} goes on without this command, which can't see it; `{again}` follows it again"
    ))
}

fn is_there(store: &Store, goal: Goal) -> bool {
    // One of which an upgrade was left half done is Failed while another one runs.
    let is_busy = store.operation.is_some();
    let failed = !is_busy && store.failure.as_ref().is_some_and(|failure| failure.cleanup.state != "pending");
    match goal {
        Goal::AtRest | Goal::AtRestAgain => failed || store.status == "Ready",
        Goal::Gone => failed,
    }
}
