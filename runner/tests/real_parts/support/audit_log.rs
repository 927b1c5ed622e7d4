//! What the API server writes down of each request.

use std::{
    env,
    fmt::{self, Display, Formatter},
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    path::PathBuf,
};

use serde::Deserialize;

/// A verb on a kind of object, as RBAC has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Right {
    pub(crate) group: String,
    /// Its plural, and a subresource behind a slash.
    pub(crate) resource: String,
    pub(crate) verb: String,
}

impl Display for Right {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { group, resource, verb } = self;
        write!(f, "{verb} {resource}{}{group}", if group.is_empty() { "" } else { "." })
    }
}

/// What somebody asked for.
pub(crate) struct Request {
    pub(crate) right: Right,
    /// Whether RBAC refused it.
    pub(crate) refused: bool,
}

fn path() -> PathBuf {
    env::var_os("AUDIT_LOG").expect("this test needs the local stack: run it with `make test`").into()
}

/// What was asked for, until now, by whoever calls themselves `agent`.
pub(crate) fn requests_of(agent: &str) -> Vec<Request> {
    requests_in(&fs::read_to_string(path()).unwrap(), agent)
}

fn requests_in(log: &str, agent: &str) -> Vec<Request> {
    // The last line may be in the middle of being written.
    let lines = log.split_inclusive('\n').filter(|line| line.ends_with('\n') && line.contains(agent));
    lines.map(|line| serde_json::from_str(line).unwrap()).filter_map(|entry| request(entry, agent)).collect()
}

/// The log from some moment on, for whoever looks again and again: the whole of it takes so long to read that
/// the runner beside would stand still.
pub(crate) struct NewRequests {
    position: u64,
}

impl NewRequests {
    /// Those from now on.
    pub(crate) fn from_now_on() -> Self {
        Self { position: fs::metadata(path()).unwrap().len() }
    }

    /// Those since the last look by whoever calls themselves `agent`.
    pub(crate) fn of(&mut self, agent: &str) -> Vec<Request> {
        let mut log = File::open(path()).unwrap();
        // A shorter log is a new one.
        if log.metadata().unwrap().len() < self.position {
            self.position = 0;
        }
        log.seek(SeekFrom::Start(self.position)).unwrap();
        let mut new = Vec::new();
        log.read_to_end(&mut new).unwrap();
        new.truncate(new.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
        self.position += u64::try_from(new.len()).unwrap();
        requests_in(&String::from_utf8(new).unwrap(), agent)
    }
}

/// An entry, as <https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/> has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    verb: String,
    user_agent: String,
    /// Absent of what is no object, such as `/readyz`.
    object_ref: Option<ObjectReference>,
    annotations: Annotations,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ObjectReference {
    #[serde(default)]
    api_group: String,
    resource: String,
    subresource: Option<String>,
}

#[derive(Deserialize)]
struct Annotations {
    #[serde(rename = "authorization.k8s.io/decision")]
    decision: String,
}

fn request(entry: Entry, agent: &str) -> Option<Request> {
    let Entry { verb, user_agent, object_ref, annotations } = entry;
    let ObjectReference { api_group, resource, subresource } = object_ref.filter(|_| user_agent == agent)?;
    let resource = match subresource {
        Some(subresource) => format!("{resource}/{subresource}"),
        None => resource,
    };
    let right = Right { group: api_group, resource, verb };
    Some(Request { right, refused: annotations.decision == "forbid" })
}
