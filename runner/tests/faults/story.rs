//! The stories that are told with a fault at every call.

use std::{collections::BTreeMap, env, fs, path::PathBuf, time::Duration};

use domain::{
    fixture,
    operation::{Answer, End, InquiryKey, Operation, Outcome, RestartTarget, Work},
    provisioning::{
        event::EventKind,
        failure::{Cleanup, Failure, FailureCode},
    },
    store::{
        Store,
        status::{State, Status},
    },
    values::{digest::Digest, timestamp::Timestamp},
};
use k8s_openapi::{
    ByteString,
    api::{apps::v1::Deployment, core::v1::Secret},
};
use kube::{Api, ResourceExt as _, api::ListParams};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    before::OF_BEFORE,
    call::{BEAT, COMMIT, Call, EXPIRE, HIDE, LOG, LOOK, POLL, POSTPONE, PROBE, Purpose, SEND, SWEEP, TAKE},
    fault::{Fault, Way},
    host::Host,
    portrait::difference,
    world::World,
};

/// Raised by the Deployment's controller with each change of the pods' template.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// The objects of a store as [`crate::portrait::Portrait::form`] has them.
pub(crate) type Form = BTreeMap<String, Value>;

/// What the runner has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray)]
pub(crate) enum Story {
    /// A store is made.
    Provisioning,
    /// A store is taken away.
    Teardown,
    /// The pods of a store that is up are replaced.
    Restart,
    /// The administrator of a store that is up gets a new password.
    ResetPassword,
    /// Somebody is told the credentials of the administrator of a store that is up.
    Reveal,
    /// A store whose job was lost is found by the sweep, and made.
    LostJob,
    /// A store finds a stranger's object in its namespace: it fails, and is cleaned up.
    Conflict,
    /// A store's database is not let in by a quota: it fails with the log of the one that is there, and is
    /// cleaned up.
    Refusal,
}

impl Story {
    /// The faults of this story whose work makes `calls`: each call of the work, and of what goes on
    /// beside it the first of each kind. Unless `every_way` is wanted, a runner stands still only where
    /// what it does when it thaws is decided.
    pub(crate) fn faults(self, calls: &[(Purpose, usize)], every_way: bool) -> Vec<Fault> {
        let work = calls.iter().filter(|(purpose, _)| self.is_made_of(purpose));
        let work = work.flat_map(|(purpose, count)| {
            // An event expires as any other does.
            let count = if purpose.is(EXPIRE) { 1 } else { *count };
            (1..=count).map(move |occurrence| Call { purpose: purpose.clone(), occurrence })
        });
        self.beside()
            .iter()
            .map(|purpose| Call::new(purpose, 1))
            .chain(work)
            .flat_map(|call| Way::ALL.iter().map(move |way| Fault { call: call.clone(), way: *way }))
            .filter(|fault| every_way || self == Self::LostJob || is_dangerous(fault))
            .filter(|fault| !self.is_beyond_any_fence(fault))
            .collect()
    }

    /// Whether faults at calls for `purpose` are this story's to tell.
    fn is_made_of(self, purpose: &Purpose) -> bool {
        match self {
            Self::Provisioning
            | Self::Teardown
            | Self::Restart
            | Self::ResetPassword
            | Self::Reveal
            | Self::Conflict => {
                ![POLL, SWEEP, PROBE, BEAT, HIDE, LOOK, POSTPONE, SEND].iter().any(|name| purpose.is(name))
            }
            Self::LostJob => false,
            // All else is what a provisioning and a teardown ask.
            Self::Refusal => [LOOK, LOG, "get secrets"].iter().any(|name| purpose.is(name)),
        }
    }

