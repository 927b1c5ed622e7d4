//! The languages of the pages, and which of them a visitor would rather read.

use http::{HeaderMap, header::ACCEPT_LANGUAGE};

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray)]
pub(super) enum Language {
    /// English, for all who ask for neither.
    English,
    /// German.
    German,
}

impl Language {
    /// Its tag, by RFC 5646.
    #[must_use]
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The one that the header `Accept-Language` likes best (RFC 9110, section 12.5.4); of several that it likes
    /// equally, the first. What is not well formed counts for nothing.
    #[must_use]
    pub(super) fn preferred(headers: &HeaderMap) -> Self {
        let values = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
        let mut best = (Self::English, 0.0);
        for (language, weight) in values.flat_map(|value| value.split(',')).filter_map(weighted) {
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }
}

/// A range of languages that has one of the pages' own, with its weight.
fn weighted(range: &str) -> Option<(Language, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let primary = parts.next()?.split('-').next()?.to_ascii_lowercase();
    let language = match primary.as_str() {
        "de" => Language::German,
        "en" | "*" => Language::English,
        _ => return None,
    };
    let weight = match parts.next() {
        None => 1.0,
        Some(weight) => {
            let (name, value) = weight.split_once('=')?;
            let value: f32 = value.trim().parse().ok()?;
            (name.trim().eq_ignore_ascii_case("q") && (0.0..=1.0).contains(&value)).then_some(value)?
        }
    };
    Some((language, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferred(values: &[&str]) -> Language {
        let headers = values.iter().map(|value| (ACCEPT_LANGUAGE, value.parse().unwrap()));
        Language::preferred(&headers.collect())
    }

    #[test]
    fn the_language_that_is_liked_best_is_taken() {
        for value in [
            "de",
            "de-AT",
            "DE-de;q=0.1",
            "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7",
            "fr, en;q=0.5, de;q=0.9",
            "en;q=0, de;q=0.1",
            "de, en",
            "*;q=0.1, de;q=0.2",
        ] {
            assert_eq!(preferred(&[value]), Language::German, "{value}");
        }
        for value in
            ["en", "en-GB, de", "fr", "*", "de;q=0", "de;q=0.4, *;q=0.5", "den", "", "de-AT;q=0.5, en"]
        {
            assert_eq!(preferred(&[value]), Language::English, "{value}");
        }
        assert_eq!(preferred(&[]), Language::English);
        assert_eq!(preferred(&["en;q=0.5", "de"]), Language::German, "it may come in several lines");
    }

    #[test]
    fn a_weight_that_is_none_counts_for_nothing() {
        for weight in ["q=NaN", "q=2", "q=-1", "q=inf", "q=", "q", "x=1", "q=1=1"] {
            assert_eq!(preferred(&[&format!("de;{weight}")]), Language::English, "{weight}");
        }
    }
}
