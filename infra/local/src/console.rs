//! Lines for the person who called. One who has stopped reading (`| head`), or whose disk is full, must not
//! end the work.

use std::fmt::Arguments;

/// Prints a line at once.
pub(crate) fn say(line: Arguments<'_>) {
    let _ = stdio::print(format_args!("{line}\n"));
}
