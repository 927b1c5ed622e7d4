//! Makes one tool: into a folder of its own first, moved to its place when whole, stamped last.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use super::prerequisite::Prerequisite;
use super::python::{Found, PythonProgram};
use super::source::{GoProgram, Source};
use super::tool::{Row, Tool};
use super::{Tools, progress, python, stamp};
use crate::console::say;
use crate::layout::{Layout, absent};

/// The module of KWOK.
const KWOK: &str = "sigs.k8s.io/kwok";
/// The stages of KWOK that make nodes ready, pods run and volumes bind.
const STAGES: [&str; 4] = [
    "kustomize/stage/node/fast",
    "kustomize/stage/node/heartbeat-with-lease",
    "kustomize/stage/pod/fast",
    "kustomize/stage/volume/fast",
];

/// A tool that is missing, or made from other pins.
pub(super) struct Builder {
    tool: Tool,
    programs: Vec<GoProgram>,
    pins: PathBuf,
    tools: PathBuf,
    stamp: String,
    log: PathBuf,
}

impl Builder {
    /// None where the tool is there and made from these pins.
    pub(super) fn needed(tool: Tool, tools: &Tools, layout: &Layout) -> Result<Option<Self>> {
        let row = tool.row();
        let programs: Vec<GoProgram> = row
            .source
            .go_programs()
            .iter()
            .filter(|program| tools.prebuilt(program.file).is_none())
            .copied()
            .collect();
        let prebuilt = !row.source.go_programs().is_empty() && programs.is_empty();
        if prebuilt && !row.has_folder {
            return Ok(None);
        }
        let pins = layout.pins(row.pins);
        let recipe = format!("{tool:?} {programs:?} {} {STAGES:?}", row.source.link_flags());
        let builder = Self {
            stamp: stamp::of(&pins, &recipe)?,
            log: layout.tools().join("logs").join(format!("{}.log", row.name)),
            tools: layout.tools(),
            tool,
            programs,
            pins,
        };
        let current = stamp::read(&builder.stamp_file()) == builder.stamp;
        Ok((!current || !builder.is_there()).then_some(builder))
    }

