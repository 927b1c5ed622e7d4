//! Puts the files of the dashboard, as `make dashboard` builds them, into the function that serves them.
//!
//! Whoever has no Node.js can still build and test everything else: a debug build without the files has a page that
//! says how to get them. What is deployed is a release build, and of that `src/bin/dashboard.rs` refuses to be made
//! without them.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// The files that a browser reads, by the ends of their names.
const MEDIA_TYPES: [(&str, &str); 4] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("svg", "image/svg+xml"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let built = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("dashboard/built");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", built.display());
    let files = files(&built, "")?;
    let mut list = String::from("&[\n");
    for (name, file) in files {
        let media_type = MEDIA_TYPES
            .iter()
            .find(|(end, _)| file.extension().is_some_and(|extension| extension == *end))
            .map(|(_, media_type)| media_type)
            .ok_or_else(|| format!("{} is of no kind that build.rs knows", file.display()))?;
        let [gzip, brotli] = ["gz", "br"].map(|end| file.with_added_extension(end));
        writeln!(
            list,
            "    File {{ name: {name:?}, media_type: {media_type:?}, plain: include_bytes!({file:?}), \
             gzip: include_bytes!({gzip:?}), brotli: include_bytes!({brotli:?}) }},"
        )?;
    }
    list.push(']');
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("dashboard.rs"), list)?;
    Ok(())
}

/// The files in `folder` that are no other file compressed, by their names there.
fn files(folder: &Path, before: &str) -> Result<Vec<(String, PathBuf)>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a name that is no text")?;
        let name = format!("{before}{name}");
        if path.is_dir() {
            found.extend(files(&path, &format!("{name}/"))?);
        } else if !name.starts_with('.') && path.extension().is_none_or(|end| end != "gz" && end != "br") {
            found.push((name, path));
        }
    }
    found.sort();
    Ok(found)
}
