//! Work of a later step that goes on while earlier ones run, because it needs nothing that they wait for.

use std::{
    future::{Future, pending},
    pin::Pin,
};

use domain::provisioning::step::Step;

use crate::{cluster::ClusterError, reconcile::step_runner::WorkError};

/// Work of a later step. It gets on only while somebody waits for it: with the work of an earlier step
/// ([`Self::while_running`]), or as its own step's ([`Self::finish`]).
pub struct EarlyWork<'a, T> {
    step: Step,
    stage: Stage<'a, T>,
}

enum Stage<'a, T> {
    Working(Pin<Box<dyn Future<Output = Result<T, ClusterError>> + Send + 'a>>),
    Done(T),
}

impl<'a, T> EarlyWork<'a, T> {
    /// The `work` of `step`.
    pub fn new(step: Step, work: impl Future<Output = Result<T, ClusterError>> + Send + 'a) -> Self {
        Self { step, stage: Stage::Working(Box::pin(work)) }
    }

    /// Does the `work` of an earlier step, which goes first where both can go on, and this with it.
    /// Where this fails, the store does: so that ends the other at once.
    ///
    /// # Errors
    /// Those of `work`; and its own, as a failure of its own step.
    pub fn while_running<U, E: Into<WorkError>>(
        mut self,
        work: impl Future<Output = Result<U, E>>,
    ) -> impl Future<Output = Result<(U, Self), WorkError>> {
        // Work nests deep, and debug builds have small stacks.
        let work = Box::pin(work);
        async move {
            let step = self.step;
            let failed = async {
                if let Stage::Working(this) = &mut self.stage {
                    match this.await {
                        Ok(done) => self.stage = Stage::Done(done),
                        Err(error) => return error,
                    }
                }
                pending().await
            };
            let done = tokio::select! {
                biased;
                done = work => done.map_err(Into::into)?,
                error = failed => return Err(WorkError::Early { step, error }),
            };
            Ok((done, self))
        }
    }

    /// Does what is left of it.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn finish(self) -> Result<T, ClusterError> {
        match self.stage {
            Stage::Working(work) => work.await,
            Stage::Done(done) => Ok(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    fn error() -> ClusterError {
        ClusterError::Vanished { kind: "Job".into(), name: "setup".into() }
    }

    #[tokio::test]
    async fn what_is_done_early_is_not_done_again_by_its_own_step() {
        let (done, is_done) = oneshot::channel();
        let early = EarlyWork::new(Step::SetupWoocommerce, async {
            done.send(()).unwrap();
            Ok("set up")
        });
        let work = async {
            is_done.await.unwrap();
            Ok::<_, ClusterError>("the database")
        };
        let (work, early) = early.while_running(work).await.unwrap();
        assert_eq!((work, early.finish().await.unwrap()), ("the database", "set up"));
    }

    #[tokio::test]
    async fn what_takes_longer_goes_on_where_it_was() {
        let (ask, asked) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let early = EarlyWork::new(Step::SetupWoocommerce, async {
            ask.send(()).unwrap();
            Ok(answered.await.unwrap())
        });
        let work = async {
            asked.await.unwrap();
            Ok::<_, ClusterError>(())
        };
        let ((), early) = early.while_running(work).await.unwrap();
        answer.send("later").unwrap();
        assert_eq!(early.finish().await.unwrap(), "later");
    }

    #[tokio::test]
    async fn a_failure_ends_the_work_beside_it_and_is_its_own_steps() {
        let early = EarlyWork::<()>::new(Step::SetupWoocommerce, async { Err(error()) });
        let ended = early.while_running(pending::<Result<(), ClusterError>>()).await.map(drop);
        let Err(WorkError::Early { step, error }) = ended else { panic!("it goes on") };
        assert_eq!((step, error.to_string()), (Step::SetupWoocommerce, self::error().to_string()));
    }

    #[tokio::test]
    async fn the_work_beside_it_fails_by_itself() {
        let early = EarlyWork::<()>::new(Step::SetupWoocommerce, pending());
        let ended = early.while_running(async { Err::<(), _>(error()) }).await.map(drop);
        assert!(matches!(ended, Err(WorkError::Cluster(_))));
    }
}
