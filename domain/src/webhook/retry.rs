//! When a delivery that failed is tried again.

use std::time::Duration;

use crate::values::timestamp::Timestamp;

/// The pauses before each further try, without jitter: some 31 hours in all.
pub const PAUSES: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(14 * 3600),
];

/// The longest wait that a receiver can ask for.
pub const LONGEST_ASKED: Duration = Duration::from_secs(24 * 3600);

/// By how much of itself a pause may be longer, so that what failed together does not come back together.
const SPREAD: f64 = 0.2;

/// Where in its spread a pause is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jitter(f64);

impl Jitter {
    /// None.
    pub const NONE: Self = Self(0.0);

    /// Any, each as likely.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Somewhere between half of `pause` and one and a half times as long.
    #[must_use]
    pub fn scatter(self, pause: Duration) -> Duration {
        pause.mul_f64(0.5 + self.0)
    }

    /// `pause`, up to a fifth longer.
    #[must_use]
    pub fn spread(self, pause: Duration) -> Duration {
        pause.mul_f64(1.0 + SPREAD * self.0)
    }
}

/// When to try again after `made` tries, of which the last ended at `now` and was answered by who asked to be left
/// alone for `asked`; `None` where that was the last.
#[must_use]
pub fn next_try(made: usize, asked: Option<Duration>, jitter: Jitter, now: Timestamp) -> Option<Timestamp> {
    let pause = PAUSES.get(made.checked_sub(1)?)?;
    let pause = asked.unwrap_or_default().min(LONGEST_ASKED).max(*pause);
    Some(now.plus(jitter.spread(pause)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(made: usize, asked: Option<u64>, jitter: f64) -> Option<Duration> {
        let now = Timestamp::epoch();
        let next = next_try(made, asked.map(Duration::from_secs), Jitter(jitter), now)?;
        Some(next.since(now))
    }

    #[test]
    fn pauses_grow_and_have_an_end() {
        let pauses: Vec<_> = (1..).map_while(|made| pause(made, None, 0.0)).collect();
        assert_eq!(pauses, PAUSES);
        assert!(pauses.is_sorted());
        assert_eq!((pause(0, None, 0.0), pause(PAUSES.len() + 1, Some(5), 0.0)), (None, None));
    }

    #[test]
    fn jitter_makes_a_pause_longer_and_never_shorter() {
        for made in 1..=PAUSES.len() {
            let (least, most) = (pause(made, None, 0.0).unwrap(), pause(made, None, 1.0).unwrap());
            assert!(least < most && most <= least.mul_f64(1.2), "{made}");
            let any =
                next_try(made, None, Jitter::random(), Timestamp::epoch()).unwrap().since(Timestamp::epoch());
            assert!((least..=most).contains(&any), "{any:?}");
        }
    }

    #[test]
    fn who_asks_to_be_left_alone_is_for_up_to_a_day() {
        assert_eq!(pause(1, Some(120), 0.0), Some(Duration::from_secs(120)));
        assert_eq!(pause(1, Some(1), 0.0), Some(PAUSES[0]), "never sooner than otherwise");
        assert_eq!(pause(4, Some(60), 0.0), Some(PAUSES[3]));
        assert_eq!(pause(1, Some(u64::MAX), 0.0), Some(LONGEST_ASKED));
    }
}
