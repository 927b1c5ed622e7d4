//! Texts that others have written, such as a cluster's messages, on their way into the table: each is kept
//! up to a length. An item of the table holds 400 KB and a transaction 4 MB, and nobody limits what is
//! written elsewhere.

use serde::Serializer;

/// How long a sentence that is kept may be, in bytes. It is written again with its record, copied into the
/// indexes, and read with each list.
pub const SENTENCE: usize = 2_000;
/// The same of a name, a reason in a word, or an amount.
pub const WORD: usize = 256;

/// What stands where something was left out.
const GAP: &str = " […] ";

/// `text` in at most `limit` bytes. Of one that is longer, the beginning says what went wrong and the end,
/// where errors name their cause, why: both are kept.
#[must_use]
pub fn within(limit: usize, text: impl Into<String>) -> String {
    let text = text.into();
    if text.len() <= limit {
        return text;
    }
    let room = limit.saturating_sub(GAP.len());
    let end = room / 3;
    let head = &text[..text.floor_char_boundary(room - end)];
    let tail = &text[text.ceil_char_boundary(text.len() - end)..];
    format!("{head}{GAP}{tail}")
}

/// `text` as a sentence that is kept.
#[must_use]
pub fn sentence(text: impl Into<String>) -> String {
    within(SENTENCE, text)
}

/// `text` as a word that is kept.
#[must_use]
pub fn word(text: impl Into<String>) -> String {
    within(WORD, text)
}

/// The first `most` of `items`, each as it is shown, and how many more there are.
pub fn listed<T: ToString>(items: &[T], most: usize, separator: &str) -> String {
    let shown: Vec<_> = items.iter().take(most).map(ToString::to_string).collect();
    let shown = shown.join(separator);
    match items.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown}{separator}and {more} more"),
    }
}

/// Writes a field that holds a sentence, whoever has filled it.
pub(crate) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if text.len() <= SENTENCE {
        serializer.serialize_str(text)
    } else {
        serializer.serialize_str(&sentence(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_stays_as_it_is() {
        for text in ["", "The database is ready.", &"x".repeat(SENTENCE)] {
            assert_eq!(sentence(text), text);
        }
    }

    #[test]
    fn of_a_longer_one_the_beginning_and_the_end_are_kept_and_no_character_is_cut_in_two() {
        for filling in ["x", "é", "€", "𝄞", "e\u{301}"] {
            for shift in 0..4 {
                let text = format!("{}first{}last", ".".repeat(shift), filling.repeat(40_000));
                let kept = sentence(&text);
                assert!(kept.len() <= SENTENCE && kept.len() > SENTENCE - 16, "{}", kept.len());
                assert!(kept[shift..].starts_with("first") && kept.ends_with("last"), "{kept}");
                assert!(kept.contains(" […] "), "{kept}");
                assert_eq!(sentence(kept.clone()), kept, "once is enough");
            }
        }
    }

    #[test]
    fn a_limit_that_holds_nothing_is_no_reason_to_panic() {
        for limit in 0..12 {
            assert!(within(limit, "𝄞".repeat(40)).len() <= limit.max(GAP.len()));
        }
    }

    #[test]
    fn of_many_items_the_first_are_shown_and_the_rest_is_counted() {
        assert_eq!(listed(&["a", "b"], 2, ", "), "a, b");
        assert_eq!(listed(&["a", "b", "c", "d"], 2, ", "), "a, b, and 2 more");
        assert_eq!(listed::<String>(&[], 2, ", "), "");
    }
}
