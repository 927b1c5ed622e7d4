//! The trace that a request and its job belong to, as W3C Trace Context writes it.

use std::fmt;

use crate::values::random::{RandomnessError, random_hex};

/// A `traceparent`: a trace, the call in it that this one comes from, and whether it is recorded.
///
/// Nothing here makes a span of its own yet, so it is handed on as it came, and names the trace on
/// the lines of the logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traceparent {
    trace: String,
    parent: String,
    sampled: bool,
}

impl Traceparent {
    /// Reads it; `None` when it is malformed, since what a stranger sent in its place must get
    /// neither into a log nor into a message.
    ///
    /// Of a version later than 00 it reads what all versions have in common, as
    /// <https://www.w3.org/TR/trace-context/#versioning-of-traceparent> asks.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let sound = is_hex(version, 2)
            && version != "ff"
            && is_id(trace, 32)
            && is_id(parent, 16)
            && is_hex(flags, 2)
            && (version != "00" || parts.next().is_none());
        let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        sound.then(|| Self { trace: trace.to_owned(), parent: parent.to_owned(), sampled })
    }

    /// Reads the header `X-Amzn-Trace-Id`, as API Gateway and Lambda write it:
    /// `Root=1-<8 digits>-<24 digits>;Parent=<16 digits>;Sampled=<0 or 1>`. Where it has no parent,
    /// one is made up.
    ///
    /// # Errors
    /// [`RandomnessError`].
    pub fn of_xray(text: &str) -> Result<Option<Self>, RandomnessError> {
        let field =
            |name: &str| text.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        let trace = field("Root").and_then(|root| root.strip_prefix("1-")).and_then(|root| {
            let (time, random) = root.split_once('-')?;
            (time.len() == 8).then(|| format!("{time}{random}"))
        });
        let Some(trace) = trace.filter(|trace| is_id(trace, 32)) else { return Ok(None) };
        let parent = match field("Parent").filter(|parent| is_id(parent, 16)) {
            Some(parent) => parent.to_owned(),
            None => random_hex::<8>()?,
        };
        Ok(Some(Self { trace, parent, sampled: field("Sampled") == Some("1") }))
    }

    /// A new trace.
    ///
    /// # Errors
    /// [`RandomnessError`].
    pub fn fresh() -> Result<Self, RandomnessError> {
        Ok(Self { trace: random_hex::<16>()?, parent: random_hex::<8>()?, sampled: false })
    }

    /// The trace: 32 hexadecimal digits, not all of them zero.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.trace
    }

    /// The trace as X-Ray writes it, and finds it by.
    #[must_use]
    pub fn xray_trace_id(&self) -> String {
        let (time, random) = self.trace.split_at(8);
        format!("1-{time}-{random}")
    }
}

/// As version 00 has it, whatever version it came in.
impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace, self.parent, u8::from(self.sampled))
    }
}

fn is_id(text: &str, length: usize) -> bool {
    is_hex(text, length) && text.bytes().any(|digit| digit != b'0')
}

/// The standard allows lower case only.
fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    fn read(text: &str) -> Option<String> {
        Traceparent::parse(text).map(|trace| trace.to_string())
    }

    fn read_xray(text: &str) -> Option<Traceparent> {
        Traceparent::of_xray(text).unwrap()
    }

    #[test]
    fn it_is_handed_on_as_it_came() {
        for flags in ["00", "01"] {
            let text = format!("00-{TRACE}-{PARENT}-{flags}");
            assert_eq!(read(&text), Some(text));
        }
        assert_eq!(Traceparent::parse(&format!("00-{TRACE}-{PARENT}-01")).unwrap().trace_id(), TRACE);
    }

    #[test]
    fn a_later_version_may_say_more() {
        let known = Some(format!("00-{TRACE}-{PARENT}-01"));
        assert_eq!(read(&format!("01-{TRACE}-{PARENT}-ff-more-of-it")), known);
        assert_eq!(read(&format!("00-{TRACE}-{PARENT}-01-more")), None, "version 00 may not");
        assert_eq!(read(&format!("01-{TRACE}-{PARENT}-01more")), None);
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let upper = TRACE.to_uppercase();
        let malformed = [
            String::new(),
            "hello".into(),
            TRACE.into(),
            format!("00-{TRACE}-{PARENT}"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("0-{TRACE}-{PARENT}-01"),
            format!("00-{upper}-{PARENT}-01"),
            format!("00-{}-{PARENT}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{}-{PARENT}-01", &TRACE[1..]),
            format!("00-{}\n-{PARENT}-01", &TRACE[1..]),
            format!("00-{TRACE}-{PARENT}-1"),
            format!("00-{TRACE}-{PARENT}-+1"),
            format!(" 00-{TRACE}-{PARENT}-01"),
        ];
        for text in malformed {
            assert_eq!(read(&text), None, "{text:?}");
        }
    }

    #[test]
    fn what_aws_writes_names_the_same_trace() {
        let whole =
            "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1;Lineage=1:a:0";
        assert_eq!(read_xray(whole).unwrap().to_string(), format!("00-{TRACE}-{PARENT}-01"));
        let root = read_xray("Root=1-4bf92f35-77b34da6a3ce929d0e0e4736").unwrap();
        assert_eq!((root.trace_id(), root.sampled), (TRACE, false));
        assert_eq!(read(&root.to_string()), Some(root.to_string()));
        for text in [
            "",
            "Root=",
            "Root=1-4bf92f35",
            "Root=2-4bf92f35-77b34da6a3ce929d0e0e4736",
            "Root=1-4bf92f3577-b34da6a3ce929d0e0e4736",
            "Root=1-00000000-000000000000000000000000",
            "Root=1-4bf92f35-77b34da6a3ce929d0e0e47é",
        ] {
            assert_eq!(read_xray(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_new_trace_is_like_no_other() {
        let (one, other) = (Traceparent::fresh().unwrap(), Traceparent::fresh().unwrap());
        assert_eq!(read(&one.to_string()), Some(one.to_string()));
        assert_ne!(one.trace_id(), other.trace_id());
    }
}
