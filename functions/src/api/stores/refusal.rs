//! The problems that commands end in.

use domain::{
    store::Store,
    table::{ChangeError, CreateError},
};

use crate::{api::links, commands::CommandError, problem::Problem};

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Create(error) => error.into(),
            CommandError::Change(error) => error.into(),
            CommandError::Gone => Self::Conflict {
                detail: "What this idempotency key stands for is gone. Use another key.".into(),
            },
            CommandError::KeyReused => Self::KeyReused,
            CommandError::Table(error) => error.into(),
        }
    }
}

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::KeyReused => Self::KeyReused,
            CreateError::NameTaken(id) => Self::NameTaken { id: id.to_string() },
            CreateError::OwnerQuota { limit } => Self::OwnerQuota { limit },
            CreateError::PlatformQuota { limit } => Self::PlatformQuota { limit },
            contended @ CreateError::Contended(_) => {
                Self::Conflict { detail: format!("{contended}; try again") }
            }
            CreateError::Table(error) => error.into(),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound(id) => Self::NoSuchStore { id: id.to_string() },
            ChangeError::WrongStatus { store, takes } => Self::Conflict {
                detail: format!("The store is {}, and this takes one that is {takes}.", store.state.status()),
            },
            ChangeError::WrongPower { store, takes } => Self::Conflict {
                detail: format!(
                    "The store is {}, and this takes one that is {takes}.",
                    store.state.power().unwrap_or_default()
                ),
            },
            ChangeError::OperationPending { store, operation } => Self::OperationInProgress {
                location: links::operation(&store, operation.id),
                operation: operation.request.to_string(),
            },
            ChangeError::Suspended => Self::Conflict { detail: "The store is suspended already.".into() },
            ChangeError::NotSuspended => Self::Conflict { detail: "The store is not suspended.".into() },
            ChangeError::UpToDate => Self::Conflict { detail: "The shop runs that image already.".into() },
            ChangeError::CleaningUp => Self::Conflict {
                detail:
                    "The store is Failed, and what is left of it is still being taken away. Ask again then."
                        .into(),
            },
            ChangeError::TriedTooOften => Self::Conflict {
                detail: format!(
                    "It was tried again {} times. Delete it, and create it anew once the cause is mended.",
                    Store::MAX_RETRIES
                ),
            },
            ChangeError::NothingToMute => Self::Conflict {
                detail:
                    "Nothing is written down of the store that needs attention, so there is nothing to mute."
                        .into(),
            },
            ChangeError::OtherVersion => Self::PreconditionFailed,
            ChangeError::KeyReused => Self::KeyReused,
            contended @ ChangeError::Contended(_) => {
                Self::Conflict { detail: format!("{contended}; try again") }
            }
            ChangeError::Table(error) => error.into(),
        }
    }
}
