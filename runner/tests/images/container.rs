//! A folder that plays the container of one script.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use uuid::Uuid;

/// Holds what a script finds around it; gone with this value.
pub(crate) struct Container {
    folder: PathBuf,
    environment: BTreeMap<String, String>,
}

/// How a script ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
    /// What Kubernetes would show as the reason.
    pub(crate) termination_message: String,
}

impl Container {
    pub(crate) fn new(environment: BTreeMap<String, String>) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Uuid::new_v4().to_string());
        fs::create_dir_all(folder.join("bin")).unwrap();
        fs::create_dir(folder.join("html")).unwrap();
        fs::write(folder.join("termination-log"), "").unwrap();
        Self { folder, environment }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A stand-in, which the script finds before any real program of that name.
    pub(crate) fn install(&self, program: &str, script: &str) {
        self.write(&format!("bin/{program}"), script);
        fs::set_permissions(self.path("bin").join(program), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.environment.insert(name.into(), value.into());
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.environment.remove(name);
    }

    /// Runs a script of the image with nothing in its environment but what was set.
    pub(crate) fn run(&self, script: &str, arguments: &[&Path]) -> End {
        let mut path = OsString::from(self.path("bin"));
        path.push(":/usr/bin:/bin");
        self.write("termination-log", "");
        let output = Command::new("bash")
            .arg(image().join(script))
            .args(arguments)
            .env_clear()
            .envs(&self.environment)
            .env("PATH", path)
            .env("STATE", &self.folder)
            .env("SHOPWRIGHT_LIB", image().join("lib"))
            .env("WORDPRESS_ROOT", self.path("html"))
            .env("TERMINATION_LOG", self.path("termination-log"))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        End {
            code: output.status.code(),
            said: String::from_utf8(said).unwrap(),
            termination_message: self.read("termination-log"),
        }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).unwrap();
    }
}

fn image() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/images/store")
}
