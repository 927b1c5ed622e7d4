//! One run of a scenario, with a fault or without.

use domain::store::{Store, status::Status};

use super::Scenario;
use crate::{
    environment::{Environment, runner_thread::RunnerThread, snapshot::NormalizedObjects},
    injection::{
        call::Purpose,
        fault::{Fault, FaultKind},
    },
};

/// How a run ended that survived.
pub(crate) struct Ended {
    /// The calls of the first runner.
    pub(crate) calls: Vec<(Purpose, usize)>,
    /// Whether the first runner came to the call at which the fault lay, and still had its lease when it was to say
    /// of a request that it tried again: on a busy machine that may be over.
    pub(crate) is_met: bool,
}

impl Environment {
    /// Runs `scenario` with `store` on a runner on which `fault` happens, and on another one after it where the
    /// first is gone or stands still. Checks that the end is the one without a fault, with the `expected` objects.
    pub(crate) async fn run(
        &self,
        scenario: Scenario,
        store: &Store,
        fault: Option<&Fault>,
        expected: Option<&NormalizedObjects>,
    ) -> Result<Ended, String> {
        let last = fault.and_then(|fault| scenario.last(fault));
        let mut takes = self.records.takes();
        let takes_before = *takes.borrow();
        let first = self.start(fault.cloned().into_iter().collect(), last);
        let is_interrupted = tokio::select! {
            settled = self.settled(store) => { settled?; false }
            _ = first.interrupted() => true,
        };
        if is_interrupted {
            self.check_due(store).await?;
            let taken = *takes.borrow_and_update() + 1;
            self.start(Vec::new(), None);
            if fault.is_some_and(|fault| fault.kind == FaultKind::FreezeUntilTaken) {
                tokio::select! {
                    // Its sender is in the records, which are ours.
                    _ = takes.wait_for(|takes| *takes >= taken) => first.injector.thaw(),
                    // Nobody has to take it any more.
                    settled = self.settled(store) => settled?,
                }
            }
            self.settled(store).await?;
        }
        self.check_end(scenario, store, expected).await?;
        let mut is_met = fault.is_none_or(|fault| first.injector.injected() == [fault.clone()]);
        let fault = fault.filter(|_| is_met);
        if fault.is_some_and(|fault| fault.kind.fails() && fault.call.purpose.changes_the_cluster()) {
            let is_one_lease = *takes.borrow() == takes_before + 1;
            match self.check_retry_event(scenario, store).await {
                Err(problem) if is_one_lease => return Err(problem),
                said => is_met = said.is_ok(),
            }
        }
        if fault.is_some_and(|fault| fault.kind.freezes()) {
            self.thaw(&first, scenario, store, expected).await?;
        }
        Ok(Ended { calls: first.injector.completed(), is_met })
    }

    /// Lets runner `first` go on when its store has long been brought to its end by another one, or
    /// even been made anew: it must touch nothing.
    async fn thaw(
        &self,
        first: &RunnerThread,
        scenario: Scenario,
        store: &Store,
        expected: Option<&NormalizedObjects>,
    ) -> Result<(), String> {
        let (store, scenario) = if scenario.row().end == Status::Deleted {
            self.start(Vec::new(), None);
            let again = self.create_again(store).await;
            self.settled(&again).await?;
            (again, Scenario::Provisioning)
        } else {
            (store.clone(), scenario)
        };
        let before = (self.read(&store).await, self.snapshot(&store).await.identities());
        first.drain();
        first.injector.thaw();
        first.ended().await?;
        self.settled(&store).await?;
        let after = (self.read(&store).await, self.snapshot(&store).await.identities());
        if before != after {
            return Err(format!("the runner that thawed changed {before:?} to {after:?}"));
        }
        self.check_end(scenario, &store, expected).await
    }
}
