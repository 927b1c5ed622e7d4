//! Standard output and standard error, as every command of this repository writes to them.
//!
//! `println!` and `eprintln!` panic where nobody reads any more (`shopwright list | head -1`), since a Rust
//! program ignores SIGPIPE. Here a reader that is gone is an answer, not an error: each command decides
//! whether it goes on. Anything else, such as a full disk, is an error.

use std::{
    fmt,
    io::{self, Write as _},
};

/// Whether anybody reads what a command prints. One that prints a single time may pass over it: its exit code
/// says the same to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// All was taken.
    Present,
    /// The other end of the pipe is closed: nothing that is printed from now on is read.
    Gone,
}

/// Prints `text` to standard output, at once and whole.
///
/// # Errors
/// Where it can't be written, and that is not because the reader is gone. The error says so.
pub fn print(text: fmt::Arguments<'_>) -> io::Result<Reader> {
    written(&mut io::stdout().lock(), &text.to_string())
        .map_err(|error| io::Error::new(error.kind(), format!("standard output can't be written: {error}")))
}

/// Writes a line to standard error. Where that fails, nobody is left who could be told.
pub fn note(line: fmt::Arguments<'_>) {
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

fn written(output: &mut impl io::Write, text: &str) -> io::Result<Reader> {
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => Ok(Reader::Present),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes nothing, for the reason given.
    struct Closed(io::ErrorKind);

    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_is_gone_is_no_error_and_a_full_disk_is() {
        let mut kept = Vec::new();
        assert_eq!(written(&mut kept, "a\n").unwrap(), Reader::Present);
        assert_eq!(kept, b"a\n");
        assert_eq!(written(&mut Closed(io::ErrorKind::BrokenPipe), "a").unwrap(), Reader::Gone);
        assert!(written(&mut Closed(io::ErrorKind::StorageFull), "a").is_err());
    }
}
