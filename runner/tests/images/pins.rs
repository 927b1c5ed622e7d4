//! What the images are made of: pinned, not known to be vulnerable, and looked after.

use std::{fs, path::Path};

use domain::values::locale::IN_THE_IMAGE;

const IMAGES: [&str; 2] = ["infra/images/store/Dockerfile", "infra/images/runner/Dockerfile"];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The images of a Dockerfile that come from elsewhere.
fn bases(dockerfile: &str) -> Vec<&str> {
    let images = dockerfile.lines().filter_map(|line| line.strip_prefix("FROM ")?.split(' ').next());
    images.filter(|image| image.contains(':')).collect()
}

fn argument<'a>(dockerfile: &'a str, name: &str) -> &'a str {
    dockerfile.lines().find_map(|line| line.strip_prefix(&format!("ARG {name}="))).unwrap()
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap()).collect()
}

#[test]
fn every_base_image_is_pinned_by_a_digest_and_alpine_by_one() {
    let dockerfiles = IMAGES.map(read);
    let mut alpines = Vec::new();
    for image in dockerfiles.iter().flat_map(|dockerfile| bases(dockerfile)) {
        let (name, digest) = image.split_once("@sha256:").unwrap_or_else(|| panic!("{image} has no digest"));
        assert_eq!(digest.len(), 64, "{image}");
        if name.starts_with("alpine:") {
            alpines.push(image);
        }
    }
    assert_eq!(alpines.len(), 2);
    assert_eq!(alpines[0], alpines[1]);
}

#[test]
fn neither_wordpress_nor_woocommerce_is_older_than_the_releases_that_closed_holes() {
    let dockerfile = read(IMAGES[0]);
    assert!(version(argument(&dockerfile, "WORDPRESS_VERSION")) >= version("7.1.3"));
    assert!(version(argument(&dockerfile, "WOOCOMMERCE_VERSION")) >= version("11.2.0"));
}

#[test]
fn every_download_has_its_checksum_and_somebody_who_asks_for_newer_ones() {
    let (dockerfile, renovate) = (read(IMAGES[0]), read("renovate.json"));
    let downloads = dockerfile.lines().filter(|line| line.starts_with("ADD https://"));
    // Translations have no checksum that lasts: what is taken of them is held against a list of its own.
    let downloads: Vec<_> = downloads.filter(|line| !line.contains("/translation/")).collect();
    assert_eq!(downloads.len(), 3);
    for name in ["WORDPRESS", "WOOCOMMERCE", "WP_CLI"] {
        assert!(downloads.iter().any(|line| line.contains(&format!("${{{name}_VERSION}}"))), "{name}");
        assert!(dockerfile.contains(&format!("${{{name}_SHA")), "{name} is not held against its checksum");
        assert!(renovate.contains(&format!("ARG {name}_VERSION=")), "{name} is nobody's in renovate.json");
    }
}

/// The locales whose translations of `what` are fetched.
fn translations<'a>(dockerfile: &'a str, what: &str) -> Vec<&'a str> {
    let addresses =
        dockerfile.split_whitespace().filter(|word| word.contains(&format!("/translation/{what}/")));
    let names = addresses.map(|address| address.rsplit_once('/').unwrap().1);
    names.map(|name| name.strip_suffix(".zip").unwrap()).collect()
}

#[test]
fn the_image_has_the_languages_that_stores_can_be_made_in_unless_somebody_says_otherwise() {
    let dockerfile = read(IMAGES[0]);
    let [english, others @ ..] = IN_THE_IMAGE.as_slice() else { panic!("no language") };
    assert_eq!(*english, "en_US", "WordPress's own needs no translation");
    for what in ["core", "plugin/woocommerce"] {
        assert_eq!(translations(&dockerfile, what), others, "{what}");
    }
}

/// They have no checksum, so nothing of them may be run: WordPress prefers a `.l10n.php` where there is one.
#[test]
fn of_translations_only_catalogues_of_texts_are_taken() {
    let dockerfile = read(IMAGES[0]);
    let unpacked: Vec<_> = dockerfile.lines().filter(|line| line.contains("unzip -qoj")).collect();
    assert_eq!(unpacked.len(), 2);
    for line in unpacked {
        let (files, folder) = line.split_once(" -d ").unwrap();
        assert!(folder.contains("/languages/$locale"), "{line}");
        let patterns: Vec<_> = files.split('"').skip(3).step_by(2).collect();
        assert!(patterns.len() >= 2, "{line}");
        for pattern in patterns {
            assert!(pattern.ends_with(".mo") || pattern.ends_with(".json"), "{pattern}");
        }
    }
}

/// A build to the OCI format ignores SHELL, and runs everything by `/bin/sh`.
#[test]
fn a_dockerfile_asks_for_no_other_shell_than_each_builder_has() {
    for (path, dockerfile) in IMAGES.map(|path| (path, read(path))) {
        let lines = dockerfile.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            assert!(!line.starts_with("SHELL"), "{path}: {line}");
            let braces = line.match_indices('{').filter(|(at, _)| !line[..*at].ends_with('$'));
            assert_eq!(braces.count(), 0, "{path} asks for what only bash does: {line}");
        }
    }
}
