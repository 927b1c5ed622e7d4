//! An answer that its caller may keep, and ask whether it still holds: with the digest of its bytes as the entity tag.
//!
//! A list has no version of its own, so it is read all the same. What is saved is the way back, which is most of what a
//! page costs that is read every few seconds.

use std::marker::PhantomData;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{
    problem::Problem,
    request::preconditions::{Etag, IfNoneMatch},
};

/// It is its caller's own business, and may change at any time.
pub(crate) const REVALIDATE: &str = "private, no-cache";

/// An answer of this type, or 304 where the caller has it.
#[derive(Debug)]
pub struct Revalidated<T> {
    etag: Etag,
    /// None where the caller has it.
    body: Option<Vec<u8>>,
    of: PhantomData<T>,
}

impl<T: Serialize> Revalidated<T> {
    /// `answer`, unless that is what the caller `known`s.
    ///
    /// # Errors
    /// [`Problem`] where it can't be written.
    pub fn new(answer: &T, known: &IfNoneMatch) -> Result<Self, Problem> {
        let body = serde_json::to_vec(answer).map_err(|error| {
            tracing::error!(%error, "an answer can't be written");
            Problem::Internal
        })?;
        let etag = Etag::of_content(&body);
        let body = (!known.knows(&etag)).then_some(body);
        Ok(Self { etag, body, of: PhantomData })
    }
}

impl<T> IntoResponse for Revalidated<T> {
    fn into_response(self) -> Response {
        let headers = [self.etag.header(), (header::CACHE_CONTROL, REVALIDATE.into())];
        match self.body {
            None => (StatusCode::NOT_MODIFIED, headers).into_response(),
            Some(body) => (headers, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        }
    }
}
