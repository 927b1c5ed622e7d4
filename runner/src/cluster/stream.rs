//! What the API server sends part by part.

use std::pin::pin;

use futures_util::{AsyncBufRead, AsyncBufReadExt as _};

/// Gives `take` each part of `stream` as it comes. `read_to_end` took 250 times as long for 4 MB where nothing is
/// optimized.
///
/// # Errors
/// The stream's; what came before was taken.
pub(crate) async fn read_parts(
    stream: impl AsyncBufRead,
    mut take: impl FnMut(&[u8]),
) -> std::io::Result<()> {
    let mut stream = pin!(stream);
    loop {
        let part = stream.fill_buf().await?;
        if part.is_empty() {
            return Ok(());
        }
        take(part);
        let length = part.len();
        stream.consume_unpin(length);
    }
}
