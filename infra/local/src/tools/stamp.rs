//! Whether a tool is made from the pins that are in git now.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The hash of a recipe and of all files in the pins' folder, by name and content.
pub(super) fn of(pins: &Path, recipe: &str) -> Result<String> {
    let mut files: Vec<_> = fs::read_dir(pins)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .with_context(|| format!("the pins in {} can't be read", pins.display()))?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        // The length goes first, so that moving a byte from one part to the next changes the hash.
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(recipe.as_bytes());
    for file in &files {
        part(file.file_name().unwrap_or_default().as_encoded_bytes());
        part(&fs::read(file).with_context(|| format!("{} can't be read", file.display()))?);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The stamp that was left, empty where none was.
pub(super) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_pin_a_new_file_or_another_recipe_is_another_stamp() {
        let pins = std::env::temp_dir().join(format!("stamp-{}", std::process::id()));
        fs::create_dir_all(&pins).unwrap();
        fs::write(pins.join("go.mod"), "a").unwrap();
        let first = of(&pins, "recipe").unwrap();
        let same = of(&pins, "recipe").unwrap();
        let recipe = of(&pins, "other").unwrap();
        fs::write(pins.join("go.mod"), "b").unwrap();
        let changed = of(&pins, "recipe").unwrap();
        fs::write(pins.join("go.sum"), "").unwrap();
        let added = of(&pins, "recipe").unwrap();
        fs::remove_dir_all(&pins).unwrap();
        assert_eq!(first, same);
        let mut distinct = [first, recipe, changed, added];
        distinct.sort();
        assert!(distinct.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
