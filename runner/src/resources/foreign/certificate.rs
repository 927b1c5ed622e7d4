//! The certificate that cert-manager keeps for a store's Ingress. The runner makes none: it looks whether there
//! is one. Of its API only what is used here: <https://cert-manager.io/docs/reference/api-docs/>.

use kube::api::ObjectMeta;
use serde::{Deserialize, Serialize};

use super::{condition::Condition, foreign_kind};

/// A certificate that is asked of an issuer, and kept in a Secret of its name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CertificateObject {
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

impl CertificateObject {
    /// Why it can't be used, in cert-manager's words; `None` where it can.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.status.problem()
    }
}

impl CertificateStatus {
    /// Why the certificate can't be used, in cert-manager's words; `None` where it can.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
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

foreign_kind!(CertificateObject, "cert-manager.io", "v1", "Certificate", "certificates");

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn problem(conditions: Value) -> Option<String> {
        let status = json!({ "metadata": { "name": "c" }, "status": { "conditions": conditions } });
        serde_json::from_value::<CertificateObject>(status).unwrap().problem()
    }

    #[test]
    fn a_certificate_that_is_ready_lacks_nothing_and_another_says_what() {
        assert_eq!(problem(json!([{ "type": "Ready", "status": "True", "message": "up to date" }])), None);
        let unseen: CertificateObject = serde_json::from_value(json!({ "metadata": {} })).unwrap();
        assert_eq!(unseen.problem().unwrap(), "cert-manager has not looked at the Certificate");
        let waits = json!([
            { "type": "Issuing", "status": "True", "message": "Issuing certificate" },
            { "type": "Ready", "status": "False", "message": "Issuing certificate as Secret does not exist." },
        ]);
        assert_eq!(problem(waits).unwrap(), "Issuing certificate as Secret does not exist");
        let failed = json!([
            { "type": "Ready", "status": "False", "message": "Issuing certificate as Secret does not exist" },
            { "type": "Issuing", "status": "False", "reason": "Failed", "message": "rateLimited" },
        ]);
        assert_eq!(problem(failed).unwrap(), "Issuing certificate as Secret does not exist; rateLimited");
        assert_eq!(
            problem(json!([{ "type": "Ready", "status": "Unknown", "reason": "NoIssuer" }])).unwrap(),
            "NoIssuer"
        );
    }
}
