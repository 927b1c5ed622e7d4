//! Where visitors come from: outside of the cluster, by the addresses at which its controller answers, and by the
//! store's host.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::visitor::is_https;

/// How long a visitor waits for an answer, in seconds.
const PATIENCE: &str = "20";
/// How soon what was changed is to be seen.
const SOON: Duration = Duration::from_secs(2);
/// How many visitors come at the same time, each with a connection of its own for each visit.
pub(crate) const PASSERS_BY: usize = 2;

/// The addresses at which the controller answers.
#[derive(Clone, Debug)]
pub(crate) struct Street {
    http: String,
    https: Option<String>,
    /// What its certificate is checked with; without it that is not checked.
    authority: Option<PathBuf>,
}

/// What a visitor got.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// 0 where nobody answered.
    pub(crate) status: u16,
    /// Where it sends the visitor.
    pub(crate) location: String,
    pub(crate) body: String,
    /// What went wrong on the way.
    trouble: String,
}

impl Street {
    /// As the environment names it; where it does not, says so.
    pub(crate) fn find() -> Option<Self> {
        let Ok(http) = env::var("VISITORS_HTTP") else {
            println!(
                "skipped: VISITORS_HTTP does not say at which ADDRESS:PORT the cluster's controller answers"
            );
            return None;
        };
        let https = env::var("VISITORS_HTTPS").ok();
        if https.is_none() && is_https() {
            println!(
                "skipped: TLS is set, and VISITORS_HTTPS does not say where the controller answers https"
            );
            return None;
        }
        Some(Self { http, https, authority: env::var_os("VISITORS_CA").map(PathBuf::from) })
    }

    /// `curl`, which comes to the controller whatever host a URL names.
    pub(crate) fn curl(&self) -> Command {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--connect-to",
            &format!(":80:{}", self.http),
        ]);
        if let Some(https) = &self.https {
            curl.args(["--connect-to", &format!(":443:{https}")]);
        }
        match &self.authority {
            Some(authority) => curl.arg("--cacert").arg(authority),
            None => curl.arg("--insecure"),
        };
        curl
    }

    pub(crate) fn visit(&self, url: &str) -> Answer {
        let format = "\n%{http_code} %{redirect_url}";
        let output = self.curl().args(["--max-time", PATIENCE, "--write-out", format, url]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (body, written) = text.rsplit_once('\n').unwrap_or(("", &text));
        let (status, location) = written.split_once(' ').unwrap_or((written, ""));
        Answer {
            status: status.parse().unwrap_or_default(),
            location: location.into(),
            body: body.into(),
            trouble: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        }
    }

    /// Visits `url` until what comes is as `expected`, which it has to be soon; says how soon that was.
    pub(crate) fn soon(&self, url: &str, expected: impl Fn(&Answer) -> bool) -> Duration {
        self.within(SOON, url, expected)
    }

    /// The same, within `limit`.
    pub(crate) fn within(&self, limit: Duration, url: &str, expected: impl Fn(&Answer) -> bool) -> Duration {
        let since = Instant::now();
        loop {
            let asked = since.elapsed();
            let answer = self.visit(url);
            if expected(&answer) {
                return asked;
            }
            assert!(asked < limit, "{url} after {asked:?}: {}", answer.summary());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Visitors who come one after the other until they are asked what they saw.
    pub(crate) fn passers_by(&self, url: &str) -> PassersBy {
        let is_over = Arc::new(AtomicBool::new(false));
        let walk = |_| {
            let (street, url, is_over) = (self.clone(), url.to_owned(), Arc::clone(&is_over));
            std::thread::spawn(move || {
                let mut answers = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    answers.push(street.visit(&url));
                }
                answers
            })
        };
        PassersBy { walks: (0..PASSERS_BY).map(walk).collect(), is_over }
    }

    /// Begins to fetch `url` into `file`, at `rate` a second.
    pub(crate) fn fetch_slowly(&self, url: &str, rate: &str, file: &Path) -> Child {
        let mut curl = self.curl();
        curl.args(["--fail", "--limit-rate", rate, "--output"]).arg(file).arg(url);
        curl.stderr(Stdio::piped()).spawn().unwrap()
    }
}

impl Answer {
    /// Whether it is the page of the front with this title.
    pub(crate) fn is_front(&self, status: u16, title: &str) -> bool {
        self.status == status && self.body.contains(&format!("<h1>{title}</h1>"))
    }

    /// Whether it is the page of the shop called `name`.
    pub(crate) fn is_shop(&self, name: &str) -> bool {
        self.status == 200 && self.body.contains(name)
    }

    /// What it is, in a line.
    pub(crate) fn summary(&self) -> String {
        let title = self.body.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        let said = title.map_or(self.body.as_str(), |(title, _)| title);
        let said: String = said.chars().take(80).collect();
        format!("{} {}{}{}", self.status, self.location, said.trim(), self.trouble)
    }
}

/// Visitors on their way.
pub(crate) struct PassersBy {
    walks: Vec<JoinHandle<Vec<Answer>>>,
    is_over: Arc<AtomicBool>,
}

impl PassersBy {
    /// Ends their walk, and says what they saw that was not `expected`, and how often, and how many visits that were.
    pub(crate) fn unexpected(self, expected: impl Fn(&Answer) -> bool) -> (BTreeMap<String, usize>, usize) {
        self.is_over.store(true, Ordering::Relaxed);
        let answers: Vec<_> = self.walks.into_iter().flat_map(|walk| walk.join().unwrap()).collect();
        let mut seen = BTreeMap::new();
        for answer in answers.iter().filter(|answer| !expected(answer)) {
            *seen.entry(answer.summary()).or_default() += 1;
        }
        (seen, answers.len())
    }
}

/// A file of this test's own, which goes with it.
pub(crate) struct Scrap(PathBuf);

impl Scrap {
    pub(crate) fn new(content: &[u8]) -> Self {
        let path = env::temp_dir().join(format!("way-in-{}", Uuid::new_v4().simple()));
        fs::write(&path, content).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scrap {
    fn drop(&mut self) {
        // A test that fails has its own message, which a panic here would hide.
        let _ = fs::remove_file(&self.0);
    }
}
