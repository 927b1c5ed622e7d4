//! The end of a log, as it is read: line by line, and no more of it than may be reported.

use std::collections::VecDeque;

use domain::{
    operation::logs::{LogExcerpt, LogLine},
    values::timestamp::Timestamp,
};

use super::redaction::Redaction;

/// Room for the time in front of a line, in bytes.
const STAMP: usize = 64;

/// The newest lines of what was read so far. However much that was, it takes the memory of what may be reported,
/// and of twice as much for the line that is being read.
pub(super) struct LogTail {
    since: Option<Timestamp>,
    /// How many bytes of text are kept, each line's end counted.
    most: usize,
    lines: VecDeque<LogLine>,
    size: usize,
    /// The line that has not ended yet: without its beginning, if that was too long.
    open: Vec<u8>,
    /// When the open line was written, once its beginning is left out.
    open_at: Option<Timestamp>,
    open_is_cut: bool,
    truncated: bool,
    /// Whether the beginning of the first line is left out.
    first_is_cut: bool,
}

impl LogTail {
    /// Of the lines from `since` on, as many of the newest as fit into `most` bytes.
    pub(super) fn new(since: Option<Timestamp>, most: usize) -> Self {
        Self {
            since,
            most,
            lines: VecDeque::new(),
            size: 0,
            open: Vec::new(),
            open_at: None,
            open_is_cut: false,
            truncated: false,
            first_is_cut: false,
        }
    }

    /// Reads on.
    pub(super) fn read(&mut self, chunk: &[u8]) {
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(end) => {
                    self.open.extend_from_slice(end);
                    self.end_line();
                }
                None => {
                    self.open.extend_from_slice(piece);
                    self.shorten_open_line();
                }
            }
        }
    }

    /// What is reported of it, all having been read, without what `redaction` hides.
    pub(super) fn excerpt(mut self, pod: String, container: String, redaction: &Redaction) -> LogExcerpt {
        if !self.open.is_empty() {
            self.end_line();
        }
        let mut lines: Vec<_> = self
            .lines
            .into_iter()
            .map(|LogLine { at, text }| LogLine { at, text: redaction.applied(text) })
            .collect();
        if let Some(first) = lines.first_mut().filter(|_| self.first_is_cut) {
            // It may begin with the rest of a secret, which nobody recognises.
            without_beginning(&mut first.text, redaction.longest());
        }
        LogExcerpt { pod, container, lines, truncated: self.truncated }
    }

    fn end_line(&mut self) {
        let (at, is_cut) = (self.open_at.take(), std::mem::take(&mut self.open_is_cut));
        let open = std::mem::take(&mut self.open);
        let line = String::from_utf8_lossy(&open);
        let line = if is_cut { LogLine { at, text: line.into_owned() } } else { stamped(&line) };
        if line.at.zip(self.since).is_none_or(|(at, since)| at >= since) {
            self.keep(line, is_cut);
        }
    }

    fn keep(&mut self, mut line: LogLine, mut is_cut: bool) {
        let too_much = (line.text.len() + 1).saturating_sub(self.most);
        if too_much > 0 {
            without_beginning(&mut line.text, too_much);
            is_cut = true;
        }
        self.truncated |= is_cut;
        self.size += line.text.len() + 1;
        self.lines.push_back(line);
        while self.size > self.most
            && let Some(oldest) = self.lines.pop_front()
        {
            self.size -= oldest.text.len() + 1;
            (self.truncated, self.first_is_cut) = (true, false);
        }
        if self.lines.len() == 1 {
            self.first_is_cut = is_cut;
        }
    }

    /// Leaves out the beginning of a line that would not fit alone.
    fn shorten_open_line(&mut self) {
        if self.open.len() <= STAMP + 2 * self.most {
            return;
        }
        if !self.open_is_cut {
            self.open_at = stamped(&String::from_utf8_lossy(&self.open)).at;
            self.open_is_cut = true;
        }
        self.open.drain(..self.open.len() - self.most);
    }
}

/// A line as the kubelet writes it, with the time in front: in RFC 3339, to the nanosecond. What it has to say
/// itself has none, and is kept whole.
fn stamped(line: &str) -> LogLine {
    let stamp = line.split_once(' ').and_then(|(stamp, text)| Some((stamp.parse().ok()?, text)));
    match stamp {
        Some((at, text)) => LogLine { at: Some(at), text: text.to_owned() },
        None => LogLine { at: None, text: line.to_owned() },
    }
}

