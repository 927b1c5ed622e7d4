//! The runner's image, as its chart runs it.

use std::{fs, path::Path};

use serde_json::json;

use crate::chart::Chart;

#[test]
#[ignore = "needs the local stack: make test"]
fn the_chart_runs_the_image_as_its_user_and_asks_at_its_port() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/images/runner/Dockerfile");
    let image = fs::read_to_string(file).unwrap();
    let line =
        |word: &str| image.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' ')).unwrap();
    let (user, group) = line("USER").split_once(':').unwrap();
    let (user, group): (u32, u32) = (user.parse().unwrap(), group.parse().unwrap());
    let port: u16 = line("EXPOSE").parse().unwrap();

    let chart = Chart::of_the_runner();
    for values in chart.values_files() {
        for name in ["runner", "runner-front"] {
            let pod = chart.pod("shopwright", &values, name);
            let as_whom = &pod["securityContext"];
            assert_eq!((&as_whom["runAsUser"], &as_whom["runAsGroup"]), (&json!(user), &json!(group)));
            let container = &pod["containers"][0];
            let ports = container["ports"].as_array().unwrap();
            assert!(ports.contains(&json!({ "name": "http", "containerPort": port })), "{name}");
            for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
                assert_eq!(container[probe]["httpGet"]["port"], "http", "{name} {probe}");
            }
        }
    }
}
