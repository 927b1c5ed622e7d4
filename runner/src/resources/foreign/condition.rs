//! What a controller says of its object, in the form that all of Kubernetes uses.

use serde::{Deserialize, Serialize};

/// One of an object's conditions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Condition {
    #[serde(rename = "type")]
    pub(super) type_: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) reason: String,
    #[serde(default)]
    pub(super) message: String,
    /// Which generation of the object it is of, where the controller says that.
    #[serde(default, rename = "observedGeneration", skip_serializing_if = "Option::is_none")]
    pub(super) observed_generation: Option<i64>,
}

impl Condition {
    /// Its message, or else its reason.
    pub(super) fn words(&self) -> &str {
        let words = [&self.message, &self.reason].into_iter().map(|text| text.trim().trim_end_matches('.'));
        words.into_iter().find(|words| !words.is_empty()).unwrap_or("it gives no reason")
    }
}
