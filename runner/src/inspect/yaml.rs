//! Writes YAML that readers of YAML 1.1 and of 1.2 read the same.
//!
//! `serde_yaml_ng` quotes what YAML 1.2 would misread. Kubectl, helm and most others still read `No` as a
//! boolean, `12:30` as a number of minutes and `2001-01-01` as a date, as YAML 1.1 has it. So the rule here is
//! the other way round: a text stands bare only where it can be nothing but a text.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

/// Words that readers take for a boolean or for nothing, in whatever case:
/// <https://yaml.org/type/bool.html>, <https://yaml.org/type/null.html>.
const WORDS: [&str; 9] = ["y", "yes", "n", "no", "on", "off", "true", "false", "null"];

/// What a bare text may have beside letters and digits, but not as its last character.
const INNER: &[u8] = b" :@+=";
/// The same, wherever it stands after the first character.
const ANYWHERE: &[u8] = b"_./-";

/// `value` as a document, with a line break at its end.
#[must_use]
pub fn document(value: &Value) -> String {
    let mut text = String::new();
    match form(value) {
        Form::Mapping(members) => mapping(&mut text, members, 0, false),
        Form::Sequence(items) => sequence(&mut text, items, 0),
        Form::Inline(inline) => {
            text.push_str(&inline);
            text.push('\n');
        }
    }
    text
}

/// How a value is written: on lines of its own, or on that where it begins.
enum Form<'a> {
    Mapping(&'a Map<String, Value>),
    Sequence(&'a [Value]),
    Inline(String),
}

fn form(value: &Value) -> Form<'_> {
    match value {
        Value::Object(members) if !members.is_empty() => Form::Mapping(members),
        Value::Array(items) if !items.is_empty() => Form::Sequence(items),
        Value::Object(_) => Form::Inline("{}".into()),
        Value::Array(_) => Form::Inline("[]".into()),
        Value::Null => Form::Inline("null".into()),
        Value::Bool(truth) => Form::Inline(truth.to_string()),
        Value::Number(number) => Form::Inline(decimal(number)),
        Value::String(text) => Form::Inline(scalar(text)),
    }
}

/// The lines of a mapping. Its first one has its place already where it `follows` the dash of an item.
fn mapping(text: &mut String, members: &Map<String, Value>, depth: usize, follows: bool) {
    for (place, (key, value)) in members.iter().enumerate() {
        if place > 0 || !follows {
            indent(text, depth);
        }
        text.push_str(&scalar(key));
        text.push(':');
        match form(value) {
            Form::Mapping(members) => {
                text.push('\n');
                mapping(text, members, depth + 1, false);
            }
            Form::Sequence(items) => {
                text.push('\n');
                sequence(text, items, depth);
            }
            Form::Inline(inline) => end_of_line(text, &inline),
        }
    }
}

fn sequence(text: &mut String, items: &[Value], depth: usize) {
    for item in items {
        indent(text, depth);
        text.push('-');
        match form(item) {
            Form::Mapping(members) => {
                text.push(' ');
                mapping(text, members, depth + 1, true);
            }
            Form::Sequence(items) => {
                text.push('\n');
                sequence(text, items, depth + 1);
            }
            Form::Inline(inline) => end_of_line(text, &inline),
        }
    }
}

