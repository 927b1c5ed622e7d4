//! What a person needs to see of a log: its end.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

const LINES: usize = 15;
const BYTES: i64 = 16 * 1024;

/// The last lines, indented; a word where there are none.
pub(crate) fn tail(path: &Path) -> String {
    let text = end(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last: Vec<String> =
        lines.iter().skip(lines.len().saturating_sub(LINES)).map(|line| format!("    {line}")).collect();
    if last.is_empty() { "    (the log is empty)".to_owned() } else { last.join("\n") }
}

fn end(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() > BYTES as u64 {
        file.seek(SeekFrom::End(-BYTES))?;
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