/// Takes the first `bytes` bytes away, and what is left of the character at their end.
fn without_beginning(text: &mut String, bytes: usize) {
    text.drain(..text.ceil_char_boundary(bytes));
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: &str = "2026-01-31T09:30:00.123456789Z";

    /// What is reported of `log`, which comes in chunks of `chunk` bytes.
    fn excerpt(log: &[u8], chunk: usize, since: Option<&str>, most: usize) -> LogExcerpt {
        let mut tail = LogTail::new(since.map(|since| since.parse().unwrap()), most);
        log.chunks(chunk).for_each(|chunk| tail.read(chunk));
        tail.excerpt("pod".into(), "mysql".into(), &Redaction::of([b"a-secret".as_slice()]))
    }

    fn texts(excerpt: &LogExcerpt) -> Vec<&str> {
        excerpt.lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn lines_are_reported_with_their_times_however_they_arrive() {
        let log = format!("{STAMP} first\n{STAMP} \nthe kubelet's own word\n{STAMP}  no end");
        for chunk in [1, 7, 1000] {
            let excerpt = excerpt(log.as_bytes(), chunk, None, 1000);
            assert_eq!(texts(&excerpt), ["first", "", "the kubelet's own word", " no end"]);
            let at = Some("2026-01-31T09:30:00.123Z".parse().unwrap());
            assert_eq!(excerpt.lines.iter().map(|line| line.at).collect::<Vec<_>>(), [at, at, None, at]);
            assert!(!excerpt.truncated);
        }
        assert_eq!(texts(&excerpt(b"", 1, None, 1000)), [""; 0]);
    }

    #[test]
    fn what_is_too_old_is_left_out_to_the_millisecond_and_what_has_no_time_is_not() {
        let log = format!("2026-01-31T09:30:00.122999Z old\nno time\n{STAMP} new\n");
        let excerpt = excerpt(log.as_bytes(), 5, Some("2026-01-31T09:30:00.123Z"), 1000);
        assert_eq!((texts(&excerpt), excerpt.truncated), (vec!["no time", "new"], false));
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let log = [STAMP.as_bytes(), b" \xe9t\xe9 \xff\xfe\n"].concat();
        assert_eq!(texts(&excerpt(&log, 3, None, 1000)), ["\u{fffd}t\u{fffd} \u{fffd}\u{fffd}"]);
    }

    #[test]
    fn of_too_much_the_newest_whole_lines_are_kept() {
        let log: String = (0..100).map(|number| format!("{STAMP} {number:03}\n")).collect();
        for chunk in [1, 64, 10_000] {
            let excerpt = excerpt(log.as_bytes(), chunk, None, 12);
            assert_eq!((texts(&excerpt), excerpt.truncated), (vec!["097", "098", "099"], true));
        }
        assert_eq!(texts(&excerpt(log.as_bytes(), 64, None, 400)).len(), 100);
        assert!(!excerpt(log.as_bytes(), 64, None, 400).truncated, "all of it fits exactly");
    }

    #[test]
    fn of_a_line_that_is_too_long_the_end_is_kept() {
        for length in [30, 40, 100, 5000] {
            let log = format!("{STAMP} before\n{STAMP} {}the end\n", "é".repeat(length));
            for chunk in [1, 13, 10_000] {
                let excerpt = excerpt(log.as_bytes(), chunk, None, 60);
                let [line] = &excerpt.lines[..] else { panic!("{excerpt:?}") };
                assert!(line.at.is_some(), "its time is at its beginning");
                assert!(line.text.ends_with("éthe end") && line.text.len() < 60, "{line:?}");
                assert!(excerpt.truncated);
            }
        }
    }

    #[test]
    fn no_secret_is_reported_not_even_the_end_of_one_whose_beginning_is_left_out() {
        let shown = excerpt(format!("{STAMP} is a-secret\n").as_bytes(), 1, None, 1000);
        assert_eq!(texts(&shown), ["is …"]);
        for length in 0..40 {
            let log = format!("{STAMP} {}a-secret{}", "x".repeat(200), "y".repeat(length));
            for chunk in [1, 3, 1000] {
                let excerpt = excerpt(log.as_bytes(), chunk, None, 30);
                let [line] = &excerpt.lines[..] else { panic!("{excerpt:?}") };
                assert!(line.text.chars().all(|letter| "xy…".contains(letter)), "{line:?}");
            }
        }
    }
}
