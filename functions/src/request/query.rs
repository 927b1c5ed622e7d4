//! Reads the parameters of a query one by one, and collects all that is wrong with them before it
//! complains.

use std::{fmt::Display, str::FromStr};

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, ObjectBuilder, Required, SchemaFormat,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
    },
};

use crate::{
    problem::{FieldError, Problem},
    request::cursor::{self, Scope},
};

/// How many items a page has by default.
const USUAL_LIMIT: u8 = 20;
/// The least that can be asked for.
const MIN_LIMIT: u8 = 1;
/// The most that can be asked for.
const MAX_LIMIT: u8 = 100;

/// The parameters of a query.
///
/// Each is taken by its name; [`Self::end`] then refuses what was wrong or left over, all at once.
#[derive(Debug)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

/// Which part of a list is asked for: `?limit=&cursor=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest<Place> {
    /// How many items a page has at most, 1 to 100.
    pub limit: u8,
    /// Where to go on.
    pub after: Option<Place>,
}

impl<Place> IntoParams for PageRequest<Place> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let limit = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(MIN_LIMIT))
            .maximum(Some(MAX_LIMIT));
        let cursor = ObjectBuilder::new().schema_type(Type::String).max_length(Some(cursor::MAX_LENGTH));
        let described = |name: &str, description: &str, schema: ObjectBuilder| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(description))
                .schema(Some(schema))
                .build()
        };
        vec![
            described("limit", "How many items a page has at most.", limit),
            described(
                "cursor",
                "The `nextCursor` of the page before; good for this list with the same filters only.",
                cursor,
            ),
        ]
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::Malformed { detail: rejection.body_text() })?;
        Ok(Self { pairs, errors: Vec::new() })
    }
}

impl Parameters {
    /// Takes the parameter `name`, if it is there, as what `parse` makes of it.
    pub fn optional<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let (named, others) = self.pairs.drain(..).partition(|(other, _)| other == name);
        self.pairs = others;
        let named: Vec<(String, String)> = named;
        let error = match named.as_slice() {
            [] => return None,
            [(_, value)] => match parse(value) {
                Ok(value) => return Some(value),
                Err(error) => error.to_string(),
            },
            // Which one was meant is nothing to guess.
            [_, _, ..] => "stands in the query more than once".into(),
        };
        self.errors.push(FieldError::parameter(name, error));
        None
    }

    /// Takes `limit`, which is 20 by default, and `cursor`, a place in the list of `scope`.
    pub fn page<Place: FromStr>(&mut self, scope: &Scope) -> PageRequest<Place> {
        self.page_of(USUAL_LIMIT, scope)
    }

    /// The same with a `limit` that is `usual` by default.
    pub fn page_of<Place: FromStr>(&mut self, usual: u8, scope: &Scope) -> PageRequest<Place> {
        let limit = self.optional("limit", |text| match text.parse() {
            Ok(limit @ MIN_LIMIT..=MAX_LIMIT) => Ok(limit),
            Ok(_) | Err(_) => Err(format!("must be a whole number from {MIN_LIMIT} to {MAX_LIMIT}")),
        });
        let after = self.optional("cursor", |text| cursor::read(scope, text));
        PageRequest { limit: limit.unwrap_or(usual), after }
    }

    /// Refuses the query when a parameter was wrong, or is left over.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with every such parameter.
    pub fn end(mut self) -> Result<(), Problem> {
        let unknown =
            self.pairs.iter().map(|(name, _)| FieldError::parameter(name, "is not a parameter of this list"));
        self.errors.extend(unknown);
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.errors)) }
    }
}

#[cfg(test)]
mod tests {
    use domain::auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
    };

    use super::*;

    fn scope() -> Scope {
        Scope::of("list", &Principal { name: PrincipalName::parse("ada").unwrap(), role: Role::Owner })
    }

    fn page(pairs: &[(&str, &str)]) -> Result<PageRequest<u8>, Problem> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let mut parameters = Parameters { pairs, errors: Vec::new() };
        let page = parameters.page(&scope());
        parameters.end().map(|()| page)
    }

    #[test]
    fn a_page_has_twenty_items_unless_said() {
        assert_eq!(page(&[]), Ok(PageRequest { limit: 20, after: None }));
        assert_eq!(page(&[("limit", "100")]).unwrap().limit, 100);
    }

    #[test]
    fn all_that_is_wrong_is_named_at_once() {
        let Err(Problem::Invalid(errors)) =
            page(&[("limit", "0"), ("cursor", "?"), ("colour", "red"), ("Limit", "1")])
        else {
            panic!("taken")
        };
        let named: Vec<_> = errors.iter().filter_map(|error| error.parameter.as_deref()).collect();
        assert_eq!(named, ["limit", "cursor", "colour", "Limit"]);
    }

    #[test]
    fn a_limit_is_a_whole_number_in_its_range_that_stands_there_once() {
        for wrong in ["0", "101", "256", "-1", "1.0", "1e1", "", " 1", "x"] {
            assert!(page(&[("limit", wrong)]).is_err(), "{wrong:?}");
        }
        assert!(page(&[("limit", "1"), ("limit", "1")]).is_err());
    }
}
