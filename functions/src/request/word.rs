//! A word of which there are a few, as a request has it.

use std::{fmt::Display, str::FromStr};

use strum::VariantArray;
use utoipa::ToSchema;

/// Reads one of a few words.
///
/// # Errors
/// A sentence that names all of them, where `text` is none.
pub fn one_of<T: FromStr + Display + VariantArray>(text: &str) -> Result<T, String> {
    let all: Vec<_> = T::VARIANTS.iter().map(ToString::to_string).collect();
    text.parse().map_err(|_| format!("must be one of {}", all.join(", ")))
}

/// Yes or no, as the query of a request has it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString, strum::VariantArray, ToSchema,
)]
#[strum(serialize_all = "lowercase")]
#[schema(rename_all = "lowercase")]
pub enum Flag {
    /// Yes.
    True,
    /// No.
    False,
}
