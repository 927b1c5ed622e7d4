//! Requests, whatever they are about: their paths, their queries, their problems, and what is seen of them.

mod cursors;
mod errors;
mod gateway;
mod lists;
mod observed;
mod paths;
mod routes;
