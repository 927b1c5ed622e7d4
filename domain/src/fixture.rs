//! For tests on the real parts: tables, queues and stores of a test's own, so that all tests run
//! side by side on one stack.

use std::env;

use uuid::Uuid;

use crate::{
    admin_email::AdminEmail,
    audit::Actor,
    aws::Clients,
    principal::{Principal, Role},
    principal_name::PrincipalName,
    queue::Queue,
    store::Store,
    store_name::StoreName,
    sweep::PICKUP_GRACE,
    table::{Changed, Created, Quotas, Table, Wish},
    timestamp::Timestamp,
};

/// A table and a queue that nobody else uses.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The table, empty.
    pub table: Table,
    /// The queue, empty.
    pub queue: Queue,
    /// The clients of both.
    pub clients: Clients,
}

impl Fixture {
    /// Makes them on the stack that the environment names.
    ///
    /// # Panics
    /// When there is no stack.
    pub async fn new() -> Self {
        assert!(
            env::var_os("AWS_ENDPOINT_URL_DYNAMODB").is_some(),
            "this test needs the local stack: run it with `make test`"
        );
        let clients = Clients::from_env().await;
        let name = format!("test-{}", Uuid::new_v4().simple());
        let table = Table::new(clients.dynamodb.clone(), &name);
        table.create_if_absent().await.expect("the table can be made");
        let queue = Queue::create_if_absent(clients.sqs.clone(), &name).await.expect("the queue can be made");
        Self { table, queue, clients }
    }

    /// Creates a store that no other test has, of the owner `ada`, and returns it.
    ///
    /// # Panics
    /// When the table does not take it.
    pub async fn store(&self) -> Store {
        self.create(&new_store("ada")).await
    }

    /// Creates `store`, however many there are, and returns it as it is in the table.
    ///
    /// # Panics
    /// When the table does not take it.
    pub async fn create(&self, store: &Store) -> Store {
        let created = self.table.create_store(store, &actor(&store.owner), NO_QUOTAS, None).await;
        match created.expect("the store can be created") {
            Created::Now(store) => *store,
            Created::Before(_) => panic!("a request without a key was seen before"),
        }
    }

    /// Asks for the deletion of `store`, which lives, and returns it as it is then.
    ///
    /// # Panics
    /// When the table does not take it.
    pub async fn request_deletion(&self, store: &Store) -> Store {
        let (actor, found) = (actor(&store.owner), self.table.store(&store.id).await);
        let found = found.expect("the table answers").expect("the store is there");
        let changed = self.table.request_deletion(found, wish(&actor)).await;
        match changed.expect("the store can be deleted") {
            Changed::Now(store) | Changed::Already(store) => *store,
            Changed::Before(_) => panic!("a request without a key was seen before"),
        }
    }

    /// Asks for another try of `store`, which failed, and returns it as it is then.
    ///
    /// # Panics
    /// When the table does not take it.
    pub async fn request_retry(&self, store: &Store) -> Store {
        let (actor, found) = (actor(&store.owner), self.table.store(&store.id).await);
        let found = found.expect("the table answers").expect("the store is there");
        let changed = self.table.request_retry(found, wish(&actor)).await;
        match changed.expect("the store can be tried again") {
            Changed::Now(store) | Changed::Already(store) => *store,
            Changed::Before(_) => panic!("a request without a key was seen before"),
        }
    }
}

/// Room for any number of stores.
pub const NO_QUOTAS: Quotas = Quotas { platform: u32::MAX, owner: u32::MAX };

/// An owner of this name, who calls from an address that is nobody's (RFC 5737).
///
/// # Panics
/// When the name is not valid.
#[must_use]
pub fn actor(name: &str) -> Actor {
    let name = PrincipalName::parse(name).expect("the name is valid");
    Actor {
        principal: Principal { name, role: Role::Owner },
        address: Some([192, 0, 2, 1].into()),
        request_id: Some(Uuid::new_v4().to_string()),
    }
}

/// What `actor` wishes for now, in whatever version the store is.
#[must_use]
pub fn wish(actor: &Actor) -> Wish<'_> {
    Wish { actor, now: Timestamp::now(), allows: &|_| true, request: None }
}

/// A store of `owner` with a name that no other test has; not in any table yet.
///
/// # Panics
/// Never: the name is valid.
#[must_use]
pub fn new_store(owner: &str) -> Store {
    let name = format!("Test {}", Uuid::new_v4().simple());
    named_store(&name, owner)
}

/// A store of `owner` with this name; not in any table yet.
///
/// # Panics
/// When the name is not valid.
#[must_use]
pub fn named_store(name: &str, owner: &str) -> Store {
    let now = Timestamp::now();
    let name = StoreName::parse(name).expect("the name is valid");
    let email = AdminEmail::parse("owner@example.com").expect("the address is valid");
    Store::new(name, email, owner.to_owned(), now, now.plus(PICKUP_GRACE))
}
