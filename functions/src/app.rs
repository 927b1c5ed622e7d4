//! What every handler works with.

use std::sync::Arc;

use domain::{queue::Queue, table::Table};

use crate::config::Limits;

/// What the handlers work with.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    /// The truth.
    pub table: Table,
    /// Where hints for the runner go.
    pub queue: Queue,
    /// What callers may use up.
    pub limits: Limits,
}

impl App {
    /// An app over these parts.
    #[must_use]
    pub fn new(table: Table, queue: Queue, limits: Limits) -> Self {
        Self(Arc::new(Parts { table, queue, limits }))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
