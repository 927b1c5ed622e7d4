//! For tests on the real parts: tables, queues and stores of a test's own, so that all tests run
//! side by side on one stack.

use std::env;

use uuid::Uuid;

use crate::{
    admin_email::AdminEmail, aws::Clients, queue::Queue, store::Store, store_name::StoreName,
    sweep::PICKUP_GRACE, table::Table, timestamp::Timestamp,
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
        let store = new_store("ada");
        self.table.create_store(&store, 1000).await.expect("the store can be created");
        store
    }
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
