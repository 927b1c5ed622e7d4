//! Shows a store's timeline as it grows.

use std::collections::HashSet;

use crate::{
    api::{Api, ApiError, Event, Store},
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

/// Prints the events of `store` that are new, again and again, until it is where `goal` wants it;
/// returns it as it is then, or nothing when it is gone.
pub(crate) async fn follow(
    api: &Api,
    store: Store,
    goal: Goal,
    quiet: bool,
) -> Result<Option<Store>, ApiError> {
    let mut polls = Polls::new();
    let mut seen = HashSet::new();
    if goal != Goal::AtRest {
        // What led here is known; only what comes now is of interest.
        let known = api.events(&store.id).await?.into_iter().filter(|event| event.at < store.updated_at);
        seen.extend(known.map(|event| event.id));
    }
    loop {
        let (now, events) = polls.ask(|| look(api, &store)).await?;
        for event in events {
            if seen.insert(event.id.clone()) && !quiet {
                output::event(&event, store.created_at);
            }
        }
        match now {
            None => return Ok(None),
            Some(now) if is_there(&now, goal) => return Ok(Some(now)),
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

fn is_there(store: &Store, goal: Goal) -> bool {
    let failed = store.failure.as_ref().is_some_and(|failure| failure.cleanup.state != "pending");
    match goal {
        Goal::AtRest | Goal::AtRestAgain => failed || store.status == "Ready",
        Goal::Gone => failed,
    }
}
