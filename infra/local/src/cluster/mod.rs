//! The cluster as its administrator sees it: who may use it, and as whom.

pub(crate) mod pki;
pub(crate) mod refusals;
pub(crate) mod rights;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::process::Command;

use self::pki::Pki;
use crate::layout::{Layout, write_secret};
use crate::parts::{kube_controller_manager, kube_scheduler};
use crate::tools::Tools;

/// Which cluster the runner works on.
#[derive(Clone, Debug)]
pub(crate) enum Cluster {
    /// Ours, simulated by KWOK.
    Simulated,
    /// The one that `KUBECONFIG` names.
    Existing(PathBuf),
}

impl Cluster {
    pub(crate) fn is_simulated(&self) -> bool {
        match self {
            Self::Simulated => true,
            Self::Existing(_) => false,
        }
    }

    /// The kubeconfig of its administrator.
    pub(crate) fn kubeconfig(&self, layout: &Layout) -> PathBuf {
        match self {
            Self::Simulated => layout.admin_kubeconfig(),
            Self::Existing(path) => path.clone(),
        }
    }
}

/// Bearer tokens of the administrator and the parts, made afresh.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) admin: String,
    controller_manager: String,
    scheduler: String,
    kwok: String,
}

impl Tokens {
    pub(crate) fn new() -> Self {
        Self { admin: secret(), controller_manager: secret(), scheduler: secret(), kwok: secret() }
    }

    /// Writes them for the API server, and a kubeconfig for each holder.
    pub(crate) fn write(&self, layout: &Layout, pki: &Pki, port: u16) -> Result<()> {
        let Self { admin, controller_manager, scheduler, kwok } = self;
        // KWOK plays every kubelet and the volume provisioner: no role of Kubernetes' own has both.
        let lines = [
            format!("{admin},admin,admin,system:masters"),
            format!("{controller_manager},{0},{0},", kube_controller_manager::USER),
            format!("{scheduler},{0},{0},", kube_scheduler::USER),
            format!("{kwok},kwok,kwok,system:masters"),
        ];
        write_secret(&pki.tokens(), &(lines.join("\n") + "\n"))?;
        let cluster = json!({
            "server": format!("https://127.0.0.1:{port}"),
            "certificate-authority-data": base64(pki.authority_pem()?.as_bytes()),
        });
        for (path, user, token) in [
            (layout.admin_kubeconfig(), "admin", admin),
            (pki.kubeconfig("kube-controller-manager"), "kube-controller-manager", controller_manager),
            (pki.kubeconfig("kube-scheduler"), "kube-scheduler", scheduler),
            (pki.kubeconfig("kwok"), "kwok", kwok),
        ] {
            write_secret(&path, &kubeconfig(&cluster, user, token))?;
        }
        Ok(())
    }
}

/// `kubectl` as the administrator.
#[derive(Clone, Debug)]
pub(crate) struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    cache: PathBuf,
}

impl Kubectl {
    pub(crate) fn new(tools: &Tools, layout: &Layout, cluster: &Cluster) -> Self {
        Self {
            program: tools.program("kubectl"),
            kubeconfig: cluster.kubeconfig(layout),
            cache: layout.data().join("kubectl"),
        }
    }

    /// What it prints.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<String> {
        printed(&mut self.command(arguments), &format!("kubectl {}", arguments.join(" "))).await
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.env("KUBECONFIG", &self.kubeconfig).arg("--cache-dir").arg(&self.cache).args(arguments);
        command
    }

    /// Applies a file of manifests, or all files of a folder.
    async fn apply(&self, manifest: &Path) -> Result<()> {
        let (folder, name) = (manifest.parent(), manifest.file_name());
        let (folder, name) = folder.zip(name).context("a manifest has a folder and a name")?;
        // By the server: definitions of custom resources are too large for kubectl's own annotation. By its
        // name alone: kubectl takes a path for a list, in which commas and quotes have a meaning.
        let mut command = self.command(&["apply", "--server-side", "-f"]);
        command.arg(name).current_dir(folder);
        printed(&mut command, &format!("kubectl apply -f {}", manifest.display())).await.map(drop)
    }

    /// Context and server, for a person to recognise.
    pub(crate) async fn describe(&self) -> Result<String> {
        let context = self.run(&["config", "current-context"]).await?;
        let view = self.view().await?;
        let server = view["clusters"][0]["cluster"]["server"].as_str().unwrap_or("unknown").to_owned();
        Ok(format!("context `{}`, {server}", context.trim()))
    }

    async fn view(&self) -> Result<Value> {
        let view =
            self.run(&["config", "view", "--minify", "--flatten", "--raw", "--output", "json"]).await?;
        serde_json::from_str(&view).context("kubectl printed no kubeconfig")
    }
}

