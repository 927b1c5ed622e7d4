//! Makes a store: the steps, in their order. Each can be repeated, so the whole can be run again
//! from the top wherever it was left.

use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job};

use domain::{failure::FailureCode, step::Step};

use crate::{
    cluster::{Cluster, ClusterError, Verdict},
    diagnosis::Diagnosis,
    progress::{Interruption, Progress},
    resources::{StoreResources, Workload},
};

/// Makes the cluster hold all of `resources`, working.
///
/// # Errors
/// [`Interruption`] at the first step that fails.
pub async fn provision(
    progress: &mut Progress<'_>,
    cluster: &Cluster,
    resources: StoreResources,
) -> Result<(), Interruption> {
    let StoreResources {
        namespace,
        network_policies,
        resource_quota,
        limit_range,
        secrets,
        mysql,
        setup_job,
        wordpress,
        ingress,
    } = resources;

    progress.step(Step::CreateNamespace, cluster.create_namespace(&namespace)).await?;
    progress.step(Step::CreateNetworkPolicies, cluster.create_all(&network_policies)).await?;
    let quota = async { tokio::try_join!(cluster.create(&resource_quota), cluster.create(&limit_range)) };
    progress.step(Step::CreateQuota, quota).await?;
    progress.step(Step::CreateSecrets, cluster.create_all(&secrets)).await?;

    let mysql = progress.step(Step::DeployMysql, deploy(cluster, &mysql)).await?;
    progress.step(Step::WaitMysql, cluster.wait_for(mysql, available)).await?;
    let setup = async { cluster.wait_for(cluster.create(&setup_job).await?, complete).await };
    progress.step(Step::SetupWoocommerce, Box::pin(setup)).await?;
    let wordpress = progress.step(Step::DeployWordpress, deploy(cluster, &wordpress)).await?;
    progress.step(Step::WaitWordpress, cluster.wait_for(wordpress, available)).await?;

    progress.step(Step::CreateIngress, cluster.create(&ingress)).await?;
    Ok(())
}

async fn deploy(cluster: &Cluster, workload: &Workload) -> Result<Deployment, ClusterError> {
    let Workload { volume_claim, deployment, service } = workload;
    let (_, deployment, _) =
        tokio::try_join!(cluster.create(volume_claim), cluster.create(deployment), cluster.create(service))?;
    Ok(deployment)
}

/// Whether all pods of a Deployment are there, of its present form, and available.
#[must_use]
pub fn available(deployment: &Deployment) -> Verdict {
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    let Some(status) = &deployment.status else { return Verdict::Waiting(None) };
    let current = status.observed_generation >= deployment.metadata.generation;
    let updated = status.updated_replicas.unwrap_or(0);
    let available = status.available_replicas.unwrap_or(0);
    if current && updated >= wanted && available >= wanted {
        return Verdict::Done;
    }
    let conditions = status.conditions.iter().flatten();
    let refused = conditions
        .filter(|condition| condition.type_ == "ReplicaFailure" && condition.status == "True")
        .find_map(|condition| condition.message.as_deref());
    match refused {
        Some(message) => refusal(message),
        None => Verdict::Waiting(Some(Diagnosis::new(
            FailureCode::DeadlineExceeded,
            format!("{available} of {wanted} pods are available"),
        ))),
    }
}

/// What it means that the API server does not let a Deployment's pods in. Right after a namespace and
/// its quota are made, the quota's controller has not counted yet and the default ServiceAccount is
/// not there yet: both pass.
fn refusal(message: &str) -> Verdict {
    let refused = |code| Diagnosis::new(code, format!("its pods are refused: {message}"));
    if message.contains("exceeded quota") {
        Verdict::Failed(refused(FailureCode::QuotaExceeded))
    } else if message.contains("violates PodSecurity") {
        Verdict::Failed(refused(FailureCode::PodRefused))
    } else {
        Verdict::Waiting(Some(refused(FailureCode::PodRefused)))
    }
}

