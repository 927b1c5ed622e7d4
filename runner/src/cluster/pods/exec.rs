//! Runs a command in a store's container: for what it prints, or with something on its standard input that no command
//! line and no log may show.

use std::time::Duration;

use domain::{operation::logs::Component, provisioning::failure::FailureCode};
use k8s_openapi::{
    api::{apps::v1::Deployment, core::v1::Pod},
    apimachinery::pkg::apis::meta::v1::Status,
};
use kube::{
    Api, ResourceExt as _,
    api::{AttachParams, AttachedProcess},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::Instant,
};

use crate::{
    cluster::{
        client::Cluster,
        diagnosis::Diagnosis,
        error::ClusterError,
        request::{LONGEST_PAUSE, pauses},
        wait::WaitState,
    },
    resources::is_owned_by,
};

/// How long a command may run before it is asked for again.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);
/// For how long a Deployment may say that it has pods which are not found.
const STATUS_LAG: Duration = Duration::from_secs(15);
/// How much of its complaints is read, in bytes, and how much of that is reported, in characters.
const COMPLAINTS: u64 = 16 * 1024;
const REPORTED: usize = 300;

/// A command for a container.
#[derive(Clone, Debug)]
pub struct ContainerCommand {
    /// What a person calls it.
    pub name: &'static str,
    /// Program and arguments, for everybody to see.
    pub words: Vec<String>,
}

/// How a command ended.
enum CommandEnd {
    /// As wanted.
    Success,
    /// With this complaint.
    Failure(String),
    /// Nobody knows: the connection to it is lost.
    Unknown(String),
}

impl Cluster {
    /// A pod behind the Deployment of `component` in `namespace` that is ready, once there is one.
    ///
    /// # Errors
    /// [`ClusterError`], as of a wait for the Deployment; [`ClusterError::NoPod`] where that says that it has
    /// some, and none is found: its pods are not those that a store's component has.
    pub async fn serving_pod(
        &self,
        namespace: &str,
        component: Component,
        state: fn(&Deployment) -> WaitState,
    ) -> Result<Pod, ClusterError> {
        let container = component.as_str();
        let mut pauses = pauses();
        let mut since = None;
        loop {
            let deployment: Deployment = self.owned(namespace, container).await?;
            let pods = self.pods_behind(&deployment);
            self.wait_for(deployment, state).await?;
            let listed = self.listed(pods.as_ref()).await?;
            let others = listed.iter().map(kube::ResourceExt::name_any).collect();
            if let Some(pod) = self.ready_of(listed, container) {
                return Ok(pod);
            }
            // The Deployment's status may be behind its pods, but not for long.
            if since.get_or_insert_with(Instant::now).elapsed() >= STATUS_LAG {
                return Err(ClusterError::NoPod { component, others });
            }
            let message = format!("no pod of {container} is ready");
            self.troubles.note_not_ready(Some(Diagnosis::new(FailureCode::DeadlineExceeded, message)));
            tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
        }
    }

