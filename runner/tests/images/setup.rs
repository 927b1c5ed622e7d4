//! `setup`, with the environment of the Job that runs it.

use std::{collections::BTreeMap, fs};

use clap::Parser as _;
use domain::fixture::named_store;
use k8s_openapi::api::core::v1::Secret;
use runner::{
    resources::{Blueprint, Credentials, Passwords, StoreResources},
    settings::StoreSettings,
};

use crate::container::{Container, End};

const TITLE: &str = "My Test Shop";

/// What the Job's container gets, with the keys of Secrets looked up as a kubelet does.
fn environment() -> BTreeMap<String, String> {
    let settings = StoreSettings::parse_from(["settings"]);
    let blueprint = Blueprint::new(&named_store(TITLE, "admin"), settings);
    let StoreResources { setup_job, credentials, .. } = blueprint.resources(&Passwords::generate().unwrap());
    let Credentials::Generated(secrets) = credentials else { panic!("none is generated") };
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
    container.install("wp", include_str!("wp"));
    container.install("database-ping", "#!/bin/sh\n");
    container
}

/// What `wp` was called with, in order.
fn calls(container: &Container) -> Vec<String> {
    container.read("calls").lines().map(str::to_owned).collect()
}

/// What the calls have left: all of a store's database that the stand-in knows.
fn shop(container: &Container) -> BTreeMap<String, String> {
    fs::read_dir(container.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["bin", "html", "calls", "termination-log", "attempts"].contains(&name.as_str()))
        .map(|name| (name.clone(), container.read(&name)))
        .collect()
}

fn assert_succeeded(end: &End) {
    assert_eq!((end.code, end.termination_message.as_str()), (Some(0), ""), "{}", end.said);
}

#[test]
fn the_job_gives_the_script_all_it_needs_and_the_shop_is_set_up() {
    let container = container();
    assert_succeeded(&container.run("setup", &[]));
    let shop = shop(&container);
    let made: Vec<_> = shop.keys().map(String::as_str).collect();
    assert_eq!(
        made,
        [
            "installed",
            "option-shopwright_setup_done",
            "option-woocommerce_cod_settings",
            "option-woocommerce_coming_soon",
            "plugin-activate",
            "products",
            "rewrite-structure",
            "wc-tool",
        ]
    );
    assert_eq!(shop["option-woocommerce_cod_settings"], "{\"enabled\":\"yes\"}\n");
    assert_eq!(
        calls(&container).last().unwrap(),
        "option update shopwright_setup_done yes",
        "the mark is last"
    );
}

#[test]
fn no_name_no_address_and_no_password_is_on_a_command_line_or_in_the_log() {
    let mut container = container();
    let (email, password) = (&environment()["ADMIN_EMAIL"], "a-password");
    container.set("ADMIN_PASSWORD", password);
    let end = container.run("setup", &[]);
    assert_succeeded(&end);
    assert_eq!(container.read("installed"), format!("{TITLE}\n{password}\n{email}\n"));
    let seen = calls(&container).join("\n") + &end.said;
    for private in [TITLE, password, email] {
        assert!(!seen.contains(private), "{private} in {seen}");
    }
}

#[test]
fn each_command_that_fails_ends_the_job_with_its_sentence_and_the_next_try_finishes() {
    let whole = container();
    assert_succeeded(&whole.run("setup", &[]));
    let sentences = [
        "WordPress could not be asked whether it is installed",
        "WordPress could not be installed",
        "WordPress could not be asked whether it is installed",
        "The shop could not be asked whether it is set up",
        "WooCommerce could not be activated",
        "The permalinks could not be set",
        "The shop's pages could not be made",
        "The shop's products could not be listed",
        "The sample product could not be added",
        "Cash on delivery could not be allowed",
        "The shop could not be opened",
        "The end of the setup could not be noted",
    ];
    assert_eq!(calls(&whole).len(), sentences.len(), "a command without its sentence here");
    for (call, sentence) in (1..).zip(sentences) {
        let mut container = container();
        container.set("FAIL_AT", call.to_string());
        let end = container.run("setup", &[]);
        assert_eq!(end.code, Some(1), "call {call}: {}", end.said);
        assert_eq!(end.termination_message, format!("{sentence}: Error: call {call} was refused.\n"));
        assert!(end.said.ends_with(&end.termination_message), "without the file the log's end is shown");
        assert_eq!(calls(&container).len(), call, "nothing is done after call {call}");

        container.unset("FAIL_AT");
        assert_succeeded(&container.run("setup", &[]));
        assert_eq!(shop(&container).keys().collect::<Vec<_>>(), shop(&whole).keys().collect::<Vec<_>>());
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let container = container();
    assert_succeeded(&container.run("setup", &[]));
    // What a merchant has set since.
    container.write("option-woocommerce_cod_settings", "{\"enabled\":\"no\"}\n");
    container.write("calls", "");
    let before = shop(&container);
    assert_succeeded(&container.run("setup", &[]));
    assert_eq!(shop(&container), before);
    let calls = calls(&container);
    assert!(
        calls.iter().all(|call| call.starts_with("core is-installed") || call.starts_with("option list"))
    );
}

#[test]
fn a_shop_with_products_gets_no_sample() {
    let container = container();
    container.write("products", "7\n");
    assert_succeeded(&container.run("setup", &[]));
    assert_eq!(container.read("products"), "7\n");
}

#[test]
fn a_database_that_never_answers_ends_the_job_when_its_time_is_over() {
    let mut container = container();
    container.install("database-ping", "#!/bin/sh\necho 'Connection refused' >&2\nexit 1\n");
    container.set("DATABASE_WAIT_SECONDS", "1");
    let end = container.run("setup", &[]);
    assert_eq!(end.code, Some(1));
    assert_eq!(end.termination_message, "The database did not answer within 1 s: Connection refused\n");
    assert_eq!(calls(&container), Vec::<String>::new());
}

#[test]
fn a_database_that_is_late_is_waited_for() {
    let container = container();
    let late = "#!/bin/sh\necho >>\"$STATE/attempts\"\n[ \"$(wc -l <\"$STATE/attempts\")\" -gt 1 ]\n";
    container.install("database-ping", late);
    assert_succeeded(&container.run("setup", &[]));
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
    assert_eq!(container.read("installed").lines().nth(1), Some("from-a-file"));
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
