//! What is asked for, with its parameters.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    credentials::RecipientKey,
    guard::Guard,
    kind::{ExclusiveKind, OperationKind, ReadOnlyKind},
    logs::{Component, LogQuery},
    workload::RestartTarget,
};
use crate::{store::release::image::Image, values::reason::Reason};

/// What is to be done, or to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OperationRequest {
    /// A change of the store.
    Exclusive(ExclusiveRequest),
    /// Something to be read.
    ReadOnly(ReadOnlyRequest),
}

/// A change of the store. Its `action` is its kind's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum ExclusiveRequest {
    /// New pods in the place of those that run.
    Restart {
        /// Whose.
        target: RestartTarget,
        /// What it waits for.
        #[serde(default, skip_serializing_if = "Guard::is_none")]
        guard: Guard,
    },
    /// A new password for the shop's administrator.
    ResetPassword,
    /// Shop and database stop.
    Hibernate {
        /// What that waits for.
        #[serde(default, skip_serializing_if = "Guard::is_none")]
        guard: Guard,
    },
    /// They start again.
    Resume,
    /// The platform keeps visitors out.
    Suspend {
        /// Why.
        reason: Reason,
    },
    /// They get in again.
    Unsuspend,
    /// The shop goes on with another image.
    Upgrade {
        /// Which.
        image: Image,
        /// What that waits for.
        #[serde(default, skip_serializing_if = "Guard::is_none")]
        guard: Guard,
    },
}

/// Something to be read. Its `action` is its kind's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ReadOnlyRequest {
    /// How the shop's administrator gets in.
    RevealCredentials {
        /// The only key that opens the answer.
        public_key: RecipientKey,
    },
    /// What a component has written to its log.
    Logs(LogQuery),
}

impl OperationRequest {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Exclusive(request) => request.kind().into(),
            Self::ReadOnly(request) => request.kind().into(),
        }
    }

    /// Why it was asked for, where that is to be said.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Exclusive(request) => request.reason(),
            Self::ReadOnly(_) => None,
        }
    }

    /// What it waits for, of a kind that can.
    #[must_use]
    pub fn guard(&self) -> Option<Guard> {
        match self {
            Self::Exclusive(request) => request.guard(),
            Self::ReadOnly(_) => None,
        }
    }

    /// Whose pods are made anew, of a restart.
    #[must_use]
    pub fn target(&self) -> Option<RestartTarget> {
        let Self::Exclusive(ExclusiveRequest::Restart { target, .. }) = self else { return None };
        Some(*target)
    }

    /// What the shop goes on with, of an upgrade.
    #[must_use]
    pub fn image(&self) -> Option<&Image> {
        match self {
            Self::Exclusive(request) => request.image(),
            Self::ReadOnly(_) => None,
        }
    }

    /// Whose log is read, of a look at one.
    #[must_use]
    pub fn component(&self) -> Option<Component> {
        let Self::ReadOnly(ReadOnlyRequest::Logs(query)) = self else { return None };
        Some(query.component)
    }
}

impl ExclusiveRequest {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ExclusiveKind {
        match self {
            Self::Restart { .. } => ExclusiveKind::Restart,
            Self::ResetPassword => ExclusiveKind::ResetPassword,
            Self::Hibernate { .. } => ExclusiveKind::Hibernate,
            Self::Resume => ExclusiveKind::Resume,
            Self::Suspend { .. } => ExclusiveKind::Suspend,
            Self::Unsuspend => ExclusiveKind::Unsuspend,
            Self::Upgrade { .. } => ExclusiveKind::Upgrade,
        }
    }

    /// Why it was asked for, where that is to be said.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        let Self::Suspend { reason } = self else { return None };
        Some(reason)
    }

    /// What the shop goes on with, of an upgrade.
    #[must_use]
    pub fn image(&self) -> Option<&Image> {
        let Self::Upgrade { image, .. } = self else { return None };
        Some(image)
    }

    /// What it waits for, of a kind that can.
    #[must_use]
    pub fn guard(&self) -> Option<Guard> {
        match self {
            Self::Restart { guard, .. } | Self::Hibernate { guard } | Self::Upgrade { guard, .. } => {
                Some(*guard)
            }
            Self::ResetPassword | Self::Resume | Self::Suspend { .. } | Self::Unsuspend => None,
        }
    }
}

