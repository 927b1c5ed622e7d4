//! A page of a list, as callers get it.

use std::fmt::Display;

use domain::table::Page;
use serde::Serialize;
use utoipa::ToSchema;

use crate::request::cursor::{self, Scope};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// `page` of the list that `scope` describes.
    pub fn of<Found: Into<T>, Place: Display>(page: Page<Found, Place>, scope: &Scope) -> Self {
        Self {
            items: page.items.into_iter().map(Into::into).collect(),
            next_cursor: page.next.map(|place| cursor::write(scope, place)),
        }
    }
}
