//! The trace of the request behind a job.

use std::fmt;

/// The trace-id of a W3C trace context: 32 hexadecimal digits, not all of them zero.
///
/// A runner joins no trace yet, it only names it on its log lines; so of the context nothing else is
/// kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(String);

impl TraceId {
    /// Reads it out of a `traceparent`; `None` when that is malformed, since what a stranger sent in
    /// its place must not be written to logs.
    ///
    /// Of a version later than 00 it reads what all versions have in common, as
    /// <https://www.w3.org/TR/trace-context/#versioning-of-traceparent> asks.
    #[must_use]
    pub fn of_traceparent(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.splitn(5, '-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let sound = is_hex(version, 2)
            && version != "ff"
            && is_id(trace, 32)
            && is_id(parent, 16)
            && is_hex(flags, 2)
            && (version != "00" || parts.next().is_none());
        sound.then(|| Self(trace.to_owned()))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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

    fn read(traceparent: &str) -> Option<String> {
        TraceId::of_traceparent(traceparent).map(|trace| trace.to_string())
    }

    #[test]
    fn the_trace_is_read_out_of_its_context() {
        assert_eq!(read(&format!("00-{TRACE}-{PARENT}-01")).as_deref(), Some(TRACE));
    }

    #[test]
    fn a_later_version_may_say_more() {
        assert_eq!(read(&format!("01-{TRACE}-{PARENT}-01-more-of-it")).as_deref(), Some(TRACE));
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
            format!(" 00-{TRACE}-{PARENT}-01"),
        ];
        for traceparent in malformed {
            assert_eq!(read(&traceparent), None, "{traceparent:?}");
        }
    }
}
