//! `.local/env`: what a shell needs to use the stack.

use std::path::Path;

use anyhow::Result;

use crate::layout::write_secret;

/// Names and values, in the order in which they are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(Vec<(&'static str, String)>);

impl Environment {
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// Writes them as `export` lines, readable by the owner alone: the administrator's token is among them.
    /// `programs` goes in front of the reader's own `PATH`.
    pub(crate) fn write(&self, path: &Path, programs: &str) -> Result<()> {
        let mut lines: String =
            self.0.iter().map(|(name, value)| format!("export {name}={}\n", quote(value))).collect();
        lines.push_str(&format!("export PATH={}\":$PATH\"\n", quote(programs)));
        write_secret(path, &lines)
    }
}

/// Reads the names and values back; not `PATH`, which only a shell can complete.
pub(crate) fn read(path: &Path) -> std::io::Result<Vec<(String, String)>> {
    Ok(parse(&std::fs::read_to_string(path)?))
}

fn parse(text: &str) -> Vec<(String, String)> {
    text.split("\nexport ")
        .filter_map(|line| {
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (name, value) = line.trim_end_matches('\n').split_once('=')?;
            let value = value.strip_prefix('\'')?.strip_suffix('\'')?;
            Some((name.to_owned(), value.replace(QUOTED_QUOTE, "'")))
        })
        .collect()
}

/// A single quote can't stand inside single quotes: end them, write it escaped, begin again.
const QUOTED_QUOTE: &str = r"'\''";

/// The value as one word of a POSIX shell, nothing in it expanded.
fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', QUOTED_QUOTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_and_this_module_read_back_what_was_written() {
        let values = ["plain", "it's; $(date) `id` \\ \"x\"", "", "a=b"];
        for value in values {
            let output = std::process::Command::new("sh")
                .args(["-c", &format!("printf %s {}", quote(value))])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), value);
        }
        let text: String = values.iter().map(|value| format!("export NAME={}\n", quote(value))).collect();
        let read: Vec<String> = parse(&text).into_iter().map(|(_, value)| value).collect();
        assert_eq!(read, values);
    }
}
