//! `seed`, on a folder that plays the volume.

use std::{collections::BTreeMap, fs, path::Path};

use crate::container::{Container, End};

/// The image's content, and a volume as a fresh ext4 file system is.
fn container() -> Container {
    let mut container = Container::new(BTreeMap::new());
    container.write("image/index.php", "<?php");
    container.write("image/plugins/woocommerce/woocommerce.php", "<?php // shop");
    fs::create_dir_all(container.path("volume/lost+found")).unwrap();
    container.set("CONTENT_SOURCE", container.path("image").to_str().unwrap());
    container
}

fn seed(container: &Container) -> End {
    container.run("seed", &[&container.path("volume")])
}

fn is_whole(content: &Path) -> bool {
    content.join("index.php").exists() && content.join("plugins/woocommerce/woocommerce.php").exists()
}

#[test]
fn a_fresh_volume_gets_the_images_content() {
    let container = container();
    let end = seed(&container);
    assert_eq!(end.code, Some(0), "{}", end.said);
    assert!(is_whole(&container.path("volume/wp-content")));
    assert!(!container.path("volume/.wp-content.partial").exists());
}

#[test]
fn a_volume_with_content_is_left_as_it_is() {
    let container = container();
    container.write("volume/wp-content/plugins/mine.php", "the merchant's");
    assert_eq!(seed(&container).code, Some(0));
    assert_eq!(container.read("volume/wp-content/plugins/mine.php"), "the merchant's");
    assert!(!container.path("volume/wp-content/index.php").exists());
}

#[test]
fn an_empty_folder_which_a_kubelet_made_is_no_content() {
    let container = container();
    fs::create_dir(container.path("volume/wp-content")).unwrap();
    assert_eq!(seed(&container).code, Some(0));
    assert!(is_whole(&container.path("volume/wp-content")));
}

#[test]
fn a_copy_that_was_cut_short_does_not_count() {
    let container = container();
    // As a full volume or the end of the node leaves it: half of the files.
    container.install("cp", "#!/bin/sh\nmkdir -p \"$STATE/volume/.wp-content.partial\"\ntouch \"$STATE/volume/.wp-content.partial/half\"\nexit 1\n");
    let end = seed(&container);
    assert_eq!(end.code, Some(1));
    assert_eq!(end.termination_message, "The shop's content could not be copied to its volume.\n");
    assert!(!container.path("volume/wp-content").exists());

    fs::remove_file(container.path("bin/cp")).unwrap();
    assert_eq!(seed(&container).code, Some(0));
    assert!(is_whole(&container.path("volume/wp-content")));
    assert!(!container.path("volume/wp-content/half").exists(), "nothing of the first try is left");
}
