//! Makes a store: the steps, in their order. Each can be repeated, so the whole can be run again
//! from the top wherever it was left.

use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        apps::v1::Deployment,
        batch::v1::Job,
        core::v1::{Namespace, PodTemplateSpec, Secret},
        networking::v1::Ingress,
    },
};
use kube::{Resource, ResourceExt as _};
use uuid::Uuid;

use domain::{
    provisioning::{event::Event, failure::FailureCode, step::Step},
    store::slug::Slug,
    table::{Table, TableError},
};

use crate::{
    ahead::Ahead,
    cluster::{Cluster, ClusterError, Object, Verdict, webhook_not_reached},
    diagnosis::Diagnosis,
    progress::{Interruption, Progress, WorkError},
    resources::{Credentials, ExternalSecret, StoreResources, Workload, unusable},
    settings::CertificateNeed,
};

/// The other incarnations of a store. As its record is this one's now, one that the table has known
/// is gone.
pub struct Incarnations<'a> {
    /// What knows them.
    pub table: &'a Table,
    /// The store.
    pub store: &'a Slug,
}

impl Incarnations<'_> {
    async fn has_known(&self, uid: Uuid) -> Result<bool, TableError> {
        self.table.has_known(self.store, uid).await
    }
}

/// Makes the cluster hold all of `resources`, working; in the place of what one of the earlier
/// `incarnations` may have left behind; with what is to be known of its `certificate`.
///
/// # Errors
/// [`Interruption`] at the first step that fails.
pub async fn provision(
    progress: &mut Progress<'_>,
    cluster: &Cluster,
    resources: StoreResources,
    incarnations: &Incarnations<'_>,
    certificate: CertificateNeed,
) -> Result<(), Interruption> {
    let StoreResources {
        namespace,
        network_policies,
        resource_quota,
        limit_range,
        credentials,
        mysql: Workload { volume_claim: database_claim, deployment: database, service: database_service },
        setup_job,
        wordpress: Workload { volume_claim: shop_claim, deployment: shop, service: shop_service },
        ingress,
    } = resources;

    progress
        .step(Step::CreateNamespace, Box::pin(create_namespace(cluster, &namespace, incarnations)))
        .await?;
    // From here on what a step needs is asked for as soon as that can be. A volume takes a while to be there,
    // and a pod that comes before it is looked at again only after a pause of the scheduler's.
    let database_claim = Ahead::new(Step::DeployMysql, cluster.create(&database_claim));
    let shop_claim = Ahead::new(Step::DeployWordpress, cluster.create(&shop_claim));
    let policies =
        shop_claim.beside(Box::pin(database_claim.beside(Box::pin(cluster.create_all(&network_policies)))));
    let ((_, database_claim), shop_claim) =
        progress.step(Step::CreateNetworkPolicies, Box::pin(policies)).await?;
    let quota = async { tokio::try_join!(cluster.create(&resource_quota), cluster.create(&limit_range)) };
    let quota = shop_claim.beside(Box::pin(database_claim.beside(Box::pin(quota))));
    let ((_, database_claim), shop_claim) = progress.step(Step::CreateQuota, Box::pin(quota)).await?;
    let secrets =
        shop_claim.beside(Box::pin(database_claim.beside(Box::pin(create_secrets(cluster, &credentials)))));
    let (((), database_claim), shop_claim) = progress.step(Step::CreateSecrets, Box::pin(secrets)).await?;

    // A claim that is in the way goes only with the pods that use it: each is waited for beside its own
    // workload, which takes those away.
    let database = async {
        let deployed = Box::pin(deploy(cluster, &database));
        let (_, deployed, _) =
            tokio::try_join!(database_claim.finish(), deployed, cluster.create(&database_service))?;
        Ok::<_, ClusterError>(deployed)
    };
    let (database, shop_claim) =
        progress.step(Step::DeployMysql, Box::pin(shop_claim.beside(Box::pin(database)))).await?;
    // Of setup and shop, image, volume and content need no database, and what does waits for it in the pods:
    // the setup for the database, the shop for the setup.
    let setup = Ahead::new(Step::SetupWoocommerce, async {
        let job =
            create_or_replace(cluster, &setup_job, complete, |job| images_of(&job.spec.as_ref()?.template));
        cluster.wait_for(Box::pin(job).await?, complete).await
    });
    let shop = Ahead::new(Step::DeployWordpress, async {
        let (_, shop) = tokio::try_join!(shop_claim.finish(), Box::pin(deploy(cluster, &shop)))?;
        Ok(shop)
    });
    let wait = setup.beside(Box::pin(shop.beside(Box::pin(cluster.wait_for(database, available)))));
    let (((), shop), setup) = progress.step(Step::WaitMysql, Box::pin(wait)).await?;
    let set_up = async {
        let ((), shop) = shop.beside(setup.finish()).await?;
        Ok::<_, WorkError>(shop)
    };
    let shop = progress.step(Step::SetupWoocommerce, Box::pin(set_up)).await?;
    let opened = async { tokio::try_join!(shop.finish(), cluster.create(&shop_service)) };
    let (shop, _) = progress.step(Step::DeployWordpress, Box::pin(opened)).await?;
    progress.step(Step::WaitWordpress, cluster.wait_for(shop, available)).await?;

    let lack = progress.step(Step::CreateIngress, Box::pin(open(cluster, &ingress, certificate))).await?;
    if let Some(lack) = lack {
        progress.tell(Event::certificate_pending(Step::CreateIngress, &lack));
    }
    Ok(())
}