    fn row(&self) -> &'static Row {
        self.tool.row()
    }

    pub(super) fn prerequisites(&self) -> impl Iterator<Item = Prerequisite> {
        self.row().source.prerequisites().iter().copied()
    }

    /// Makes it. One repetition on failure: most are a network's passing trouble, and what was
    /// fetched or compiled before is not done again.
    pub(super) async fn run(self) -> Result<()> {
        for folder in [self.tools.join("logs"), self.tools.join("stamps")] {
            fs::create_dir_all(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
        }
        absent(fs::remove_file(&self.log)).context("an old log can't be removed")?;
        absent(fs::remove_file(self.stamp_file())).context("an old stamp can't be removed")?;
        if let Err(first) = self.attempt().await {
            say(format_args!("{first:#}\nonce more …"));
            self.attempt().await?;
        }
        absent(fs::remove_dir_all(self.workshop())).context("the workshop can't be removed")?;
        fs::write(self.stamp_file(), &self.stamp).context("the stamp can't be written")
    }

    async fn attempt(&self) -> Result<()> {
        let workshop = self.workshop();
        absent(fs::remove_dir_all(&workshop)).context("an old workshop can't be removed")?;
        fs::create_dir_all(&workshop).with_context(|| format!("{} can't be made", workshop.display()))?;
        match self.row().source {
            Source::JarsAndServer => {
                self.fetch_jars().await?;
                self.compile_loopback_server().await?;
                self.place_folder()
            }
            Source::Jars => {
                self.fetch_jars().await?;
                self.place_folder()
            }
            Source::Python(programs) => self.fetch_python_programs(programs).await,
            Source::Go { .. } => self.build_go().await,
            Source::Crate => self.install_crate().await,
            Source::GoModules => {
                self.copy_definitions().await?;
                self.place_folder()
            }
            Source::GoAndStages { .. } => {
                self.build_go().await?;
                self.copy_stages().await?;
                self.place_folder()
            }
        }
    }

    async fn build_go(&self) -> Result<()> {
        let files: Vec<&str> = self.programs.iter().map(|program| program.file).collect();
        // A single one is named: Go would call etcd after the last part of its package, `server`.
        let output = match files[..] {
            [file] => self.workshop().join(file),
            _ => self.workshop(),
        };
        let mut command = self.go();
        command
            .env("CGO_ENABLED", "0")
            .args(["build", "-trimpath", "-ldflags", self.row().source.link_flags(), "-o"])
            .arg(output)
            .args(self.programs.iter().map(|program| program.package));
        let activity = format!("building {}{}", files.join(", "), self.first_time());
        if !files.is_empty() {
            progress::run(&activity, &mut command, &self.log).await?;
        }
        for file in files {
            self.place(&self.workshop().join(file), &self.tools.join("bin").join(file))?;
        }
        Ok(())
    }

    /// Unoptimised, which takes half the time to build: each looks at some hundred small files.
    async fn install_crate(&self) -> Result<()> {
        let name = self.row().name;
        let version = fs::read_to_string(self.pins.join("version"))
            .with_context(|| format!("{name} has no version"))?;
        let mut command = Command::new("cargo");
        command
            .current_dir(&self.pins)
            .env("CARGO_TARGET_DIR", self.workshop().join("target"))
            .args(["install", "--locked", "--debug", "--no-track", "--version", version.trim(), "--root"])
            .arg(self.product())
            .arg(name);
        progress::run(&self.activity(), &mut command, &self.log).await?;
        self.place(&self.product().join("bin").join(name), &self.tools.join("bin").join(name))
    }

    async fn fetch_jars(&self) -> Result<()> {
        let mut command = Command::new("mvn");
        command
            .args(["--batch-mode", "--no-transfer-progress", "--file"])
            .arg(self.pins.join("pom.xml"))
            .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
            .arg(format!("-DoutputDirectory={}", self.product().display()));
        progress::run(&self.activity(), &mut command, &self.log).await
    }

    async fn compile_loopback_server(&self) -> Result<()> {
        let mut command = Command::new("javac");
        command
            .arg("-cp")
            .arg(self.product().join("*"))
            .arg("-d")
            .arg(self.product())
            .arg(self.pins.join("LoopbackServer.java"));
        progress::run("compiling DynamoDB Local's loopback server", &mut command, &self.log).await
    }

    async fn fetch_python_programs(&self, programs: &[PythonProgram]) -> Result<()> {
        python::make_environment(&self.product(), &self.pins, &self.activity(), &self.log).await?;
        let bin = self.tools.join("bin");
        for program in programs.iter().filter(|program| program.found == Found::Native) {
            self.place(&self.product().join("bin").join(program.file), &bin.join(program.file))?;
        }
        if self.row().has_folder {
            self.place_folder()?;
        }
        programs.iter().try_for_each(|program| program.expose(&bin, self.row().name))
    }

    /// Go among the pins, whatever the developer's own settings and workspaces are.
    fn go(&self) -> Command {
        let mut command = Command::new("go");
        command.current_dir(&self.pins).env("GOWORK", "off").env("GOFLAGS", "-mod=readonly");
        command
    }

    /// Takes the stages from the very module that the program was built from.
    async fn copy_stages(&self) -> Result<()> {
        self.fetch_modules([KWOK], "fetching KWOK's stages").await?;
        let module = self.module_folder(KWOK).await?;
        fs::create_dir_all(self.product()).context("no folder for the stages")?;
        for folder in STAGES {
            let source = module.join(folder);
            let kind = folder.split('/').nth(2).unwrap_or_default();
            for entry in fs::read_dir(&source).with_context(|| format!("KWOK's module has no {folder}"))? {
                let path = entry?.path();
                let text = if path.extension().is_some_and(|extension| extension == "yaml") {
                    fs::read_to_string(&path)?
                } else {
                    continue;
                };
                if !text.contains("kind: Stage") {
                    continue;
                }
                // The stages serve KWOK's own storage class; ours has the name that kind and k3s use.
                let text = text.replace("'kwok-volume'", "'standard'");
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let name = if name.starts_with(kind) { name.into_owned() } else { format!("{kind}-{name}") };
                fs::write(self.product().join(name), text)?;
            }
        }
        Ok(())
    }

    /// Copies each file that `definitions.txt` among the pins names, out of its module.
    async fn copy_definitions(&self) -> Result<()> {
        let listed = fs::read_to_string(self.pins.join("definitions.txt"))
            .context("the list of definitions can't be read")?;
        let lines = listed.lines().filter(|line| !line.starts_with('#'));
        let named: Vec<(&str, &str)> = lines
            .map(|line| line.split_once(' ').with_context(|| format!("no file in `{line}`")))
            .collect::<Result<_>>()?;
        let modules: BTreeSet<&str> = named.iter().map(|(module, _)| *module).collect();
        self.fetch_modules(modules, &self.activity()).await?;
        fs::create_dir_all(self.product()).context("no folder for the definitions")?;
        for (module, file) in named {
            let source = self.module_folder(module).await?.join(file);
            let place = self.product().join(source.file_name().unwrap_or_default());
            // Read and written: a file of a module is read-only, and so would be its copy.
            fs::read(&source)
                .and_then(|text| fs::write(place, text))
                .with_context(|| format!("{module} has no {file}"))?;
        }
        Ok(())
    }

    /// Fetches modules. go.sum among the pins says what is in them.
    async fn fetch_modules(&self, modules: impl IntoIterator<Item = &str>, activity: &str) -> Result<()> {
        let mut fetch = self.go();
        fetch.args(["mod", "download"]).args(modules);
        progress::run(activity, &mut fetch, &self.log).await
    }

    /// The folder of a module that was fetched.
    async fn module_folder(&self, module: &str) -> Result<PathBuf> {
        let output = self
            .go()
            .args(["list", "-m", "-f", "{{.Dir}}", module])
            .output()
            .await
            .context("go list could not be started")?;
        if !output.status.success() {
            bail!("go list failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    }

    fn place_folder(&self) -> Result<()> {
        let place = self.tools.join(self.row().name);
        absent(fs::remove_dir_all(&place))
            .with_context(|| format!("{} can't be removed", place.display()))?;
        self.place(&self.product(), &place)
    }

    fn place(&self, from: &Path, to: &Path) -> Result<()> {
        fs::rename(from, to).with_context(|| format!("{} can't be put in place", to.display()))
    }

    fn is_there(&self) -> bool {
        let (row, bin) = (self.row(), self.tools.join("bin"));
        self.programs.iter().all(|program| bin.join(program.file).is_file())
            && (!row.has_folder || self.tools.join(row.name).is_dir())
            && (!matches!(row.source, Source::Crate) || bin.join(row.name).is_file())
            && row.source.python_programs().iter().all(|program| bin.join(program.file).is_file())
    }

    fn activity(&self) -> String {
        format!("{}{}", self.row().activity, self.first_time())
    }

    fn first_time(&self) -> String {
        format!(" ({} the first time)", self.row().time)
    }

    fn stamp_file(&self) -> PathBuf {
        self.tools.join("stamps").join(self.row().name)
    }

    /// Beside its place, because only there a rename is atomic.
    fn workshop(&self) -> PathBuf {
        self.tools.join(format!("making-{}", self.row().name))
    }

    fn product(&self) -> PathBuf {
        self.workshop().join("product")
    }
}
