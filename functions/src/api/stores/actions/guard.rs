//! The field `guard` of what may wait for a quiet moment.

use domain::operation::Guard;

use crate::request::{body::Fields, word::one_of};

/// Takes the field, where it is there.
pub(super) fn read_guard(fields: &mut Fields) -> Option<Guard> {
    fields.optional_text("guard", one_of::<Guard>)
}
