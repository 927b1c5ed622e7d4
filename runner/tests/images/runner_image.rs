//! The runner's own image, as far as it can be looked at without building it.

use std::{fs, path::Path};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The value of a key that stands on one line of a manifest.
fn value<'a>(manifest: &'a str, key: &str) -> &'a str {
    manifest.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = ")).unwrap()
}

#[test]
fn it_is_built_by_the_pinned_compiler() {
    let toolchain = read("rust-toolchain.toml");
    let version = value(&toolchain, "channel").trim_matches('"');
    let image = read("infra/images/runner/Dockerfile");
    assert!(image.contains(&format!("FROM rust:{version}-alpine")), "{version}");
}

/// Cargo reads the manifests of all members, whichever of them it builds.
#[test]
fn every_member_of_the_workspace_is_in_its_build_context() {
    let workspace = read("Cargo.toml");
    let members: Vec<String> = serde_json::from_str(value(&workspace, "members")).unwrap();
    let ignored = read("infra/images/runner/Dockerfile.dockerignore");
    for member in members {
        assert!(ignored.lines().any(|line| line == format!("!{member}")), "{member}");
    }
}
