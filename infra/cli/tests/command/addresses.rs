//! Nothing that somebody types, and nothing that an API answers, leads a call to another address.

use serde_json::json;

use crate::scripted_api::{ScriptedApi, answer, json_answer, list, shopwright, store, text};

/// What a clap parser ends with where an argument is wrong.
const USAGE: Option<i32> = Some(2);

/// Texts that are no id, and of which a URL would make another path, a query or another host.
const NO_IDS: [&str; 22] = [
    "",
    ".",
    "..",
    "../tokens",
    "escape-one#keep-me",
    "x?y",
    "x?status=Ready",
    "a/b",
    "a/../b",
    "a\\b",
    "%2e%2e",
    "a%2Fb",
    "a b",
    " a",
    "a\n",
    "a\u{1}b",
    "café",
    "My-Shop",
    "-a",
    "a--b",
    "http://127.0.0.1:1/v1/stores/a",
    "//example.com",
];

/// What takes a store's id, as it is typed around that.
const COMMANDS: [(&[&str], &[&str]); 14] = [
    (&["show"], &[]),
    (&["events"], &[]),
    (&["events", "--follow"], &[]),
    (&["health"], &[]),
    (&["retry"], &[]),
    (&["retry", "--follow"], &[]),
    (&["restart", "--target", "all"], &[]),
    (&["reset-password"], &[]),
    (&["reveal"], &[]),
    (&["logs"], &["mysql"]),
    (&["operations"], &[]),
    (&["delete"], &[]),
    (&["delete", "--follow"], &[]),
    (&["audit", "verify", "--table-name", "stores"], &[]),
];

#[test]
fn what_is_no_id_is_refused_before_anything_is_sent() {
    let api = ScriptedApi::start([json_answer("200 OK", &store("a", "Ready"))]);
    for (number, (before, after)) in COMMANDS.into_iter().enumerate() {
        // All of them with the first, and some with each, so that no command is left out.
        for id in NO_IDS.into_iter().skip(number).step_by(if number == 0 { 1 } else { 6 }) {
            // Behind `--`, where nothing is an option.
            let output = api.run(&[before, &["--", id], after].concat());
            assert_eq!(output.status.code(), USAGE, "{before:?} {id:?}: {output:?}");
            assert!(text(&output.stderr).contains("invalid value") && output.stdout.is_empty(), "{output:?}");
        }
    }
    for id in
        ["", "..", "8C3F0E5D7A1B2C94", "8c3f0e5d7a1b2c9", "8c3f0e5d7a1b2c94/", "../stores/a", "x?y", "x#y"]
    {
        let output = api.run(&["token", "revoke", "--", id]);
        assert_eq!(output.status.code(), USAGE, "{id:?}: {output:?}");
    }
    assert_eq!(api.lines(), [""; 0]);
}

#[test]
fn an_id_leads_to_its_own_address_under_that_of_the_api() {
    for base in ["", "/", "/stage", "/stage/"] {
        let api = ScriptedApi::start([json_answer("200 OK", &store("my-shop-2", "Ready"))]);
        let output = api.command(&["show", "my-shop-2"]).env("API_URL", api.url() + base).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(api.lines(), [format!("GET {}/v1/stores/my-shop-2", base.trim_end_matches('/'))]);
    }
}

#[test]
fn what_a_list_is_filtered_by_stays_in_its_parameter() {
    let second = json!({ "items": [], "nextCursor": "a&b=c#d/../e" });
    let api = ScriptedApi::start([json_answer("200 OK", &second), json_answer("200 OK", &list(&[]))]);
    let output = api.run(&["list", "--owner", "ada&status=Ready#x", "--status", "a b/../?"]);
    assert!(output.status.success(), "{output:?}");
    let query = "/v1/stores?status=a+b%2F..%2F%3F&owner=ada%26status%3DReady%23x&limit=100";
    let cursor = "&cursor=a%26b%3Dc%23d%2F..%2Fe";
    assert_eq!(api.lines(), [format!("GET {query}"), format!("GET {query}{cursor}")]);
}