fn end_of_line(text: &mut String, inline: &str) {
    text.push(' ');
    text.push_str(inline);
    text.push('\n');
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

/// A number. One with an exponent has a point and a sign, without which YAML 1.1 reads a text.
fn decimal(number: &Number) -> String {
    let text = number.to_string();
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

/// A text, bare where every reader takes it for that very text.
fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// A number, a date and what has a meaning of its own (`=`, `<<`, `~`) begin with something else than a
/// letter or a slash.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'/');
    let is_inner =
        |byte: &u8| byte.is_ascii_alphanumeric() || ANYWHERE.contains(byte) || INNER.contains(byte);
    let ends = bytes.last().is_some_and(|byte| !INNER.contains(byte));
    let is_key_like = text.contains(": ");
    begins
        && ends
        && bytes.iter().all(is_inner)
        && !is_key_like
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A text in double quotes. All that a reader may take for the end of a line, or not take at all, is escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                // A String takes all that is written to it.
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            printable => quoted.push(printable),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// What YAML 1.1 and the core schema of 1.2 take a bare text for, if not for a text: rules of
    /// <https://yaml.org/type/> as PyYAML, libyaml's users and Go's yaml have them, told without a thought for
    /// what is written here.
    fn is_something_else(text: &str) -> bool {
        let lower = text.to_ascii_lowercase();
        let words = [
            "", "~", "null", "y", "n", "yes", "no", "on", "off", "true", "false", ".nan", ".inf", "+.inf",
            "-.inf", "=", "<<",
        ];
        let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
        let digits = |text: &str, radix: u32| {
            !text.is_empty() && text.chars().all(|letter| letter == '_' || letter.is_digit(radix))
        };
        let of_base = |prefix, radix| unsigned.strip_prefix(prefix).is_some_and(|rest| digits(rest, radix));
        let sexagesimal = unsigned.contains(':')
            && unsigned
                .split(':')
                .all(|part| part.chars().all(|letter| letter.is_ascii_digit() || "._".contains(letter)));
        let number = {
            let (mantissa, exponent) = unsigned.split_once('e').unwrap_or((unsigned, "0"));
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
            let digit = |text: &str| text.chars().all(|letter| letter == '_' || letter.is_ascii_digit());
            mantissa.chars().any(|letter| letter.is_ascii_digit() || letter == '.')
                && digit(whole)
                && digit(part)
                && digits(exponent, 10)
        };
        let date = {
            let mut parts = unsigned.splitn(3, '-');
            let year = parts.next().is_some_and(|year| year.len() == 4 && digits(year, 10));
            year && parts.next().is_some_and(|month| digits(month, 10)) && parts.next().is_some()
        };
        words.contains(&lower.as_str())
            || of_base("0x", 16)
            || of_base("0o", 8)
            || of_base("0b", 2)
            || sexagesimal
            || number
            || date
    }

    /// Whether a bare text would end early, begin something, or lose something: an indicator, a comment, a
    /// key, blanks at an end, or what is no printable ASCII.
    fn breaks(text: &str) -> bool {
        let begins = "-?:,[]{}#&*!|>'\"%@`";
        text.trim() != text
            || text.starts_with(|letter| begins.contains(letter))
            || text.starts_with("---")
            || text.starts_with("...")
            || text.contains(": ")
            || text.contains(" #")
            || text.ends_with(':')
            || !text.chars().all(|letter| (' '..='~').contains(&letter))
    }

    /// The text that a reader has of a scalar as it is written, if it is one.
    fn read(written: &str) -> Option<String> {
        match written.strip_prefix('"') {
            // What is escaped here is escaped in JSON the same way.
            Some(_) => serde_json::from_str(written).ok(),
            None => (!is_something_else(written) && !breaks(written)).then(|| written.to_owned()),
        }
    }

    const MISREAD: [&str; 62] = [
        "No",
        "no",
        "NO",
        "Yes",
        "YES",
        "On",
        "on",
        "Off",
        "y",
        "Y",
        "n",
        "N",
        "true",
        "TRUE",
        "False",
        "null",
        "Null",
        "NULL",
        "~",
        "",
        "1e3",
        "1E3",
        "0x1F",
        "0X1f",
        "0o17",
        "017",
        "1_000",
        "12:30:45",
        "12:30",
        "190:20:30.15",
        ".inf",
        "-.INF",
        "+.inf",
        ".nan",
        ".NaN",
        "2001-01-01",
        "2001-1-1",
        "2001-01-01T00:00:00Z",
        "=",
        "<<",
        " a",
        "a ",
        "\ta",
        "1.",
        "+1",
        "-1",
        "0b1",
        ".5",
        "5e+3",
        "1,000",
        "- a",
        "? a",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "&a",
        "*a",
        "!a",
        "---",
        "...",
        "%a",
    ];

    #[test]
    fn what_some_reader_takes_for_something_else_is_quoted_as_a_key_and_as_a_value() {
        for text in MISREAD {
            let written = scalar(text);
            assert!(
                written.starts_with('"') && read(&written).as_deref() == Some(text),
                "{text:?}: {written}"
            );
            assert_eq!(document(&json!({ text: text })), format!("{written}: {written}\n"));
        }
        for text in
            ["store-no", "My Test Shop", "http://a.example/x", "mysql:8.4", "/tmp", "e3", "owner@example.com"]
        {
            assert_eq!(scalar(text), text, "it can be nothing else");
        }
        assert_eq!(scalar("a\u{85}b\u{2028}c\u{feff}\u{1b}\u{7f}"), r#""a\u0085b\u2028c\ufeff\u001b\u007f""#);
    }

    #[test]
    fn numbers_and_what_is_empty_are_written_as_all_readers_have_them() {
        let values = json!([0, -1, 1.5, 1e100, 1e-7, null, true, {}, [], [[1], {}]]);
        let lines =
            "- 0\n- -1\n- 1.5\n- 1.0e+100\n- 1.0e-7\n- null\n- true\n- {}\n- []\n-\n  -\n    - 1\n  - {}\n";
        assert_eq!(document(&values), lines);
        assert_eq!(document(&json!("No")), "\"No\"\n");
    }

    fn values() -> impl Strategy<Value = Value> {
        let texts = prop_oneof![
            proptest::sample::select(&MISREAD[..]).prop_map(str::to_owned),
            "[ -~]{0,12}",
            "[+-]?[0-9a-fxob._:eE-]{1,8}",
            "\\PC{0,8}",
        ];
        let leaves = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            texts.clone().prop_map(Value::from),
        ];
        leaves.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map(texts.clone(), inner, 0..5)
                    .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_text_is_the_same_for_a_reader_of_yaml_1_1(text in "\\PC{0,12}|[+-]?[0-9a-fxob._:eE-]{1,8}") {
            prop_assert_eq!(read(&scalar(&text)), Some(text));
        }

        #[test]
        fn a_document_is_the_same_for_a_reader_of_yaml_1_2(value in values()) {
            let read: Value = serde_yaml_ng::from_str(&document(&value)).unwrap();
            prop_assert_eq!(read, value);
        }
    }
}
