//! Entity tags, and the conditions that callers put on them (RFC 9110, sections 8.8.3 and 13.1).
//!
//! The crate `headers` is not used for them: it splits a list without looking into it, so that a condition that can't
//! be read matches nothing, where it must be refused.

use std::fmt;

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, header, request::Parts},
};
use domain::{
    store::{
        Store,
        version::{ExpectedVersion, StoreVersion},
    },
    values::digest::Digest,
    webhook::endpoint::Endpoint,
};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
    },
};

use crate::problem::Problem;

/// Which version of a resource an answer shows.
///
/// Of a store it is made of the incarnation and its version, so a store that took over the name of a deleted one never
/// has a tag of its predecessor. It is a strong one: the same version always has the same representation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Etag {
    opaque: String,
}

impl Etag {
    /// The tag of `store` as it is.
    #[must_use]
    pub fn of(store: &Store) -> Self {
        Self::of_version(store.present_version())
    }

    /// The tag of `endpoint` as it is: a version of its id, as it is one of a store's incarnation.
    #[must_use]
    pub fn of_webhook(endpoint: &Endpoint) -> Self {
        Self::of_version(StoreVersion { uid: endpoint.id.into(), version: endpoint.version })
    }

    /// The tag of an answer that is nothing but these bytes: their digest.
    #[must_use]
    pub fn of_content(bytes: &[u8]) -> Self {
        Self { opaque: Digest::of(bytes).to_string() }
    }

    fn of_version(StoreVersion { uid, version }: StoreVersion) -> Self {
        Self { opaque: format!("{}.{version}", uid.simple()) }
    }

    /// The version of a store that has this tag, in the one form that it is written in.
    fn version(opaque: &str) -> Option<StoreVersion> {
        let (uid, version) = opaque.split_once('.')?;
        let version = StoreVersion { uid: uid.parse().ok()?, version: version.parse().ok()? };
        (Self::of_version(version).opaque == opaque).then_some(version)
    }

    /// As the value of a header.
    #[must_use]
    pub fn header(&self) -> (HeaderName, String) {
        (header::ETAG, self.to_string())
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.opaque)
    }
}

/// The header `If-Match`: whether a change is still wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfMatch(Option<Tags>);

impl IfMatch {
    /// The versions of a store in which it may be changed. The comparison is the strong one: a tag that was weakened
    /// on its way (`W/"…"`) matches nothing, as one does that is no store's.
    #[must_use]
    pub fn expected(&self) -> ExpectedVersion {
        match &self.0 {
            None | Some(Tags::Any) => ExpectedVersion::Any,
            Some(Tags::Listed(tags)) => {
                let strong = tags.iter().filter(|tag| !tag.weak);
                ExpectedVersion::OneOf(strong.filter_map(|tag| Etag::version(&tag.opaque)).collect())
            }
        }
    }
}

/// The header `If-None-Match`: whether an answer would be news.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfNoneMatch(Option<Tags>);

impl IfNoneMatch {
    /// Whether the caller has this very version already. The comparison is the weak one.
    #[must_use]
    pub fn knows(&self, etag: &Etag) -> bool {
        self.0.as_ref().is_some_and(|tags| match tags {
            Tags::Any => true,
            Tags::Listed(tags) => tags.iter().any(|tag| tag.opaque == etag.opaque),
        })
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![described(&header::IF_MATCH, "Only if the resource still has one of these entity tags.")]
    }
}

impl IntoParams for IfNoneMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![described(&header::IF_NONE_MATCH, "Only if the resource has none of these entity tags.")]
    }
}

fn described(name: &HeaderName, description: &str) -> Parameter {
    let tags = r#"^(\*|(W/)?"[!#-~]*"(, (W/)?"[!#-~]*")*)$"#;
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(tags)).examples(["*"]);
    ParameterBuilder::new()
        .name(name.as_str())
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Tags::from_headers(parts, &header::IF_MATCH).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Tags::from_headers(parts, &header::IF_NONE_MATCH).map(Self)
    }
}

