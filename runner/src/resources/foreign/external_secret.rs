//! What has external-secrets make a store's secrets, in the place of generating them. Of its API only what
//! is used here: <https://external-secrets.io/latest/api/externalsecret/>.

use kube::{Resource as _, api::ObjectMeta};
use serde::{Deserialize, Serialize};

use super::{condition::Condition, foreign_kind};
use crate::resources::{
    blueprint::Blueprint,
    secrets::{
        ADMIN_PASSWORD, MYSQL_CREDENTIALS, MYSQL_PASSWORD, MYSQL_ROOT_PASSWORD, SALTS, SMTP_PASSWORD,
        WORDPRESS_CREDENTIALS,
    },
};

/// A Secret that external-secrets makes from what lies outside the cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExternalSecret {
    api_version: String,
    kind: String,
    metadata: ObjectMeta,
    spec: Spec,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    refresh_policy: String,
    secret_store_ref: StoreRef,
    target: Target,
    data: Vec<Entry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct StoreRef {
    kind: String,
    name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    name: String,
    creation_policy: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    secret_key: String,
    remote_ref: RemoteRef,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct RemoteRef {
    key: String,
    property: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Status {
    #[serde(default)]
    conditions: Vec<Condition>,
}

impl ExternalSecret {
    /// Once external-secrets has looked at it: whether its Secret is there, and what is said of that.
    #[must_use]
    pub fn readiness(&self) -> Option<(bool, &str)> {
        let mut conditions = self.status.iter().flat_map(|status| &status.conditions);
        let ready = conditions.find(|condition| condition.type_ == "Ready")?;
        Some((ready.status == "True", &ready.message))
    }
}

foreign_kind!(ExternalSecret, "external-secrets.io", "v1", "ExternalSecret", "externalsecrets");

pub(in crate::resources) fn build(blueprint: &Blueprint) -> Vec<ExternalSecret> {
    let mysql = [MYSQL_PASSWORD, MYSQL_ROOT_PASSWORD];
    let wordpress = [ADMIN_PASSWORD].into_iter().chain(SALTS);
    let wordpress = wordpress.chain(blueprint.settings.mail.has_password().then_some(SMTP_PASSWORD));
    vec![
        external_secret(blueprint, MYSQL_CREDENTIALS, mysql),
        external_secret(blueprint, WORDPRESS_CREDENTIALS, wordpress),
    ]
}

fn external_secret(
    blueprint: &Blueprint,
    name: &str,
    keys: impl IntoIterator<Item = &'static str>,
) -> ExternalSecret {
    let settings = &blueprint.settings.secrets;
    let remote = format!("{}/{}/{name}", settings.secret_path, blueprint.id);
    let entry = |key: &str| Entry {
        secret_key: key.into(),
        remote_ref: RemoteRef { key: remote.clone(), property: key.into() },
    };
    ExternalSecret {
        api_version: ExternalSecret::api_version(&()).into_owned(),
        kind: ExternalSecret::kind(&()).into_owned(),
        // Of no component: no pods stand behind it.
        metadata: blueprint.metadata(name, None),
        spec: Spec {
            // Once in the store's life, as generated ones: the database does not learn of another password.
            refresh_policy: "CreatedOnce".into(),
            secret_store_ref: StoreRef {
                kind: "ClusterSecretStore".into(),
                name: settings.secret_store.clone(),
            },
            target: Target { name: name.into(), creation_policy: "Owner".into() },
            data: keys.into_iter().map(entry).collect(),
        },
        status: None,
    }
}
