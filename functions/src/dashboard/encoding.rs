//! In which form a browser takes a file: `Accept-Encoding` (RFC 9110, section 12.5.3).

use axum::http::{HeaderMap, HeaderValue, header};

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// None.
    Plain,
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932).
    Brotli,
}

impl Encoding {
    /// The smallest one that a request with these headers takes. Files are compressed once, at their build, so the
    /// caller's own order of preference, which is about the work that it takes, does not matter.
    pub(super) fn preferred(headers: &HeaderMap) -> Self {
        let takes = |coding: &str| {
            let fields =
                headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
            let named = fields.flat_map(|field| field.split(',')).map(element);
            let mut named = named.filter(|(name, _)| name.eq_ignore_ascii_case(coding));
            named.next().is_some_and(|(_, taken)| taken)
        };
        [("br", Self::Brotli), ("gzip", Self::Gzip)]
            .into_iter()
            .find(|(name, _)| takes(name))
            .map_or(Self::Plain, |(_, encoding)| encoding)
    }

    /// As `Content-Encoding` names it.
    pub(super) fn header(self) -> Option<HeaderValue> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Brotli => Some(HeaderValue::from_static("br")),
        }
    }
}

/// The coding that an element of the list names, and whether it is taken: a weight of zero refuses it.
fn element(text: &str) -> (&str, bool) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    (name, weight.and_then(|weight| weight.trim().parse::<f32>().ok()).is_none_or(|weight| weight > 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_form_that_is_taken_is_sent() {
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("GZIP", Encoding::Gzip),
            ("br;q=0, gzip;q=0.5", Encoding::Gzip),
            ("br ; q=0.000", Encoding::Plain),
            ("identity", Encoding::Plain),
            ("brotli", Encoding::Plain),
            ("", Encoding::Plain),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, accepted.parse().unwrap())]);
            assert_eq!(Encoding::preferred(&headers), expected, "{accepted}");
        }
        assert_eq!(Encoding::preferred(&HeaderMap::new()), Encoding::Plain);
    }
}
