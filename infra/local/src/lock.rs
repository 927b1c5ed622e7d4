//! Locks between processes. The kernel frees one with its holder, however that ends.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result};

/// Held until the file is dropped. None where another process holds it.
pub(crate) fn take(path: &Path) -> Result<Option<File>> {
    let file = File::create(path).with_context(|| format!("{} can't be made", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} can't be locked", path.display()))
        }
    }
}

/// Whether another process holds it.
pub(crate) fn is_held(path: &Path) -> Result<bool> {
    Ok(path.exists() && take(path)?.is_none())
}
