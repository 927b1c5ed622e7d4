//! The resource `/v1/stores/{id}/actions`: what a store can be made to do, a file for each.

pub mod logs;
pub mod reset_password;
pub mod restart;
pub mod retry;
pub mod reveal_credentials;

use std::{fmt::Display, str::FromStr};

use strum::VariantArray;

/// Reads one of a few words.
fn one_of<T: FromStr + Display + VariantArray>(text: &str) -> Result<T, String> {
    let all: Vec<_> = T::VARIANTS.iter().map(ToString::to_string).collect();
    text.parse().map_err(|_| format!("must be one of {}", all.join(", ")))
}
