//! Waiting for what gives no sign of its own: it is asked again and again.

use std::time::Duration;

/// After this long, what is waited for is taken not to come.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until `condition` holds.
///
/// # Panics
/// When it does not within [`PATIENCE`], in the words of `expected`.
pub async fn until(expected: &str, condition: impl AsyncFn() -> bool) {
    until_within(PATIENCE, expected, condition).await;
}

/// Waits until `condition` holds, for as long as `patience`.
///
/// # Panics
/// When it does not within `patience`, in the words of `expected`.
pub async fn until_within(patience: Duration, expected: &str, condition: impl AsyncFn() -> bool) {
    answer(patience, expected, async || condition().await.then_some(())).await;
}

/// Waits until `question` has an answer, which it returns.
///
/// # Panics
/// When it has none within `patience`, in the words of `expected`.
pub async fn answer<T>(patience: Duration, expected: &str, question: impl AsyncFn() -> Option<T>) -> T {
    let asked = async {
        let mut ticks = tokio::time::interval(PAUSE);
        loop {
            ticks.tick().await;
            if let Some(answer) = question().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(patience, asked).await.expect(expected)
}