/// Creates the namespace. One that an earlier incarnation of this store has left behind, because a
/// request of its runner was carried out after all was taken away, is removed first.
async fn create_namespace(
    cluster: &Cluster,
    namespace: &Namespace,
    incarnations: &Incarnations<'_>,
) -> Result<Namespace, WorkError> {
    loop {
        let created = cluster.create_namespace(namespace).await;
        let Err(ClusterError::Conflict { name, earlier: Some(uid), .. }) = &created else {
            return Ok(created?);
        };
        if !incarnations.has_known(*uid).await? {
            return Ok(created?);
        }
        tracing::warn!(namespace = name, %uid, "an earlier incarnation has left its namespace behind");
        cluster.remove_namespace_of(name, *uid).await?;
    }
}

/// Creates the secrets; or, where they come from outside, what asks for them, and waits until they are
/// there, of values that can be used. None is made in the place of one that does not come.
async fn create_secrets(cluster: &Cluster, credentials: &Credentials) -> Result<(), ClusterError> {
    match credentials {
        Credentials::Generated(secrets) => cluster.create_all(secrets).await.map(drop),
        Credentials::External(secrets) => {
            for asked in cluster.create_all(secrets).await? {
                let (namespace, name) = (asked.namespace().unwrap_or_default(), asked.name_any());
                cluster.wait_for(asked, fetched).await?;
                let secret: Secret = cluster.existing(&namespace, &name).await?;
                if let Some(fault) = unusable(&secret) {
                    let diagnosis = Diagnosis::new(FailureCode::SecretsUnavailable, fault);
                    return Err(ClusterError::Failed { kind: "Secret".into(), name, diagnosis });
                }
            }
            Ok(())
        }
    }
}

/// Creates the way in, and says why there is no certificate for it, where that is to be told.
async fn open(
    cluster: &Cluster,
    ingress: &Ingress,
    certificate: CertificateNeed,
) -> Result<Option<String>, ClusterError> {
    let ingress = cluster.create(ingress).await?;
    let namespace = ingress.namespace().unwrap_or_default();
    match certificate {
        CertificateNeed::None => Ok(None),
        CertificateNeed::Told => match cluster.certificate_lack(&namespace).await {
            // Nobody waits for it: that it can't be seen keeps no store closed.
            Err(ClusterError::Refused { message, .. }) => Ok(Some(message)),
            lack => lack,
        },
        CertificateNeed::Issued => cluster.wait_for_certificate(&namespace).await.map(|()| None),
    }
}

async fn deploy(cluster: &Cluster, deployment: &Deployment) -> Result<Deployment, ClusterError> {
    let images = |deployment: &Deployment| images_of(&deployment.spec.as_ref()?.template);
    create_or_replace(cluster, deployment, available, images).await
}

/// Creates a workload. One that is there from an attempt which failed, in a store that was kept as it
/// was, is replaced where it can't come to anything: it has failed, or is of other images than those
/// that are wanted now.
async fn create_or_replace<K>(
    cluster: &Cluster,
    wanted: &K,
    verdict: fn(&K) -> Verdict,
    images: fn(&K) -> Option<Vec<String>>,
) -> Result<K, ClusterError>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
{
    let found = cluster.create(wanted).await?;
    let is_of_use = match verdict(&found) {
        Verdict::Failed(_) => false,
        Verdict::Done | Verdict::Waiting(_) => images(&found) == images(wanted),
    };
    if is_of_use { Ok(found) } else { cluster.replace(&found, wanted).await }
}

