//! The query parameters of a list.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use domain::table::Cursor;

use crate::problem::{FieldError, Problem};

/// How much of a list is asked for: `?limit=&cursor=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// How many items at most, 1–100; 20 unless said.
    pub limit: u8,
    /// Where to go on.
    pub cursor: Option<Cursor>,
}

impl<S: Send + Sync> FromRequestParts<S> for ListQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::Malformed { detail: rejection.body_text() })?;
        Self::parse(pairs)
    }
}

impl ListQuery {
    fn parse(pairs: Vec<(String, String)>) -> Result<Self, Problem> {
        let mut query = Self { limit: 20, cursor: None };
        let mut errors = Vec::new();
        for (name, value) in pairs {
            match name.as_str() {
                "limit" => match value.parse() {
                    Ok(limit @ 1..=100) => query.limit = limit,
                    Ok(_) | Err(_) => {
                        errors.push(FieldError::parameter("limit", "must be a number from 1 to 100"));
                    }
                },
                "cursor" => match value.parse() {
                    Ok(cursor) => query.cursor = Some(cursor),
                    Err(error) => errors.push(FieldError::parameter("cursor", error)),
                },
                unknown => errors.push(FieldError::parameter(unknown, "is not a parameter of this list")),
            }
        }
        if errors.is_empty() { Ok(query) } else { Err(Problem::Invalid(errors)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<ListQuery, Problem> {
        ListQuery::parse(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn a_list_has_twenty_items_unless_said() {
        assert_eq!(parse(&[]), Ok(ListQuery { limit: 20, cursor: None }));
        assert_eq!(parse(&[("limit", "100")]).unwrap().limit, 100);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, value) in
            [("limit", "0"), ("limit", "101"), ("limit", "x"), ("cursor", "?"), ("colour", "red")]
        {
            let Err(Problem::Invalid(errors)) = parse(&[(name, value)]) else {
                panic!("{name}={value} was taken")
            };
            assert_eq!(errors[0].parameter.as_deref(), Some(name));
        }
    }
}
