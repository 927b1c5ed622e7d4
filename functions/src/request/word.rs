//! A word of which there are a few, as a request has it.

use std::{fmt::Display, str::FromStr};

use strum::VariantArray;

/// Reads one of a few words.
///
/// # Errors
/// A sentence that names all of them, where `text` is none.
pub fn one_of<T: FromStr + Display + VariantArray>(text: &str) -> Result<T, String> {
    let all: Vec<_> = T::VARIANTS.iter().map(ToString::to_string).collect();
    text.parse().map_err(|_| format!("must be one of {}", all.join(", ")))
}
