//! Makes a store: the steps, in their order. Each can be repeated, so the whole can be run again
//! from the top wherever it was left.

use domain::{
    provisioning::event::Event,
    provisioning::failure::FailureCode,
    provisioning::step::Step,
    store::slug::Slug,
    table::{Table, TableError},
};
use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        apps::v1::Deployment,
        core::v1::{Namespace, PodTemplateSpec, Secret},
        networking::v1::Ingress,
    },
};
use kube::{Resource, ResourceExt as _};
use uuid::Uuid;

use super::{
    early_work::EarlyWork,
    step_runner::{Interruption, StepRunner, WorkError},
};
use crate::{
    cluster::{Cluster, ClusterError, Diagnosis, Object, WaitState, available, complete, fetched},
    resources::{CredentialObjects, StoreResources, WorkloadObjects, unusable},
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
    progress: &mut StepRunner<'_>,
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
        mysql:
            WorkloadObjects { volume_claim: database_claim, deployment: database, service: database_service },
        setup_job,
        wordpress: WorkloadObjects { volume_claim: shop_claim, deployment: shop, service: shop_service },
        ingress,
    } = resources;

    progress
        .step(Step::CreateNamespace, Box::pin(create_namespace(cluster, &namespace, incarnations)))
        .await?;
    // From here on what a step needs is asked for as soon as that can be. A volume takes a while to be there,
    // and a pod that comes before it is looked at again only after a pause of the scheduler's.
    let database_claim = EarlyWork::new(Step::DeployMysql, cluster.create(&database_claim));
    let shop_claim = EarlyWork::new(Step::DeployWordpress, cluster.create(&shop_claim));
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
    let setup = EarlyWork::new(Step::SetupWoocommerce, async {
        let job =
            create_or_replace(cluster, &setup_job, complete, |job| images_of(&job.spec.as_ref()?.template));
        cluster.wait_for(Box::pin(job).await?, complete).await
    });
    let shop = EarlyWork::new(Step::DeployWordpress, async {
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

    let problem = progress.step(Step::CreateIngress, Box::pin(open(cluster, &ingress, certificate))).await?;
    if let Some(problem) = problem {
        progress.record(Event::certificate_pending(Step::CreateIngress, &problem));
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
async fn create_secrets(cluster: &Cluster, credentials: &CredentialObjects) -> Result<(), ClusterError> {
    match credentials {
        CredentialObjects::Generated(secrets) => cluster.create_all(secrets).await.map(drop),
        CredentialObjects::External(secrets) => {
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
        CertificateNeed::Reported => match cluster.certificate_problem(&namespace).await {
            // Nobody waits for it: that it can't be seen keeps no store closed.
            Err(ClusterError::Refused { message, .. }) => Ok(Some(message)),
            problem => problem,
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
    verdict: fn(&K) -> WaitState,
    images: fn(&K) -> Option<Vec<String>>,
) -> Result<K, ClusterError>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
{
    let found = cluster.create(wanted).await?;
    let is_of_use = match verdict(&found) {
        WaitState::Failed(_) => false,
        WaitState::Done | WaitState::Waiting(_) => images(&found) == images(wanted),
    };
    if is_of_use { Ok(found) } else { cluster.replace(&found, wanted).await }
}

/// The images of a pod's containers.
fn images_of(template: &PodTemplateSpec) -> Option<Vec<String>> {
    let pod = template.spec.as_ref()?;
    let containers = pod.init_containers.iter().flatten().chain(&pod.containers);
    Some(containers.filter_map(|container| container.image.clone()).collect())
}
