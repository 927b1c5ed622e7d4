//! Stores: made, changed, counted, and how they do.

mod changes;
mod creation;
mod health;
mod quotas;