    /// What goes on beside the work, by the clock.
    fn beside(self) -> &'static [&'static str] {
        match self {
            Self::Provisioning | Self::Teardown => &[POLL, SWEEP, PROBE, BEAT, HIDE],
            Self::LostJob => &[SWEEP, POSTPONE, SEND],
            // What goes on beside these is what goes on beside a provisioning.
            Self::Restart | Self::ResetPassword | Self::Reveal | Self::Conflict | Self::Refusal => &[],
        }
    }

    /// The call of the work that waits until `fault` has happened: one beside the work comes when its
    /// time is there, and the work must not be over by then.
    fn last(self, fault: &Fault) -> Option<&'static str> {
        let is_beside = self.beside().iter().any(|name| fault.call.purpose.is(name));
        match self {
            Self::Provisioning if is_beside => Some("create ingresses"),
            Self::Teardown if is_beside => Some("watch namespaces"),
            Self::Provisioning
            | Self::Teardown
            | Self::Restart
            | Self::ResetPassword
            | Self::Reveal
            | Self::LostJob
            | Self::Conflict
            | Self::Refusal => None,
        }
    }

    /// A namespace whose creation is on its way while its store is cleaned up comes after that: no
    /// condition can be sent with a create. It goes once it is found (`orphans`, and its tests on real
    /// parts), so not before this story ends.
    fn is_beyond_any_fence(self, fault: &Fault) -> bool {
        let is_late = fault.way == Way::FreezeBefore && fault.call.purpose.is("create namespaces");
        self == Self::Conflict && is_late
    }

    pub(crate) fn end(self) -> Status {
        match self {
            Self::Provisioning | Self::Restart | Self::ResetPassword | Self::Reveal | Self::LostJob => {
                Status::Ready
            }
            Self::Teardown => Status::Deleted,
            Self::Conflict | Self::Refusal => Status::Failed,
        }
    }
}

/// Whether a runner that fails, dies or stands still there can do harm: a change that it has decided on
/// and not sent yet, or an answer that it is about to decide by.
fn is_dangerous(fault: &Fault) -> bool {
    let purpose = &fault.call.purpose;
    match fault.way {
        Way::FailBefore | Way::FailAfter | Way::KillBefore | Way::KillAfter => true,
        Way::FreezeBefore => purpose.changes_the_cluster() || purpose.is(COMMIT) || purpose.is(TAKE),
        Way::FreezeAfter => purpose.reads_the_cluster() || purpose.is(TAKE),
        Way::FreezeUntilTaken => purpose.is_fenced(),
    }
}

impl World {
    /// A store for which `story` can begin, one that does not begin with a store that is up.
    pub(crate) async fn prologue(&self, story: Story) -> Store {
        let mut store = fixture::new_store("ada");
        if story == Story::LostJob {
            store.due = Some(store.created.plus(Duration::from_millis(1)));
        }
        self.create(&store).await;
        match story {
            Story::Provisioning => self.send(&store).await,
            Story::LostJob => {}
            Story::Conflict => {
                self.put_a_strangers_object_into(&store).await;
                self.send(&store).await;
            }
            Story::Refusal => {
                self.refuse_pods_of(&store).await;
                self.send(&store).await;
            }
            Story::Teardown | Story::Restart | Story::ResetPassword | Story::Reveal => {
                unreachable!("it follows a provisioning")
            }
        }
        store
    }

    /// Lets `story` begin with `store`, which is up; nobody is at work any more.
    pub(crate) async fn sequel(&self, story: Story, store: &Store) {
        self.kill_all();
        match story {
            Story::Teardown => self.request_deletion(store).await,
            Story::Restart => self.request(store, Work::Restart { target: RestartTarget::All }).await,
            Story::ResetPassword => self.request(store, Work::ResetPassword).await,
            Story::Reveal => self.inquire(store).await,
            Story::Provisioning | Story::LostJob | Story::Conflict | Story::Refusal => {
                unreachable!("it begins with a store that is not up")
            }
        }
    }

    /// Lets a runner on which `fault` happens play `story` with `store`, with another one after it
    /// where it is gone or stands still, and checks that the end is the one without a fault, with the
    /// objects of `form`. Returns the calls of the first runner.
    pub(crate) async fn play(
        &self,
        story: Story,
        store: &Store,
        fault: Option<&Fault>,
        form: Option<&Form>,
    ) -> Result<Vec<(Purpose, usize)>, String> {
        let last = fault.and_then(|fault| story.last(fault));
        let first = self.start(fault.cloned().into_iter().collect(), last);
        let is_interrupted = tokio::select! {
            settled = self.settled(store) => { settled?; false }
            _ = first.interrupted() => true,
        };
        if is_interrupted {
            self.check_due(store).await?;
            let mut takes = self.ledger.takes();
            let taken = *takes.borrow_and_update() + 1;
            self.start(Vec::new(), None);
            if fault.is_some_and(|fault| fault.way == Way::FreezeUntilTaken) {
                tokio::select! {
                    // Its sender is in the ledger, which is ours.
                    _ = takes.wait_for(|takes| *takes >= taken) => first.wire.thaw(),
                    // Nobody has to take it any more.
                    settled = self.settled(store) => settled?,
                }
            }
            self.settled(store).await?;
        }
        if let Some(fault) = fault
            && first.wire.struck() != [fault.clone()]
        {
            return Err("the fault was not met".into());
        }
        self.check_end(story, store, form).await?;
        if fault.is_some_and(|fault| fault.way.fails() && fault.call.purpose.changes_the_cluster()) {
            self.check_told(story, store).await?;
        }
        if fault.is_some_and(|fault| fault.way.freezes()) {
            self.thaw(&first, story, store, form).await?;
        }
        Ok(first.wire.decided())
    }