#[test]
fn an_answer_names_no_other_address() {
    let elsewhere = ScriptedApi::start([json_answer("200 OK", &store("a", "Ready"))]);
    for (status, location) in [
        ("301 Moved Permanently", format!("{}/v1/stores/a", elsewhere.url())),
        ("307 Temporary Redirect", format!("{}/v1/stores/a", elsewhere.url())),
        ("302 Found", "/v1/tokens".to_owned()),
        ("308 Permanent Redirect", "//127.0.0.1:1/".to_owned()),
    ] {
        let api = ScriptedApi::start([answer(status, &format!("location: {location}\r\n"), "")]);
        for arguments in [&["show", "a"][..], &["delete", "a"], &["restart", "a"]] {
            let output = api.run(arguments);
            assert_eq!(output.status.code(), Some(1));
            assert!(text(&output.stderr).contains(&location), "{output:?}");
        }
        assert_eq!(api.requests().len(), 3);
    }
    assert_eq!(elsewhere.lines(), [""; 0]);

    for id in ["../tokens", "a#b", "A", "http://127.0.0.1:1/"] {
        let api = ScriptedApi::start([json_answer("202 Accepted", &store(id, "Provisioning"))]);
        let output = api.run(&["create", "My Shop", "--email", "owner@example.com", "--follow"]);
        assert_eq!((output.status.code(), api.requests().len()), (Some(1), 1), "{output:?}");
        let taken = json!({ "title": "The name is taken", "detail": "It is.", "store": id });
        let api = ScriptedApi::start([json_answer("409 Conflict", &taken)]);
        let output = api.run(&["create", "My Shop", "--email", "owner@example.com", "--if-absent"]);
        assert_eq!((output.status.code(), api.requests().len()), (Some(1), 1), "{output:?}");
    }
}

#[test]
fn an_address_or_a_token_that_can_not_be_one_is_refused_and_not_repeated() {
    let api = ScriptedApi::start([json_answer("200 OK", &list(&[]))]);
    for url in [
        "127.0.0.1:9000".to_owned(),
        format!(" {}", api.url()),
        format!("{}\n", api.url()),
        format!("{}?secret", api.url()),
        format!("{}#secret", api.url()),
        api.url().replace("://", "://me:secret@"),
        api.url().replace("http", "ftp"),
        "not a url".to_owned(),
    ] {
        let output = api.command(&["list"]).env("API_URL", &url).output().unwrap();
        assert_eq!(output.status.code(), USAGE, "{url:?}: {output:?}");
        let printed = text(&output.stderr);
        assert!(printed.contains("API_URL") && !printed.contains("secret"), "{printed}");
    }
    for token in ["secret\n", "secret x", " secret", "s\u{e9}cret", "secret\r", "secret\t"] {
        let output = api.command(&["list"]).env("ADMIN_TOKEN", token).output().unwrap();
        assert_eq!(output.status.code(), USAGE, "{token:?}: {output:?}");
        let printed = text(&output.stderr);
        assert!(printed.contains("ADMIN_TOKEN") && !printed.contains("cret"), "{printed}");
    }
    assert_eq!(api.lines(), [""; 0]);
    // None is what a shell sets that has nothing to set it to.
    let output = shopwright().args(["list"]).env("ADMIN_TOKEN", "").output().unwrap();
    assert!(text(&output.stderr).contains("no token"), "{output:?}");
}

#[test]
fn a_create_says_how_the_shop_speaks_and_sells_and_no_more_than_it_was_asked() {
    let create = ["create", "My Shop", "--email", "owner@example.com"];
    for (market, asked) in [
        (&[][..], json!({})),
        (&["--country", "JP", "--currency", "JPY"], json!({ "country": "JP", "currency": "JPY" })),
        (&["--locale", "de_DE"], json!({ "locale": "de_DE" })),
        (&["--currency", "EUR"], json!({ "currency": "EUR" })),
    ] {
        let mut made = store("my-shop", "Provisioning");
        made["locale"] = asked["locale"].clone();
        made["country"] = asked["country"].clone();
        made["currency"] = asked["currency"].clone();
        let api = ScriptedApi::start([json_answer("202 Accepted", &made)]);
        let output = api.run(&[&create[..], market].concat());
        assert!(output.status.success(), "{output:?}");
        let mut body = asked.clone();
        body["name"] = "My Shop".into();
        body["adminEmail"] = "owner@example.com".into();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&api.requests()[0].body).unwrap(), body);
        let said = text(&output.stdout);
        assert_eq!(said.contains("Language"), asked["locale"] == "de_DE", "{said}");
        assert_eq!(said.contains("Country"), asked["country"] == "JP", "{said}");
        assert_eq!(said.contains("Currency"), !asked["currency"].is_null(), "{said}");
    }
    for wrong in [["--locale", "german"], ["--country", "UK"], ["--currency", "DEM"]] {
        let api = ScriptedApi::start([json_answer("202 Accepted", &store("my-shop", "Provisioning"))]);
        let output = api.run(&[&create[..], &wrong].concat());
        assert_eq!((output.status.code(), api.requests().len()), (USAGE, 0), "{output:?}");
        assert!(text(&output.stderr).contains(wrong[0]), "{output:?}");
    }
}
