//! Has a shop go on with another image, which brings its database up to itself.
//!
//! Visitors are kept out and the shop is stopped before the database changes, so nobody meets one that is half of one
//! version and half of another, and no order is lost between. What changes it is a Job of the new image. It can be cut off
//! at any moment and be run again, and says with its end whether anything was changed.
//!
//! - *Nothing was changed*: the shop of before starts again, and the operation has failed. Should that be an error, the
//!   mark that the script leaves in the database keeps it from serving.
//! - *Something may have been*: the shop stays closed, and its store fails. The image of before must not go on, so what is
//!   left are another upgrade and, once there are backups, a restore.

use domain::{
    operation::{OperationResult, Upgraded, UpgradedPart, Workload},
    store::{power::Power, release::image::Image},
};
use k8s_openapi::api::apps::v1::Deployment;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Undone, suspension::open};
use crate::{
    cluster::{Cluster, ClusterError, has_ended},
    resources::{Blueprint, deployment_of},
};

/// How long a version may be: it comes from a container.
const LONGEST_VERSION: usize = 40;

/// Upgrades the shop to `image`, for the operation `operation`.
///
/// # Errors
/// [`ClusterError`] at the first that does not get there.
pub(super) async fn upgrade(
    cluster: &Cluster,
    blueprint: &Blueprint,
    operation: Uuid,
    image: &Image,
) -> Result<OperationResult, ClusterError> {
    let (namespace, wanted) = (blueprint.id().namespace(), blueprint.clone().running(image.clone()));
    cluster.delete_ways_in(&namespace).await?;
    let shop: Deployment = cluster.owned(&namespace, deployment_of(Workload::Wordpress)).await?;
    let job = wanted.upgrade_job(operation, &shop);
    let job = Box::pin(cluster.create(&job)).await?;
    if !has_ended(&job) {
        // Two that write to one volume, or to one database, must not meet.
        cluster.stop(&namespace, Workload::Wordpress).await?;
        tracing::info!("the shop is closed and stopped");
    }
    let report = cluster.run_upgrade(&namespace, operation).await?;
    tracing::info!(%image, report, "the database is that of the new image");
    cluster.run_release(&namespace, &wanted.shop()).await?;
    if wanted.wants_way_in(Power::Running) {
        open(cluster, &wanted).await?;
    }
    Ok(OperationResult::Upgraded(upgraded(image, report.as_deref())))
}

/// Has the shop of before go on, if nothing was changed that it does not know; else sees to it that it is closed.
///
/// # Errors
/// [`ClusterError`]; whether the shop serves is not known then.
pub(super) async fn take_back(
    cluster: &Cluster,
    blueprint: &Blueprint,
    operation: Uuid,
) -> Result<Undone, ClusterError> {
    let namespace = blueprint.id().namespace();
    let may_have_changed = cluster.end_upgrade(&namespace, operation).await?;
    // Of a store that an upgrade of before has left half done, there is none to go on.
    if may_have_changed || !blueprint.is_up() {
        cluster.delete_ways_in(&namespace).await?;
        return Ok(Undone::LeftHalfDone);
    }
    cluster.start(&namespace, Workload::Wordpress).await?;
    if blueprint.wants_way_in(Power::Running) {
        open(cluster, blueprint).await?;
    }
    Ok(Undone::TakenBack)
}

/// What the last line of the image's script says.
#[derive(Deserialize)]
struct ScriptReport {
    wordpress: ReportedPart,
    woocommerce: Option<ReportedPart>,
}

#[derive(Deserialize)]
struct ReportedPart {
    version: String,
    database: ReportedDatabase,
}

/// WordPress counts its tables by number, WooCommerce by version.
#[derive(Deserialize)]
struct ReportedDatabase {
    before: Value,
    after: Value,
}

/// What was upgraded to `image`, as its script has it in `report`; nothing but the image where that can't be understood.
fn upgraded(image: &Image, report: Option<&str>) -> Upgraded {
    let nothing = Upgraded::to(image.clone());
    let Some(report) = report.and_then(|report| serde_json::from_str::<ScriptReport>(report.trim()).ok())
    else {
        tracing::warn!("the image does not report its versions");
        return nothing;
    };
    let Some(wordpress) = part(&report.wordpress) else { return nothing };
    Upgraded {
        wordpress: Some(wordpress),
        woocommerce: report.woocommerce.as_ref().and_then(part),
        ..nothing
    }
}

fn part(ReportedPart { version, database }: &ReportedPart) -> Option<UpgradedPart> {
    Some(UpgradedPart {
        version: sound(version)?,
        database_before: count(&database.before)?,
        database_after: count(&database.after)?,
    })
}

fn count(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => sound(text),
        Value::Number(number) => sound(&number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A version that may be kept and shown.
fn sound(version: &str) -> Option<String> {
    let is_sound = (1..=LONGEST_VERSION).contains(&version.len())
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte));
    is_sound.then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(report: &str) -> Upgraded {
        upgraded(&Image::from_record("r.example/store:2"), Some(report))
    }

    #[test]
    fn the_report_of_the_image_is_read_as_its_script_writes_it() {
        let report = r#"{"wordpress":{"version":"7.1.3","database":{"before":58975,"after":60717}},
            "woocommerce":{"version":"11.2.0","database":{"before":"9.0.0","after":"11.2.0"}}}"#;
        assert_eq!(
            read(report).to_string(),
            "r.example/store:2 with WordPress 7.1.3 (its tables went from 58975 to 60717) and WooCommerce 11.2.0 (its \
             tables went from 9.0.0 to 11.2.0)"
        );
        let deactivated =
            r#"{"wordpress":{"version":"7.1.3","database":{"before":1,"after":1}},"woocommerce":null}"#;
        assert_eq!(read(deactivated).to_string(), "r.example/store:2 with WordPress 7.1.3");
    }

    #[test]
    fn nothing_else_that_a_container_says_is_kept() {
        let long = "9".repeat(LONGEST_VERSION + 1);
        let with = |version: &str| {
            format!(r#"{{"wordpress":{{"version":"{version}","database":{{"before":1,"after":2}}}}}}"#)
        };
        for report in [String::new(), "done".into(), with("<b>"), with(""), with(&long)] {
            assert_eq!(read(&report).to_string(), "r.example/store:2", "{report}");
        }
    }
}
