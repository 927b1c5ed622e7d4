//! What `template.yaml` deploys, held against the code that it deploys.

pub(crate) mod document;
mod resources;
mod routes;
mod settings;
