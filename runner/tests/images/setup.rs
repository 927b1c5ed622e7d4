//! `setup`, with the environment of the Job that runs it.

use std::collections::BTreeMap;

use clap::Parser as _;
use k8s_openapi::api::core::v1::Secret;
use runner::{
    resources::{Blueprint, CredentialObjects, Passwords, StoreResources},
    settings::StoreSettings,
};
use testkit::fixture::named_store;

use crate::container::{Container, End};

const TITLE: &str = "My Test Shop";

/// What the Job's container gets, with the keys of Secrets looked up as a kubelet does.
fn environment() -> BTreeMap<String, String> {
    let settings = StoreSettings::parse_from(["settings"]);
    let blueprint = Blueprint::new(&named_store(TITLE, "admin"), settings);
    let StoreResources { setup_job, credentials, .. } = blueprint.resources(&Passwords::generate().unwrap());
    let CredentialObjects::Generated(secrets) = credentials else { panic!("none is generated") };
    let pod = setup_job.spec.unwrap().template.spec.unwrap();
    let container = pod.containers.into_iter().next().unwrap();
    assert_eq!(container.command.as_deref(), Some(["setup".to_owned()].as_slice()));
    let value_of = |secret: &str, key: &str| {
        let named = |candidate: &&Secret| candidate.metadata.name.as_deref() == Some(secret);
        let data = secrets.iter().find(named).unwrap().data.as_ref().unwrap();
        String::from_utf8(data[key].0.clone()).unwrap()
    };
    container
        .env
        .unwrap()
        .into_iter()
        .map(|variable| {
            let value = variable.value.unwrap_or_else(|| {
                let key = variable.value_from.unwrap().secret_key_ref.unwrap();
                value_of(&key.name, &key.key)
            });
            (variable.name, value)
        })
        .collect()
}

fn container() -> Container {
    let container = Container::new(environment());
    container.install("setup-database", include_str!("setup-database"));
    container.install("setup-shop", include_str!("setup-shop"));
    container
}

/// What its helpers were called with, in order.
fn calls(container: &Container) -> Vec<String> {
    container.read("calls").lines().map(str::to_owned).collect()
}

const QUICK: [&str; 3] = ["setup-database begin", "setup-shop prepared", "setup-database end"];
const LONG: [&str; 6] = [
    "setup-database begin",
    "setup-shop prepared",
    "setup-shop install",
    "setup-shop activate",
    "setup-shop furnish",
    "setup-database end",
];

fn assert_succeeded(end: &End) {
    assert_eq!((end.code, end.termination_message.as_str()), (Some(0), ""), "{}", end.said);
}

#[test]
fn the_job_gives_the_script_all_it_needs_and_the_prepared_database_is_taken() {
    let container = container();
    assert_succeeded(&container.run("setup", &[]));
    assert_eq!(calls(&container), QUICK, "the mark is last");
}

#[test]
fn without_a_prepared_database_of_the_images_parts_the_long_way_is_gone() {
    let mut container = container();
    container.set("PREPARED", "3");
    assert_succeeded(&container.run("setup", &[]));
    assert_eq!(calls(&container), LONG);
    assert!(container.read("read-by-install").contains("yes"), "the database is new");
}

#[test]
fn a_prepared_database_that_fails_costs_no_merchant_the_shop() {
    let mut container = container();
    container.set("FAIL_AT", "2");
    let end = container.run("setup", &[]);
    assert_succeeded(&end);
    let mut calls = calls(&container);
    assert_eq!(calls.remove(2), "setup-database begin", "what it has left is taken away first");
    assert_eq!(calls, LONG);
    assert!(
        end.said.contains("The prepared database could not be used: call 2 was refused."),
        "{}",
        end.said
    );
}

