//! The list of tools: the one place that knows their pins, flags and files.

use super::prerequisite::Prerequisite;
use super::python::{Found, PythonProgram};

/// What is built or fetched as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    DynamoDb,
    ElasticMq,
    CargoLambda,
    Etcd,
    Kwok,
    Kubernetes,
    Sam,
    CfnLint,
    Linters,
    Hadolint,
    Schemathesis,
    Helm,
    CustomResources,
    KubeScore,
    Checkov,
    Actionlint,
    CargoDeny,
    CargoMachete,
    CargoCyclonedx,
}

/// One Go program: its file name and its package.
#[derive(Clone, Copy, Debug)]
pub(super) struct GoProgram {
    pub(super) file: &'static str,
    pub(super) package: &'static str,
}

/// Without `-s -w` the Go programs are half as large again.
const STRIPPED: &str = "-s -w";
const KUBERNETES_LINK: &str = "-s -w \
    -X k8s.io/component-base/version.gitVersion=v1.34.4 \
    -X k8s.io/component-base/version.gitMajor=1 \
    -X k8s.io/component-base/version.gitMinor=34";
const KWOK_LINK: &str = "-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=v0.8.0";
/// Charts are rendered for the cluster of the stack, unless they are told another version.
const HELM_LINK: &str = "-s -w \
    -X helm.sh/helm/v3/internal/version.version=v3.22.0 \
    -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 \
    -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=34";

/// The one of two in SAM's wheel that runs here.
const RUNTIME_INTERFACE_EMULATOR: &str = if cfg!(target_arch = "aarch64") {
    "samcli/local/rapid/aws-lambda-rie-arm64"
} else {
    "samcli/local/rapid/aws-lambda-rie-x86_64"
};

impl Tool {
    /// What the stack is made of. Quick ones first, so that a missing network shows soon.
    pub(super) const STACK: [Self; 7] = [
        Self::DynamoDb,
        Self::ElasticMq,
        Self::CargoLambda,
        Self::CustomResources,
        Self::Etcd,
        Self::Kwok,
        Self::Kubernetes,
    ];

    /// What tests need that a stack does not.
    pub(super) const TESTS: [Self; 1] = [Self::Helm];

    /// What looks over the files of this repository, and builds what is deployed.
    pub(super) const CHECKS: [Self; 12] = [
        Self::Linters,
        Self::Hadolint,
        Self::CargoLambda,
        Self::Schemathesis,
        Self::CfnLint,
        Self::Sam,
        Self::Checkov,
        Self::KubeScore,
        Self::Actionlint,
        Self::Helm,
        Self::CargoMachete,
        Self::CargoDeny,
    ];

    /// What lists the parts that the programs are made of.
    pub(super) const BILL_OF_MATERIALS: [Self; 1] = [Self::CargoCyclonedx];