/// Has the API server know the kinds of other projects: that by which KWOK is told where a pod's log is, and those
/// that the charts and the runner make objects of. Of these KWOK acts on routes alone, and looks for both when it starts;
/// the others are there to be checked.
pub(crate) async fn define_kinds(kubectl: &Kubectl, tools: &Tools, layout: &Layout) -> Result<()> {
    kubectl.apply(&layout.manifest("container-logs.yaml")).await?;
    kubectl.apply(&tools.folder("custom-resources")).await?;
    let established = ["wait", "--for=condition=Established", "--timeout=60s", "--all", "crd"];
    kubectl.run(&established).await.context("the API server does not serve the custom resources").map(drop)
}

/// Gives a simulated cluster its node and storage class.
pub(crate) async fn furnish(kubectl: &Kubectl, layout: &Layout) -> Result<()> {
    kubectl.apply(&layout.manifest("storage-class.yaml")).await?;
    kubectl.apply(&layout.manifest("node.yaml")).await?;
    let ready = ["wait", "--for=condition=Ready", "--timeout=60s", "node/local"];
    kubectl.run(&ready).await.context("KWOK did not make the node ready").map(drop)
}

/// Gives the runner its account and rights, those of its chart, and writes its kubeconfig.
pub(crate) async fn admit_runner(kubectl: &Kubectl, layout: &Layout) -> Result<()> {
    let objects = rights::objects(&layout.runner_chart())?;
    let manifest = layout.data().join("runner-account.json");
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
    fs::write(&manifest, list.to_string()).context("the runner's account can't be written down")?;
    kubectl.apply(&manifest).await?;
    let (account, namespace) = (rights::ACCOUNT, rights::NAMESPACE);
    let token =
        kubectl.run(&["create", "token", account, "--namespace", namespace, "--duration=720h"]).await?;
    let view = kubectl.view().await?;
    let cluster = &view["clusters"][0]["cluster"];
    write_secret(&layout.runner_kubeconfig(), &kubeconfig(cluster, "runner", token.trim()))
}

/// What a command prints; where it fails, what it says of that. `name` is what a person calls it.
async fn printed(command: &mut Command, name: &str) -> Result<String> {
    let output = command.kill_on_drop(true).output().await;
    let output = output.with_context(|| format!("{name} could not be started"))?;
    if !output.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The kubeconfig that `KUBECONFIG` names, unless that is a stack's own.
pub(crate) fn from_environment(layout: &Layout) -> Cluster {
    let Some(named) = std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty()) else {
        return Cluster::Simulated;
    };
    let named = PathBuf::from(named);
    // A shell that has read `.local/env` has it set, also after the stack is gone.
    if named == layout.admin_kubeconfig()
        || fs::canonicalize(&named).ok() == fs::canonicalize(layout.admin_kubeconfig()).ok() && named.exists()
    {
        Cluster::Simulated
    } else {
        Cluster::Existing(named)
    }
}

/// A kubeconfig with one context. JSON, which is YAML.
fn kubeconfig(cluster: &Value, user: &str, token: &str) -> String {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "shopwright-local", "cluster": cluster }],
        "users": [{ "name": user, "user": { "token": token } }],
        "contexts": [{
            "name": "shopwright-local",
            "context": { "cluster": "shopwright-local", "user": user },
        }],
        "current-context": "shopwright-local",
    })
    .to_string()
}

/// 256 bits of the generator that the operating system seeds.
pub(crate) fn secret() -> String {
    format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>())
}

/// RFC 4648, section 4. The only use of it here, and too little for a dependency.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let word = chunk
                .iter()
                .chain([0, 0].iter())
                .take(3)
                .fold(0_usize, |word, byte| word << 8 | usize::from(*byte));
            (0..4).map(move |index| {
                if index <= chunk.len() { char::from(ALPHABET[word >> (18 - 6 * index) & 63]) } else { '=' }
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, encoded) in cases {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn two_secrets_differ_and_are_long() {
        assert_eq!(secret().len(), 64);
        assert_ne!(secret(), secret());
    }
}