/// Whether a Job came to its end.
#[must_use]
pub fn complete(job: &Job) -> Verdict {
    let conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    for condition in conditions.filter(|condition| condition.status == "True") {
        match condition.type_.as_str() {
            "Complete" => return Verdict::Done,
            "Failed" => {
                let reason = condition.message.as_deref().or(condition.reason.as_deref());
                let reason = reason.unwrap_or("it gives no reason");
                return Verdict::Failed(Diagnosis::new(FailureCode::SetupJobFailed, reason));
            }
            _ => {}
        }
    }
    let failed = job.status.as_ref().and_then(|status| status.failed).unwrap_or(0);
    let message = format!("the job is not complete, {failed} of its pods failed");
    Verdict::Waiting(Some(Diagnosis::new(FailureCode::DeadlineExceeded, message)))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::{
        apps::v1::{DeploymentCondition, DeploymentStatus},
        batch::v1::{JobCondition, JobStatus},
    };

    use super::*;

    fn deployment(observed: i64, updated: i32, ready: i32) -> Deployment {
        let mut deployment = Deployment::default();
        deployment.metadata.generation = Some(2);
        deployment.status = Some(DeploymentStatus {
            observed_generation: Some(observed),
            updated_replicas: Some(updated),
            available_replicas: Some(ready),
            ..DeploymentStatus::default()
        });
        deployment
    }

    #[test]
    fn a_deployment_is_available_once_its_present_form_is() {
        assert_eq!(available(&deployment(2, 1, 1)), Verdict::Done);
        assert!(matches!(available(&deployment(1, 1, 1)), Verdict::Waiting(_)));
        assert!(matches!(available(&deployment(2, 0, 1)), Verdict::Waiting(_)));
        assert!(matches!(available(&deployment(2, 1, 0)), Verdict::Waiting(Some(_))));
        assert_eq!(available(&Deployment::default()), Verdict::Waiting(None));
    }

    #[test]
    fn pods_that_are_refused_for_good_fail_the_deployment_and_others_are_waited_for() {
        let verdict = |message: &str| {
            let mut refused = deployment(2, 0, 0);
            refused.status.as_mut().unwrap().conditions = Some(vec![DeploymentCondition {
                type_: "ReplicaFailure".into(),
                status: "True".into(),
                message: Some(message.into()),
                ..DeploymentCondition::default()
            }]);
            match available(&refused) {
                Verdict::Failed(diagnosis) => ("failed", diagnosis.code),
                Verdict::Waiting(diagnosis) => ("waiting", diagnosis.unwrap().code),
                Verdict::Done => panic!("{message}"),
            }
        };
        assert_eq!(verdict("forbidden: exceeded quota: store"), ("failed", FailureCode::QuotaExceeded));
        assert_eq!(verdict("violates PodSecurity \"restricted\""), ("failed", FailureCode::PodRefused));
        assert_eq!(verdict("status unknown for quota: store"), ("waiting", FailureCode::PodRefused));
        assert_eq!(verdict("serviceaccount \"default\" not found"), ("waiting", FailureCode::PodRefused));
    }

    #[test]
    fn a_job_ends_complete_or_failed() {
        let job = |type_: &str, status: &str| Job {
            status: Some(JobStatus {
                conditions: Some(vec![JobCondition {
                    type_: type_.into(),
                    status: status.into(),
                    message: Some("BackoffLimitExceeded".into()),
                    ..JobCondition::default()
                }]),
                ..JobStatus::default()
            }),
            ..Job::default()
        };
        assert_eq!(complete(&job("Complete", "True")), Verdict::Done);
        assert_eq!(
            complete(&job("Failed", "True")),
            Verdict::Failed(Diagnosis::new(FailureCode::SetupJobFailed, "BackoffLimitExceeded"))
        );
        assert!(matches!(complete(&job("Failed", "False")), Verdict::Waiting(_)));
        assert!(matches!(complete(&Job::default()), Verdict::Waiting(_)));
    }
}