/// The images of a pod's containers.
fn images_of(template: &PodTemplateSpec) -> Option<Vec<String>> {
    let pod = template.spec.as_ref()?;
    let containers = pod.init_containers.iter().flatten().chain(&pod.containers);
    Some(containers.filter_map(|container| container.image.clone()).collect())
}

/// Whether external-secrets has made the Secret that it was asked for.
#[must_use]
pub fn fetched(secret: &ExternalSecret) -> Verdict {
    let words = match secret.readiness() {
        Some((true, _)) => return Verdict::Done,
        Some((false, words)) => words,
        None => "external-secrets has not looked at it",
    };
    let message = format!("Secret {} is not fetched: {words}", secret.name_any());
    Verdict::Waiting(Some(Diagnosis::new(FailureCode::SecretsUnavailable, message)))
}

/// Whether all pods of a Deployment are there, of its present form, and available.
#[must_use]
pub fn available(deployment: &Deployment) -> Verdict {
    let spec = deployment.spec.as_ref();
    let wanted = spec.and_then(|spec| spec.replicas).unwrap_or(1);
    if let Some(stopped) = stopped(deployment, wanted) {
        return Verdict::Failed(stopped);
    }
    let is_paused = spec.and_then(|spec| spec.paused).unwrap_or(false);
    let status = deployment.status.clone().unwrap_or_default();
    let current = status.observed_generation >= deployment.metadata.generation;
    let updated = status.updated_replicas.unwrap_or(0);
    let available = status.available_replicas.unwrap_or(0);
    let of_before = status.replicas.unwrap_or(0) - updated;
    if deployment.status.is_some() && current && updated >= wanted && available >= wanted && of_before <= 0 {
        return Verdict::Done;
    }
    // Its pods of before go on, and none of its present form come.
    if is_paused && (updated < wanted || of_before > 0) {
        let message = "its rollout is paused, so no pods of its present form come";
        return Verdict::Failed(Diagnosis::new(FailureCode::WorkloadStopped, message));
    }
    if deployment.status.is_none() {
        return Verdict::Waiting(None);
    }
    let conditions = status.conditions.iter().flatten();
    let refused = conditions
        .filter(|condition| condition.type_ == "ReplicaFailure" && condition.status == "True")
        .find_map(|condition| condition.message.as_deref());
    match refused {
        Some(message) => refusal(message),
        None => {
            let message = if of_before > 0 {
                format!("{of_before} pods of before are still there")
            } else {
                format!("{available} of {wanted} pods are available")
            };
            Verdict::Waiting(Some(Diagnosis::new(FailureCode::DeadlineExceeded, message)))
        }
    }
}

/// Whether a pod of a Deployment is available, of whatever form: one that is paused has those of before.
#[must_use]
pub fn serving(deployment: &Deployment) -> Verdict {
    let available = deployment.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0);
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    if let Some(stopped) = stopped(deployment, wanted) {
        return Verdict::Failed(stopped);
    }
    if available > 0 {
        return Verdict::Done;
    }
    let message = format!("{available} of {wanted} pods are available");
    Verdict::Waiting(Some(Diagnosis::new(FailureCode::DeadlineExceeded, message)))
}

/// That no pods of `deployment`, of which `wanted` are to be, will ever come: that all of none are there says
/// nothing.
fn stopped(deployment: &Deployment, wanted: i32) -> Option<Diagnosis> {
    if deployment.metadata.deletion_timestamp.is_some() {
        return Some(Diagnosis::new(FailureCode::ObjectDeleted, "it is being deleted"));
    }
    let message = "it is scaled to 0, so it has no pods";
    (wanted <= 0).then(|| Diagnosis::new(FailureCode::WorkloadStopped, message))
}

/// What the API server's admission says where a pod of this kind will never be let in: Pod Security,
/// a webhook, and a ValidatingAdmissionPolicy.
const REFUSED_FOR_GOOD: [&str; 3] = ["violates PodSecurity", "denied the request", "denied request"];

