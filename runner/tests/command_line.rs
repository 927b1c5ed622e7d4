//! The runner's process, as whoever starts it with flags and variables meets it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs::File,
    process::{Command, Output, Stdio},
};

/// Runs it with nothing in its environment but these.
fn runner(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.args(arguments).env_clear().envs(variables.iter().copied()).output().unwrap()
}

const RUN: [&str; 5] = ["run", "--table-name", "stores", "--queue-url", "http://sqs.test/jobs"];

/// What it complains of; it must end at its start.
fn refused(variables: &[(&str, &str)]) -> String {
    let output = runner(&RUN, variables);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn production_has_no_domain_and_no_image_to_fall_back_on() {
    let error = refused(&[("PROFILE", "production")]);
    assert!(error.contains("--store-domain") && error.contains("--store-image"), "{error}");
}

#[test]
fn a_profile_by_variable_sets_the_defaults_of_the_others() {
    let production = [
        ("PROFILE", "production"),
        ("STORE_DOMAIN", "shops.example.com"),
        ("STORE_IMAGE", "r.example/store:1"),
        ("CPU_LIMIT", "100m"),
    ];
    assert!(refused(&production).contains("CPU_REQUEST is 250m, which is more than CPU_LIMIT, 100m"));
}

#[test]
fn a_wrong_variable_is_refused_by_the_name_of_its_setting() {
    for (variable, value, named) in [
        ("TLS", "https", "--tls"),
        ("EGRESS", "none", "--egress"),
        ("SECRETS", "vault", "--secrets"),
        ("INGRESS_LABELS", "app", "--ingress-labels"),
        ("QUOTA_STORAGE", "1Gi", "QUOTA_STORAGE"),
        ("POD_CHECK_INTERVAL_SECONDS", "0", "--pod-check-interval-seconds"),
        ("LOOK_AFTER_SECONDS", "0", "--look-after-seconds"),
    ] {
        let error = refused(&[(variable, value)]);
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn every_setting_is_explained_and_named_by_flag_and_variable() {
    let help = runner(&["run", "--help"], &[]);
    let help = String::from_utf8(help.stdout).unwrap();
    for setting in [
        "PROFILE",
        "STORE_DOMAIN",
        "TLS",
        "CERTIFICATE_ISSUER",
        "INGRESS_LABELS",
        "DNS_NAMESPACE",
        "EGRESS",
        "SECRETS",
        "SECRET_PATH",
        "QUOTA_MEMORY_LIMITS",
    ] {
        let flag = format!("--{}", setting.to_lowercase().replace('_', "-"));
        assert!(help.contains(&format!("[env: {setting}=]")) && help.contains(&flag), "{setting}");
    }
}

#[test]
fn manifests_are_rendered_without_a_cluster_and_a_table() {
    let render = ["render", "My Test Shop", "--email", "owner@example.com"];
    let output = runner(&render, &[("TLS", "wildcard")]);
    assert!(output.status.success(), "{output:?}");
    let yaml = String::from_utf8(output.stdout).unwrap();
    assert!(
        yaml.contains("value: https://my-test-shop.store.127.0.0.1.nip.io") && yaml.contains("<redacted>")
    );
    let refused = runner(&render, &[("CPU_REQUEST", "8")]);
    assert_eq!(refused.status.code(), Some(2));
}

/// 1 would say that something differs.
#[test]
fn a_diff_that_can_not_be_made_ends_with_another_code() {
    let nobody_there = [
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let diff = runner(&["diff", "my-test-shop", "--table-name", "stores"], &nobody_there);
    assert_eq!(diff.status.code(), Some(2), "{diff:?}");
}

#[test]
fn whoever_reads_may_stop_and_a_full_disk_is_said() {
    let render: &[&str] = &["render", "My Shop", "--email", "owner@example.com"];
    let run = |arguments: &[&str], output: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
        command.args(arguments).env_clear().stdout(output).stderr(Stdio::piped());
        command.spawn().unwrap().wait_with_output().unwrap()
    };
    for arguments in [render, &["--help"], &["run", "--help"]] {
        let (reader, closed) = std::io::pipe().unwrap();
        drop(reader);
        let output = run(arguments, closed.into());
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{output:?}");
    }
    let output = run(render, File::options().write(true).open("/dev/full").unwrap().into());
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && printed.contains("standard output can't be written"),
        "{printed}"
    );
}