impl ReadOnlyRequest {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ReadOnlyKind {
        match self {
            Self::RevealCredentials { .. } => ReadOnlyKind::RevealCredentials,
            Self::Logs(_) => ReadOnlyKind::Logs,
        }
    }
}

impl From<ExclusiveRequest> for OperationRequest {
    fn from(request: ExclusiveRequest) -> Self {
        Self::Exclusive(request)
    }
}

impl From<ReadOnlyRequest> for OperationRequest {
    fn from(request: ReadOnlyRequest) -> Self {
        Self::ReadOnly(request)
    }
}

/// As a sentence names it.
impl fmt::Display for OperationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exclusive(request) => request.fmt(f),
            Self::ReadOnly(request) => request.fmt(f),
        }
    }
}

/// As a sentence names it: `the restart of mysql`.
impl fmt::Display for ExclusiveRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restart { target: RestartTarget::All, .. } => {
                f.write_str("the restart of mysql and wordpress")
            }
            Self::Restart { target, .. } => write!(f, "the restart of {target}"),
            Self::ResetPassword => f.write_str("the reset of the administrator's password"),
            Self::Hibernate { .. } => f.write_str("the hibernation of the store"),
            Self::Resume => f.write_str("the return of the store from hibernation"),
            Self::Suspend { .. } => f.write_str("the suspension of the store"),
            Self::Unsuspend => f.write_str("the end of the store's suspension"),
            Self::Upgrade { image, .. } => write!(f, "the upgrade of the shop to {image}"),
        }
    }
}

/// As a sentence names it: `ada asked for a look at the administrator's credentials`.
impl fmt::Display for ReadOnlyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RevealCredentials { .. } => f.write_str("a look at the administrator's credentials"),
            Self::Logs(query) => write!(f, "a look at the log of {}", query.component),
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::{operation::credentials::PrivateKey, values::timestamp::Timestamp};

    fn one_of_each() -> Vec<OperationRequest> {
        let since = Some(Timestamp::now());
        let logs = LogQuery { since, previous: true, ..LogQuery::of(Component::Mysql) };
        let public_key = PrivateKey::generate().unwrap().public_key();
        vec![
            ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::Orders }.into(),
            ExclusiveRequest::ResetPassword.into(),
            ExclusiveRequest::Hibernate { guard: Guard::None }.into(),
            ExclusiveRequest::Resume.into(),
            ExclusiveRequest::Suspend { reason: Reason::parse("It sells what nobody may sell.").unwrap() }
                .into(),
            ExclusiveRequest::Unsuspend.into(),
            ExclusiveRequest::Upgrade {
                image: Image::from_record("r.example/store:2"),
                guard: Guard::Orders,
            }
            .into(),
            ReadOnlyRequest::RevealCredentials { public_key }.into(),
            ReadOnlyRequest::Logs(logs).into(),
        ]
    }

    #[test]
    fn each_request_is_written_under_its_kinds_name_and_read_again() {
        let requests = one_of_each();
        assert_eq!(requests.iter().map(OperationRequest::kind).collect::<Vec<_>>(), {
            OperationKind::all().collect::<Vec<_>>()
        });
        for request in requests {
            let json = serde_json::to_value(&request).unwrap();
            assert_eq!(json["action"], request.kind().row().name, "{json}");
            assert_eq!(serde_json::from_value::<OperationRequest>(json).unwrap(), request);
        }
    }

    #[test]
    fn a_restart_says_of_what() {
        for target in RestartTarget::VARIANTS {
            let restart = ExclusiveRequest::Restart { target: *target, guard: Guard::None };
            let json = serde_json::to_value(restart).unwrap();
            assert_eq!(json, serde_json::json!({ "action": "restart", "target": target.to_string() }));
        }
    }

    #[test]
    fn what_was_asked_for_before_there_were_guards_has_none() {
        let read = |json: &str| serde_json::from_str::<OperationRequest>(json).unwrap().guard();
        assert_eq!(read(r#"{"action":"hibernate"}"#), Some(Guard::None));
        assert_eq!(read(r#"{"action":"hibernate","guard":"orders"}"#), Some(Guard::Orders));
        assert_eq!(read(r#"{"action":"upgrade","image":"r.example/store:2"}"#), Some(Guard::None));
        assert_eq!(read(r#"{"action":"resume"}"#), None);
    }
}
