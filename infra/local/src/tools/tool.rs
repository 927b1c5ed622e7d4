//! The list of tools, one row each: the one place that knows their pins, flags and files.

use super::python::{
    Found::{Function, Module, Native, Packaged},
    PythonProgram,
};
use super::source::{GoProgram, STRIPPED, Source};

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

/// All that is known of a tool.
pub(super) struct Row {
    /// Names its log, its stamp, and its folder where it has one.
    pub(super) name: &'static str,
    /// The folder of its pins.
    pub(super) pins: &'static str,
    /// What a person reads while it is made.
    pub(super) activity: &'static str,
    /// How long a first run takes on two cores.
    pub(super) time: &'static str,
    /// What it is made from, and how.
    pub(super) source: Source,
    /// Whether it leaves a folder beside `bin`.
    pub(super) has_folder: bool,
    /// Whether only a simulated cluster needs it. A real cluster is still reached by `kubectl`.
    pub(super) is_cluster_only: bool,
}

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

    /// Its row.
    pub(super) fn row(self) -> &'static Row {
        match self {
            Self::DynamoDb => &Row {
                name: "dynamodb",
                pins: "dynamodb",
                activity: "fetching DynamoDB Local",
                time: "about 30 s",
                source: Source::JarsAndServer,
                has_folder: true,
                is_cluster_only: false,
            },
            Self::ElasticMq => &Row {
                name: "elasticmq",
                pins: "elasticmq",
                activity: "fetching ElasticMQ",
                time: "about 20 s",
                source: Source::Jars,
                has_folder: true,
                is_cluster_only: false,
            },
            Self::CargoLambda => &Row {
                name: "cargo-lambda",
                pins: "lambda",
                activity: "fetching cargo-lambda",
                time: "about 10 s",
                source: Source::Python(&[PythonProgram { file: "cargo-lambda", found: Native }]),
                has_folder: false,
                is_cluster_only: false,
            },
            Self::Etcd => &Row {
                name: "etcd",
                pins: "etcd",
                activity: "building etcd",
                time: "about 30 s",
                source: Source::Go {
                    programs: &[GoProgram { file: "etcd", package: "go.etcd.io/etcd/server/v3" }],
                    link: STRIPPED,
                },
                has_folder: false,
                is_cluster_only: true,
            },
            Self::Kwok => &Row {
                name: "kwok",
                pins: "kwok",
                activity: "building kwok",
                time: "about 2 min",
                source: Source::GoAndStages {
                    programs: &[GoProgram { file: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok" }],
                    link: KWOK_LINK,
                },
                has_folder: true,
                is_cluster_only: true,
            },
            Self::Kubernetes => &Row {
                name: "kubernetes",
                pins: "kubernetes",
                activity: "building",
                time: "about 5 min",
                source: Source::Go {
                    programs: &[
                        GoProgram { file: "kube-apiserver", package: "k8s.io/kubernetes/cmd/kube-apiserver" },
                        GoProgram {
                            file: "kube-controller-manager",
                            package: "k8s.io/kubernetes/cmd/kube-controller-manager",
                        },
                        GoProgram { file: "kube-scheduler", package: "k8s.io/kubernetes/cmd/kube-scheduler" },
                        GoProgram { file: "kubectl", package: "k8s.io/kubernetes/cmd/kubectl" },
                    ],
                    link: KUBERNETES_LINK,
                },
                has_folder: false,
                is_cluster_only: false,
            },
            Self::Sam => &Row {
                name: "sam",
                pins: "sam",
                activity: "fetching AWS SAM",
                time: "about 1 min",
                source: Source::Python(&[
                    PythonProgram { file: "sam", found: Function("samcli.cli.main", "cli") },
                    PythonProgram { file: "zig", found: Packaged("ziglang/zig") },
                    PythonProgram { file: "aws-lambda-rie", found: Packaged(RUNTIME_INTERFACE_EMULATOR) },
                ]),
                has_folder: true,
                is_cluster_only: false,
            },
            Self::CfnLint => &Row {
                name: "cfn-lint",
                pins: "cfn-lint",
                activity: "fetching cfn-lint",
                time: "about 20 s",
                source: Source::Python(&[PythonProgram {
                    file: "cfn-lint",
                    found: Function("cfnlint.runner", "main"),
                }]),
                has_folder: true,
                is_cluster_only: false,
            },
            Self::Linters => &Row {
                name: "linters",
                pins: "linters",
                activity: "fetching the linters",
                time: "about 10 s",
                source: Source::Python(&[
                    PythonProgram { file: "shellcheck", found: Native },
                    PythonProgram { file: "shfmt", found: Native },
                    PythonProgram { file: "taplo", found: Native },
                    PythonProgram { file: "typos", found: Native },
                    PythonProgram { file: "yamllint", found: Function("yamllint.cli", "run") },
                ]),
                has_folder: true,
                is_cluster_only: false,
            },
            Self::Hadolint => &Row {
                name: "hadolint",
                pins: "hadolint",
                activity: "fetching hadolint",
                time: "about 5 s",
                source: Source::Python(&[PythonProgram { file: "hadolint", found: Native }]),
                has_folder: true,
                is_cluster_only: false,
            },
            Self::Schemathesis => &Row {
                name: "schemathesis",
                pins: "schemathesis",
                activity: "fetching schemathesis",
                time: "about 20 s",
                source: Source::Python(&[PythonProgram {
                    file: "schemathesis",
                    found: Function("schemathesis.cli", "schemathesis"),
                }]),
                has_folder: true,
                is_cluster_only: false,
            },
            Self::Helm => &Row {
                name: "helm",
                pins: "helm",
                activity: "building helm",
                time: "about 2 min",
                source: Source::Go {
                    // Of one module, so that charts are tested by the very code that installs them.
                    programs: &[
                        GoProgram { file: "helm", package: "helm.sh/helm/v3/cmd/helm" },
                        GoProgram {
                            file: "helm-unittest",
                            package: "github.com/helm-unittest/helm-unittest/cmd/helm-unittest",
                        },
                    ],
                    link: HELM_LINK,
                },
                has_folder: false,
                is_cluster_only: false,
            },
            Self::CustomResources => &Row {
                name: "custom-resources",
                pins: "custom-resources",
                activity: "fetching the definitions of custom resources",
                time: "about 10 s",
                source: Source::GoModules,
                has_folder: true,
                is_cluster_only: true,
            },
            Self::KubeScore => &Row {
                name: "kube-score",
                pins: "kube-score",
                activity: "building kube-score",
                time: "about 1 min",
                source: Source::Go {
                    programs: &[GoProgram {
                        file: "kube-score",
                        package: "github.com/zegl/kube-score/cmd/kube-score",
                    }],
                    link: STRIPPED,
                },
                has_folder: false,
                is_cluster_only: false,
            },
            Self::Checkov => &Row {
                name: "checkov",
                pins: "checkov",
                activity: "fetching checkov",
                time: "about 1 min",
                source: Source::Python(&[PythonProgram { file: "checkov", found: Module("checkov.main") }]),
                has_folder: true,
                is_cluster_only: false,
            },
            Self::Actionlint => &Row {
                name: "actionlint",
                pins: "actionlint",
                activity: "building actionlint",
                time: "about 20 s",
                source: Source::Go {
                    programs: &[GoProgram {
                        file: "actionlint",
                        package: "github.com/rhysd/actionlint/cmd/actionlint",
                    }],
                    link: STRIPPED,
                },
                has_folder: false,
                is_cluster_only: false,
            },
            Self::CargoDeny => &Row {
                name: "cargo-deny",
                pins: "cargo-deny",
                activity: "building cargo-deny",
                time: "about 2 min",
                source: Source::Crate,
                has_folder: false,
                is_cluster_only: false,
            },
            Self::CargoMachete => &Row {
                name: "cargo-machete",
                pins: "cargo-machete",
                activity: "building cargo-machete",
                time: "about 1 min",
                source: Source::Crate,
                has_folder: false,
                is_cluster_only: false,
            },
            Self::CargoCyclonedx => &Row {
                name: "cargo-cyclonedx",
                pins: "cargo-cyclonedx",
                activity: "building cargo-cyclonedx",
                time: "about 1 min",
                source: Source::Crate,
                has_folder: false,
                is_cluster_only: false,
            },
        }
    }
}
