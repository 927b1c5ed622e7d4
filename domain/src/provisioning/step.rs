//! The steps that make a store and take it away.

use serde::{Deserialize, Serialize};

use crate::operation::logs::Component;

/// One step of a store's life in the cluster. Its text form (`create_namespace`) is what events,
/// failures, metrics and logs call it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Step {
    /// The namespace with its Pod Security labels.
    CreateNamespace,
    /// Isolation, before anything runs.
    CreateNetworkPolicies,
    /// ResourceQuota and LimitRange.
    CreateQuota,
    /// The store's secrets, generated once in its life.
    CreateSecrets,
    /// The database's Deployment and Service. The claims of both volumes are there by then.
    DeployMysql,
    /// Until the database is ready. The setup's Job and the shop's Deployment are made meanwhile.
    WaitMysql,
    /// Until the shop is installed by the Job.
    SetupWoocommerce,
    /// The shop's Service: its pod is there by then.
    DeployWordpress,
    /// Until the shop is ready.
    WaitWordpress,
    /// The way in, last, so that nobody reaches an unfinished shop.
    CreateIngress,
    /// The shop goes on with another image, which brings its database up to itself; not part of provisioning.
    UpgradeShop,
    /// The namespace and everything in it goes; not part of provisioning.
    DeleteNamespace,
}

impl Step {
    /// The steps of a provisioning, in the order in which they run.
    pub const PROVISIONING: [Self; 10] = [
        Self::CreateNamespace,
        Self::CreateNetworkPolicies,
        Self::CreateQuota,
        Self::CreateSecrets,
        Self::DeployMysql,
        Self::WaitMysql,
        Self::SetupWoocommerce,
        Self::DeployWordpress,
        Self::WaitWordpress,
        Self::CreateIngress,
    ];

    /// How many steps of a provisioning are done when this one runs; `None` for a step that is not
    /// part of a provisioning.
    #[must_use]
    pub fn position(self) -> Option<usize> {
        Self::PROVISIONING.iter().position(|step| *step == self)
    }

    /// The component whose pods it waits for, or puts others in the place of: their log tells why it fails.
    #[must_use]
    pub fn component(self) -> Option<Component> {
        match self {
            Self::DeployMysql | Self::WaitMysql => Some(Component::Mysql),
            Self::SetupWoocommerce | Self::UpgradeShop => Some(Component::Setup),
            Self::DeployWordpress | Self::WaitWordpress => Some(Component::Wordpress),
            Self::CreateNamespace
            | Self::CreateNetworkPolicies
            | Self::CreateQuota
            | Self::CreateSecrets
            | Self::CreateIngress
            | Self::DeleteNamespace => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    #[test]
    fn isolation_comes_first_and_the_ingress_last() {
        assert_eq!(Step::CreateNetworkPolicies.position(), Some(1));
        assert_eq!(Step::CreateIngress.position(), Some(Step::PROVISIONING.len() - 1));
        assert!(Step::CreateNetworkPolicies.position() < Step::DeployMysql.position());
    }

    #[test]
    fn every_step_but_upgrade_and_deletion_is_part_of_provisioning() {
        let others: Vec<_> = Step::VARIANTS.iter().filter(|step| step.position().is_none()).collect();
        assert_eq!(others, [&Step::UpgradeShop, &Step::DeleteNamespace]);
    }

    #[test]
    fn text_and_json_agree() {
        for step in Step::VARIANTS {
            assert_eq!(serde_json::to_string(step).unwrap(), format!("{:?}", step.to_string()));
        }
    }
}