    /// Lets runner `first` go on when its store has long been brought to its end by another one, or
    /// even been made anew: it must touch nothing.
    async fn thaw(
        &self,
        first: &Host,
        story: Story,
        store: &Store,
        form: Option<&Form>,
    ) -> Result<(), String> {
        let (store, story) = match story {
            Story::Provisioning
            | Story::Restart
            | Story::ResetPassword
            | Story::Reveal
            | Story::LostJob
            | Story::Conflict
            | Story::Refusal => (store.clone(), story),
            Story::Teardown => {
                self.start(Vec::new(), None);
                let again = self.create_again(store).await;
                self.settled(&again).await?;
                (again, Story::Provisioning)
            }
        };
        let before = (self.read(&store).await, self.portrait(&store).await.identities());
        first.drain();
        first.wire.thaw();
        first.ended().await?;
        self.settled(&store).await?;
        let after = (self.read(&store).await, self.portrait(&store).await.identities());
        if before != after {
            return Err(format!("the runner that thawed changed {before:?} to {after:?}"));
        }
        self.check_end(story, &store, form).await
    }

    async fn check_end(&self, story: Story, store: &Store, form: Option<&Form>) -> Result<(), String> {
        self.check_at_rest(store).await?;
        let now = self.read(store).await;
        if now.state.status() != story.end() {
            return Err(format!("it is {:?}", now.state));
        }
        if let State::Failed(failed) = &now.state {
            self.check_failure(story, &now, &failed.failure).await?;
        }
        if matches!(story, Story::Restart | Story::ResetPassword | Story::Reveal) {
            self.check_operation(story, store).await?;
        }
        let portrait = self.portrait(store).await;
        if portrait.has_namespace() != (story.end() == Status::Ready) {
            return Err(format!("it is {}, and its namespace is otherwise", now.state.status()));
        }
        match form.filter(|_| portrait.has_namespace()) {
            Some(form) => difference(form, &portrait.form()).map_or(Ok(()), Err),
            None => Ok(()),
        }
    }

    /// It failed for the reason that it has, with the log of what failed where there is one.
    async fn check_failure(&self, story: Story, store: &Store, failure: &Failure) -> Result<(), String> {
        let refused = story == Story::Refusal;
        let code = if refused { FailureCode::QuotaExceeded } else { FailureCode::NamespaceConflict };
        if failure.code != code || failure.cleanup != Cleanup::Done {
            return Err(format!("it failed otherwise: {failure:?}"));
        }
        let log = self.fixture.table.failure_log(store).await.unwrap();
        let has_lines = log.as_ref().is_some_and(|log| log.pod == OF_BEFORE && log.lines.len() == 1);
        if has_lines == refused { Ok(()) } else { Err(format!("its failure has the log {log:?}")) }
    }

    /// Whoever watches a store whose work is held up is told so: once a step, however often it is tried.
    async fn check_told(&self, story: Story, store: &Store) -> Result<(), String> {
        let kind = match story {
            Story::Restart | Story::ResetPassword | Story::Reveal => EventKind::OperationRetrying,
            Story::Provisioning | Story::Teardown | Story::LostJob | Story::Conflict | Story::Refusal => {
                EventKind::StepRetrying
            }
        };
        let events = self.fixture.table.events(&store.id, store.uid).await.unwrap();
        let told = events.iter().filter(|event| event.kind == kind);
        // In a world in which several operations have met faults, each tells of its own.
        let steps: Vec<_> = told.map(|event| (event.step, event.operation)).collect();
        let is_once = |step| steps.iter().filter(|other| *other == step).count() == 1;
        match steps.as_slice() {
            [] => Err("nobody is told that a request was tried again".into()),
            steps if steps.iter().all(is_once) => Ok(()),
            steps => Err(format!("it is told more than once a step: {steps:?}")),
        }
    }

