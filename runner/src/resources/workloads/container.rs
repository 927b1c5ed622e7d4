//! What all containers of a store have in common: least privilege, and resources.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::{
        Capabilities, Container, EmptyDirVolumeSource, EnvVar, EnvVarSource,
        PersistentVolumeClaimVolumeSource, PodSecurityContext, PodSpec, ResourceRequirements, SeccompProfile,
        SecretKeySelector, SecurityContext, Volume, VolumeMount,
    },
    apimachinery::pkg::api::resource::Quantity,
};

use crate::settings::{self, ResourceLimits, StoreSettings};

/// How much a writable directory that lives as long as its pod may hold. It is the node's disk, which all
/// stores share.
const SCRATCH_SIZE: &str = "1Gi";

/// An amount, as the API has it.
pub(in crate::resources) fn quantity(amount: &settings::Quantity) -> Quantity {
    Quantity(amount.as_str().into())
}

/// What each container asks for.
pub(in crate::resources) fn requests(resources: &ResourceLimits) -> BTreeMap<String, Quantity> {
    amounts(&resources.cpu_request, &resources.memory_request)
}

/// What each container may use.
pub(in crate::resources) fn limits(resources: &ResourceLimits) -> BTreeMap<String, Quantity> {
    amounts(&resources.cpu_limit, &resources.memory_limit)
}

fn amounts(cpu: &settings::Quantity, memory: &settings::Quantity) -> BTreeMap<String, Quantity> {
    BTreeMap::from([("cpu".into(), quantity(cpu)), ("memory".into(), quantity(memory))])
}

/// `container` with what every container has: its resources, what Pod Security's `restricted` asks of it, and
/// a root file system that can't be written.
pub(super) fn confined(settings: &StoreSettings, container: Container) -> Container {
    confined_to(settings, requests(&settings.resources), container)
}

/// The same, asking for other amounts.
pub(super) fn confined_to(
    settings: &StoreSettings,
    requests: BTreeMap<String, Quantity>,
    container: Container,
) -> Container {
    Container {
        image_pull_policy: Some(settings.images.image_pull_policy.as_str().into()),
        resources: Some(ResourceRequirements {
            requests: Some(requests),
            limits: Some(limits(&settings.resources)),
            ..ResourceRequirements::default()
        }),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".into()]), ..Capabilities::default() }),
            read_only_root_filesystem: Some(true),
            ..SecurityContext::default()
        }),
        // What a container says last is the reason that a person gets to read.
        termination_message_policy: Some("FallbackToLogsOnError".into()),
        ..container
    }
}

/// A pod that runs as `user`, without a way to the Kubernetes API.
pub(super) fn pod(user: i64) -> PodSpec {
    PodSpec {
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            run_as_user: Some(user),
            run_as_group: Some(user),
            fs_group: Some(user),
            seccomp_profile: Some(SeccompProfile {
                type_: "RuntimeDefault".into(),
                ..SeccompProfile::default()
            }),
            ..PodSecurityContext::default()
        }),
        ..PodSpec::default()
    }
}

/// An environment variable with a value that everybody may see.
pub(super) fn value(name: &str, value: impl Into<String>) -> EnvVar {
    EnvVar { name: name.into(), value: Some(value.into()), ..EnvVar::default() }
}

/// An environment variable that is one key of a Secret.
pub(super) fn secret(name: &str, secret: &str, key: &str) -> EnvVar {
    key_of(name, secret, key, false)
}

/// The same, and none where the Secret does not have the key.
pub(super) fn secret_if_there(name: &str, secret: &str, key: &str) -> EnvVar {
    key_of(name, secret, key, true)
}

fn key_of(name: &str, secret: &str, key: &str, is_optional: bool) -> EnvVar {
    let key = SecretKeySelector { name: secret.into(), key: key.into(), optional: Some(is_optional) };
    let source = EnvVarSource { secret_key_ref: Some(key), ..EnvVarSource::default() };
    EnvVar { name: name.into(), value_from: Some(source), ..EnvVar::default() }
}

/// A writable directory that lives as long as its pod.
pub(super) fn scratch(name: &str) -> Volume {
    let source = EmptyDirVolumeSource {
        size_limit: Some(Quantity(SCRATCH_SIZE.into())),
        ..EmptyDirVolumeSource::default()
    };
    Volume { name: name.into(), empty_dir: Some(source), ..Volume::default() }
}

/// The volume of the claim `claim`.
pub(super) fn claimed(name: &str, claim: &str) -> Volume {
    Volume {
        name: name.into(),
        persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
            claim_name: claim.into(),
            ..PersistentVolumeClaimVolumeSource::default()
        }),
        ..Volume::default()
    }
}

/// The volume `name` at `path`; of a claimed one only the folder `sub_path`, since the root of a
/// fresh ext4 volume holds `lost+found`.
pub(super) fn mount(name: &str, path: &str, sub_path: Option<&str>) -> VolumeMount {
    VolumeMount {
        name: name.into(),
        mount_path: path.into(),
        sub_path: sub_path.map(Into::into),
        ..VolumeMount::default()
    }
}
