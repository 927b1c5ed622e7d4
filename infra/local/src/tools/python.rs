//! Programs that come as Python packages: an environment from pins with hashes, and what is taken out of it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tokio::process::Command;

use super::progress;
use crate::layout::absent;

/// A program of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PythonProgram {
    pub(super) file: &'static str,
    pub(super) found: Found,
}

/// Where a program is in its environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Among the environment's programs, and native: it needs nothing of what is around it.
    Native,
    /// A function that Python calls: its module and its name, as the package's metadata has them.
    Function(&'static str, &'static str),
    /// A module that Python runs.
    Module(&'static str),
    /// A native program among the packages' files, beside others that it needs.
    Packaged(&'static str),
}

/// Makes the environment `folder`, with exactly what the pins name.
pub(super) async fn make_environment(folder: &Path, pins: &Path, activity: &str, log: &Path) -> Result<()> {
    let mut create = Command::new("python3");
    create.args(["-m", "venv"]).arg(folder);
    progress::run("making a Python environment", &mut create, log).await?;
    let mut install = Command::new(folder.join("bin/python"));
    install
        .args(["-m", "pip", "install", "--disable-pip-version-check", "--no-deps"])
        .args(["--only-binary", ":all:", "--require-hashes", "--requirement"])
        .arg(pins.join("requirements.txt"));
    progress::run(activity, &mut install, log).await
}

impl PythonProgram {
    /// Makes it one of the programs in `bin`, out of the environment `name` beside that folder. The
    /// environment may be moved with its neighbours: nothing here holds its full path.
    pub(super) fn expose(&self, bin: &Path, name: &str) -> Result<()> {
        let place = bin.join(self.file);
        match self.found {
            Found::Native => Ok(()),
            Found::Function(module, function) => {
                let program = format!(
                    "-c \\\n    \"import sys; from {module} import {function}; sys.argv[0] = '{}'; \
                     sys.exit({function}())\"",
                    self.file
                );
                write_script(&place, name, &program)
            }
            Found::Module(module) => write_script(&place, name, &format!("-m {module}")),
            Found::Packaged(path) => {
                absent(fs::remove_file(&place))?;
                let packages = packages(&bin.join("..").join(name))?;
                symlink(Path::new("..").join(name).join(packages).join(path), &place)
            }
        }
        .with_context(|| format!("{} can't be written", place.display()))
    }
}

/// Runs something by the Python of the environment `name`. Not the environment's own script: the first
/// line of that one names the folder it was made in. `-I`: what lies in the caller's folder is no module.
fn write_script(place: &Path, name: &str, program: &str) -> std::io::Result<()> {
    let script = format!(
        r#"#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/../{name}/bin/python" -I {program} "$@"
"#
    );
    absent(fs::remove_file(place))?;
    fs::write(place, script)?;
    fs::set_permissions(place, fs::Permissions::from_mode(0o755))
}

/// Where the packages of an environment are in it, which depends on Python's version.
fn packages(environment: &Path) -> Result<PathBuf> {
    fs::read_dir(environment.join("lib"))?
        .flatten()
        .map(|entry| Path::new("lib").join(entry.file_name()).join("site-packages"))
        .find(|packages| environment.join(packages).is_dir())
        .with_context(|| format!("{} has no packages", environment.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_reached_from_bin_wherever_the_folder_is_moved() {
        let made = std::env::temp_dir().join(format!("python-{}", std::process::id()));
        let packages = made.join("lint/lib/python3.99/site-packages");
        for folder in [packages.join("native"), made.join("lint/bin"), made.join("bin")] {
            fs::create_dir_all(folder).unwrap();
        }
        for (program, text) in [
            (packages.join("native/tool"), "#!/bin/sh\necho \"native $*\"\n"),
            (made.join("lint/bin/python"), "#!/bin/sh\nshift 3\necho \"python $*\"\n"),
        ] {
            fs::write(&program, text).unwrap();
            fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        for (file, found) in [
            ("tool", Found::Packaged("native/tool")),
            ("check", Found::Function("checker", "main")),
            ("run", Found::Module("runs")),
        ] {
            PythonProgram { file, found }.expose(&made.join("bin"), "lint").unwrap();
        }

        let moved = made.with_added_extension("moved");
        fs::rename(&made, &moved).unwrap();
        let printed = ["tool", "check", "run"].map(|file| {
            let output =
                std::process::Command::new(moved.join("bin").join(file)).arg("a b").output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        });
        fs::remove_dir_all(&moved).unwrap();
        assert_eq!(printed, ["native a b\n", "python a b\n", "python a b\n"]);
    }
}
