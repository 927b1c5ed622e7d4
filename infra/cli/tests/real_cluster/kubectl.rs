//! `kubectl`, as the cluster's administrator.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

/// What a command prints, which must succeed.
pub(crate) fn kubectl(arguments: &[&str]) -> String {
    let output = attempt(arguments);
    assert!(output.status.success(), "kubectl {}: {}", arguments.join(" "), text(&output.stderr));
    text(&output.stdout)
}

/// A command that may fail.
pub(crate) fn attempt(arguments: &[&str]) -> Output {
    Command::new("kubectl").args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Applies a manifest.
pub(crate) fn apply(manifest: &serde_json::Value) {
    let mut child = Command::new("kubectl").args(["apply", "-f", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(manifest.to_string().as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{manifest}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
