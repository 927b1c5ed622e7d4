//! The proof that the runner loses nothing, on real parts: however a call to Kubernetes, DynamoDB or
//! SQS goes wrong, and even if the runner is gone there or stands still, what is left in the end is what
//! is left without a fault.
//!
//! - `every_call` runs each scenario with one fault, at every call and in every way.
//! - `random_runs` draws everything from a seed: several runners, many faults, and requests of a person.
//! - `stopped_parts` stops the parts themselves, once the others are over (`parts`).
//!
//! A runner lives on a thread of its own (`environment/runner_thread`), so that it can be killed and frozen as a
//! process can. All its calls to Kubernetes, DynamoDB and SQS pass an injector (`injection/injector`), where they
//! go wrong. What must hold meanwhile is watched twice: the `records` of each environment know what passed on the
//! injectors, and the `invariants` watcher follows the whole cluster.
//!
//! A call is named by what it is for and by how often it was made (`commit 3`, `create secrets 2`), never by its
//! place among all calls: how often a runner polls or extends its lease depends on how slow the machine is. So
//! each fault is met on every run. One that is not met is run again alone, and is then a failure: unless the call
//! was one that only a busy machine makes, such as of a job that is taken up again because a lease ran out.
//!
//! Runners lose their leases by themselves where a machine is too slow for all that are there: environments begin as
//! fast as it bears them (`environment/admission`).
//!
//! That these tests can fail is tested too: `make mutants` takes one guard after the other out of a copy of the
//! code (`mutants/`), and fails where nobody notices.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod environment;
mod every_call;
#[path = "../support/in_process_runner.rs"]
mod in_process_runner;
mod injection;
mod parts;
mod plan;
mod progress;
mod random_runs;
mod scenario;
mod stopped_parts;
#[path = "../support/store_objects.rs"]
mod store_objects;
