//! Random texts from the operating system.

use rand::{TryRng as _, rngs::SysRng};

use crate::values::digest::hexadecimal;

/// The operating system has no randomness to give.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random number generator failed")]
pub struct RandomnessError(#[from] rand::rngs::SysError);

/// So many random bytes, in hexadecimal.
pub(crate) fn random_hex<const BYTES: usize>() -> Result<String, RandomnessError> {
    let mut bytes = [0; BYTES];
    SysRng.try_fill_bytes(&mut bytes)?;
    Ok(hexadecimal(&bytes))
}
