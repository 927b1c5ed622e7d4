//! A merchant who uploads a large file over a slow line, as WordPress's own editor does.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use super::street::{Scrap, Street};
use crate::{store::Store, visitor::is_https};

/// How large the file is, in bytes.
const SIZE: usize = 30_000_000;
/// How slow the line is, in bytes a second: it takes 75 s.
const RATE: &str = "400000";

/// An upload under way.
pub(crate) struct Upload {
    process: Child,
    content: Vec<u8>,
    /// What it sends, and the session it is sent in.
    _files: [Scrap; 2],
}

/// A file that the shop has taken.
pub(crate) struct Uploaded {
    pub(crate) url: String,
    pub(crate) content: Vec<u8>,
}

impl Upload {
    /// Signs in as the shop's administrator, and begins to send.
    pub(crate) fn begin(street: &Street, store: &Store) -> Self {
        let base = format!("{}://{}", if is_https() { "https" } else { "http" }, store.host());
        let (session, content) = (Scrap::new(b""), content());
        let file = Scrap::new(&content);
        let form = ["--data-urlencode", "log=admin", "--data-urlencode"];
        let password = format!("pwd={}", store.password());
        let test = ["--cookie", "wordpress_test_cookie=WP%20Cookie%20check", "--data", "testcookie=1"];
        let mut signing_in = in_session(street, session.path());
        signing_in.args(form).arg(password).args(test).arg(format!("{base}/wp-login.php"));
        printed(&mut signing_in);
        let nonce = format!("{base}/wp-admin/admin-ajax.php?action=rest-nonce");
        let nonce = printed(in_session(street, session.path()).arg(nonce));
        assert!(nonce.len() < 20, "the shop lets nobody in: {nonce}");
        let process = in_session(street, session.path())
            .args(["--limit-rate", RATE, "--header", "Expect:", "--header", "Content-Type: text/csv"])
            .args(["--header", r#"Content-Disposition: attachment; filename="large.csv""#])
            .args(["--header", &format!("X-WP-Nonce: {}", nonce.trim())])
            .arg("--data-binary")
            .arg(format!("@{}", file.path().display()))
            .arg(format!("{base}/?rest_route=/wp/v2/media"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { process, content, _files: [file, session] }
    }

    /// Waits until it is there.
    pub(crate) fn finish(self) -> Uploaded {
        let output = self.process.wait_with_output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{printed} {}", String::from_utf8_lossy(&output.stderr));
        let made: Value = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed}"));
        let url = made["source_url"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        Uploaded { url, content: self.content }
    }
}

fn in_session(street: &Street, session: &Path) -> Command {
    let mut curl = street.curl();
    curl.arg("--cookie").arg(session).arg("--cookie-jar").arg(session);
    curl
}

fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Lines of which no two are the same.
fn content() -> Vec<u8> {
    let mut content: Vec<u8> = (0..SIZE / 10).flat_map(|line| format!("{line:09}\n").into_bytes()).collect();
    content.truncate(SIZE);
    content
}
