//! What the runner knows of each step: one row a step.

use domain::provisioning::step::Step;

/// What the runner knows of a step.
pub(super) struct StepRow {
    /// What the timeline says when it begins.
    pub(super) begins: &'static str,
    /// What the timeline says when it is done.
    pub(super) ends: &'static str,
    /// Whether that it begins is written before its work begins. So it is of what makes or deletes the
    /// namespace, rather than something in it.
    pub(super) writes_first: bool,
}

/// The row of `step`.
pub(super) fn row(step: Step) -> StepRow {
    let (begins, ends, writes_first) = match step {
        Step::CreateNamespace => ("Creating the namespace.", "The namespace is there.", true),
        Step::CreateNetworkPolicies => {
            ("Closing the namespace off.", "Only what must get in and out can.", false)
        }
        Step::CreateQuota => ("Setting the store's quota.", "The store's quota is set.", false),
        Step::CreateSecrets => ("Creating the store's secrets.", "The store's secrets are there.", false),
        Step::DeployMysql => ("Deploying the database.", "The database is deployed.", false),
        Step::WaitMysql => ("Waiting for the database.", "The database is ready.", false),
        Step::SetupWoocommerce => {
            ("Installing WordPress and WooCommerce.", "WordPress and WooCommerce are installed.", false)
        }
        Step::DeployWordpress => ("Deploying the shop.", "The shop is deployed.", false),
        Step::WaitWordpress => ("Waiting for the shop.", "The shop is ready.", false),
        Step::CreateIngress => {
            ("Opening the shop to its visitors.", "The shop is open to its visitors.", false)
        }
        Step::UpgradeShop => ("Upgrading the shop.", "The shop is upgraded.", false),
        Step::DeleteNamespace => {
            ("Deleting the namespace with all that is in it.", "The namespace is gone.", true)
        }
    };
    StepRow { begins, ends, writes_first }
}
