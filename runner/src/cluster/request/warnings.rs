//! What the API server warns of. It takes an object all the same, so the warning is all that a Deployment
//! whose pods will never be let in is met with. It comes in a header, which the client does not show.

use std::cell::RefCell;

use http::{HeaderMap, header::WARNING};

tokio::task_local! {
    /// The warnings of the answer to the request that this task waits for.
    static COLLECTED: RefCell<Vec<String>>;
}

/// Waits for `request`, and returns with its outcome what the API server's answer warns of.
pub(super) async fn collecting_warnings<F: Future>(request: F) -> (F::Output, Vec<String>) {
    COLLECTED
        .scope(RefCell::default(), async {
            let outcome = request.await;
            (outcome, COLLECTED.with(RefCell::take))
        })
        .await
}

/// Notes the warnings in an answer's headers for whoever waits for it in [`collecting_warnings`]; the log has them where
/// nobody does.
pub(in crate::cluster) fn note(headers: &HeaderMap) {
    for value in headers.get_all(WARNING) {
        for warning in texts(&String::from_utf8_lossy(value.as_bytes())) {
            if COLLECTED
                .try_with(|collecting_warnings| collecting_warnings.borrow_mut().push(warning.clone()))
                .is_err()
            {
                tracing::warn!(warning, "the API server warns");
            }
        }
    }
}

/// The texts of a header such as `299 - "it is \"deprecated\""`, which may hold several.
///
/// <https://www.rfc-editor.org/rfc/rfc7234#section-5.5>
fn texts(header: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut characters = header.chars();
    while characters.any(|character| character == '"') {
        let mut text = String::new();
        while let Some(character) = characters.next().filter(|character| *character != '"') {
            text.extend(if character == '\\' { characters.next() } else { Some(character) });
        }
        texts.push(text);
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_read_without_its_code_and_its_quotes() {
        assert_eq!(texts(r#"299 - "would violate PodSecurity""#), ["would violate PodSecurity"]);
        assert_eq!(texts(r#"299 - "one \"x\" \\", 299 - "two""#), [r#"one "x" \"#, "two"]);
        assert_eq!(texts("299 -"), [""; 0]);
    }

    #[tokio::test]
    async fn each_request_hears_its_own_warnings() {
        let headers = |text: &str| HeaderMap::from_iter([(WARNING, text.parse().unwrap())]);
        let (one, two) = tokio::join!(
            collecting_warnings(async { note(&headers(r#"299 - "one""#)) }),
            collecting_warnings(async {
                tokio::task::yield_now().await;
                note(&headers(r#"299 - "two""#));
                note(&headers(r#"299 - "three""#));
            }),
        );
        assert_eq!((one.1, two.1), (vec!["one".into()], vec!["two".into(), "three".to_owned()]));
        note(&headers(r#"299 - "nobody listens""#));
    }
}