    /// Names its log and its stamp.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::ElasticMq => "elasticmq",
            Self::CargoLambda => "cargo-lambda",
            Self::Etcd => "etcd",
            Self::Kwok => "kwok",
            Self::Kubernetes => "kubernetes",
            Self::Sam => "sam",
            Self::CfnLint => "cfn-lint",
            Self::Linters => "linters",
            Self::Hadolint => "hadolint",
            Self::Schemathesis => "schemathesis",
            Self::Helm => "helm",
            Self::CustomResources => "custom-resources",
            Self::KubeScore => "kube-score",
            Self::Checkov => "checkov",
            Self::Actionlint => "actionlint",
            Self::CargoDeny => "cargo-deny",
            Self::CargoMachete => "cargo-machete",
            Self::CargoCyclonedx => "cargo-cyclonedx",
        }
    }

    /// Whether only a simulated cluster needs it. A real cluster is still reached by `kubectl`.
    pub(super) fn is_cluster_only(self) -> bool {
        match self {
            Self::Etcd | Self::Kwok | Self::CustomResources => true,
            Self::DynamoDb
            | Self::ElasticMq
            | Self::CargoLambda
            | Self::Kubernetes
            | Self::Sam
            | Self::CfnLint
            | Self::Linters
            | Self::Hadolint
            | Self::Schemathesis
            | Self::Helm
            | Self::KubeScore
            | Self::Checkov
            | Self::Actionlint
            | Self::CargoDeny
            | Self::CargoMachete
            | Self::CargoCyclonedx => false,
        }
    }

    /// The folder of its pins.
    pub(super) fn pins(self) -> &'static str {
        match self {
            Self::CargoLambda => "lambda",
            Self::DynamoDb
            | Self::ElasticMq
            | Self::Etcd
            | Self::Kwok
            | Self::Kubernetes
            | Self::Sam
            | Self::CfnLint
            | Self::Linters
            | Self::Hadolint
            | Self::Schemathesis
            | Self::Helm
            | Self::CustomResources
            | Self::KubeScore
            | Self::Checkov
            | Self::Actionlint
            | Self::CargoDeny
            | Self::CargoMachete
            | Self::CargoCyclonedx => self.name(),
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
            Self::Sam => ("fetching AWS SAM", "about 1 min"),
            Self::CfnLint => ("fetching cfn-lint", "about 20 s"),
            Self::Linters => ("fetching the linters", "about 10 s"),
            Self::Hadolint => ("fetching hadolint", "about 5 s"),
            Self::Schemathesis => ("fetching schemathesis", "about 20 s"),
            Self::Helm => ("building helm", "about 2 min"),
            Self::CustomResources => ("fetching the definitions of custom resources", "about 10 s"),
            Self::KubeScore => ("building kube-score", "about 1 min"),
            Self::Checkov => ("fetching checkov", "about 1 min"),
            Self::Actionlint => ("building actionlint", "about 20 s"),
            Self::CargoDeny => ("building cargo-deny", "about 2 min"),
            Self::CargoMachete => ("building cargo-machete", "about 1 min"),
            Self::CargoCyclonedx => ("building cargo-cyclonedx", "about 1 min"),
        }
    }

    pub(super) fn prerequisites(self) -> &'static [Prerequisite] {
        match self {
            Self::DynamoDb => &[Prerequisite::Java, Prerequisite::Javac, Prerequisite::Maven],
            Self::ElasticMq => &[Prerequisite::Java, Prerequisite::Maven],
            Self::CargoLambda
            | Self::Sam
            | Self::CfnLint
            | Self::Linters
            | Self::Hadolint
            | Self::Schemathesis
            | Self::Checkov => &[Prerequisite::Python],
            Self::Etcd
            | Self::Kwok
            | Self::Kubernetes
            | Self::Helm
            | Self::CustomResources
            | Self::KubeScore
            | Self::Actionlint => &[Prerequisite::Go],
            // Whoever calls this has cargo.
            Self::CargoDeny | Self::CargoMachete | Self::CargoCyclonedx => &[],
        }
    }

    pub(super) fn go_programs(self) -> &'static [GoProgram] {
        match self {
            Self::DynamoDb
            | Self::ElasticMq
            | Self::CargoLambda
            | Self::Sam
            | Self::CfnLint
            | Self::Linters
            | Self::Hadolint
            | Self::Schemathesis
            | Self::CustomResources
            | Self::Checkov
            | Self::CargoDeny
            | Self::CargoMachete
            | Self::CargoCyclonedx => &[],
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
            // Of one module, so that charts are tested by the very code that installs them.
            Self::Helm => &[
                GoProgram { file: "helm", package: "helm.sh/helm/v3/cmd/helm" },
                GoProgram {
                    file: "helm-unittest",
                    package: "github.com/helm-unittest/helm-unittest/cmd/helm-unittest",
                },
            ],
            Self::KubeScore => {
                &[GoProgram { file: "kube-score", package: "github.com/zegl/kube-score/cmd/kube-score" }]
            }
            Self::Actionlint => {
                &[GoProgram { file: "actionlint", package: "github.com/rhysd/actionlint/cmd/actionlint" }]
            }
        }
    }

    /// The crate that cargo installs, which has one program of its own name. Its version is among the pins, and
    /// its own Cargo.lock pins the rest.
    pub(super) fn krate(self) -> Option<&'static str> {
        match self {
            Self::CargoDeny | Self::CargoMachete | Self::CargoCyclonedx => Some(self.name()),
            Self::DynamoDb
            | Self::ElasticMq
            | Self::CargoLambda
            | Self::Etcd
            | Self::Kwok
            | Self::Kubernetes
            | Self::Sam
            | Self::CfnLint
            | Self::Linters
            | Self::Hadolint
            | Self::Schemathesis
            | Self::Helm
            | Self::CustomResources
            | Self::KubeScore
            | Self::Checkov
            | Self::Actionlint => None,
        }
    }

    pub(super) fn python_programs(self) -> &'static [PythonProgram] {
        use Found::{Function, Module, Native, Packaged};
        match self {
            Self::DynamoDb
            | Self::ElasticMq
            | Self::Etcd
            | Self::Kwok
            | Self::Kubernetes
            | Self::Helm
            | Self::CustomResources
            | Self::KubeScore
            | Self::Actionlint
            | Self::CargoDeny
            | Self::CargoMachete
            | Self::CargoCyclonedx => &[],
            Self::CargoLambda => &[PythonProgram { file: "cargo-lambda", found: Native }],
            Self::Sam => &[
                PythonProgram { file: "sam", found: Function("samcli.cli.main", "cli") },
                PythonProgram { file: "zig", found: Packaged("ziglang/zig") },
                PythonProgram { file: "aws-lambda-rie", found: Packaged(RUNTIME_INTERFACE_EMULATOR) },
            ],
            Self::CfnLint => &[PythonProgram { file: "cfn-lint", found: Function("cfnlint.runner", "main") }],
            Self::Linters => &[
                PythonProgram { file: "shellcheck", found: Native },
                PythonProgram { file: "shfmt", found: Native },
                PythonProgram { file: "taplo", found: Native },
                PythonProgram { file: "typos", found: Native },
                PythonProgram { file: "yamllint", found: Function("yamllint.cli", "run") },
            ],
            Self::Hadolint => &[PythonProgram { file: "hadolint", found: Native }],
            Self::Schemathesis => {
                &[PythonProgram { file: "schemathesis", found: Function("schemathesis.cli", "schemathesis") }]
            }
            Self::Checkov => &[PythonProgram { file: "checkov", found: Module("checkov.main") }],
        }
    }

    /// Go reads no version from a module that is not the main one, so the linker is told.
    pub(super) fn link_flags(self) -> &'static str {
        match self {
            Self::Kubernetes => KUBERNETES_LINK,
            Self::Kwok => KWOK_LINK,
            Self::Helm => HELM_LINK,
            Self::DynamoDb
            | Self::ElasticMq
            | Self::CargoLambda
            | Self::Etcd
            | Self::Sam
            | Self::CfnLint
            | Self::Linters
            | Self::Hadolint
            | Self::Schemathesis
            | Self::CustomResources
            | Self::KubeScore
            | Self::Checkov
            | Self::Actionlint
            | Self::CargoDeny
            | Self::CargoMachete
            | Self::CargoCyclonedx => STRIPPED,
        }
    }

    /// The folder beside `bin` that it leaves, if it does.
    pub(super) fn folder(self) -> Option<&'static str> {
        match self {
            Self::DynamoDb
            | Self::ElasticMq
            | Self::Kwok
            | Self::Sam
            | Self::CfnLint
            | Self::Linters
            | Self::Hadolint
            | Self::Schemathesis
            | Self::CustomResources
            | Self::Checkov => Some(self.name()),
            Self::CargoLambda
            | Self::Etcd
            | Self::Kubernetes
            | Self::Helm
            | Self::KubeScore
            | Self::Actionlint
            | Self::CargoDeny
            | Self::CargoMachete
            | Self::CargoCyclonedx => None,
        }
    }
}
