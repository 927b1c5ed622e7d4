//! The files that the page is made of.

use super::encoding::Encoding;

/// The name of the page itself.
pub(super) const PAGE: &str = "index.html";

/// A file, as it is and compressed.
#[derive(Debug)]
pub struct File {
    /// Its name, with that of its folder.
    pub name: &'static str,
    /// What it is.
    pub media_type: &'static str,
    /// Its bytes.
    pub plain: &'static [u8],
    /// Its bytes, by gzip.
    pub gzip: &'static [u8],
    /// Its bytes, by Brotli.
    pub brotli: &'static [u8],
}

/// What `make dashboard` has built; nothing where it was not run before.
pub const EMBEDDED: &[File] = include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));

impl File {
    /// The one of `files` that has this very name: no path is ever put together.
    pub(super) fn find(files: &'static [Self], name: &str) -> Option<&'static Self> {
        files.iter().find(|file| file.name == name)
    }

    /// Its bytes as they are sent in `encoding`.
    pub(super) fn in_encoding(&self, encoding: Encoding) -> &'static [u8] {
        match encoding {
            Encoding::Plain => self.plain,
            Encoding::Gzip => self.gzip,
            Encoding::Brotli => self.brotli,
        }
    }
}