    /// A pod behind the Deployment of `component` in `namespace` that is ready, if there is one at this moment.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn ready_pod(
        &self,
        namespace: &str,
        component: Component,
    ) -> Result<Option<Pod>, ClusterError> {
        let container = component.as_str();
        let deployment: Deployment = self.owned(namespace, container).await?;
        let listed = self.listed(self.pods_behind(&deployment).as_ref()).await?;
        Ok(self.ready_of(listed, container))
    }

    /// One of `pods` that is this store's, and whose `container` is ready.
    fn ready_of(&self, pods: Vec<Pod>, container: &str) -> Option<Pod> {
        pods.into_iter().find(|pod| is_owned_by(pod, self.uid) && serves(pod, container))
    }

    /// What `command`, run once in `container` of `pod`, prints first.
    ///
    /// # Errors
    /// [`ClusterError`]; [`ClusterError::Vanished`] when the pod is gone.
    pub async fn output_of(
        &self,
        pod: &Pod,
        container: &str,
        command: &ContainerCommand,
    ) -> Result<String, ClusterError> {
        let name = pod.name_any();
        let params = AttachParams::default().container(container).stdin(false).stdout(true).stderr(true);
        let mut attached = self.attached(pod, command, &params).await?;
        let failed =
            |complaint| ClusterError::Command { command: command.name, pod: name.clone(), complaint };
        let streams = attached.stdout().zip(attached.stderr()).zip(attached.take_status());
        let Some(((stdout, stderr), status)) = streams else {
            return Err(failed("its streams are not there".into()));
        };
        let (mut output, mut complaints) = (Vec::new(), Vec::new());
        let (mut stdout, mut stderr) = (stdout.take(COMPLAINTS), stderr.take(COMPLAINTS));
        let (printed, complained, status) =
            tokio::join!(stdout.read_to_end(&mut output), stderr.read_to_end(&mut complaints), status);
        if let Err(error) = printed.and(complained) {
            return Err(failed(error.to_string()));
        }
        match status.map(|status| ended(&status, &String::from_utf8_lossy(&complaints), None)) {
            Some(CommandEnd::Success) => Ok(String::from_utf8_lossy(&output).into_owned()),
            Some(CommandEnd::Failure(complaint) | CommandEnd::Unknown(complaint)) => Err(failed(complaint)),
            None => Err(failed("the connection was closed before its end".into())),
        }
    }

    /// `command` in a container of `pod`, as `params` say.
    async fn attached(
        &self,
        pod: &Pod,
        command: &ContainerCommand,
        params: &AttachParams,
    ) -> Result<AttachedProcess, ClusterError> {
        let (name, namespace) = (pod.name_any(), pod.namespace().unwrap_or_default());
        let api: Api<Pod> = Api::namespaced(self.client.clone(), &namespace);
        let attached = self.retried::<Pod, _, _>("exec", &name, || async {
            match api.exec(&name, command.words.iter().map(String::as_str), params).await {
                Err(kube::Error::Api(status)) if status.is_not_found() => Ok(None),
                attached => attached.map(Some),
            }
        });
        attached.await?.ok_or_else(|| ClusterError::Vanished { kind: "Pod".into(), name: name.clone() })
    }

    /// Runs `command` in `container` of `pod`, with the line `input` on its standard input. Its standard
    /// output, which may repeat that, is read by nobody. Where the connection breaks it is run again, so
    /// it must be one that can be repeated.
    ///
    /// # Errors
    /// [`ClusterError`]; [`ClusterError::Vanished`] when the pod is gone.
    pub async fn run_in(
        &self,
        pod: &Pod,
        container: &str,
        command: &ContainerCommand,
        input: &SecretString,
    ) -> Result<(), ClusterError> {
        let name = pod.name_any();
        let params = AttachParams::default().container(container).stdin(true).stdout(false).stderr(true);
        let mut pauses = pauses();
        loop {
            let attached = self.attached(pod, command, &params).await?;
            let reason = match tokio::time::timeout(COMMAND_TIMEOUT, self.talk_to(attached, input)).await {
                Ok(CommandEnd::Success) => return Ok(()),
                Ok(CommandEnd::Failure(complaint)) => {
                    return Err(ClusterError::Command { command: command.name, pod: name, complaint });
                }
                Ok(CommandEnd::Unknown(reason)) => reason,
                Err(_) => format!("no end within {} s", COMMAND_TIMEOUT.as_secs()),
            };
            tracing::warn!(pod = name, command = command.name, %reason, "a command is run again");
            self.broken_off(reason, &mut pauses).await;
        }
    }

    /// Gives a command its input, and waits for its end.
    async fn talk_to(&self, mut attached: AttachedProcess, input: &SecretString) -> CommandEnd {
        let streams = attached.stdin().zip(attached.stderr()).zip(attached.take_status());
        let Some(((mut stdin, stderr), status)) = streams else {
            return CommandEnd::Unknown("its streams are not there".into());
        };
        // What the command waits for: whoever has lost the lease by now must not give it.
        self.lease.held().await;
        let line = SecretString::from(format!("{}\n", input.expose_secret()));
        if let Err(error) = stdin.write_all(line.expose_secret().as_bytes()).await {
            return CommandEnd::Unknown(error.to_string());
        }
        let mut complaints = Vec::new();
        let mut stderr = stderr.take(COMPLAINTS);
        // It ends with the connection, and what is lost of it then is no loss.
        let (read, status) = tokio::join!(stderr.read_to_end(&mut complaints), status);
        if let Err(error) = read {
            tracing::debug!(%error, "not all complaints of a command were read");
        }
        match status {
            Some(status) => ended(&status, &String::from_utf8_lossy(&complaints), Some(input)),
            None => CommandEnd::Unknown(match attached.join().await {
                Ok(()) => "the connection was closed before its end".into(),
                Err(error) => error.to_string(),
            }),
        }
    }
}

/// Whether `container` of `pod` is up, and stays for a while.
fn serves(pod: &Pod, container: &str) -> bool {
    let mut statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    let is_ready = statuses.any(|status| status.name == container && status.ready);
    is_ready && pod.metadata.deletion_timestamp.is_none()
}

/// How a command has ended, by the API server's `status` and the command's own `complaints`, in which
/// the input must not be repeated.
fn ended(status: &Status, complaints: &str, input: Option<&SecretString>) -> CommandEnd {
    if status.status.as_deref() == Some("Success") {
        return CommandEnd::Success;
    }
    let last = complaints.lines().map(str::trim).rfind(|line| !line.is_empty());
    let said = last.or(status.message.as_deref()).unwrap_or("it gives no reason");
    let said = input.map_or_else(|| said.to_owned(), |input| said.replace(input.expose_secret(), "…"));
    CommandEnd::Failure(said.chars().take(REPORTED).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(complaints: &str) -> String {
        let failure = serde_json::json!({
            "status": "Failure", "reason": "NonZeroExitCode",
            "message": "command terminated with non-zero exit code: exit status 1",
        });
        let status: Status = serde_json::from_value(failure).unwrap();
        match ended(&status, complaints, Some(&"s3cret".into())) {
            CommandEnd::Failure(complaint) => complaint,
            CommandEnd::Success | CommandEnd::Unknown(_) => panic!("it has failed"),
        }
    }

    #[test]
    fn of_a_commands_complaints_the_last_is_reported_and_never_its_input() {
        assert_eq!(complaint("Warning: x\nError: Invalid user ID.\n\n"), "Error: Invalid user ID.");
        assert_eq!(complaint("Error: s3cret is too short"), "Error: … is too short");
        assert_eq!(complaint(" \n"), "command terminated with non-zero exit code: exit status 1");
        assert_eq!(complaint(&"x".repeat(5000)).len(), REPORTED);
    }
}
