//! What stands in the way of a store just now, and what the API server has warned of.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::values::kept_text::sentence;

use super::{diagnosis::Diagnosis, error::Trouble};

/// How many warnings of the API server are reported of a store at most: each is an event, and all events of a
/// step are written at once.
const WARNINGS: usize = 20;

/// What stands in the way, each kind by itself: that the API server does again what it is asked does not
/// make an object ready.
#[derive(Default)]
pub(super) struct Troubles(Mutex<Known>);

#[derive(Default)]
struct Known {
    request: Option<Trouble>,
    not_ready: Option<Diagnosis>,
    /// Of each object that is waited for, in the order in which that began: what began later may be
    /// waiting for what began before.
    waits: Vec<(String, Option<Diagnosis>)>,
}

impl Troubles {
    /// The one to be named where only one can be: that of requests first.
    pub(super) fn worst(&self) -> Option<Trouble> {
        let known = self.known();
        let of_waits = || known.waits.iter().find_map(|(_, diagnosis)| diagnosis.clone());
        let not_ready = || known.not_ready.clone().or_else(of_waits).map(Trouble::NotReady);
        known.request.clone().or_else(not_ready)
    }

    /// The API server does not do what it is asked, or does again.
    pub(super) fn note_request(&self, trouble: Option<Trouble>) {
        self.known().request = trouble;
    }

    /// What keeps an object from being made.
    pub(super) fn note_not_ready(&self, diagnosis: Option<Diagnosis>) {
        self.known().not_ready = diagnosis;
    }

    /// What keeps the object `name` from being ready, which is waited for from now on, or since before.
    pub(super) fn note_wait(&self, name: &str, diagnosis: Option<Diagnosis>) {
        let waits = &mut self.known().waits;
        match waits.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = diagnosis,
            None => waits.push((name.to_owned(), diagnosis)),
        }
    }

    /// The object `name` is waited for no longer.
    pub(super) fn end_wait(&self, name: &str) {
        self.known().waits.retain(|(known, _)| known != name);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the API server has warned of.
#[derive(Default)]
pub(super) struct Warnings(Mutex<Reported>);

#[derive(Default)]
struct Reported {
    known: BTreeSet<String>,
    pending: Vec<String>,
}

impl Warnings {
    /// The API server did what it was asked, and warns of it.
    pub(super) fn note(&self, warning: String) {
        let mut warnings = self.reported();
        let warning = sentence(warning);
        if warnings.known.len() < WARNINGS && warnings.known.insert(warning.clone()) {
            tracing::warn!(warning, "the API server warns");
            warnings.pending.push(warning);
        }
    }

    /// The warnings that are new since this was last called.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.reported().pending)
    }

    fn reported(&self) -> MutexGuard<'_, Reported> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