    /// The operation says the truth, and what it was to do was done: however often it was taken up.
    async fn check_operation(&self, story: Story, store: &Store) -> Result<(), String> {
        let table = &self.fixture.table;
        let page = table.operation_page(&store.id, store.uid, 1, None, Timestamp::now()).await.unwrap();
        match page.items.as_slice() {
            [Operation { end: Some(End { outcome: Outcome::Succeeded(_), .. }), .. }] => {}
            operations => return Err(format!("it has {operations:?}")),
        }
        let operation = page.items[0].order.id;
        match story {
            Story::Restart => self.check_restarted_once(store).await,
            Story::ResetPassword => self.check_password(store).await,
            Story::Reveal => self.check_revealed(store, operation).await,
            Story::Provisioning | Story::Teardown | Story::LostJob | Story::Conflict | Story::Refusal => {
                Ok(())
            }
        }
    }

    async fn check_restarted_once(&self, store: &Store) -> Result<(), String> {
        let deployments: Api<Deployment> = Api::namespaced(self.stage.admin.clone(), &store.id.namespace());
        for deployment in deployments.list(&ListParams::default()).await.unwrap() {
            let name = deployment.name_any();
            match deployment.annotations().get(REVISION).map(String::as_str) {
                Some("2") => {}
                revision => return Err(format!("{name} is at revision {revision:?} after one restart")),
            }
        }
        Ok(())
    }

    /// WordPress, for which a stand-in speaks, has the password that the Secret has, and that is a new one.
    async fn check_password(&self, store: &Store) -> Result<(), String> {
        let data = self.credentials(store).await;
        let keys: Vec<_> = data.keys().filter(|key| key.contains("password")).collect();
        if keys != ["admin-password"] {
            return Err(format!("the Secret has {keys:?}"));
        }
        let folder = env::var_os("WORDPRESS_STAND_IN").expect("this test needs the local stack");
        let told = PathBuf::from(folder).join(format!("{}.store.127.0.0.1.nip.io.password", store.id));
        let told = fs::read_to_string(told).map_err(|error| format!("WordPress was not told: {error}"))?;
        let holds = Digest::of(&data["admin-password"].0);
        if told.trim_end() == holds.as_str() { Ok(()) } else { Err("Secret and WordPress disagree".into()) }
    }

    /// Whoever asked can open the answer, and has what the Secret has then.
    async fn check_revealed(&self, store: &Store, operation: Uuid) -> Result<(), String> {
        let key = InquiryKey { store: store.id.clone(), uid: store.uid, operation };
        let answer = self.fixture.table.answer(&key, Timestamp::now()).await.unwrap();
        let Some(Answer::Credentials(sealed)) = answer else { return Err(format!("it was told {answer:?}")) };
        let revealed = self.recipient.open(&key, &sealed).map_err(|error| error.to_string())?;
        let holds = &self.credentials(store).await["admin-password"].0;
        let is_true = revealed.password.expose_secret().as_bytes() == holds;
        if is_true { Ok(()) } else { Err("it was told another password than the Secret has".into()) }
    }

    async fn credentials(&self, store: &Store) -> BTreeMap<String, ByteString> {
        let secrets: Api<Secret> = Api::namespaced(self.stage.admin.clone(), &store.id.namespace());
        secrets.get("wordpress-credentials").await.unwrap().data.unwrap()
    }

    /// When a runner is gone, its store must be due by the time that its lease ends.
    async fn check_due(&self, store: &Store) -> Result<(), String> {
        let now = self.read(store).await;
        let Some(_) = now.state.task() else { return Ok(()) };
        let until = Timestamp::from_milliseconds(now.lease.until).filter(|_| now.lease.holder.is_some());
        match (now.due, until) {
            (Some(due), Some(until)) if due > until => {
                Err(format!("its lease ends {until}, and it is due only {due}"))
            }
            (Some(_), _) => Ok(()),
            (None, _) => Err("nobody will ever look at it again".into()),
        }
    }
}
