//! The ways in which tools are made.

use super::prerequisite::Prerequisite;
use super::python::PythonProgram;

/// One Go program: its file name and its package.
#[derive(Clone, Copy, Debug)]
pub(super) struct GoProgram {
    pub(super) file: &'static str,
    pub(super) package: &'static str,
}

/// Without `-s -w` the Go programs are half as large again.
pub(super) const STRIPPED: &str = "-s -w";

/// How a tool is made.
pub(super) enum Source {
    /// Maven fetches jars.
    Jars,
    /// Maven fetches jars, and a server of ours is compiled against them.
    JarsAndServer,
    /// pip fetches packages, of which these programs are used.
    Python(&'static [PythonProgram]),
    /// Go builds programs. It reads no version from a module that is not the main one, so the linker is told.
    Go { programs: &'static [GoProgram], link: &'static str },
    /// The same, and KWOK's stages are copied from the module.
    GoAndStages { programs: &'static [GoProgram], link: &'static str },
    /// Go fetches modules, from which files are copied.
    GoModules,
    /// cargo installs the crate of the tool's name, which has one program of that name. Its version is among the
    /// pins, and its own Cargo.lock pins the rest.
    Crate,
}

impl Source {
    pub(super) fn prerequisites(&self) -> &'static [Prerequisite] {
        match self {
            Self::Jars => &[Prerequisite::Java, Prerequisite::Maven],
            Self::JarsAndServer => &[Prerequisite::Java, Prerequisite::Javac, Prerequisite::Maven],
            Self::Python(_) => &[Prerequisite::Python],
            Self::Go { .. } | Self::GoAndStages { .. } | Self::GoModules => &[Prerequisite::Go],
            // Whoever calls this has cargo.
            Self::Crate => &[],
        }
    }

    pub(super) fn go_programs(&self) -> &'static [GoProgram] {
        match self {
            Self::Go { programs, .. } | Self::GoAndStages { programs, .. } => programs,
            Self::Jars | Self::JarsAndServer | Self::Python(_) | Self::GoModules | Self::Crate => &[],
        }
    }

    pub(super) fn python_programs(&self) -> &'static [PythonProgram] {
        match self {
            Self::Python(programs) => programs,
            Self::Jars
            | Self::JarsAndServer
            | Self::Go { .. }
            | Self::GoAndStages { .. }
            | Self::GoModules
            | Self::Crate => &[],
        }
    }

    pub(super) fn link_flags(&self) -> &'static str {
        match self {
            Self::Go { link, .. } | Self::GoAndStages { link, .. } => link,
            // Part of each stamp, so what is made without Go has it too.
            Self::Jars | Self::JarsAndServer | Self::Python(_) | Self::GoModules | Self::Crate => STRIPPED,
        }
    }
}
