//! What a request is about: path and query, as the gateway hands them over.

use std::fmt::Write as _;

use axum::http::{Uri, uri::PathAndQuery};

/// A path, by its segments, and a query.
///
/// Gateways differ in whether they decode a path: API Gateway has done so, `cargo lambda watch` has
/// not. So a path is only ever split at its slashes. Each segment means the very characters that it
/// has, and is encoded whole for the router, whose decoding gives the same characters back. A segment
/// with `#`, `?`, `%`, `\` or a control character, `.` or `..`, thus is a text like any other, and no
/// id has any of these.
#[derive(Debug)]
pub(super) struct Target<'a> {
    path: &'a str,
    query: &'a str,
}

/// Why there is no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TargetError {
    /// It does not begin with a slash.
    #[error("the path does not begin with a slash")]
    NoPath,
    /// It has more than 64 KiB, once it is encoded.
    #[error("the path and the query are too long")]
    TooLong,
}

impl<'a> Target<'a> {
    /// The target of `path` and `query`, which is encoded as the caller sent it.
    pub(super) fn parse(path: &'a str, query: &'a str) -> Result<Self, TargetError> {
        if path.starts_with('/') { Ok(Self { path, query }) } else { Err(TargetError::NoPath) }
    }

    /// Whether `text` is a segment of the path.
    pub(super) fn has_segment(&self, text: &str) -> bool {
        self.path.split('/').any(|segment| segment == text)
    }

    /// The target as the router reads it.
    pub(super) fn into_uri(self) -> Result<Uri, TargetError> {
        let segments: Vec<_> = self.path.split('/').map(|segment| encode(segment, "")).collect();
        let mut target = segments.join("/");
        if !self.query.is_empty() {
            target.push('?');
            // What has a meaning in a query keeps it: `%` above all, since it was not decoded.
            target.push_str(&encode(self.query, "%&=+!$'()*,;:@/?"));
        }
        // All characters are such as a URI has, so it is the length.
        PathAndQuery::try_from(target).map(Uri::from).map_err(|_| TargetError::TooLong)
    }
}

/// Percent-encodes all bytes of `text` but those that never need it (RFC 3986, section 2.3) and `kept`.
fn encode(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uri(path: &str, query: &str) -> Result<Uri, TargetError> {
        Target::parse(path, query)?.into_uri()
    }

    #[test]
    fn a_segment_is_no_more_than_the_characters_that_it_has() {
        for (path, encoded) in [
            ("/v1/stores/a-shop", "/v1/stores/a-shop"),
            ("/v1/stores/a-shop#x", "/v1/stores/a-shop%23x"),
            ("/v1/stores/a-shop?x", "/v1/stores/a-shop%3Fx"),
            ("/v1/stores/a\\b", "/v1/stores/a%5Cb"),
            ("/v1/stores/a%2fb", "/v1/stores/a%252fb"),
            ("/v1/stores/%61", "/v1/stores/%2561"),
            ("/v1/stores/x/../a", "/v1/stores/x/../a"),
            ("/v1/stores/./a", "/v1/stores/./a"),
            ("//v1//stores/", "//v1//stores/"),
            ("/a\0\t\r\n b", "/a%00%09%0D%0A%20b"),
            ("/ä", "/%C3%A4"),
            ("/", "/"),
        ] {
            assert_eq!(uri(path, "").unwrap().to_string(), encoded, "{path:?}");
        }
    }

    #[test]
    fn a_query_keeps_what_it_says() {
        for (query, encoded) in [
            ("limit=1&cursor=a%2Bb", "limit=1&cursor=a%2Bb"),
            ("x=\"y\"", "x=%22y%22"),
            ("<b>", "%3Cb%3E"),
            ("a#b", "a%23b"),
            ("a=b c+d", "a=b%20c+d"),
            ("a={}|\\^`[]", "a=%7B%7D%7C%5C%5E%60%5B%5D"),
            ("ä=\0", "%C3%A4=%00"),
            ("%", "%"),
        ] {
            assert_eq!(uri("/", query).unwrap().query(), Some(encoded), "{query:?}");
        }
    }

    #[test]
    fn what_is_no_path_or_too_long_is_distinguished() {
        for path in ["", "v1/stores", "*", "http://example.com/v1/stores", "#/", "?/"] {
            assert_eq!(uri(path, ""), Err(TargetError::NoPath), "{path:?}");
        }
        assert_eq!(uri("/", &"a".repeat(70_000)), Err(TargetError::TooLong));
    }

    proptest! {
        #[test]
        fn any_path_and_query_is_a_target(path in "/\\PC{0,40}", query in any::<String>()) {
            let uri = uri(&path, &query).unwrap();
            prop_assert_eq!(uri.path().split('/').count(), path.split('/').count());
            prop_assert_eq!(uri.query().is_some(), !query.is_empty());
        }
    }
}
