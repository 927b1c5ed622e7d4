//! The API's description of itself (OpenAPI 3.1), at `/v1/openapi.json`.
//!
//! It is generated from the handlers, the types and the list of problems (`document`), checked in, so
//! that a change of the API shows in review, and served as it was checked in. A test holds the two
//! against each other.

pub mod document;
mod entity_tags;
mod events;
pub(crate) mod header;
mod problems;

/// The description as it was checked in.
pub const CHECKED_IN: &str = include_str!("../../openapi.json");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::router::PATHS;

    #[test]
    fn what_is_checked_in_is_what_the_code_says() {
        let generated = document::generate();
        assert!(
            generated == CHECKED_IN,
            "functions/openapi.json is not what the code says: run `make openapi`"
        );
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let document: Value = serde_json::from_str(CHECKED_IN).unwrap();
        let described: BTreeSet<_> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                item.as_object().unwrap().keys().map(move |method| (path.clone(), method.to_uppercase()))
            })
            .collect();
        let routed: BTreeSet<_> = PATHS
            .iter()
            .flat_map(|(path, methods)| methods.split(", ").map(|method| (path.clone(), method.to_owned())))
            // It is answered as GET is, and is no operation of its own.
            .filter(|(_, method)| method != "HEAD")
            .collect();
        assert_eq!(described, routed);
    }
}
