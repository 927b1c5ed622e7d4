//! What goes wrong, at which call.

use std::{fmt, str::FromStr};

use strum::VariantArray as _;

use crate::injection::call::Call;

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::EnumString, strum::VariantArray)]
pub(crate) enum FaultKind {
    /// It is never sent, and fails.
    FailBefore,
    /// It is carried out, and its answer is lost.
    FailAfter,
    /// The runner is gone before it is sent.
    KillBefore,
    /// It is carried out, and the runner is gone before the answer.
    KillAfter,
    /// The runner stands still with all its clocks and timers, and sends it when it thaws.
    FreezeBefore,
    /// It is carried out; then the runner stands still, and gets the answer when it thaws.
    FreezeAfter,
    /// The runner stands still while it is on its way, and it arrives as soon as another one has taken the store's
    /// lease, whatever the runner finds when it thaws.
    FreezeUntilTaken,
}

impl FaultKind {
    pub(crate) const ALL: &'static [Self] = Self::VARIANTS;

    /// Whether the runner goes on, and has to try the call again.
    pub(crate) fn fails(self) -> bool {
        match self {
            Self::FailBefore | Self::FailAfter => true,
            Self::KillBefore
            | Self::KillAfter
            | Self::FreezeBefore
            | Self::FreezeAfter
            | Self::FreezeUntilTaken => false,
        }
    }

    pub(crate) fn freezes(self) -> bool {
        match self {
            Self::FreezeBefore | Self::FreezeAfter | Self::FreezeUntilTaken => true,
            Self::FailBefore | Self::FailAfter | Self::KillBefore | Self::KillAfter => false,
        }
    }
}

/// One call that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fault {
    pub(crate) call: Call,
    pub(crate) kind: FaultKind,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.call, self.kind)
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (call, kind) = text.split_once(':').ok_or("not of the form `commit 3:KillAfter`")?;
        let kind = kind.parse().map_err(|_| format!("no such way: {kind}"))?;
        Ok(Self { call: call.parse()?, kind })
    }
}
