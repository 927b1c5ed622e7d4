//! Lines for the person who called. One who has stopped reading (`| head`) must not end the work, as
//! `println!` would.

use std::fmt::Arguments;
use std::io::{Write, stdout};

/// Prints a line at once.
pub(crate) fn say(line: Arguments<'_>) {
    let _ = writeln!(stdout(), "{line}").and_then(|()| stdout().flush());
}
