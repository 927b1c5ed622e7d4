//! The charts, and `helm`, which reads them.

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// A chart of this repository.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) folder: PathBuf,
}

impl Chart {
    /// All of them.
    pub(crate) fn all() -> Vec<Self> {
        let folders = fs::read_dir(charts()).unwrap().map(|entry| entry.unwrap().path());
        let mut folders: Vec<_> = folders.filter(|folder| folder.join("Chart.yaml").is_file()).collect();
        folders.sort();
        folders.into_iter().map(|folder| Self { folder }).collect()
    }

    /// The one that installs the runner.
    pub(crate) fn of_the_runner() -> Self {
        Self { folder: charts().join("runner") }
    }

    /// The one that makes a store.
    pub(crate) fn of_a_store() -> Self {
        Self { folder: charts().join("woocommerce-store") }
    }

    /// Its values files, each of which it can be installed with.
    pub(crate) fn values_files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        let is_of_values = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("values-") && name.ends_with(".yaml")
        };
        let mut files: Vec<_> = files.filter(is_of_values).collect();
        files.sort();
        assert!(!files.is_empty(), "{} has none", self.folder.display());
        files
    }

    /// The objects that a release of it in `namespace` is made of.
    pub(crate) fn objects(&self, namespace: &str, values: &Path) -> Vec<Value> {
        self.objects_with(namespace, values, "{}")
    }

    /// The same, with more values in YAML, which go before those.
    pub(crate) fn objects_with(&self, namespace: &str, values: &Path, more: &str) -> Vec<Value> {
        let output = self.template(namespace, values, more);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let rendered = text(&output.stdout);
        let documents = serde_yaml_ng::Deserializer::from_str(&rendered);
        let objects = documents.map(|document| serde::Deserialize::deserialize(document).unwrap());
        objects.filter(|object: &Value| !object.is_null()).collect()
    }

    /// The pods of the Deployment `name` among them.
    pub(crate) fn pod(&self, namespace: &str, values: &Path, name: &str) -> Value {
        let mut objects = self.objects_with(namespace, values, "{front: {enabled: true}}").into_iter();
        let is_it = |object: &Value| object["kind"] == "Deployment" && object["metadata"]["name"] == name;
        objects.find(is_it).unwrap()["spec"]["template"]["spec"].clone()
    }

    /// Renders it with a values file, and with more values in YAML that go before those.
    pub(crate) fn template(&self, namespace: &str, values: &Path, more: &str) -> Output {
        let mut command = helm();
        command.args(["template", "runner"]).arg(&self.folder).args(["--namespace", namespace]);
        command.arg("--values").arg(values).args(["--values", "-"]);
        fed(&mut command, more)
    }

    /// With any of these values, beside its first values file, it is no chart: and the message has what stands beside.
    pub(crate) fn assert_refuses(&self, wrong: &[(&str, &str)]) {
        let values = &self.values_files()[0];
        for (wrong, named) in wrong {
            let output = self.template("shopwright", values, wrong);
            assert!(!output.status.success(), "{wrong}");
            assert!(text(&output.stderr).contains(named), "{wrong}: {}", text(&output.stderr));
        }
    }

    /// A file of it that is JSON.
    pub(crate) fn json(&self, file: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.folder.join(file)).unwrap()).unwrap()
    }
}

fn charts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/charts")
}

/// The stack's own `helm`, without a developer's plugins and settings.
pub(crate) fn helm() -> Command {
    assert!(env::var_os("API_URL").is_some(), "this test needs the local stack: run it with `make test`");
    let mut command = Command::new("helm");
    for folder in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        command.env(folder, env::temp_dir().join("shopwright-helm"));
    }
    command
}

/// What comes of a command that reads `input`.
pub(crate) fn fed(command: &mut Command, input: &str) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
