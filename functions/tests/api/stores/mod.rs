//! Stores: made, changed, counted, and how they do.

mod attention;
mod changes;
mod creation;
mod health;
mod quotas;
mod search;
