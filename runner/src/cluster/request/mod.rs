//! One request to the API server: tried again where that may help, and its refusals and warnings read.

mod refusal;
mod retry;
mod warnings;

pub(super) use self::{
    refusal::{is_conflict, is_there_already, webhook_not_reached},
    retry::{LONGEST_PAUSE, pauses},
    warnings::note,
};
