//! An instant, to the millisecond, in the one text form that the table and the API use.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// An instant in UTC with millisecond precision.
///
/// Written as RFC 3339 with exactly three decimals (`2026-01-31T09:30:00.250Z`), so that text order
/// is time order, which the table's sort keys rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime, examples("2026-01-31T09:30:00.250Z")))]
#[serde(into = "String", try_from = "String")]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The instant now, by the system's clock.
    #[must_use]
    pub fn now() -> Self {
        Self::truncated(jiff::Timestamp::now())
    }

    /// The instant `milliseconds` after the Unix epoch; `None` outside the years −9999 to 9999.
    #[must_use]
    pub fn from_milliseconds(milliseconds: i64) -> Option<Self> {
        jiff::Timestamp::from_millisecond(milliseconds).ok().map(Self)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn as_milliseconds(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Whole seconds since the Unix epoch, as DynamoDB's time to live wants them.
    #[must_use]
    pub fn as_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// The instant `duration` later; the last representable one when that is past it.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self::truncated(self.0.saturating_add(duration).unwrap_or(jiff::Timestamp::MAX))
    }

    /// How long from `earlier` to this instant; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::try_from(self.0.duration_since(earlier.0)).unwrap_or(Duration::ZERO)
    }

    /// The start of the Unix epoch.
    #[must_use]
    pub fn epoch() -> Self {
        Self(jiff::Timestamp::UNIX_EPOCH)
    }

    /// The whole second that it is in.
    #[must_use]
    pub fn whole_second(self) -> Self {
        Self::from_milliseconds(self.as_milliseconds().div_euclid(1000) * 1000).unwrap_or(self)
    }

    /// Year and month in UTC; before the year 0, that year.
    #[must_use]
    pub fn year_and_month(self) -> (u16, u8) {
        let date = jiff::tz::TimeZone::UTC.to_datetime(self.0).date();
        (date.year().try_into().unwrap_or(0), date.month().unsigned_abs())
    }

    fn truncated(instant: jiff::Timestamp) -> Self {
        jiff::Timestamp::from_millisecond(instant.as_millisecond()).map_or(Self(instant), Self)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::truncated)
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(instant: jiff::Timestamp) -> Self {
        Self::truncated(instant)
    }
}

impl From<Timestamp> for jiff::Timestamp {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_string()
    }
}

impl TryFrom<String> for Timestamp {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_always_has_three_decimals_so_that_text_order_is_time_order() {
        let whole: Timestamp = "2026-01-31T09:30:00Z".parse().unwrap();
        let later = whole.plus(Duration::from_millis(5));
        assert_eq!(whole.to_string(), "2026-01-31T09:30:00.000Z");
        assert_eq!(later.to_string(), "2026-01-31T09:30:00.005Z");
        assert!(whole.to_string() < later.to_string());
    }

    #[test]
    fn the_second_that_an_instant_is_in_is_never_after_it() {
        for text in ["2026-01-31T09:30:00.999Z", "1969-12-31T23:59:58.001Z", "2026-01-31T09:30:00.000Z"] {
            let instant: Timestamp = text.parse().unwrap();
            assert_eq!(instant.whole_second().to_string(), format!("{}.000Z", &text[..19]));
        }
    }

    #[test]
    fn a_difference_is_never_negative() {
        let now = Timestamp::now();
        assert_eq!(now.since(now.plus(Duration::from_secs(3))), Duration::ZERO);
        assert_eq!(now.plus(Duration::from_secs(3)).since(now), Duration::from_secs(3));
    }
}
