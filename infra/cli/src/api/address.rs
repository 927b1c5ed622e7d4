//! Where the API is, and where its resources are under that.

use std::fmt;

use reqwest::Url;

/// The address of the API: what all its paths begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiUrl(Url);

/// The text is no address that the API could have. It is not repeated here: a password may be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiUrlError {
    #[error("has a blank, a line break, a backslash or a control character in it")]
    Character,
    #[error("is not a URL that begins with http:// or https:// and names a host")]
    Form,
    #[error("has a user or a password in it; the API is called with a token")]
    User,
    #[error("has a query (?) or a fragment (#) in it")]
    Query,
}

impl ApiUrl {
    /// Takes a URL with a host, and a path where the API is not at the root of that host.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiUrlError> {
        // The parser would drop some of these without a word, and take a backslash for a slash.
        if text.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '\\') {
            return Err(ApiUrlError::Character);
        }
        let url = Url::parse(text).map_err(|_| ApiUrlError::Form)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(ApiUrlError::Form);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ApiUrlError::User);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ApiUrlError::Query);
        }
        Ok(Self(url))
    }

    /// Whether it is on this very machine.
    pub(crate) fn is_local(&self) -> bool {
        matches!(self.0.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
    }

    /// The address of a resource. Each segment is encoded, so that none can become another path, a query or a
    /// fragment.
    pub(crate) fn of(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        // A URL with a host has a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_put_under_the_address_whatever_it_ends_with() {
        for (base, whole) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000/v1/stores"),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/v1/stores"),
            ("https://example.com/shops", "https://example.com/shops/v1/stores"),
            ("https://example.com/shops/", "https://example.com/shops/v1/stores"),
            ("http://[::1]:9000", "http://[::1]:9000/v1/stores"),
        ] {
            let url = ApiUrl::parse(base).unwrap();
            assert_eq!(url.of(&["v1", "stores"]).as_str(), whole);
            assert_eq!(url.to_string(), base.trim_end_matches('/'));
        }
    }

    #[test]
    fn a_segment_stays_one_segment() {
        let url = ApiUrl::parse("http://127.0.0.1:9000").unwrap();
        assert_eq!(
            url.of(&["v1", "a/b?c#d%2f e"]).as_str(),
            "http://127.0.0.1:9000/v1/a%2Fb%3Fc%23d%252f%20e"
        );
    }

    #[test]
    fn what_is_no_address_of_an_api_is_refused_with_the_reason() {
        for (text, error) in [
            ("", ApiUrlError::Form),
            ("127.0.0.1:9000", ApiUrlError::Form),
            ("localhost:9000", ApiUrlError::Form),
            ("http://", ApiUrlError::Form),
            ("ftp://example.com", ApiUrlError::Form),
            ("file:///etc/passwd", ApiUrlError::Form),
            ("http://example.com:port", ApiUrlError::Form),
            (" http://example.com", ApiUrlError::Character),
            ("http://example.com\n", ApiUrlError::Character),
            ("http://exam\tple.com", ApiUrlError::Character),
            ("http:\\\\example.com", ApiUrlError::Character),
            ("http://me:secret@example.com", ApiUrlError::User),
            ("http://me@example.com", ApiUrlError::User),
            ("http://example.com?stage=1", ApiUrlError::Query),
            ("http://example.com/#v1", ApiUrlError::Query),
        ] {
            assert_eq!(ApiUrl::parse(text), Err(error), "{text:?}");
        }
    }
}
