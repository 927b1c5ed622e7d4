//! Where things lie: what is built once (`.tools`), what one stack leaves (`.local`), what is in git.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The folders of one stack.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
    state: PathBuf,
}

impl Layout {
    /// The stack of `make up`, with its state in `.local`.
    pub(crate) fn find(root: Option<PathBuf>) -> Result<Self> {
        let root = match root {
            Some(root) => fs::canonicalize(&root)
                .with_context(|| format!("the checkout {} can't be read", root.display()))?,
            None => find_root()?,
        };
        // `PATH` and Java's class path have colons between their folders, and no way to write one.
        if root.as_os_str().as_encoded_bytes().iter().any(|byte| matches!(byte, b':' | b'\n')) {
            bail!(
                "the checkout's path {root:?} has a colon or a line break in it, with which neither PATH nor \
                 Java finds anything there; put it somewhere else"
            );
        }
        let state = root.join(".local");
        Ok(Self { root, state })
    }

    /// The same checkout with its state elsewhere.
    pub(crate) fn with_state(&self, state: PathBuf) -> Self {
        Self { root: self.root.clone(), state }
    }

    /// The checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What is built and fetched once.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join(".tools")
    }

    /// The pins of what is built and fetched.
    pub(crate) fn pins(&self, part: &str) -> PathBuf {
        self.root.join("infra/local/parts").join(part)
    }

    /// The manifests that the stack applies to its cluster.
    pub(crate) fn manifest(&self, file: &str) -> PathBuf {
        self.root.join("infra/local/cluster").join(file)
    }

    /// The chart that installs the runner, and says what it may do.
    pub(crate) fn runner_chart(&self) -> PathBuf {
        self.root.join("infra/charts/runner")
    }

    /// The API's description of itself, which has its routes.
    pub(crate) fn description(&self) -> PathBuf {
        self.root.join("functions/openapi.json")
    }

    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.state.join("logs")
    }

    pub(crate) fn log(&self, part: &str) -> PathBuf {
        self.logs().join(format!("{part}.log"))
    }

    /// Where the API server of a simulated cluster writes down each request.
    pub(crate) fn audit_log(&self) -> PathBuf {
        self.logs().join("audit.log")
    }

    /// Pid files and whatever else lives as long as the stack.
    pub(crate) fn run(&self) -> PathBuf {
        self.state.join("run")
    }

    /// Data that is thrown away with the stack.
    pub(crate) fn data(&self) -> PathBuf {
        self.state.join("data")
    }

    /// What the stand-in for WordPress remembers.
    pub(crate) fn wordpress_stand_in(&self) -> PathBuf {
        self.data().join("wordpress")
    }

    /// What containers of a simulated cluster have written.
    pub(crate) fn container_logs(&self) -> PathBuf {
        self.data().join("container-logs")
    }

    pub(crate) fn pki(&self) -> PathBuf {
        self.state.join("pki")
    }

    pub(crate) fn env_file(&self) -> PathBuf {
        self.state.join("env")
    }

    /// The administrator's, of the simulated cluster.
    pub(crate) fn admin_kubeconfig(&self) -> PathBuf {
        self.state.join("kubeconfig")
    }

    pub(crate) fn runner_kubeconfig(&self) -> PathBuf {
        self.state.join("runner.kubeconfig")
    }

    /// Why the last stack ended by itself, for whoever asks next.
    pub(crate) fn failure(&self) -> PathBuf {
        self.state.join("failure")
    }

    /// Makes the folders of a stack that starts.
    pub(crate) fn create(&self) -> Result<()> {
        for folder in [self.logs(), self.run()] {
            create_folder(&folder, 0o755)?;
        }
        for folder in [self.data(), self.pki()] {
            create_folder(&folder, 0o700)?;
        }
        Ok(())
    }

    /// Removes what must not outlive a stack: keys, tokens and data. Logs stay.
    pub(crate) fn discard(&self) -> Result<()> {
        for folder in [self.data(), self.pki()] {
            absent(fs::remove_dir_all(&folder))
                .with_context(|| format!("{} can't be removed", folder.display()))?;
        }
        for file in [self.env_file(), self.admin_kubeconfig(), self.runner_kubeconfig()] {
            absent(fs::remove_file(&file)).with_context(|| format!("{} can't be removed", file.display()))?;
        }
        Ok(())
    }
}

/// Takes "was not there" for success.
pub(crate) fn absent(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_secret(path: &Path, content: &str) -> Result<()> {
    let temporary = path.with_added_extension("new");
    absent(fs::remove_file(&temporary))?;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| file.write_all(content.as_bytes()))
        .and_then(|()| fs::rename(&temporary, path))
        .with_context(|| format!("{} can't be written", path.display()))
}

fn create_folder(folder: &Path, mode: u32) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(folder)
        .with_context(|| format!("{} can't be made", folder.display()))
}

/// The checkout around the current folder, or else around this executable.
fn find_root() -> Result<PathBuf> {
    let current = env::current_dir().context("the current folder can't be read")?;
    let executable = env::current_exe().context("this executable's path can't be read")?;
    current
        .ancestors()
        .chain(executable.ancestors())
        .find(|folder| folder.join("infra/local/parts").is_dir())
        .map(Path::to_path_buf)
        .context("no Shopwright checkout here: run this inside one, or name it with --root")
}
