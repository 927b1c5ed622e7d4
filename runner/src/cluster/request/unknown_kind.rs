//! Kinds that others define, and that a cluster may not know.

use kube::{Api, core::Status};
use serde::de::DeserializeOwned;

use crate::resources::is_foreign;

/// Whether a refusal says that the cluster does not know a kind of this API `group`, since nobody has installed its
/// definition. Of such a kind the API server has no more to say than that there is no such page. Of its own kinds it
/// never says that: who does is no API server.
pub(crate) fn is_of_unknown_kind(status: &Status, group: &str) -> bool {
    let names_something =
        status.details.as_ref().is_some_and(|of| !of.name.is_empty() || !of.kind.is_empty());
    status.code == 404 && !names_something && is_foreign(group)
}

/// The object `name` of a kind of this API `group`, if it is there. Of a kind that the cluster does not know there is none:
/// the client takes only what is not found by its name for that.
pub(crate) async fn get_if_known<K>(api: &Api<K>, name: &str, group: &str) -> Result<Option<K>, kube::Error>
where
    K: Clone + DeserializeOwned + std::fmt::Debug,
{
    match api.get_opt(name).await {
        Err(kube::Error::Api(status)) if is_of_unknown_kind(&status, group) => Ok(None),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_that_nobody_has_installed_is_distinguished_from_an_object_that_is_not_there_and_from_no_api_server()
     {
        // As the client makes it of an answer in plain text.
        let plain = Status::failure("404 page not found", "Failed to parse error data").with_code(404);
        let group = "gateway.networking.k8s.io";
        assert!(is_of_unknown_kind(&plain, group));
        for built_in in ["", "apps", "networking.k8s.io"] {
            assert!(!is_of_unknown_kind(&plain, built_in), "{built_in}");
        }
        let with_details = |details| -> Status {
            serde_json::from_value(json!({ "code": 404, "reason": "", "message": "", "details": details }))
                .unwrap()
        };
        let named = with_details(json!({ "name": "wordpress", "kind": "httproutes" }));
        assert!(!is_of_unknown_kind(&named, group));
        assert!(
            is_of_unknown_kind(&with_details(json!({ "retryAfterSeconds": 1 })), group),
            "a pause names nothing"
        );
        let forbidden = Status::failure("", "Forbidden").with_code(403);
        assert!(!is_of_unknown_kind(&forbidden, group));
    }
}
