//! The API's README, section "Line by line": each line, as it stands there, by a shell with curl.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{env, process::Command};

/// What the lines answer that call the API, in their order, but for those that write out a header alone.
const ANSWERS: [&str; 23] = [
    "202", "200", "200", "200", "304", "202", "200", "200", "200", "200", "200", "200", "422", "201", "200",
    "200", "200", "200", "200", "200", "409", "202", "200",
];

/// Notes what each call answers, and follows the first store until it is Ready, and what it is made to do
/// until that has ended, as the comments tell the reader to do by hand: else the versions in the lines after
/// it would change under them.
const AROUND: &str = r#"
curl() {
  command curl --silent --noproxy '*' --max-time 30 --write-out '%{stderr}answer %{http_code}\n' "$@"
}
until_shown() {
  for _ in $(seq 600); do
    command curl --silent --noproxy '*' "$1" -H "$auth" | grep --quiet "$2" && return
    sleep 0.2
  done
  return 1
}
"#;

/// What the section has between the marks of its first block.
fn block(readme: &str) -> &str {
    let (_, section) = readme.split_once("## Line by line").unwrap();
    section.split("```").nth(1).unwrap()
}

#[test]
#[ignore = "needs the local stack: make test"]
fn the_section_on_the_api_works_line_by_line() {
    assert!(env::var_os("API_URL").is_some(), "this test needs the local stack: run it with `make test`");
    let readme = include_str!("../../../functions/README.md");
    let (create, rest) = block(readme).split_once("\ncurl -i $stores/my-test-shop").unwrap();
    let ready = r#"until_shown "$stores/my-test-shop" '"status":"Ready"'"#;
    let succeeded = r#"until_shown "$API_URL$operation" '"status":"Succeeded"'"#;
    let after = [
        "\n# Then give its administrator",
        "\n# Have its credentials",
        "\n# Read what its database",
        "\n# Have a store that failed",
    ];
    let rest = after.iter().fold(rest.to_owned(), |rest, comment| {
        assert!(rest.contains(comment), "{comment}");
        rest.replace(comment, &format!("\n{succeeded}{comment}"))
    });
    let script = format!("set -eu\n{AROUND}{create}\n{ready}\ncurl -i $stores/my-test-shop{rest}");
    let end = "\ncommand curl --silent --noproxy '*' -X DELETE $stores/second-shop -H \"$auth\"";
    let run = Command::new("bash").arg("-c").arg(script + end).output().unwrap();
    let (out, printed) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    let answers: Vec<_> = printed.lines().filter_map(|line| line.strip_prefix("answer ")).collect();
    // What is shown has a token in it, and is for no log.
    assert!(run.status.success(), "{printed}");
    assert_eq!(answers, ANSWERS, "{printed}");
    for shown in [
        "Location: /v1/stores/my-test-shop",
        "\"pointer\":\"/plan\"",
        "store.delete",
        "\"action\":\"restart\"",
        "\"action\":\"reveal-credentials\"",
        "\"observedAt\":",
        "\"action\":\"logs\"",
        "swt_",
    ] {
        assert!(out.to_lowercase().contains(&shown.to_lowercase()), "{shown} is not shown");
    }
}
