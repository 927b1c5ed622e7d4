//! The proof that the runner loses nothing: a whole provisioning and a whole teardown, with a fault at
//! every single call to Kubernetes, DynamoDB and SQS, one at a time. However a call goes wrong, and
//! even if the runner is gone there, what is left in the end is what is left without a fault.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod fault;
mod world;

use std::env;

use futures_util::{StreamExt as _, stream};

use crate::{
    fault::{Fault, Way},
    world::{Story, World},
};

/// How many faults are tried at the same time. Most of a case is waiting.
const AT_ONCE: usize = 6;

/// What the shorter story takes at least: a poll, the read, the lease, the deletion's seven requests,
/// three writes and the answer for the message.
const FEWEST_CALLS: usize = 14;

/// Runs `story` with a fault at each of its calls, in every way, and names those that end otherwise
/// than without one. `FAULT=12:KillAfter` runs one alone.
async fn survives(story: Story) {
    let calls = World::new().await.play(story, None).await.unwrap().calls;
    assert!(calls >= FEWEST_CALLS, "a story of {calls} calls is none");
    let one: Option<Fault> = env::var("FAULT").ok().map(|fault| fault.parse().unwrap());
    let faults: Vec<_> = (0..calls)
        .flat_map(|call| Way::ALL.map(|way| Fault { call, way }))
        .filter(|fault| one.is_none_or(|one| one == *fault))
        .collect();
    println!("{story:?}: {calls} calls, {} faults", faults.len());
    let plays = faults.into_iter().map(|fault| async move {
        let played = World::new().await.play(story, Some(fault)).await;
        if let Err(problem) = &played {
            println!("FAULT={fault}: {problem}");
        }
        (fault, played)
    });
    let played: Vec<_> = stream::iter(plays).buffer_unordered(AT_ONCE).collect().await;
    let met = played.iter().filter(|(_, played)| played.as_ref().is_ok_and(|played| played.met)).count();
    println!("{story:?}: {met} faults were met");
    let failed: Vec<_> =
        played.iter().filter(|(_, played)| played.is_err()).map(|(fault, _)| fault).collect();
    assert!(failed.is_empty(), "{story:?} does not survive {failed:?}");
    assert!(met >= if one.is_some() { 1 } else { 4 * FEWEST_CALLS }, "only {met} faults were met");
}

#[tokio::test]
#[ignore = "needs the local stack, and minutes: make faults"]
async fn a_provisioning_survives_a_fault_at_every_call() {
    survives(Story::Provisioning).await;
}

#[tokio::test]
#[ignore = "needs the local stack, and minutes: make faults"]
async fn a_teardown_survives_a_fault_at_every_call() {
    survives(Story::Teardown).await;
}
