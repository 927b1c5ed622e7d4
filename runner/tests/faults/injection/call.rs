//! What a call of the runner is for, read from the request itself. A call is named by that and by how
//! often it was made, never by its place among all calls: beats and polls come as often as the machine
//! is slow, and would give every other call another number on every run.

use std::{fmt, str::FromStr};

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

/// Whom a call goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::VariantArray)]
pub(crate) enum Peer {
    Cluster,
    Table,
    Queue,
}

/// What a call is for: `create secrets`, `commit`, `poll`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Purpose(String);

pub(crate) const ACKNOWLEDGE: &str = "acknowledge";
pub(crate) const EXTEND_LEASE: &str = "beat lease";
pub(crate) const COMMIT: &str = "commit";
pub(crate) const EXPIRE_HISTORY: &str = "expire history";
pub(crate) const EXTEND_MESSAGE: &str = "hide message";
pub(crate) const READ_HISTORY: &str = "read history";
pub(crate) const LOG: &str = "log pods";
pub(crate) const CHECK_PODS: &str = "list pods";
pub(crate) const POLL: &str = "poll";
pub(crate) const POSTPONE_DUE: &str = "postpone";
pub(crate) const PROBE: &str = "probe";
pub(crate) const READ_LISTENERS: &str = "read listeners";
pub(crate) const READ_STORE: &str = "read store";
pub(crate) const READ_NOTICE_COUNT: &str = "read notice count";
pub(crate) const RELEASE_LEASE: &str = "release lease";
pub(crate) const SEND_JOB: &str = "send job";
pub(crate) const SWEEP: &str = "find overdue";
pub(crate) const TAKE_LEASE: &str = "take lease";

impl Purpose {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// Of a request to Kubernetes: the verb and the kind.
    pub(crate) fn of_cluster<B>(request: &http::Request<B>) -> Self {
        let path: Vec<_> = request.uri().path().split('/').filter(|part| !part.is_empty()).collect();
        let (["api", _, place @ ..] | ["apis", _, _, place @ ..]) = path.as_slice() else {
            return Self(PROBE.into());
        };
        let (kind, is_named) = match place {
            ["namespaces", _, kind, _, "exec"] => return Self(format!("exec {kind}")),
            ["namespaces", _, kind, _, "log"] => return Self(format!("log {kind}")),
            ["namespaces", _, kind] => (*kind, false),
            ["namespaces", _, kind, _, ..] => (*kind, true),
            [kind] => (*kind, false),
            [kind, ..] => (*kind, true),
            [] => return Self(PROBE.into()),
        };
        let is_watch = request.uri().query().is_some_and(|query| query.contains("watch=true"));
        let verb = match (request.method().as_str(), is_named) {
            ("POST", _) => "create",
            ("DELETE", _) => "delete",
            ("PATCH", _) => "patch",
            ("GET", true) => "get",
            ("GET", false) if is_watch => "watch",
            ("GET", false) => "list",
            (other, _) => other,
        };
        Self(format!("{verb} {kind}"))
    }

    /// Of a request to DynamoDB or SQS: the operation, and of an update what it does.
    pub(crate) fn of_aws(request: &HttpRequest) -> (Peer, Self) {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (service, operation) = target.split_once('.').unwrap_or(("", target));
        let peer = if service.starts_with("DynamoDB") { Peer::Table } else { Peer::Queue };
        let body = || -> Value {
            serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default()
        };
        let purpose = match operation {
            "TransactWriteItems" => COMMIT,
            "UpdateItem" => {
                let body = body();
                let expression = body["UpdateExpression"].as_str().unwrap_or_default();
                let does = |what| expression.contains(what);
                // A store's lease, or an inquiry's.
                if does("#lease.#epoch = ") {
                    TAKE_LEASE
                } else if does("REMOVE #lease.#holder") {
                    RELEASE_LEASE
                } else if does("#lease.#until = ") {
                    EXTEND_LEASE
                } else if does("#dueAt = ") {
                    POSTPONE_DUE
                } else if does("#expires = ") {
                    EXPIRE_HISTORY
                } else {
                    operation
                }
            }
            "GetItem" => {
                let key = &body()["Key"];
                let begins = |name: &str, with| key[name]["S"].as_str().unwrap_or_default().starts_with(with);
                if begins("pk", "LISTENERS#") {
                    READ_LISTENERS
                } else if begins("sk", "NOTICECOUNT#") {
                    READ_NOTICE_COUNT
                } else {
                    READ_STORE
                }
            }
            "Query" if body()["IndexName"] == "due" => SWEEP,
            "Query" => READ_HISTORY,
            "ReceiveMessage" => POLL,
            "ChangeMessageVisibility" => EXTEND_MESSAGE,
            "DeleteMessage" => ACKNOWLEDGE,
            "SendMessage" => SEND_JOB,
            other => other,
        };
        (peer, Self(purpose.into()))
    }

