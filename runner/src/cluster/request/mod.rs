//! One request to the API server: tried again where that may help, and its refusals and warnings read.

mod refusal;
mod retry;
mod unknown_kind;
mod warnings;

pub(crate) use self::unknown_kind::{get_if_known, is_of_unknown_kind};
pub(super) use self::{
    refusal::{is_conflict, is_there_already, webhook_not_reached},
    retry::{LONGEST_PAUSE, pauses},
    warnings::note,
};
