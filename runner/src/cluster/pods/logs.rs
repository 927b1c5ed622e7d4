//! Reads the log of one of a store's components, without the store's secrets.

use std::time::Duration;

use domain::{
    operation::logs::{Component, LogExcerpt, LogQuery, Tail},
    store::slug::Slug,
};
use k8s_openapi::{
    ByteString,
    api::core::v1::{ContainerState, ContainerStatus, Pod, Secret},
};
use kube::{
    Api, ResourceExt,
    api::{ListParams, LogParams},
};

use super::{log_tail::LogTail, redaction::Redaction};
use crate::{
    cluster::{client::Cluster, error::ClusterError, request::pauses, stream::read_parts},
    resources::{CREDENTIALS, STORE_UID, component_of, is_owned_by},
};

/// How long the reading of a log may take before it begins anew. It is 32 MB at most: a kubelet counts the
/// pieces of a long line, of 16 KB each, as lines.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// What is kept of the log of a component that failed: how many lines, and how many bytes of them.
const LAST_LINES: Tail = Tail::clamped(40);
const LAST_BYTES: usize = 8 * 1024;

/// What a kubelet answers, through the API server, where a container has no such log.
const BAD_REQUEST: u16 = 400;

impl Cluster {
    /// The lines that `query` asks for of the store `id`, from the newest pod of the component; of these the
    /// newest that fit into `most` bytes. The values of the store's Secrets are hidden in them.
    ///
    /// # Errors
    /// [`ClusterError`], also when there is no such pod or log, and when the Secrets are not there: what is
    /// not known can't be hidden.
    pub async fn log(&self, id: &Slug, query: &LogQuery, most: usize) -> Result<LogExcerpt, ClusterError> {
        let namespace = id.namespace();
        let pod = self.newest_pod(&namespace, query.component).await?;
        let container = container_of(&pod, query.component);
        let tail = self.log_of(&pod, container, query, most).await?;
        // Read after the log: a password that was made meanwhile is among them, and one that was replaced
        // meanwhile opens nothing any more.
        let redaction = self.redaction(&namespace).await?;
        Ok(tail.excerpt(pod.name_any(), container.to_owned(), &redaction))
    }

    /// The last lines that the newest pod of `component` has to say, as [`Self::log`] reports them: where its
    /// container was only just begun again, those of the one before.
    ///
    /// # Errors
    /// As of [`Self::log`].
    pub async fn last_lines(&self, id: &Slug, component: Component) -> Result<LogExcerpt, ClusterError> {
        let present = LogQuery { tail: LAST_LINES, ..LogQuery::of(component) };
        let previous = LogQuery { previous: true, ..present };
        let read = self.log(id, &present, LAST_BYTES).await;
        match &read {
            Ok(excerpt) if !excerpt.lines.is_empty() => read,
            Ok(_) | Err(ClusterError::NoLog { .. }) => match self.log(id, &previous, LAST_BYTES).await {
                Ok(excerpt) => Ok(excerpt),
                Err(ClusterError::NoLog { .. }) => read,
                Err(error) => Err(error),
            },
            Err(_) => read,
        }
    }

    /// The pod of `component` that was made last.
    async fn newest_pod(&self, namespace: &str, component: Component) -> Result<Pod, ClusterError> {
        let api: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let ours = ListParams::default().labels(&format!("{STORE_UID}={}", self.uid));
        let mut pods = self.retried::<Pod, _, _>("list", "pods", || api.list(&ours)).await?.items;
        pods.retain(|pod| is_owned_by(pod, self.uid));
        let of_component = pods.iter().filter(|pod| component_of(*pod) == Some(component));
        let newest = of_component.max_by_key(|pod| pod.creation_timestamp().map(|time| time.0));
        newest.cloned().ok_or_else(|| ClusterError::NoPod {
            component,
            others: pods.iter().map(ResourceExt::name_any).collect(),
        })
    }

    async fn log_of(
        &self,
        pod: &Pod,
        container: &str,
        query: &LogQuery,
        most: usize,
    ) -> Result<LogTail, ClusterError> {
        let LogQuery { component: _, tail, since, previous } = *query;
        let name = pod.name_any();
        let no_log =
            |reason| ClusterError::NoLog { pod: name.clone(), container: container.to_owned(), reason };
        if pod.spec.as_ref().is_none_or(|spec| spec.node_name.is_none()) {
            // The API server would answer with an empty log.
            return Err(no_log("no node has taken the pod yet".into()));
        }
        let api: Api<Pod> = Api::namespaced(self.client.clone(), &pod.namespace().unwrap_or_default());
        let params = LogParams {
            container: Some(container.to_owned()),
            tail_lines: Some(tail.get().into()),
            // Kubernetes knows whole seconds here: what is too old in that one is left out by us.
            since_time: since.map(|since| since.whole_second().into()),
            previous,
            timestamps: true,
            ..LogParams::default()
        };
        let mut pauses = pauses();
        loop {
            let opened = self.retried::<Pod, _, _>("log", &name, || async {
                match api.log_stream(&name, &params).await {
                    Err(kube::Error::Api(status)) if status.code == BAD_REQUEST => {
                        Ok(Err(no_log(status.message.clone())))
                    }
                    Err(kube::Error::Api(status)) if status.is_not_found() => {
                        Ok(Err(ClusterError::Vanished { kind: "Pod".into(), name: name.clone() }))
                    }
                    opened => opened.map(Ok),
                }
            });
            let mut tail = LogTail::new(since, most);
            let read = tokio::time::timeout(READ_TIMEOUT, read_parts(opened.await??, |part| tail.read(part)));
            let reason = match read.await {
                Ok(Ok(())) => return Ok(tail),
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("it was not read within {} s", READ_TIMEOUT.as_secs()),
            };
            tracing::warn!(pod = name, container, %reason, "a log is read again");
            self.broken_off(reason, &mut pauses).await;
        }
    }

    /// Hides the values of the store's Secrets: of those that its containers get by these names, whoever
    /// made them.
    async fn redaction(&self, namespace: &str) -> Result<Redaction, ClusterError> {
        let secrets = CREDENTIALS.map(|name| self.existing::<Secret>(namespace, name));
        let secrets = futures_util::future::try_join_all(secrets).await?;
        let data = secrets.iter().flat_map(|secret| &secret.data);
        Ok(Redaction::of(data.flatten().map(|(_, ByteString(value))| value.as_slice())))
    }
}

/// The container of `pod` that has something to say: that of `component`, or one that must come to its end
/// before, and does not.
fn container_of(pod: &Pod, component: Component) -> &str {
    let statuses = pod.status.iter().flat_map(|status| status.init_container_statuses.iter().flatten());
    let stuck = statuses.into_iter().find(|container| has_begun(container) && !has_succeeded(container));
    stuck.map_or(component.as_str(), |container| &container.name)
}

fn has_begun(container: &ContainerStatus) -> bool {
    let began = |state: &ContainerState| state.running.is_some() || state.terminated.is_some();
    [&container.state, &container.last_state].into_iter().flatten().any(began)
}

fn has_succeeded(container: &ContainerStatus) -> bool {
    let end = container.state.as_ref().and_then(|state| state.terminated.as_ref());
    end.is_some_and(|end| end.exit_code == 0)
}
