//! The ways from one state to another, each a method of the state that it leaves.

use super::{Busy, Deleted, Deleting, Failed, Provisioning, Ready, State, Status, Transition};
use crate::{
    operation::{End, PendingOperation, logs::LogExcerpt},
    provisioning::{
        failure::{Cleanup, Failure},
        step::Step,
    },
    values::timestamp::Timestamp,
};

impl Provisioning {
    /// The state of a new store.
    #[must_use]
    pub fn new() -> Self {
        Self { step: None }
    }

    /// `step` begins.
    #[must_use]
    pub fn begin(self, step: Step) -> Transition {
        self.to(State::Provisioning(Self { step: Some(step) }))
    }

    /// All steps are done, and the shop answers at `url`.
    #[must_use]
    pub fn ready(self, url: String, at: Timestamp) -> Transition {
        self.to(State::Ready(Ready { url, at, operation: None }))
    }

    /// A step failed for good.
    #[must_use]
    pub fn fail(self, failure: Failure) -> Transition {
        self.to(State::Failed(Failed { failure }))
    }

    /// The same, with the end of the log of the component that failed.
    #[must_use]
    pub fn fail_with_log(self, failure: Failure, log: LogExcerpt) -> Transition {
        Transition { log: Some(Box::new(log)), ..self.fail(failure) }
    }

    fn to(self, to: State) -> Transition {
        Transition::of(Status::Provisioning, to)
    }
}

impl Default for Provisioning {
    fn default() -> Self {
        Self::new()
    }
}

impl Ready {
    /// `order` is to be carried out.
    ///
    /// # Errors
    /// What is under way already: there is one at a time.
    pub fn request(mut self, order: PendingOperation) -> Result<Transition, PendingOperation> {
        if let Some(under_way) = self.operation {
            return Err(under_way);
        }
        self.operation = Some(order.clone());
        let operation = Some(Box::new(order.into()));
        Ok(Transition { operation, ..Transition::of(Status::Ready, State::Ready(self)) })
    }

    /// The same with what it is busy with; `None` when it is at rest.
    #[must_use]
    pub fn busy(&self) -> Option<Busy> {
        let order = self.operation.clone()?;
        Some(Busy { ready: Self { operation: None, ..self.clone() }, order })
    }
}

impl Busy {
    /// What it is busy with.
    #[must_use]
    pub fn order(&self) -> &PendingOperation {
        &self.order
    }

    /// Where the shop answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.ready.url
    }

    /// A runner begins with the operation, or takes it up again: the store then, and how it comes there.
    #[must_use]
    pub fn begin(self, at: Timestamp) -> (Self, Transition) {
        let begun = Self { ready: self.ready, order: self.order.begun(at) };
        let Self { ready, order } = begun.clone();
        let to = State::Ready(Ready { operation: Some(order.clone()), ..ready });
        let operation = Some(Box::new(order.into()));
        (begun, Transition { operation, ..Transition::of(Status::Ready, to) })
    }

    /// The operation came to its end.
    #[must_use]
    pub fn end(self, end: End) -> Transition {
        let Self { ready, order } = self;
        let operation = Some(Box::new(order.ended(end)));
        Transition { operation, ..Transition::of(Status::Ready, State::Ready(ready)) }
    }
}

impl Failed {
    /// The namespace is gone.
    #[must_use]
    pub fn cleaned_up(self) -> Transition {
        self.with(Cleanup::Done)
    }

    /// The namespace can't be deleted, as `message` says: somebody must look at it again at `again`.
    #[must_use]
    pub fn clean_up_failed(self, message: String, again: Timestamp) -> Transition {
        Transition { check_again: Some(again), ..self.with(Cleanup::Failed { message }) }
    }

    /// Something has come to be since the clean-up, or what stood in its way is gone: it is done once more.
    #[must_use]
    pub fn clean_up_again(self) -> Transition {
        self.with(Cleanup::Pending)
    }

    /// What stood in the way of the namespace's end is gone: what was asked for is brought to its end.
    #[must_use]
    pub fn unblocked(self, at: Timestamp) -> Transition {
        match self.failure.step.position() {
            Some(_) => self.clean_up_again(),
            None => Transition::of(Status::Failed, State::Deleting(Deleting { at })),
        }
    }

    fn with(mut self, cleanup: Cleanup) -> Transition {
        self.failure.cleanup = cleanup;
        Transition::of(Status::Failed, State::Failed(self))
    }

    /// What failed is tried again: the deletion where it was that which failed, else the provisioning,
    /// from the top.
    #[must_use]
    pub fn retry(self, at: Timestamp) -> Transition {
        let to = match self.failure.step.position() {
            Some(_) => State::Provisioning(Provisioning::new()),
            None => State::Deleting(Deleting { at }),
        };
        Transition::of(Status::Failed, to)
    }
}

impl Deleting {
    /// The namespace is gone, and with it the store.
    #[must_use]
    pub fn gone(self, at: Timestamp) -> Transition {
        Transition::of(Status::Deleting, State::Deleted(Deleted { at }))
    }

    /// The namespace can't be deleted, as `message` says: somebody must look at it again at `again`.
    #[must_use]
    pub fn fail(self, failure: Failure, message: String, again: Timestamp) -> Transition {
        let failure = Failure { cleanup: Cleanup::Failed { message }, ..failure };
        let to = State::Failed(Failed { failure });
        Transition { check_again: Some(again), ..Transition::of(Status::Deleting, to) }
    }
}
