//! Creates, replays, deletions, their ends and calls that fail, in any order and at once: whatever
//! happens, counters are exact and audit trails whole.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut},
        retry::RetryConfig,
    },
    error::BoxError,
};
use domain::{
    idempotency::{IdempotencyKey, KeyedRequest, Made},
    store::decision::StoreCommand,
    store::{slug::Slug, state::State, status::Status},
    table::{CreateError, Created, Filter, LeasedStore, Quotas, Table},
    values::{digest::Digest, timestamp::Timestamp},
};
use futures_util::future::join_all;
use proptest::{prelude::*, test_runner::TestCaseResult};
use testkit::fixture::{Fixture, actor, change_request, named_store};
use uuid::Uuid;

const QUOTAS: Quotas = Quotas { platform: 4, owner: 2 };
const OWNERS: [&str; 3] = ["ada", "eve", "bob"];
const NAMES: [&str; 5] = ["Shop 1", "Shop 2", "Shop 3", "Shop 4", "Shop 5"];
const LEASE: Duration = Duration::from_secs(30);

/// Something that is asked for.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    Create {
        name: usize,
        owner: usize,
        key: Option<u8>,
    },
    Delete {
        name: usize,
    },
    /// A runner brings the deletion to its end.
    End {
        name: usize,
    },
}

/// How the writes that it takes go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WriteFault {
    None,
    /// They are never sent.
    FailsBefore,
    /// They are carried out, and nobody is told.
    FailsAfter,
}

impl Intercept for WriteFault {
    fn name(&self) -> &'static str {
        "WriteFault"
    }

    fn modify_before_transmit(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if *self == Self::FailsBefore { Err("the request was lost".into()) } else { Ok(()) }
    }

    fn modify_before_deserialization(
        &self,
        _: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if *self == Self::FailsAfter { Err("the answer was lost".into()) } else { Ok(()) }
    }
}

fn step() -> impl Strategy<Value = (Wanted, WriteFault)> {
    let (name, owner) = (0..NAMES.len(), 0..OWNERS.len());
    let create = (name.clone(), owner, proptest::option::of(0..3u8))
        .prop_map(|(name, owner, key)| Wanted::Create { name, owner, key });
    let wanted = prop_oneof![
        4 => create,
        2 => name.clone().prop_map(|name| Wanted::Delete { name }),
        2 => name.prop_map(|name| Wanted::End { name }),
    ];
    let fault = prop_oneof![8 => Just(WriteFault::None), 1 => Just(WriteFault::FailsBefore), 1 => Just(WriteFault::FailsAfter)];
    (wanted, fault)
}

/// Steps that are taken at once, one lot after the other.
fn lots() -> impl Strategy<Value = Vec<Vec<(Wanted, WriteFault)>>> {
    prop::collection::vec(prop::collection::vec(step(), 1..4), 1..16)
}

struct Environment {
    fixture: Fixture,
    /// How often a lease was taken: each at a later time, so that none waits for another's end.
    leases: AtomicU32,
}

impl Environment {
    /// The table, with this fault for what is written to it.
    fn table(&self, fault: WriteFault) -> Table {
        let config = self.fixture.clients.dynamodb.config().to_builder();
        let config = config.retry_config(RetryConfig::disabled()).interceptor(fault);
        Table::new(Client::from_conf(config.build()), self.fixture.table.name())
    }

    /// Does what is wanted. Returns what a request with a key has made: by owner and key, the name and the
    /// incarnation.
    async fn take(&self, (wanted, fault): (Wanted, WriteFault)) -> Option<((usize, u8), (usize, Uuid))> {
        let (reads, writes) = (&self.fixture.table, self.table(fault));
        match wanted {
            Wanted::Create { name, owner, key } => {
                let store = named_store(NAMES[name], OWNERS[owner]);
                let actor = actor(OWNERS[owner]);
                let request = key.map(|key| KeyedRequest {
                    principal: actor.principal.name.clone(),
                    key: IdempotencyKey::parse(format!("key-{key}").as_bytes()).unwrap(),
                    digest: Digest::of(NAMES[name].as_bytes()),
                });
                let uid = match writes.create_store(&store, &actor, QUOTAS, request.as_ref()).await {
                    Ok(Created::Applied(store)) => store.uid,
                    Ok(Created::Replayed(Made::Store { uid, .. } | Made::Operation { uid, .. })) => uid,
                    Ok(Created::Replayed(Made::Webhook { id })) => panic!("nobody made the endpoint {id}"),
                    Err(CreateError::Table(_)) if fault != WriteFault::None => return None,
                    Err(error @ (CreateError::Table(_) | CreateError::Contended(_))) => panic!("{error:?}"),
                    Err(_) => return None,
                };
                Some(((owner, key?), (name, uid)))
            }
            Wanted::Delete { name } => {
                let store = reads.store(&id(name)).await.unwrap()?;
                let by = actor(&store.owner);
                let _ = writes.change_store(store, &StoreCommand::Delete, change_request(&by)).await;
                None
            }
            Wanted::End { name } => {
                let store = reads.store(&id(name)).await.unwrap()?;
                let later = LEASE * 2 * self.leases.fetch_add(1, Ordering::SeqCst);
                let now = Timestamp::now().plus(later);
                if store.state.status() == Status::Deleting
                    && let Ok(LeasedStore { store, claim }) =
                        reads.acquire_lease(&store, "runner", now, LEASE).await
                    && let State::Deleting(deleting) = store.state
                {
                    let _ = writes.commit(&claim, &deleting.gone(Timestamp::now()), &[], now).await;
                }
                None
            }
        }
    }

    async fn check(&self) -> TestCaseResult {
        let table = &self.fixture.table;
        let living = table.stores(&Filter::default(), 100, None).await.unwrap().items;
        let expected = u64::try_from(living.len()).unwrap();
        prop_assert_eq!(table.platform_count().await.unwrap(), expected);
        prop_assert!(expected <= u64::from(QUOTAS.platform));
        for owner in OWNERS {
            let theirs = living.iter().filter(|store| store.owner == owner).count();
            prop_assert_eq!(table.owner_count(owner).await.unwrap(), u64::try_from(theirs).unwrap());
            prop_assert!(theirs <= usize::try_from(QUOTAS.owner).unwrap());
        }
        for subject in table.audited().await.unwrap() {
            let checked = table.check_audit(&subject, Timestamp::now()).await.unwrap().unwrap();
            prop_assert_eq!(checked.fault, None, "{}", subject);
        }
        Ok(())
    }
}

fn id(name: usize) -> Slug {
    named_store(NAMES[name], "ada").id
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        max_shrink_iters: 200,
        // How calls at once get in each other's way is not the seed's to say.
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    #[ignore = "needs the local stack: make test"]
    fn counters_are_exact_and_trails_whole_whatever_happens_in_any_order(lots in lots()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let environment = Environment { fixture: Fixture::new().await, leases: AtomicU32::new(0) };
            let mut made = HashMap::new();
            for lot in lots {
                let made_now = join_all(lot.into_iter().map(|step| environment.take(step))).await;
                for (request, store) in made_now.into_iter().flatten() {
                    prop_assert_eq!(*made.entry(request).or_insert(store), store, "a key has made two stores");
                }
                environment.check().await?;
            }
            Ok(())
        })?;
    }
}
