//! `runner diff`: what differs between a store's manifests and the cluster. It only reads.

mod additions;
mod place;

use std::{collections::BTreeMap, fmt, process::ExitCode};

use anyhow::{Context as _, bail};
use clap::Args;
use domain::{
    aws::Clients,
    operation::logs::Component,
    store::{release::Release, slug::Slug, state::State},
    table::Table,
};
use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job};
use kube::{Api, Client, ResourceExt as _};
use serde_json::Value;
use stdio::Reader;

use self::{additions::is_added, place::Place};
use crate::{
    cluster,
    config::table_name,
    inspect::drift::{Drift, drifts},
    observe::readiness::Readiness,
    resources::{Blueprint, Passwords, RandomnessError, conceal, release_of},
    settings::StoreSettings,
};

/// Which store, and where its record is.
#[derive(Args, Clone, Debug)]
pub struct Diff {
    /// Id of the store
    #[arg(value_parser = Slug::parse)]
    pub id: Slug,

    /// Name of the DynamoDB table
    #[arg(long, env, value_parser = table_name)]
    pub table_name: String,

    /// What stores have in common
    #[command(flatten)]
    pub store: StoreSettings,
}

/// One way in which the cluster is not as the manifests say. Objects are named by kind and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// An object that should be there is not.
    Missing(String),
    /// An object of a store's kinds lies in its namespace, belongs to nobody, and no manifest has it.
    Extra(String),
    /// A field has another value. Of a Secret only which keys it has is compared, and no value shown.
    Drift(String, Drift),
}

/// Why nobody can say what differs.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    /// The cluster does not answer.
    #[error("{object} can't be read")]
    Unread {
        /// What was asked for.
        object: String,
        /// Why.
        source: Box<kube::Error>,
    },
    /// A manifest is none: it can't be serialised, or has no kind.
    #[error("the manifests can't be built")]
    Manifest(#[from] serde_json::Error),
    /// No placeholder for a secret could be made.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(object) => write!(f, "missing  {object}"),
            Self::Extra(object) => write!(f, "extra    {object}"),
            Self::Drift(object, drift) => write!(f, "drift    {object} {drift}"),
        }
    }
}

impl Diff {
    /// Prints what differs, a line each: exit code 0 where nothing does, else 1.
    ///
    /// # Errors
    /// Where table or cluster can't be asked, or there is no such store.
    pub async fn print(self) -> anyhow::Result<ExitCode> {
        let Self { id, table_name, store: settings } = self;
        let table = Table::new(Clients::from_env().await.dynamodb, table_name);
        let store = table.store(&id).await?.with_context(|| format!("there is no store `{id}`"))?;
        match store.state {
            State::Provisioning(_) | State::Ready(_) | State::Failed(_) | State::Deleting(_) => {}
            State::Deleted(_) => bail!("the store `{id}` is deleted"),
        }
        let client = cluster::connect(Readiness::default()).await?;
        let mut blueprint = Blueprint::new(&store, settings);
        if let (State::Ready(_), None) = (&store.state, &store.release) {
            // What it is made of is not written down yet. What runs is taken for it.
            if let Some(release) = running_release(&client, &store.id.namespace()).await? {
                blueprint = blueprint.made_of(release);
            }
        }
        let differences = differences(&client, &blueprint).await?;
        for difference in &differences {
            // What differs decides on the exit code, whether or not somebody reads all of it.
            if stdio::print(format_args!("{difference}\n"))? == Reader::Gone {
                break;
            }
        }
        Ok(ExitCode::from(u8::from(!differences.is_empty())))
    }
}

/// What differs between the manifests of `blueprint` and the cluster.
///
/// # Errors
/// [`DiffError`].
pub async fn differences(client: &Client, blueprint: &Blueprint) -> Result<Vec<Difference>, DiffError> {
    let manifests = blueprint.manifests(&Passwords::generate()?)?;
    let mut differences = Vec::new();
    for manifest in &manifests {
        let place = Place::of(manifest);
        let Some(found) = place.read(client).await? else {
            differences.push(Difference::Missing(place.to_string()));
            continue;
        };
        let is_added = |field: &str, value: &Value| is_added(place.kind(), field, value);
        let drifts = drifts(&concealed(manifest), &concealed(&found), &is_added);
        differences.extend(drifts.into_iter().map(|drift| Difference::Drift(place.to_string(), drift)));
    }
    differences.extend(extras(client, &manifests).await?.into_iter().map(Difference::Extra));
    Ok(differences)
}

/// What the objects in `namespace` say that their store is made of; `None` where one of them is missing.
async fn running_release(client: &Client, namespace: &str) -> Result<Option<Release>, DiffError> {
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), namespace);
    let unread = |kind: &str, name: &str, source| DiffError::Unread {
        object: format!("{kind}/{name}"),
        source: Box::new(source),
    };
    let deployment =
        async |name: &str| deployments.get_opt(name).await.map_err(|error| unread("Deployment", name, error));
    let shop = deployment(Component::Wordpress.as_str()).await?;
    let database = deployment(Component::Mysql.as_str()).await?;
    let setup = Component::Setup.as_str();
    let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
    let setup = jobs.get_opt(setup).await.map_err(|error| unread("Job", setup, error))?;
    Ok(shop.zip(database).and_then(|(shop, database)| release_of(&shop, &database, setup.as_ref())))
}

/// The kinds that are looked for whatever the manifests have: Secrets that others have made, and both kinds of ways in,
/// of which a store has one or, where it is closed, none.
const EVERYWHERE: [(&str, &str); 3] =
    [("v1", "Secret"), ("networking.k8s.io/v1", "Ingress"), ("gateway.networking.k8s.io/v1", "HTTPRoute")];

/// What lies among the objects of `manifests`, is of one of their kinds or of [`EVERYWHERE`], and is none of them,
/// nor anybody's: what a controller has made belongs to what it was made for. The certificate that an
/// Ingress names is cert-manager's.
async fn extras(client: &Client, manifests: &[Value]) -> Result<Vec<String>, DiffError> {
    let places: Vec<_> = manifests.iter().map(Place::of).collect();
    let certificates: Vec<_> = manifests.iter().flat_map(certificates_of).collect();
    let among = places.iter().filter(|place| place.is_namespaced());
    let mut kinds: BTreeMap<_, _> = among.map(|place| (place.kind().to_owned(), place.clone())).collect();
    if let Some(any) = kinds.values().next().cloned() {
        kinds.extend(EVERYWHERE.map(|kind| (kind.1.to_owned(), any.beside(kind))));
    }
    let mut extras = Vec::new();
    for place in kinds.values() {
        for found in place.neighbours(client).await? {
            let name = found.name_any();
            let known = places.iter().any(|known| known.is(place.kind(), &name))
                || (place.kind() == "Secret" && certificates.contains(&name.as_str()));
            if !known && found.owner_references().is_empty() {
                extras.push(format!("{}/{name}", place.kind()));
            }
        }
    }
    Ok(extras)
}

fn certificates_of(manifest: &Value) -> impl Iterator<Item = &str> {
    let tls = manifest["spec"]["tls"].as_array().into_iter().flatten();
    tls.filter_map(|tls| tls["secretName"].as_str())
}

/// The same, of a Secret with nothing of its values but that they are there.
fn concealed(manifest: &Value) -> Value {
    let mut manifest = manifest.clone();
    conceal(&mut manifest, "set");
    manifest
}