/// What it means that the API server does not let a Deployment's pods in. Right after a namespace and
/// its quota are made, the quota's controller has not counted yet and the default ServiceAccount is
/// not there yet: both pass.
fn refusal(message: &str) -> Verdict {
    let refused = |code| Diagnosis::new(code, format!("its pods are refused: {message}"));
    if message.contains("exceeded quota") {
        Verdict::Failed(refused(FailureCode::QuotaExceeded))
    } else if let Some(webhook) = webhook_not_reached(message) {
        let message = format!("its pods wait for the cluster's webhook {webhook}, which fails: {message}");
        Verdict::Waiting(Some(Diagnosis::new(FailureCode::AdmissionUnavailable, message)))
    } else if REFUSED_FOR_GOOD.iter().any(|words| message.contains(words)) {
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
    let spec = job.spec.as_ref();
    if spec.and_then(|spec| spec.suspend).unwrap_or(false)
        || spec.and_then(|spec| spec.parallelism) == Some(0)
    {
        let message = "it is suspended, so it has no pods";
        return Verdict::Failed(Diagnosis::new(FailureCode::WorkloadStopped, message));
    }
    let failed = job.status.as_ref().and_then(|status| status.failed).unwrap_or(0);
    let message = format!("the job is not complete, {failed} of its pods failed");
    Verdict::Waiting(Some(Diagnosis::new(FailureCode::DeadlineExceeded, message)))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::{
        apps::v1::{DeploymentCondition, DeploymentSpec, DeploymentStatus},
        batch::v1::{JobCondition, JobSpec, JobStatus},
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
        let mut replaced = deployment(2, 1, 1);
        replaced.status.as_mut().unwrap().replicas = Some(2);
        assert!(matches!(available(&replaced), Verdict::Waiting(Some(_))), "a pod of before is still there");
    }

    fn code(verdict: &Verdict) -> Option<FailureCode> {
        match verdict {
            Verdict::Failed(diagnosis) => Some(diagnosis.code),
            Verdict::Waiting(_) | Verdict::Done => None,
        }
    }

    #[test]
    fn of_a_deployment_that_is_scaled_to_none_no_pods_are_waited_for_and_none_is_not_all() {
        for (updated, ready) in [(0, 0), (1, 1), (0, 1)] {
            let mut scaled = deployment(2, updated, ready);
            scaled.spec = Some(DeploymentSpec { replicas: Some(0), ..DeploymentSpec::default() });
            for verdict in [available(&scaled), serving(&scaled)] {
                assert_eq!(code(&verdict), Some(FailureCode::WorkloadStopped), "{updated} {ready}");
            }
            scaled.status = None;
            assert_eq!(
                code(&available(&scaled)),
                Some(FailureCode::WorkloadStopped),
                "nobody has looked yet"
            );
        }
    }

    #[test]
    fn of_a_deployment_that_is_paused_no_new_pods_are_waited_for_and_those_that_are_there_count() {
        let paused = |observed, updated, ready| {
            let mut deployment = deployment(observed, updated, ready);
            deployment.spec = Some(DeploymentSpec { paused: Some(true), ..DeploymentSpec::default() });
            deployment
        };
        assert_eq!(available(&paused(2, 1, 1)), Verdict::Done);
        for asked_anew in [paused(2, 0, 1), paused(1, 0, 1)] {
            assert_eq!(code(&available(&asked_anew)), Some(FailureCode::WorkloadStopped));
            assert_eq!(serving(&asked_anew), Verdict::Done, "its pod of before serves");
        }
        assert!(matches!(available(&paused(2, 1, 0)), Verdict::Waiting(_)), "its pod may come back");
        assert!(matches!(serving(&paused(2, 1, 0)), Verdict::Waiting(_)));
    }

    #[test]
    fn a_deployment_on_its_way_out_is_not_waited_for() {
        let mut leaving = deployment(2, 1, 1);
        leaving.metadata.deletion_timestamp = serde_json::from_str("\"2026-11-25T12:00:00Z\"").unwrap();
        assert_eq!(code(&available(&leaving)), Some(FailureCode::ObjectDeleted));
        assert_eq!(code(&serving(&leaving)), Some(FailureCode::ObjectDeleted));
    }

    #[test]
    fn a_job_that_is_suspended_is_not_waited_for() {
        let job = |spec: JobSpec| complete(&Job { spec: Some(spec), ..Job::default() });
        for spec in [
            JobSpec { suspend: Some(true), ..JobSpec::default() },
            JobSpec { parallelism: Some(0), ..JobSpec::default() },
        ] {
            assert_eq!(code(&job(spec)), Some(FailureCode::WorkloadStopped));
        }
        assert!(matches!(job(JobSpec::default()), Verdict::Waiting(_)));
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
        for denied in ["admission webhook \"x\" denied the request", "with binding 'y' denied request: no"] {
            assert_eq!(verdict(denied), ("failed", FailureCode::PodRefused));
        }
        let unreached = "Internal error occurred: failed calling webhook \"x\": connection refused";
        assert_eq!(verdict(unreached), ("waiting", FailureCode::AdmissionUnavailable));
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
