//! The request that is being answered: its id, and what has come of it so far.
//!
//! The first middleware puts it in front of everything else. What runs inside can then name the request in a
//! problem, and record what metrics and the log are to have of it, without a message that travels back with the
//! response.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::id::RequestId;
use crate::problem::kind::ProblemType;

tokio::task_local! {
    static CURRENT: RequestContext;
}

/// What has come of a request, as metrics and the log have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// It created a store.
    pub store_created: bool,
    /// It could not send the job, which is now up to the sweep.
    pub job_not_sent: bool,
    /// The problem that it is answered with.
    pub problem: Option<ProblemType>,
}

/// A request that is being answered.
#[derive(Clone, Debug)]
pub struct RequestContext(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    id: RequestId,
    outcome: Mutex<Outcome>,
}

impl RequestContext {
    /// The request of this id, of which nothing has come yet.
    #[must_use]
    pub fn new(id: RequestId) -> Self {
        Self(Arc::new(Parts { id, outcome: Mutex::default() }))
    }

    /// Runs `answer` with this request as the current one.
    pub async fn scope<F: Future>(self, answer: F) -> F::Output {
        CURRENT.scope(self, answer).await
    }

    /// The request that the running task answers.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or_else(|error| {
            tracing::error!(%error, "nothing is known of the request that is answered");
            Self::new(RequestId::fresh())
        })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &RequestId {
        &self.0.id
    }

    /// What has come of it so far.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        *self.lock()
    }

    /// Records what has come of it.
    pub fn record(&self, change: impl FnOnce(&mut Outcome)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Outcome> {
        self.0.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
