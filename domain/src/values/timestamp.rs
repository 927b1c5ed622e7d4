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

/// The start of the year 0 in milliseconds since the Unix epoch. RFC 3339 has no earlier one, and with
/// the sign before its number text order would not be time order.
const YEAR_0: i64 = -62_167_219_200_000;

/// Why a text is no timestamp.
#[derive(Debug, thiserror::Error)]
pub enum TimestampError {
    /// It has not the form that RFC 3339, section 5.6, gives a time.
    #[error("it has not the form of RFC 3339, such as 2026-01-31T09:30:00Z")]
    Form,
    /// Its parts have that form, and are no time.
    #[error(transparent)]
    Time(#[from] jiff::Error),
    /// It is before the year 0.
    #[error("it is before the year 0")]
    BeforeYear0,
}

impl Timestamp {
    /// The instant now, by the system's clock.
    #[must_use]
    pub fn now() -> Self {
        Self::truncated(jiff::Timestamp::now())
    }

    /// The instant `milliseconds` after the Unix epoch; `None` outside the years 0 to 9999.
    #[must_use]
    pub fn from_milliseconds(milliseconds: i64) -> Option<Self> {
        let instant = jiff::Timestamp::from_millisecond(milliseconds).ok().map(Self);
        instant.filter(|instant| instant.as_milliseconds() >= YEAR_0)
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

    /// Year and month in UTC.
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
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !has_rfc_3339_form(text) {
            return Err(TimestampError::Form);
        }
        let instant = Self::truncated(text.parse()?);
        // An offset may lead there from a year that is good as it is written.
        if instant.as_milliseconds() < YEAR_0 { Err(TimestampError::BeforeYear0) } else { Ok(instant) }
    }
}

/// Whether `text` has the form of RFC 3339. The library takes others too, such as years with a sign,
/// times without seconds, and the names of time zones.
fn has_rfc_3339_form(text: &str) -> bool {
    let fits = |text: &str, form: &str| {
        text.len() == form.len()
            && text.bytes().zip(form.bytes()).all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                b'+' => byte == b'+' || byte == b'-',
                b'T' => byte == b'T' || byte == b't',
                other => byte == other,
            })
    };
    let Some((time, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else { return false };
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let empty_fraction = rest.len() == offset.len() + 1;
    fits(time, "0000-00-00T00:00:00")
        && !empty_fraction
        && (offset.eq_ignore_ascii_case("z") || fits(offset, "+00:00"))
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
    type Error = TimestampError;

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
    fn a_time_has_the_form_of_rfc_3339_and_is_in_the_years_that_it_has() {
        for (text, same) in [
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("0000-01-01T01:00:00+01:00", "0000-01-01T00:00:00.000Z"),
            ("2026-01-31t09:30:00.25z", "2026-01-31T09:30:00.250Z"),
            ("2026-01-31T09:30:00.123456789-00:30", "2026-01-31T10:00:00.123Z"),
            ("2026-01-31T09:30:60Z", "2026-01-31T09:30:59.000Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), same, "{text}");
        }
        for text in [
            "-000001-01-01T00:00:00Z",
            "-0001-01-01T00:00:00Z",
            "-009999-12-31T00:00:00Z",
            "-000001-12-31T23:59:59.999Z",
            "0000-01-01T00:00:00+00:01",
            "+002026-01-31T09:30:00Z",
            "+2026-01-31T09:30:00Z",
            "10000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-23:59",
            "2026-01-31",
            "2026-01-31T09:30Z",
            "2026-01-31T09:30:00",
            "2026-01-31T09:30:00.Z",
            "2026-01-31T09:30:00,5Z",
            "2026-01-31 09:30:00Z",
            "20260131T093000Z",
            "2026-01-31T09:30:00+01",
            "2026-01-31T09:30:00+0100",
            "2026-01-31T09:30:00Z[Europe/Berlin]",
            "2026-02-30T09:30:00Z",
            "2026-01-31T09:30:00Z ",
            " 2026-01-31T09:30:00Z",
            "２026-01-31T09:30:00Z",
            "2026-01-31T09:30:0é",
            "",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text:?}");
        }
        assert_eq!(Timestamp::from_milliseconds(YEAR_0).unwrap().to_string(), "0000-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_milliseconds(YEAR_0 - 1), None);
    }

    #[test]
    fn a_difference_is_never_negative() {
        let now = Timestamp::now();
        assert_eq!(now.since(now.plus(Duration::from_secs(3))), Duration::ZERO);
        assert_eq!(now.plus(Duration::from_secs(3)).since(now), Duration::from_secs(3));
    }
}
