//! The answers, made once: a page in a language, with its headers. What is sent is only copied.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{
    HeaderMap, HeaderValue, Response,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
        REFERRER_POLICY, REFRESH, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};
use http_body_util::Full;
use hyper::body::Bytes;
use sha2::{Digest as _, Sha256};
use strum::VariantArray as _;

use super::{
    language::Language,
    page::{Again, Page},
    texts::text,
};

/// The one style of all pages.
const STYLE: &str = include_str!("page.css");
/// An awning above a door.
const PICTURE: &str = "<svg viewBox=\"0 0 48 48\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.5\" \
    stroke-linejoin=\"round\" aria-hidden=\"true\"><path d=\"M8 6h32l5 12a5 5 0 0 1-10.5 0 5.25 5 0 0 1-10.5 0 \
    5.25 5 0 0 1-10.5 0A5.25 5 0 0 1 3 18zM8 24v18h32V24M20 42V31h8v11\"/></svg>";
/// What search engines are told.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// All answers there are.
#[derive(Debug)]
pub(super) struct Answers(Vec<(HeaderMap, Bytes)>);

impl Answers {
    /// Makes them.
    ///
    /// # Errors
    /// None in practice: the texts are fit for headers.
    pub(super) fn new() -> Result<Self, http::header::InvalidHeaderValue> {
        let policy = HeaderValue::try_from(policy())?;
        let all = Page::VARIANTS.iter().flat_map(|&page| {
            let policy = policy.clone();
            Language::VARIANTS.iter().map(move |&language| {
                (headers(page, language, policy.clone()), Bytes::from(body(page, language)))
            })
        });
        Ok(Self(all.collect()))
    }

    /// The answer with `page` in `language`.
    pub(super) fn get(&self, page: Page, language: Language) -> Response<Full<Bytes>> {
        let place = page as usize * Language::VARIANTS.len() + language as usize;
        let (headers, body) = &self.0[place];
        let mut answer = Response::new(Full::new(body.clone()));
        *answer.status_mut() = page.status();
        *answer.headers_mut() = headers.clone();
        answer
    }
}

/// Nothing but the page's own style: no script, nothing loaded, nothing sent, in nobody's frame.
fn policy() -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

fn headers(page: Page, language: Language, policy: HeaderValue) -> HeaderMap {
    let fixed = HeaderValue::from_static;
    let mut headers = HeaderMap::from_iter([
        (CACHE_CONTROL, fixed("no-store")),
        (CONTENT_LANGUAGE, fixed(language.tag())),
        (CONTENT_SECURITY_POLICY, policy),
        (CONTENT_TYPE, fixed("text/html; charset=utf-8")),
        (REFERRER_POLICY, fixed("no-referrer")),
        (ROBOTS, fixed("noindex")),
        (VARY, fixed("accept-language")),
        (X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
    ]);
    match page.again() {
        Again::ByItself(seconds) => {
            headers.insert(RETRY_AFTER, seconds.into());
            // The same page again, of whatever address it has: HTML, "The `Refresh` header".
            headers.insert(REFRESH, seconds.into());
        }
        Again::Later(seconds) => {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        Again::Never => {}
    }
    if page == Page::MethodNotAllowed {
        headers.insert(ALLOW, fixed("GET, HEAD"));
    }
    headers
}

fn body(page: Page, language: Language) -> String {
    let (title, sentence) = text(page, language);
    let busy = if matches!(page.again(), Again::ByItself(_)) { " class=\"busy\"" } else { "" };
    // The empty picture keeps browsers from asking for /favicon.ico.
    format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n<body>\n<main{busy}>\n{PICTURE}\n\
         <h1>{title}</h1>\n<p>{sentence}</p>\n</main>\n</body>\n</html>\n",
        tag = language.tag()
    )
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    /// Of each answer: its page and language, its headers, its text.
    fn all() -> Vec<(Page, Language, HeaderMap, String)> {
        let answers = Answers::new().unwrap();
        let mut all = Vec::new();
        for &page in Page::VARIANTS {
            for &language in Language::VARIANTS {
                let (head, body) = answers.get(page, language).into_parts();
                assert_eq!(head.status, page.status());
                let body = futures_util::FutureExt::now_or_never(body.collect()).unwrap().unwrap();
                let text = String::from_utf8(body.to_bytes().to_vec()).unwrap();
                all.push((page, language, head.headers, text));
            }
        }
        assert_eq!(all.len(), Page::VARIANTS.len() * Language::VARIANTS.len());
        all
    }

    #[test]
    fn each_answer_is_its_page_in_its_language() {
        for (page, language, headers, body) in all() {
            let (title, sentence) = text(page, language);
            assert!(body.contains(&format!("<h1>{title}</h1>")) && body.contains(sentence), "{body}");
            assert!(body.contains(&format!("<html lang=\"{}\">", language.tag())));
            assert_eq!(headers[CONTENT_LANGUAGE], language.tag());
        }
    }

    #[test]
    fn no_answer_is_kept_indexed_or_does_anything() {
        for (page, _, headers, text) in all() {
            assert_eq!(headers[CACHE_CONTROL], "no-store", "{page}");
            assert_eq!(headers[ROBOTS], "noindex", "{page}");
            assert!(headers[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none';"));
            for never in ["<script", "http:", "https:", "<a ", "<form", "style=", "@import", "url(", "onload"]
            {
                assert!(!text.contains(never), "{page}: {never}");
            }
            assert!(text.len() < 4096, "{page}: {} bytes", text.len());
        }
    }

    #[test]
    fn the_policy_lets_exactly_the_style_through() {
        for (_, _, headers, text) in all() {
            let style = text.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
            let hash = format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(style)));
            let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.contains(&format!("style-src {hash};")), "{policy}");
            assert_eq!(text.matches("<style>").count(), 1);
        }
    }

    #[test]
    fn what_passes_is_asked_for_again_and_the_rest_is_not() {
        for (page, _, headers, _) in all() {
            let named = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap());
            let expected = match page.again() {
                Again::ByItself(_) => (Some("5"), Some("5")),
                Again::Later(_) => (Some("600"), None),
                Again::Never => (None, None),
            };
            assert_eq!((named(RETRY_AFTER), named(REFRESH)), expected, "{page}");
        }
    }
}
