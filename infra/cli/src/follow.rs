//! Shows a store's timeline as it grows.

use std::{collections::HashSet, time::Duration};

use crate::{
    api::{Api, ApiError, Store},
    output,
};

/// How often the API is asked; it has no way of telling by itself.
const POLL: Duration = Duration::from_millis(250);

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Ready, or Failed with nothing left to clean up.
    AtRest,
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
    let mut polls = tokio::time::interval(POLL);
    let mut seen = HashSet::new();
    if goal == Goal::Gone {
        // What led here is known; only the deletion is of interest.
        seen.extend(
            api.events(&store.id).await?.into_iter().filter(|e| e.at < store.updated_at).map(|e| e.id),
        );
    }
    loop {
        polls.tick().await;
        // The store first: an event that is written between the two is then shown, not missed.
        let now = match api.store(&store.id).await {
            Ok(now) => Some(now).filter(|now| now.uid == store.uid),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        for event in api.events(&store.id).await? {
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

fn is_there(store: &Store, goal: Goal) -> bool {
    let failed = store.failure.as_ref().is_some_and(|failure| failure.cleanup.state != "pending");
    match goal {
        Goal::AtRest => failed || store.status == "Ready",
        Goal::Gone => failed,
    }
}
