//! The list of tools: the one place that knows their pins, flags and files.

use super::prerequisite::Prerequisite;

/// What is built or fetched as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    DynamoDb,
    ElasticMq,
    CargoLambda,
    Etcd,
    Kwok,
    Kubernetes,
}

/// One Go program: its file name and its package.
#[derive(Clone, Copy, Debug)]
pub(super) struct GoProgram {
    pub(super) file: &'static str,
    pub(super) package: &'static str,
}

/// Without `-s -w` the five Go programs are half as large again.
const STRIPPED: &str = "-s -w";
const KUBERNETES_LINK: &str = "-s -w \
    -X k8s.io/component-base/version.gitVersion=v1.34.4 \
    -X k8s.io/component-base/version.gitMajor=1 \
    -X k8s.io/component-base/version.gitMinor=34";
const KWOK_LINK: &str = "-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=v0.8.0";

impl Tool {
    /// Quick ones first, so that a missing network shows soon.
    pub(super) const ALL: [Self; 6] =
        [Self::DynamoDb, Self::ElasticMq, Self::CargoLambda, Self::Etcd, Self::Kwok, Self::Kubernetes];

    /// Names its log and its stamp.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::ElasticMq => "elasticmq",
            Self::CargoLambda => "cargo-lambda",
            Self::Etcd => "etcd",
            Self::Kwok => "kwok",
            Self::Kubernetes => "kubernetes",
        }
    }

    /// Whether only a simulated cluster needs it. A real cluster is still reached by `kubectl`.
    pub(super) fn is_cluster_only(self) -> bool {
        match self {
            Self::Etcd | Self::Kwok => true,
            Self::DynamoDb | Self::ElasticMq | Self::CargoLambda | Self::Kubernetes => false,
        }
    }

    /// The folder of its pins.
    pub(super) fn pins(self) -> &'static str {
        match self {
            Self::CargoLambda => "lambda",
            Self::DynamoDb | Self::ElasticMq | Self::Etcd | Self::Kwok | Self::Kubernetes => self.name(),
        }
    }

    /// What a person reads while it is made, with the time a first run takes on two cores.
    pub(super) fn activity(self) -> (&'static str, &'static str) {
        match self {
            Self::DynamoDb => ("fetching DynamoDB Local", "about 30 s"),
            Self::ElasticMq => ("fetching ElasticMQ", "about 20 s"),
            Self::CargoLambda => ("fetching cargo-lambda", "about 10 s"),
            Self::Etcd => ("building etcd", "about 30 s"),
            Self::Kwok => ("building kwok", "about 2 min"),
            Self::Kubernetes => ("building", "about 5 min"),
        }
    }

    pub(super) fn prerequisites(self) -> &'static [Prerequisite] {
        match self {
            Self::DynamoDb => &[Prerequisite::Java, Prerequisite::Javac, Prerequisite::Maven],
            Self::ElasticMq => &[Prerequisite::Java, Prerequisite::Maven],
            Self::CargoLambda => &[Prerequisite::Python],
            Self::Etcd | Self::Kwok | Self::Kubernetes => &[Prerequisite::Go],
        }
    }

    pub(super) fn go_programs(self) -> &'static [GoProgram] {
        match self {
            Self::DynamoDb | Self::ElasticMq | Self::CargoLambda => &[],
            Self::Etcd => &[GoProgram { file: "etcd", package: "go.etcd.io/etcd/server/v3" }],
            Self::Kwok => &[GoProgram { file: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok" }],
            Self::Kubernetes => &[
                GoProgram { file: "kube-apiserver", package: "k8s.io/kubernetes/cmd/kube-apiserver" },
                GoProgram {
                    file: "kube-controller-manager",
                    package: "k8s.io/kubernetes/cmd/kube-controller-manager",
                },
                GoProgram { file: "kube-scheduler", package: "k8s.io/kubernetes/cmd/kube-scheduler" },
                GoProgram { file: "kubectl", package: "k8s.io/kubernetes/cmd/kubectl" },
            ],
        }
    }

    /// Go reads no version from a module that is not the main one, so the linker is told.
    pub(super) fn link_flags(self) -> &'static str {
        match self {
            Self::Kubernetes => KUBERNETES_LINK,
            Self::Kwok => KWOK_LINK,
            Self::DynamoDb | Self::ElasticMq | Self::CargoLambda | Self::Etcd => STRIPPED,
        }
    }

    /// The folder beside `bin` that it leaves, if it does.
    pub(super) fn folder(self) -> Option<&'static str> {
        match self {
            Self::DynamoDb | Self::ElasticMq | Self::Kwok => Some(self.name()),
            Self::CargoLambda | Self::Etcd | Self::Kubernetes => None,
        }
    }
}
