//! The one policy for calls that meet passing trouble: the same call again, after a pause that grows.

use std::{future::Future, time::Duration};

use backon::{ExponentialBuilder, Retryable as _};
use tokio::time::Instant;

use super::error::ApiError;

/// For how long a call is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Somebody waits for this one answer.
    OneCall,
    /// Somebody follows what takes long anyway: the API may be away for a while in the middle of it.
    Following,
}

/// Whether making a call twice does the same as making it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It reads, or says the same again, or carries an idempotency key.
    Safe,
    /// Only where it is known that the first one did nothing.
    IfNotDone,
}

/// The first pause, at least. Jitter makes it up to twice as long, so that many callers don't come at once.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How often one call is made again.
const REPETITIONS: usize = 4;
/// The longest `Retry-After` that somebody who waits for one answer is held up for.
const LONGEST_PAUSE_OF_ONE_CALL: Duration = Duration::from_secs(10);
/// The longest pause while something is followed, whatever `Retry-After` asks for.
const LONGEST_PAUSE_WHEN_FOLLOWING: Duration = Duration::from_secs(30);

impl Patience {
    /// After so long no other call is begun.
    const fn limit(self) -> Duration {
        match self {
            Self::OneCall => Duration::from_secs(40),
            Self::Following => Duration::from_secs(120),
        }
    }

    fn backoff(self) -> ExponentialBuilder {
        let backoff = ExponentialBuilder::default().with_jitter().with_min_delay(FIRST_PAUSE);
        match self {
            Self::OneCall => backoff.with_max_times(REPETITIONS),
            Self::Following => backoff.with_max_delay(Duration::from_secs(5)).without_max_times(),
        }
    }

    /// How long to wait before the next call; `None` where there is to be none.
    fn pause(self, own: Duration, asked: Option<Duration>, waited: Duration) -> Option<Duration> {
        let asked = asked.unwrap_or_default();
        let pause = match self {
            Self::OneCall if asked > LONGEST_PAUSE_OF_ONE_CALL => return None,
            Self::OneCall => asked.max(own),
            Self::Following => asked.min(LONGEST_PAUSE_WHEN_FOLLOWING).max(own),
        };
        (waited + pause <= self.limit()).then_some(pause)
    }
}

/// Makes `call` until it brings something, the trouble is not a passing one, or `patience` is at its end. The
/// first failure of a row is said by `note`.
pub(crate) async fn persist<T, F>(
    patience: Patience,
    repeat: Repeat,
    note: impl Fn(&ApiError),
    call: impl FnMut() -> F,
) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let start = Instant::now();
    let mut noted = false;
    let outcome = call
        .retry(patience.backoff())
        .sleep(tokio::time::sleep)
        .when(|error: &ApiError| error.is_passing() && (repeat == Repeat::Safe || !error.may_be_done()))
        .adjust(|error, pause| patience.pause(pause?, error.retry_after(), start.elapsed()))
        .notify(|error, _| {
            if !std::mem::replace(&mut noted, true) {
                note(error);
            }
        })
        .await;
    match outcome {
        Err(last) if noted && last.is_passing() => {
            Err(ApiError::GaveUp { after: start.elapsed(), last: Box::new(last) })
        }
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use reqwest::{StatusCode, header::HeaderMap};

    use super::*;

    fn refusal(status: u16, retry_after: Option<&'static str>) -> ApiError {
        let header = retry_after.map(|after| (reqwest::header::RETRY_AFTER, after.parse().unwrap()));
        let headers = HeaderMap::from_iter(header);
        ApiError::of_refusal("http://127.0.0.1:9", StatusCode::from_u16(status).unwrap(), &headers, b"")
    }

    /// What comes of calls that fail so often by `error`, how many are made, how often trouble is noted, and
    /// how long it all takes.
    async fn persisted(
        patience: Patience,
        repeat: Repeat,
        failures: usize,
        error: impl Fn() -> ApiError,
    ) -> (Result<(), ApiError>, usize, usize, Duration) {
        let (calls, notes, start) = (Cell::new(0), Cell::new(0), Instant::now());
        let outcome = persist(
            patience,
            repeat,
            |_| notes.set(notes.get() + 1),
            || {
                calls.set(calls.get() + 1);
                let fails = calls.get() <= failures;
                let outcome = if fails { Err(error()) } else { Ok(()) };
                async { outcome }
            },
        );
        (outcome.await, calls.get(), notes.get(), start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn passing_trouble_is_noted_once_and_gone_through() {
        for patience in [Patience::OneCall, Patience::Following] {
            let (outcome, calls, notes, _) =
                persisted(patience, Repeat::Safe, 3, || refusal(503, None)).await;
            assert!(outcome.is_ok());
            assert_eq!((calls, notes), (4, 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_callers_own_fault_is_reported_at_once() {
        for status in [400, 401, 403, 404, 409, 422] {
            let (outcome, calls, notes, took) =
                persisted(Patience::Following, Repeat::Safe, 1, || refusal(status, None)).await;
            assert!(!matches!(outcome, Ok(()) | Err(ApiError::GaveUp { .. })));
            assert_eq!((calls, notes, took), (1, 0, Duration::ZERO));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn in_the_end_it_gives_up_and_says_after_how_long() {
        let always = usize::MAX;
        let (outcome, _, notes, took) =
            persisted(Patience::Following, Repeat::Safe, always, || refusal(502, None)).await;
        let ends = (Duration::from_secs(105)..=Duration::from_secs(120)).contains(&took);
        assert!(ends && notes == 1, "{took:?}");
        let printed = outcome.unwrap_err().to_string();
        assert_eq!(printed, format!("the API answered 502 Bad Gateway; gave up after {} s", took.as_secs()));

        let (outcome, calls, _, took) =
            persisted(Patience::OneCall, Repeat::Safe, always, || refusal(502, None)).await;
        assert!(matches!(outcome, Err(ApiError::GaveUp { .. })));
        assert_eq!(calls, 5);
        assert!(took < Duration::from_secs(10), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_api_asks_to_wait_is_waited_within_a_limit() {
        for (patience, asked, waited) in [
            (Patience::OneCall, "8", 8),
            (Patience::Following, "8", 8),
            (Patience::Following, "86400", 30),
            (Patience::Following, "18446744073709551615", 30),
        ] {
            let (outcome, calls, _, took) =
                persisted(patience, Repeat::Safe, 1, || refusal(429, Some(asked))).await;
            assert!(outcome.is_ok());
            assert_eq!((calls, took.as_secs()), (2, waited), "{asked}");
        }
        let (outcome, calls, notes, _) =
            persisted(Patience::OneCall, Repeat::Safe, 1, || refusal(429, Some("60"))).await;
        assert!(outcome.is_err(), "somebody who waits for one answer is told, not held up for a minute");
        assert_eq!((calls, notes), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_have_been_done_is_not_asked_for_twice() {
        for (status, calls) in [(500, 1), (503, 1), (504, 1), (429, 2)] {
            let printed = persisted(Patience::OneCall, Repeat::IfNotDone, 1, || refusal(status, None)).await;
            assert_eq!(printed.1, calls, "{status}");
        }
    }
}
