//! The runner's chart as `helm` installs it.

use std::process::Command;

use crate::{
    chart::{Chart, helm, text},
    dry_run::Namespace,
};

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// What there is of a release, by the labels of its objects.
fn left(namespace: &str) -> String {
    let kinds = "deployments,services,serviceaccounts,networkpolicies,poddisruptionbudgets,servicemonitors,\
                 scaledobjects,triggerauthentications,ingresses,horizontalpodautoscalers";
    let labels = ["-l", "app.kubernetes.io/name in (runner,runner-front)", "--output", "name"];
    let own = run(Command::new("kubectl").args(["get", kinds, "--namespace", namespace]).args(labels));
    let cluster = run(Command::new("kubectl").args(["get", "clusterroles,clusterrolebindings"]).args(labels));
    let name = format!("/{namespace}-runner");
    own + &cluster.lines().filter(|line| line.ends_with(&name)).collect::<String>()
}

#[test]
#[ignore = "needs the local stack: make test"]
fn it_is_installed_upgraded_and_removed_without_a_trace() {
    let chart = Chart::of_the_runner();
    let namespace = Namespace::create();
    // From one to the other: what only one of them has comes and goes.
    for values in chart.values_files() {
        let mut install = helm();
        install.args(["upgrade", "--install", "runner"]).arg(&chart.folder);
        install.args(["--namespace", &namespace.name, "--wait", "--timeout", "90s", "--values"]).arg(&values);
        let notes = run(&mut install);
        assert!(notes.contains("The runner takes jobs from https://sqs."), "{notes}");
        let available = ["wait", "--for=condition=Available", "deployment", "--all", "--timeout=0s"];
        run(Command::new("kubectl").args(available).args(["--namespace", &namespace.name]));
    }
    assert!(left(&namespace.name).contains("clusterrole.rbac.authorization.k8s.io"));
    run(helm().args(["uninstall", "runner", "--namespace", &namespace.name, "--wait"]));
    assert_eq!(left(&namespace.name), "");
}
