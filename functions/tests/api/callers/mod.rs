//! Callers: who they are, what they may do, and how often.

mod audit;
mod authentication;
mod limits;
mod rights;
mod tokens;
