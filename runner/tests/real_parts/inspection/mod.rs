//! What a person sees of a runner and of its stores.

mod diff;
mod migration;
mod outside;
mod release;
