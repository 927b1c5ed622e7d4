//! What must be installed to make what is missing. All that lacks is named at once.

use std::process::Command;

use anyhow::{Result, bail};

/// A program that the stack does not bring along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prerequisite {
    Go,
    Java,
    Javac,
    Maven,
    Python,
}

impl Prerequisite {
    fn probe(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Go => ("go", &["env", "GOVERSION"]),
            Self::Java => ("java", &["-version"]),
            Self::Javac => ("javac", &["-version"]),
            Self::Maven => ("mvn", &["-v"]),
            Self::Python => ("python3", &["-c", "import ensurepip, sys, venv; print(sys.version)"]),
        }
    }

    /// Major and minor that suffice. Go's is the highest `go` line among the pins' go.mod files.
    fn at_least(self) -> Option<(u32, u32)> {
        match self {
            Self::Go => Some((1, 26)),
            Self::Java | Self::Javac => Some((17, 0)),
            // What the pins of the Python programs were resolved for.
            Self::Python => Some((3, 10)),
            Self::Maven => None,
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Go => {
                "Go 1.26 or later (https://go.dev/doc/install; builds Kubernetes, etcd, KWOK and Helm)"
            }
            Self::Java => {
                "Java 17 or later (apt install openjdk-17-jdk-headless; runs DynamoDB Local and ElasticMQ)"
            }
            Self::Javac => "a JDK 17 or later, not only a JRE (apt install openjdk-17-jdk-headless)",
            Self::Maven => "Maven (apt install maven; fetches DynamoDB Local and ElasticMQ)",
            Self::Python => {
                "Python 3.10 or later with venv (apt install python3-venv; fetches cargo-lambda and linters)"
            }
        }
    }

    fn is_met(self) -> bool {
        let (program, arguments) = self.probe();
        let Ok(output) = Command::new(program).args(arguments).output() else {
            return false;
        };
        // `java -version` writes to standard error.
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        output.status.success()
            && self.at_least().is_none_or(|least| version(&text).is_some_and(|found| found >= least))
    }
}

/// Fails with a list of all that are not there.
pub(super) fn check(wanted: impl Iterator<Item = Prerequisite>) -> Result<()> {
    let mut seen = Vec::new();
    for prerequisite in wanted {
        if !seen.contains(&prerequisite) {
            seen.push(prerequisite);
        }
    }
    let missing: Vec<String> = seen
        .into_iter()
        .filter(|prerequisite| !prerequisite.is_met())
        .map(|prerequisite| format!("  - {}", prerequisite.advice()))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("to make what is missing, please install:\n{}", missing.join("\n"))
}

/// The first number with a following one, as in `go1.26.8`, `openjdk version "17.0.15"`, `javac 21`.
fn version(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let mut numbers = text[start..].split(|c: char| !c.is_ascii_digit() && c != '.').next()?.split('.');
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0);
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        assert_eq!(version("go1.26.8\n"), Some((1, 26)));
        assert_eq!(version("openjdk version \"17.0.15\" 2025-04-15"), Some((17, 0)));
        assert_eq!(version("javac 21"), Some((21, 0)));
        assert_eq!(version("command not found"), None);
    }
}