    /// Whether it puts something into the cluster.
    pub(crate) fn creates(&self) -> bool {
        self.0.starts_with("create ")
    }

    /// Whether it changes the cluster.
    pub(crate) fn changes_the_cluster(&self) -> bool {
        self.creates() || ["delete ", "patch ", "exec "].iter().any(|verb| self.0.starts_with(verb))
    }

    /// Whether it is a write to the table that only who holds the lease may make.
    pub(crate) fn is_fenced(&self) -> bool {
        [COMMIT, EXTEND_LEASE, RELEASE_LEASE].iter().any(|name| self.is(name))
    }

    /// Whether it changes anything, wherever: of a peer that is not known to be asked only, it is taken to.
    pub(crate) fn changes_something(&self) -> bool {
        let questions =
            [LOG, CHECK_PODS, PROBE, READ_HISTORY, READ_LISTENERS, READ_NOTICE_COUNT, READ_STORE, SWEEP];
        let asks = ["get ", "list ", "watch "].iter().any(|verb| self.0.starts_with(verb));
        !asks && !questions.iter().any(|name| self.is(name))
    }

    /// Whether it asks the cluster how something is.
    pub(crate) fn reads_the_cluster(&self) -> bool {
        self.0.starts_with("get ") || (self.0.starts_with("list ") && !self.is(CHECK_PODS))
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.0 == name
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One call of one runner: which of those with its purpose, from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub(crate) purpose: Purpose,
    pub(crate) occurrence: usize,
}

impl Call {
    pub(crate) fn new(purpose: &str, occurrence: usize) -> Self {
        Self { purpose: Purpose::new(purpose), occurrence }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.purpose, self.occurrence)
    }
}

impl FromStr for Call {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (purpose, occurrence) = text.rsplit_once(' ').ok_or("not of the form `commit 3`")?;
        Ok(Self::new(purpose, occurrence.parse().map_err(|error| format!("{text:?}: {error}"))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_to_kubernetes_are_named_by_verb_and_kind() {
        let purpose = |method: &str, uri: &str| {
            let request = http::Request::builder().method(method).uri(uri).body(()).unwrap();
            Purpose::of_cluster(&request).to_string()
        };
        let namespaces = "/api/v1/namespaces";
        assert_eq!(purpose("POST", namespaces), "create namespaces");
        assert_eq!(purpose("GET", &format!("{namespaces}?watch=true&fieldSelector=x")), "watch namespaces");
        assert_eq!(purpose("GET", &format!("{namespaces}/store-a")), "get namespaces");
        assert_eq!(purpose("POST", &format!("{namespaces}/store-a/secrets?")), "create secrets");
        assert_eq!(purpose("GET", &format!("{namespaces}/store-a/pods?labelSelector=x")), CHECK_PODS);
        let deployments = "/apis/apps/v1/namespaces/store-a/deployments";
        assert_eq!(purpose("DELETE", &format!("{deployments}/mysql")), "delete deployments");
        assert_eq!(purpose("PATCH", &format!("{deployments}/mysql?")), "patch deployments");
        assert_eq!(
            purpose("GET", &format!("{namespaces}/store-a/pods/wordpress-1/exec?stdin=true")),
            "exec pods"
        );
        assert_eq!(purpose("GET", &format!("{namespaces}/store-a/pods/mysql-1/log?&tailLines=40")), LOG);
        assert_eq!(purpose("GET", "/readyz"), PROBE);
    }
}
