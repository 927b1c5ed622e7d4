//! Accounts with the API server, for which the local stack has kubeconfigs.

use std::{env, path::PathBuf};

use kube::{
    Config,
    config::{KubeConfigOptions, Kubeconfig},
};

/// Who calls the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// The runner's own, with the rights that its chart gives it.
    Runner,
    /// The cluster's administrator.
    Administrator,
}

impl Account {
    /// Where its kubeconfig is.
    ///
    /// # Panics
    /// When there is no stack.
    #[must_use]
    pub fn kubeconfig(self) -> PathBuf {
        let variable = match self {
            Self::Runner => "RUNNER_KUBECONFIG",
            Self::Administrator => "KUBECONFIG",
        };
        env::var_os(variable).expect("this test needs the local stack: run it with `make`").into()
    }

    /// How a client of its reaches the API server.
    ///
    /// # Panics
    /// When there is no stack.
    pub async fn config(self) -> Config {
        let kubeconfig = Kubeconfig::read_from(self.kubeconfig()).unwrap();
        Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap()
    }
}
