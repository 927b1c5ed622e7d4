//! What `template.yaml` deploys, held against the code that it deploys.

mod resources;
mod routes;
mod settings;
