//! What the API server has refused to the runner for want of a right. After a suite of tests that is a
//! failure, whether or not a test has noticed: the runner gets round some refusals without a word.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Fails where the audit log at `path` says that `user` asked for something that it may not have.
pub(crate) fn check(path: &Path, user: &str) -> Result<()> {
    let log = File::open(path).with_context(|| format!("{} can't be read", path.display()))?;
    let mut refused = BTreeSet::new();
    for line in BufReader::new(log).lines() {
        refused.extend(refusal(&line.context("the audit log can't be read")?, user));
    }
    if refused.is_empty() {
        return Ok(());
    }
    let refused: Vec<_> = refused.into_iter().collect();
    bail!("the runner asked for what its chart does not grant: {}", refused.join(", "))
}

/// Verb and kind, where a line is of a request of `user` that RBAC refused.
fn refusal(line: &str, user: &str) -> Option<String> {
    // Most lines are not, and taking each apart would take long.
    if !line.contains(r#""authorization.k8s.io/decision":"forbid""#) {
        return None;
    }
    // The last line may be in the middle of being written, and is then of a request that goes on.
    let entry: Value = serde_json::from_str(line).ok()?;
    if entry["user"]["username"] != user {
        return None;
    }
    let (verb, object) = (entry["verb"].as_str()?, &entry["objectRef"]);
    let Some(resource) = object["resource"].as_str() else {
        return Some(format!("{verb} {}", entry["requestURI"].as_str()?));
    };
    let subresource = object["subresource"].as_str().map(|part| format!("/{part}"));
    Some(format!("{verb} {resource}{}", subresource.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(user: &str, decision: &str, object: &str) -> String {
        format!(
            r#"{{"verb":"get","requestURI":"/version","user":{{"username":"{user}"}},{object}"annotations":{{"authorization.k8s.io/decision":"{decision}"}}}}"#
        )
    }

    #[test]
    fn what_was_refused_to_the_runner_is_named() {
        let log = r#""objectRef":{"resource":"pods","subresource":"log"},"#;
        assert_eq!(refusal(&line("runner", "forbid", log), "runner").as_deref(), Some("get pods/log"));
        assert_eq!(refusal(&line("runner", "forbid", ""), "runner").as_deref(), Some("get /version"));
        assert_eq!(refusal(&line("runner", "allow", log), "runner"), None);
        assert_eq!(refusal(&line("somebody", "forbid", log), "runner"), None);
    }
}
