//! The certificate that cert-manager keeps for a store's Ingress. The runner makes none: it looks whether there
//! is one. Of its API only what is used here: <https://cert-manager.io/docs/reference/api-docs/>.

use std::borrow::Cow;

use k8s_openapi::NamespaceResourceScope;
use kube::{Resource, api::ObjectMeta};
use serde::{Deserialize, Serialize};

/// A certificate that is asked of an issuer, and kept in a Secret of its name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Certificate {
    metadata: ObjectMeta,
    #[serde(default)]
    status: CertificateStatus,
}

/// Where it stands.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CertificateStatus {
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Condition {
    #[serde(rename = "type")]
    type_: String,
    status: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
}

impl Certificate {
    /// Why it can't be used, in cert-manager's words; `None` where it can.
    #[must_use]
    pub fn lack(&self) -> Option<String> {
        self.status.lack()
    }
}

impl CertificateStatus {
    /// Why the certificate can't be used, in cert-manager's words; `None` where it can.
    #[must_use]
    pub fn lack(&self) -> Option<String> {
        let condition = |kind| self.conditions.iter().find(|condition| condition.type_ == kind);
        let Some(ready) = condition("Ready") else {
            return Some("cert-manager has not looked at the Certificate".into());
        };
        if ready.status == "True" {
            return None;
        }
        // What became of the last try stands in another condition.
        let failed = condition("Issuing").filter(|issuing| issuing.status == "False");
        let words: Vec<_> = [Some(ready), failed].into_iter().flatten().map(Condition::words).collect();
        Some(words.join("; "))
    }
}

impl Condition {
    fn words(&self) -> &str {
        let words = [&self.message, &self.reason].into_iter().map(|text| text.trim().trim_end_matches('.'));
        words.into_iter().find(|words| !words.is_empty()).unwrap_or("it gives no reason")
    }
}

impl Resource for Certificate {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        "Certificate".into()
    }

    fn group((): &()) -> Cow<'_, str> {
        "cert-manager.io".into()
    }

    fn version((): &()) -> Cow<'_, str> {
        "v1".into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        "certificates".into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn lack(conditions: Value) -> Option<String> {
        let status = json!({ "metadata": { "name": "c" }, "status": { "conditions": conditions } });
        serde_json::from_value::<Certificate>(status).unwrap().lack()
    }

    #[test]
    fn a_certificate_that_is_ready_lacks_nothing_and_another_says_what() {
        assert_eq!(lack(json!([{ "type": "Ready", "status": "True", "message": "up to date" }])), None);
        let unseen: Certificate = serde_json::from_value(json!({ "metadata": {} })).unwrap();
        assert_eq!(unseen.lack().unwrap(), "cert-manager has not looked at the Certificate");
        let waits = json!([
            { "type": "Issuing", "status": "True", "message": "Issuing certificate" },
            { "type": "Ready", "status": "False", "message": "Issuing certificate as Secret does not exist." },
        ]);
        assert_eq!(lack(waits).unwrap(), "Issuing certificate as Secret does not exist");
        let failed = json!([
            { "type": "Ready", "status": "False", "message": "Issuing certificate as Secret does not exist" },
            { "type": "Issuing", "status": "False", "reason": "Failed", "message": "rateLimited" },
        ]);
        assert_eq!(lack(failed).unwrap(), "Issuing certificate as Secret does not exist; rateLimited");
        assert_eq!(
            lack(json!([{ "type": "Ready", "status": "Unknown", "reason": "NoIssuer" }])).unwrap(),
            "NoIssuer"
        );
    }
}
