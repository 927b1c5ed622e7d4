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
        core::v1::{Namespace, PersistentVolumeClaim, Secret},
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
    resources::{CredentialObjects, StoreResources, WayIn, WorkloadObjects, images_of, unusable},
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
    steps: &mut StepRunner<'_>,
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
        way_in,
    } = resources;

    steps.step(Step::CreateNamespace, create_namespace(cluster, &namespace, incarnations)).await?;
    // From here on what a step needs is asked for as soon as that can be. A volume takes a while to be there,
    // and a pod that comes before it is tried again only after a pause of the scheduler's.
    let claims = Claims {
        database: EarlyWork::new(Step::DeployMysql, cluster.create(&database_claim)),
        shop: EarlyWork::new(Step::DeployWordpress, cluster.create(&shop_claim)),
    };
    let policies = claims.while_running(cluster.create_all(&network_policies));
    let (_, claims) = steps.step(Step::CreateNetworkPolicies, policies).await?;
    let quota = async { tokio::try_join!(cluster.create(&resource_quota), cluster.create(&limit_range)) };
    let (_, claims) = steps.step(Step::CreateQuota, claims.while_running(quota)).await?;
    let secrets = claims.while_running(create_secrets(cluster, &credentials));
    let ((), claims) = steps.step(Step::CreateSecrets, secrets).await?;

    // A claim that is in the way goes only with the pods that use it: each is waited for with its own workload,
    // which takes those away.
    let Claims { database: database_claim, shop: shop_claim } = claims;
    let database = async {
        let deployed = Box::pin(deploy(cluster, &database));
        let (_, deployed, _) =
            tokio::try_join!(database_claim.finish(), deployed, cluster.create(&database_service))?;
        Ok::<_, ClusterError>(deployed)
    };
    let (database, shop_claim) = steps.step(Step::DeployMysql, shop_claim.while_running(database)).await?;
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
    let wait = setup.while_running(shop.while_running(cluster.wait_for(database, available)));
    let (((), shop), setup) = steps.step(Step::WaitMysql, wait).await?;
    let ((), shop) = steps.step(Step::SetupWoocommerce, shop.while_running(setup.finish())).await?;
    let opened = async { tokio::try_join!(shop.finish(), cluster.create(&shop_service)) };
    let (shop, _) = steps.step(Step::DeployWordpress, opened).await?;
    steps.step(Step::WaitWordpress, cluster.wait_for(shop, available)).await?;

    // Visitors of a store that is suspended are kept out.
    let Some(way_in) = way_in else { return Ok(()) };
    let name = namespace.name_any();
    let opened = open_way_in(cluster, &name, &way_in, certificate);
    let problem = steps.step(Step::CreateIngress, opened).await?;
    if let Some(problem) = problem {
        steps.record(Event::certificate_pending(Step::CreateIngress, &problem));
    }
    Ok(())
}

/// The claims of a store's two volumes, which are made while earlier steps run.
struct Claims<'a> {
    database: EarlyWork<'a, PersistentVolumeClaim>,
    shop: EarlyWork<'a, PersistentVolumeClaim>,
}

impl Claims<'_> {
    /// Does the `work` of an earlier step, and makes the claims meanwhile.
    fn while_running<U, E: Into<WorkError>>(
        self,
        work: impl Future<Output = Result<U, E>>,
    ) -> impl Future<Output = Result<(U, Self), WorkError>> {
        let Self { database, shop } = self;
        let work = shop.while_running(database.while_running(work));
        async move {
            let ((done, database), shop) = work.await?;
            Ok((done, Self { database, shop }))
        }
    }
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
            for external in cluster.create_all(secrets).await? {
                let (namespace, name) = (external.namespace().unwrap_or_default(), external.name_any());
                cluster.wait_for(external, fetched).await?;
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

/// Creates the way in, and says why there is no certificate for it, where that is to be reported.
pub(crate) async fn open_way_in(
    cluster: &Cluster,
    namespace: &str,
    way_in: &WayIn,
    certificate: CertificateNeed,
) -> Result<Option<String>, ClusterError> {
    cluster.create_way_in(way_in).await?;
    match certificate {
        CertificateNeed::None => Ok(None),
        CertificateNeed::Reported => match cluster.certificate_problem(namespace).await {
            // Nobody waits for it: that it can't be seen keeps no store closed.
            Err(ClusterError::Refused { message, .. }) => Ok(Some(message)),
            problem => problem,
        },
        CertificateNeed::Issued => cluster.wait_for_certificate(namespace).await.map(|()| None),
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
    state: fn(&K) -> WaitState,
    images: fn(&K) -> Option<Vec<String>>,
) -> Result<K, ClusterError>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
{
    let found = cluster.create(wanted).await?;
    let is_of_use = match state(&found) {
        WaitState::Failed(_) => false,
        WaitState::Done | WaitState::Waiting(_) => images(&found) == images(wanted),
    };
    if is_of_use { Ok(found) } else { cluster.replace(&found, wanted).await }
}