#[test]
fn a_database_that_is_somebodys_is_added_to_and_nothing_is_taken_from_it() {
    let container = container();
    container.write("found", "somebody's\n");
    assert_succeeded(&container.run("setup", &[]));
    let expected: Vec<_> = LONG.into_iter().filter(|call| *call != "setup-shop prepared").collect();
    assert_eq!(calls(&container), expected);
    assert!(container.read("read-by-install").contains("\nno\n"), "it is not new");
}

#[test]
fn no_name_no_address_and_no_password_is_on_a_command_line_or_in_the_log() {
    for prepared in ["0", "3"] {
        let mut container = container();
        let (email, password) = (&environment()["ADMIN_EMAIL"], "a-password");
        container.set("ADMIN_PASSWORD", password);
        container.set("PREPARED", prepared);
        let end = container.run("setup", &[]);
        assert_succeeded(&end);
        let step = if prepared == "0" { "prepared" } else { "install" };
        assert_eq!(
            container.read(&format!("read-by-{step}")),
            format!("{TITLE}\n{email}\nyes\n{password}\n")
        );
        let seen = calls(&container).join("\n") + &end.said;
        for private in [TITLE, password, email] {
            assert!(!seen.contains(private), "{private} in {seen}");
        }
    }
}

#[test]
fn each_step_that_fails_ends_the_job_with_its_whole_sentence_and_the_next_try_finishes() {
    let sentences = [
        (1, "call 1 was refused.\n"),
        (3, "WordPress could not be installed: call 3 was refused.\n"),
        (4, "WooCommerce could not be activated: call 4 was refused.\n"),
        (5, "The shop could not be furnished: call 5 was refused.\n"),
        (6, "The end of the setup could not be noted: call 6 was refused.\n"),
    ];
    for (call, sentence) in sentences {
        let mut container = container();
        container.set("PREPARED", "3");
        container.set("FAIL_AT", call.to_string());
        let end = container.run("setup", &[]);
        assert_eq!(end.code, Some(1), "call {call}: {}", end.said);
        assert_eq!(end.termination_message, sentence);
        assert!(end.said.ends_with(&end.termination_message), "without the file the log's end is shown");
        assert_eq!(calls(&container).len(), call, "nothing is done after call {call}");

        container.unset("FAIL_AT");
        assert_succeeded(&container.run("setup", &[]));
        assert!(container.path("done").exists());
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let container = container();
    assert_succeeded(&container.run("setup", &[]));
    container.write("calls", "");
    assert_succeeded(&container.run("setup", &[]));
    assert_eq!(calls(&container), ["setup-database begin"]);
}

#[test]
fn the_shops_pod_waits_until_the_end_is_marked() {
    let container = container();
    assert_succeeded(&container.run("setup", &[]));
    assert_succeeded(&container.run("await-setup", &[]));
}

#[test]
fn a_setting_that_is_missing_is_named() {
    for name in ["SITE_URL", "SITE_TITLE", "ADMIN_USER", "ADMIN_EMAIL", "ADMIN_PASSWORD"] {
        let mut container = container();
        container.unset(name);
        let end = container.run("setup", &[]);
        assert_eq!(end.code, Some(1));
        assert_eq!(end.termination_message, format!("Neither {name} nor {name}_FILE is set.\n"));
        assert_eq!(calls(&container), Vec::<String>::new());
    }
}

#[test]
fn a_setting_can_come_from_a_file() {
    let mut container = container();
    container.write("password", "from-a-file\n");
    container.unset("ADMIN_PASSWORD");
    container.set("ADMIN_PASSWORD_FILE", container.path("password").to_str().unwrap());
    assert_succeeded(&container.run("setup", &[]));
    assert_eq!(container.read("read-by-prepared").lines().last(), Some("from-a-file"));
}

#[test]
fn what_would_answer_the_next_question_too_is_refused() {
    let mut container = container();
    container.set("SITE_TITLE", "My\nShop");
    let end = container.run("setup", &[]);
    assert_eq!(
        (end.code, end.termination_message.as_str()),
        (Some(1), "SITE_TITLE has more than one line.\n")
    );
}
