//! `seed`, on a folder that plays the volume.

use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::Path, process::Command};

use crate::container::{Container, End};

/// The image's content, and a volume as a fresh ext4 file system is.
fn container() -> Container {
    let mut container = Container::new(BTreeMap::new());
    container.write("image/index.php", "<?php");
    container.write("platform/woocommerce/woocommerce.php", &woocommerce("11.2.0"));
    fs::create_dir_all(container.path("image/plugins")).unwrap();
    symlink(container.path("platform/woocommerce"), container.path("image/plugins/woocommerce")).unwrap();
    container.write("image/uploads/woocommerce_uploads/.htaccess", "deny from all");
    container.write("image/uploads/woocommerce_uploads/index.html", "");
    container.write("image/uploads/woocommerce-placeholder.webp", "a picture");
    fs::create_dir_all(container.path("volume/lost+found")).unwrap();
    container.set("CONTENT_SOURCE", container.path("image").to_str().unwrap());
    container.set("PLATFORM_PLUGINS", container.path("platform").to_str().unwrap());
    container
}

/// The head of WooCommerce's file, as that of every version is.
fn woocommerce(version: &str) -> String {
    format!("<?php\n/**\n * Plugin Name: WooCommerce\n * Version: {version}\n */\n")
}

fn is_linked(container: &Container) -> bool {
    fs::read_link(container.path("volume/wp-content/plugins/woocommerce"))
        .is_ok_and(|to| to == container.path("platform/woocommerce"))
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
fn a_volume_gets_the_translations_of_its_shop_alone_and_newer_ones_of_the_merchant_stay() {
    let mut container = container();
    for (locale, text) in [("de_DE", "Warenkorb"), ("fr_FR", "Panier")] {
        container.write(&format!("languages/{locale}/{locale}.mo"), text);
        container.write(&format!("languages/{locale}/plugins/woocommerce-{locale}.mo"), text);
    }
    container.set("SHOPWRIGHT_LANGUAGES", container.path("languages").to_str().unwrap());
    let on_volume = |container: &Container, name: &str| {
        let path = container.path("volume/wp-content/languages").join(name);
        path.exists().then(|| fs::read_to_string(path).unwrap())
    };
    assert_eq!(seed(&container).code, Some(0));
    assert_eq!(on_volume(&container, "de_DE.mo"), None, "nobody has asked for it");

    container.set("STORE_LOCALE", "de_DE");
    let end = seed(&container);
    assert_eq!(end.code, Some(0), "{}", end.said);
    assert_eq!(on_volume(&container, "de_DE.mo").as_deref(), Some("Warenkorb"));
    assert_eq!(on_volume(&container, "plugins/woocommerce-de_DE.mo").as_deref(), Some("Warenkorb"));
    assert_eq!(on_volume(&container, "fr_FR.mo"), None);

    // A newer image brings newer texts, but not over those that a merchant has fetched since.
    let age = |path: &Path, year: &str| {
        let touched = Command::new("touch").args(["-d", year]).arg(path).status().unwrap();
        assert!(touched.success());
    };
    container.write("languages/de_DE/de_DE.mo", "Einkaufswagen");
    container.write("volume/wp-content/languages/plugins/woocommerce-de_DE.mo", "Korb");
    age(&container.path("volume/wp-content/languages/de_DE.mo"), "2001-01-01");
    age(&container.path("languages/de_DE/plugins/woocommerce-de_DE.mo"), "2001-01-01");
    assert_eq!(seed(&container).code, Some(0));
    assert_eq!(on_volume(&container, "de_DE.mo").as_deref(), Some("Einkaufswagen"));
    assert_eq!(on_volume(&container, "plugins/woocommerce-de_DE.mo").as_deref(), Some("Korb"));

    // An image without that language is one of before, or of others: the shop starts all the same.
    container.set("STORE_LOCALE", "pl_PL");
    assert_eq!(seed(&container).code, Some(0));
    container.set("STORE_LOCALE", "../../de_DE");
    assert_eq!(seed(&container).code, Some(1));
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

#[test]
fn woocommerce_is_linked_and_not_copied() {
    let container = container();
    assert_eq!(seed(&container).code, Some(0));
    assert!(is_linked(&container));
    assert_eq!(container.read("volume/wp-content/uploads/woocommerce-placeholder.webp"), "a picture");
}

#[test]
fn a_link_that_is_missing_or_leads_elsewhere_is_mended_on_the_next_start() {
    let container = container();
    assert_eq!(seed(&container).code, Some(0));
    let link = container.path("volume/wp-content/plugins/woocommerce");
    for wrong in [None, Some("/nowhere")] {
        fs::remove_file(&link).unwrap();
        if let Some(target) = wrong {
            symlink(target, &link).unwrap();
        }
        assert_eq!(seed(&container).code, Some(0));
        assert!(is_linked(&container), "{wrong:?}");
    }
}

#[test]
fn a_copy_of_woocommerce_on_an_old_volume_is_put_aside_for_the_images() {
    for version in ["10.5.0", "11.2.0", "9.9.9"] {
        let container = container();
        container.write("volume/wp-content/plugins/woocommerce/woocommerce.php", &woocommerce(version));
        container.write("volume/wp-content/plugins/mine/mine.php", "the merchant's");
        let end = seed(&container);
        assert_eq!(end.code, Some(0), "{}", end.said);
        assert!(is_linked(&container), "{version}");
        assert_eq!(container.read("volume/woocommerce.replaced/woocommerce.php"), woocommerce(version));
        assert_eq!(container.read("volume/wp-content/plugins/mine/mine.php"), "the merchant's");
    }
}

#[test]
fn a_newer_woocommerce_that_the_merchant_has_fetched_stays() {
    for version in ["11.2.1", "11.10.0", "12.0"] {
        let container = container();
        container.write("volume/wp-content/plugins/woocommerce/woocommerce.php", &woocommerce(version));
        let end = seed(&container);
        assert_eq!(end.code, Some(0), "{}", end.said);
        assert!(!is_linked(&container), "{version}");
        assert!(end.said.contains("newer than the image's"), "{}", end.said);
    }
}

#[test]
fn paid_downloads_of_an_old_volume_are_closed_to_strangers_and_a_merchants_own_rule_stays() {
    let container = container();
    container.write("volume/wp-content/uploads/woocommerce_uploads/book.pdf", "paid for");
    assert_eq!(seed(&container).code, Some(0));
    let rule = "volume/wp-content/uploads/woocommerce_uploads/.htaccess";
    assert_eq!(container.read(rule), "deny from all");

    container.write(rule, "Options -Indexes");
    assert_eq!(seed(&container).code, Some(0));
    assert_eq!(container.read(rule), "Options -Indexes");
    assert!(
        !container.path("volume/wp-content/uploads/woocommerce-placeholder.webp").exists(),
        "pictures are the merchant's"
    );
}
