//! Takes secrets out of what others wrote, before anybody gets to read it.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE};
use memchr::memmem::Finder;

/// What stands in the place of a secret.
const HIDDEN: &str = "…";

/// Shorter values are no secrets: a log that has lost every `1` is of no use.
const SHORTEST: usize = 8;

/// The secrets that a text must not show, in each form that a careless program may write them in.
pub(super) struct Redaction {
    /// Longer ones first, as one may be part of another.
    forms: Vec<Finder<'static>>,
}

impl Redaction {
    /// Of these values; of one that has several lines, each is a secret, as a log has it line by line.
    pub(super) fn of<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut forms = BTreeSet::new();
        for value in values {
            let value = String::from_utf8_lossy(value);
            forms.extend(
                value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST).flat_map(forms_of),
            );
        }
        let mut forms: Vec<_> = forms.into_iter().collect();
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self { forms: forms.iter().map(|form| Finder::new(form).into_owned()).collect() }
    }

    /// How long the longest form is, in bytes.
    #[must_use]
    pub(super) fn longest(&self) -> usize {
        self.forms.first().map_or(0, |form| form.needle().len())
    }

    /// `text` without them.
    #[must_use]
    pub(super) fn applied(&self, text: String) -> String {
        self.forms.iter().fold(text, |text, form| without(form, text))
    }
}

fn without(form: &Finder<'_>, text: String) -> String {
    let mut shown = String::new();
    let mut rest = text.as_str();
    while let Some(start) = form.find(rest.as_bytes()) {
        shown.push_str(&rest[..start]);
        shown.push_str(HIDDEN);
        rest = &rest[start + form.needle().len()..];
    }
    if rest.len() == text.len() { text } else { shown + rest }
}

/// Neither the secrets nor their number.
impl std::fmt::Debug for Redaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redaction(…)")
    }
}

/// `value` as it is, as part of a JSON text, of a URL, in hexadecimal, and within what is encoded in base64.
fn forms_of(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    let hexadecimal: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        value.to_owned(),
        json[1..json.len() - 1].to_owned(),
        percent_encoded(value, "%20"),
        percent_encoded(value, "+"),
        hexadecimal.to_uppercase(),
        hexadecimal,
    ];
    forms.extend((0..3).flat_map(|before| in_base64(value, before)));
    forms
}

/// What is the same of every base64 in which `value` comes after a number of bytes that leaves `before` when
/// it is divided by three: its first and last character depend on the neighbours too.
fn in_base64(value: &str, before: usize) -> [String; 2] {
    let bytes = [&vec![0; before], value.as_bytes()].concat();
    let whole = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
    [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)].map(|text| text[whole.clone()].to_owned())
}

/// RFC 3986, section 2.1, with `space` for a blank, which forms have written otherwise.
fn percent_encoded(value: &str, space: &str) -> String {
    let encoded = |byte: u8| match byte {
        b' ' => space.to_owned(),
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).into(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "p4ss w/rd\"+é";

    fn hidden(text: &str) -> String {
        Redaction::of([SECRET.as_bytes(), b"short", b"first line\r\n\nsecond line\n"])
            .applied(text.to_owned())
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_stands_and_all_else_stays() {
        assert_eq!(hidden(&format!("{SECRET} is {SECRET}{SECRET}!")), "… is ……!");
        assert_eq!(hidden("a short password"), "a short password", "what is too short is none");
        assert_eq!(hidden("the second line, the first line"), "the …, the …");
        assert_eq!(Redaction::of([]).applied("all".into()), "all");
    }

    #[test]
    fn a_secret_is_hidden_in_every_form_that_programs_write_it_in() {
        let json = serde_json::json!({ "password": SECRET }).to_string();
        for text in [
            json.as_str(),
            "user=a&password=p4ss%20w%2Frd%22%2B%C3%A9&x=1",
            "user=a&password=p4ss+w%2Frd%22%2B%C3%A9&x=1",
            "7034737320772f7264222bc3a9",
            "7034737320772F7264222BC3A9",
        ] {
            let hidden = hidden(text);
            assert!(hidden.contains('…') && !hidden.contains("w%2F") && !hidden.contains("p4"), "{hidden}");
        }
    }

    #[test]
    fn a_secret_is_hidden_within_base64_whatever_stands_around_it() {
        for before in ["", "a", "ab", "abc", "admin:"] {
            for after in ["", "x", "xy", "xyz"] {
                let text = format!("{before}{SECRET}{after}");
                for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                    let hidden = hidden(&format!("Authorization: Basic {encoded}."));
                    let left = hidden.trim_start_matches("Authorization: Basic ");
                    // What is left is the neighbours', and two characters that the secret has a part in.
                    let most = (before.len() + after.len()).div_ceil(3) * 4 + 4;
                    assert!(left.contains('…') && left.len() <= most + HIDDEN.len() + 1, "{text}: {hidden}");
                }
            }
        }
    }

    #[test]
    fn of_two_secrets_the_longer_one_is_hidden_whole() {
        let redaction = Redaction::of([b"password".as_slice(), b"password-and-more"]);
        assert_eq!(redaction.applied("password-and-more, password".into()), "…, …");
        assert_eq!(redaction.longest(), 2 * "password-and-more".len(), "in hexadecimal");
    }

    #[test]
    fn it_does_not_show_itself() {
        assert_eq!(format!("{:?}", Redaction::of([SECRET.as_bytes()])), "Redaction(…)");
    }
}
