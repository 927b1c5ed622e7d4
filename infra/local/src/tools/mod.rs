//! What the stack is made of: built or fetched once, from pins in git, into `.tools`.

mod builder;
mod prerequisite;
mod progress;
mod python;
mod source;
mod stamp;
mod tool;

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::console::say;
use crate::layout::Layout;
use crate::lock;
use builder::Builder;
use tool::Tool;

/// What tools are needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A stack, with or without a simulated cluster.
    Stack { simulated_cluster: bool },
    /// Looking over this repository's files, and building what is deployed.
    Checks,
    /// Testing the charts on a stack.
    Tests,
    /// Listing what the programs are made of.
    BillOfMaterials,
}

/// Where the made tools lie.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    folder: PathBuf,
    assets: Option<PathBuf>,
}

impl Tools {
    /// Without looking whether anything is there.
    pub(crate) fn at(layout: &Layout) -> Self {
        Self { folder: layout.tools(), assets: env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from) }
    }

    /// An executable, prebuilt or made here.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.prebuilt(name).unwrap_or_else(|| self.bin().join(name))
    }

    pub(crate) fn bin(&self) -> PathBuf {
        self.folder.join("bin")
    }

    /// A folder of jars, or of stages.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The folders of the executables, in the form of `PATH`.
    pub(crate) fn programs(&self) -> String {
        let made = self.bin().display().to_string();
        match &self.assets {
            Some(assets) => format!("{made}:{}", assets.display()),
            None => made,
        }
    }

    /// The same, before the caller's own `PATH`.
    pub(crate) fn search_path(&self) -> String {
        match env::var("PATH") {
            Ok(path) => format!("{}:{path}", self.programs()),
            Err(_) => self.programs(),
        }
    }

    /// `KUBEBUILDER_ASSETS` is the convention of `setup-envtest`; its folder need not hold all of them.
    fn prebuilt(&self, name: &str) -> Option<PathBuf> {
        let path = self.assets.as_ref()?.join(name);
        path.is_file().then_some(path)
    }

    /// Makes what is missing for `purpose`.
    pub(crate) async fn make(layout: &Layout, purpose: Purpose) -> Result<Self> {
        let tools = Self::at(layout);
        fs::create_dir_all(tools.bin())
            .with_context(|| format!("{} can't be made", tools.bin().display()))?;
        let _turn = take_turn(&tools.folder).await?;

        let mut missing = Vec::new();
        for tool in purpose.tools() {
            if let Some(work) = Builder::needed(tool, &tools, layout)? {
                missing.push(work);
            }
        }
        prerequisite::check(missing.iter().flat_map(Builder::prerequisites))?;
        for work in missing {
            work.run().await?;
        }
        Ok(tools)
    }
}

impl Purpose {
    fn tools(self) -> impl Iterator<Item = Tool> {
        let (all, existing_cluster) = match self {
            Self::Stack { simulated_cluster } => (Tool::STACK.as_slice(), !simulated_cluster),
            Self::Checks => (Tool::CHECKS.as_slice(), false),
            Self::Tests => (Tool::TESTS.as_slice(), false),
            Self::BillOfMaterials => (Tool::BILL_OF_MATERIALS.as_slice(), false),
        };
        all.iter().copied().filter(move |tool| !(existing_cluster && tool.row().is_cluster_only))
    }
}

/// One maker at a time: two would overwrite each other's half-made files.
async fn take_turn(folder: &Path) -> Result<File> {
    let mut printed = false;
    loop {
        if let Some(turn) = lock::take(&folder.join(".lock"))? {
            return Ok(turn);
        }
        if !printed {
            say(format_args!("waiting: another local-stack makes the tools in {}", folder.display()));
            printed = true;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
