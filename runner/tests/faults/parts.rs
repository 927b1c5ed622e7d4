//! The parts of the stack: whoever stops them is alone with them.
//!
//! Whoever wants to be alone waits for the others, and keeps nobody out meanwhile, as one in the queue of a lock would:
//! then the others, of which each takes long, would be one after the other.

use std::sync::LazyLock;

use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// So many use them.
    Shared(usize),
    /// One may stop them.
    Alone,
}

static PARTS: LazyLock<watch::Sender<Use>> = LazyLock::new(|| watch::Sender::new(Use::Shared(0)));

/// Somebody uses the parts, with others.
pub(crate) struct Shared(());

/// Somebody may stop the parts.
pub(crate) struct Alone(());

/// Waits until nobody is alone with the parts.
pub(crate) async fn shared() -> Shared {
    become_user(|parts| match parts {
        Use::Shared(others) => Some(Use::Shared(others + 1)),
        Use::Alone => None,
    })
    .await;
    Shared(())
}

/// Waits until nobody uses the parts.
pub(crate) async fn alone() -> Alone {
    become_user(|parts| (parts == Use::Shared(0)).then_some(Use::Alone)).await;
    Alone(())
}

/// Waits until the `change` can be made.
async fn become_user(change: impl Fn(Use) -> Option<Use>) {
    let mut uses = PARTS.subscribe();
    while !PARTS.send_if_modified(|parts| change(*parts).map(|changed| *parts = changed).is_some()) {
        // Its sender is never dropped.
        let _ = uses.changed().await;
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        PARTS.send_modify(|parts| {
            if let Use::Shared(users) = parts {
                *users -= 1;
            }
        });
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        PARTS.send_modify(|parts| *parts = Use::Shared(0));
    }
}