/// What both headers hold: `*`, or a list of tags.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    Any,
    Listed(Vec<ListedTag>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ListedTag {
    weak: bool,
    opaque: String,
}

impl Tags {
    /// A condition that can't be read is refused: to act as if it were not there could change what
    /// its sender wanted left alone.
    fn from_headers(parts: &Parts, name: &HeaderName) -> Result<Option<Self>, Problem> {
        let values: Vec<_> = parts.headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        if values.is_empty() {
            return Ok(None);
        }
        // Several fields of one name are one list (RFC 9110, section 5.3).
        match Self::parse(&values.join(&b", "[..])) {
            Some(tags) => Ok(Some(tags)),
            None => Err(Problem::Malformed {
                detail: format!(
                    "The header {name} is neither `*` nor a list of entity tags like `\"a\", \"b\"`."
                ),
            }),
        }
    }

    fn parse(value: &[u8]) -> Option<Self> {
        let mut rest = value.trim_ascii();
        if rest == b"*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        while !rest.is_empty() {
            // A list may have empty elements (RFC 9110, section 5.6.1.2).
            if rest[0] != b',' {
                let (tag, after) = ListedTag::parse(rest)?;
                tags.push(tag);
                rest = after.trim_ascii_start();
            }
            rest = match rest.split_first() {
                Some((b',', after)) => after.trim_ascii_start(),
                Some(_) => return None,
                None => rest,
            };
        }
        (!tags.is_empty()).then_some(Self::Listed(tags))
    }
}

impl ListedTag {
    /// The tag that `text` begins with, and what follows it.
    fn parse(text: &[u8]) -> Option<(Self, &[u8])> {
        let (weak, quoted) = text.strip_prefix(b"W/").map_or((false, text), |quoted| (true, quoted));
        let inner = quoted.strip_prefix(b"\"")?;
        let end = inner.iter().position(|byte| *byte == b'"')?;
        let (opaque, after) = (&inner[..end], &inner[end + 1..]);
        let valid = opaque.iter().all(|byte| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..));
        // No tag of ours has other than ASCII characters, so what is lost here could not match anyway.
        valid.then(|| (Self { weak, opaque: String::from_utf8_lossy(opaque).into_owned() }, after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(opaque: &str) -> Etag {
        Etag { opaque: opaque.into() }
    }

    fn tags(value: &str) -> Option<Tags> {
        Tags::parse(value.as_bytes())
    }

    const UID: &str = "0198f2a000007000800000000000000a";

    fn version(version: u64) -> StoreVersion {
        StoreVersion { uid: UID.parse().unwrap(), version }
    }

    #[test]
    fn a_list_matches_when_one_of_its_tags_does() {
        let condition = tags(&format!(r#" ,"{UID}.7" ,, "b,c",W/"{UID}.8","{UID}.9" "#));
        let (if_match, if_none_match) = (IfMatch(condition.clone()), IfNoneMatch(condition));
        assert_eq!(if_match.expected(), ExpectedVersion::OneOf(vec![version(7), version(9)]));
        for opaque in [&Etag::of_version(version(7)).opaque, &Etag::of_version(version(8)).opaque, "b,c"] {
            assert!(if_none_match.knows(&tag(opaque)), "{opaque}");
        }
        assert!(!if_none_match.knows(&tag("e")));
    }

    #[test]
    fn a_weak_tag_is_good_enough_to_know_a_version_and_not_to_change_it() {
        let condition = tags(&format!(r#"W/"{UID}.7""#));
        assert_eq!(IfMatch(condition.clone()).expected(), ExpectedVersion::OneOf(Vec::new()));
        assert!(IfNoneMatch(condition).knows(&Etag::of_version(version(7))));
    }

    #[test]
    fn a_star_is_every_version_and_no_header_no_condition() {
        assert_eq!(IfMatch(tags("*")).expected(), ExpectedVersion::Any);
        assert!(IfNoneMatch(tags("*")).knows(&tag("a")));
        assert_eq!(IfMatch(None).expected(), ExpectedVersion::Any);
        assert!(!IfNoneMatch(None).knows(&tag("a")));
    }

    #[test]
    fn what_is_no_stores_tag_in_the_one_form_is_no_version() {
        let hyphenated = UID.parse::<uuid::Uuid>().unwrap().to_string();
        for opaque in [
            String::new(),
            "a".into(),
            UID.into(),
            format!("{UID}."),
            format!("{UID}.07"),
            format!("{UID}.+7"),
            format!("{UID}.7.7"),
            format!("{hyphenated}.7"),
            format!("{}.7", UID.to_uppercase()),
        ] {
            assert_eq!(Etag::version(&opaque), None, "{opaque}");
        }
        assert_eq!(Etag::version(&format!("{UID}.7")), Some(version(7)));
    }

    #[test]
    fn what_is_no_list_of_tags_is_refused() {
        for value in [
            "",
            ",",
            "a",
            "\"a",
            "a\"",
            "\"a\" \"b\"",
            "w/\"a\"",
            "*, \"a\"",
            "\"a\", *",
            "\"a b\"",
            "\"\x7f\"",
        ] {
            assert_eq!(tags(value), None, "{value:?}");
        }
        assert!(tags("\"\"").is_some() && tags("\"ä\"").is_some());
    }
}
