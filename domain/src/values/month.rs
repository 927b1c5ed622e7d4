//! A month, in UTC.

use std::{fmt, str::FromStr};

use crate::values::timestamp::Timestamp;

/// A month of a year, in UTC. Its text is as in RFC 3339: `2026-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// Months since that of the year 0.
    number: u32,
}

/// The text is no month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no month of the form 2026-01")]
pub struct MonthError;

impl Month {
    /// The month `number`, 1–12, of `year`.
    #[must_use]
    pub const fn new(year: u16, number: u8) -> Self {
        Self { number: year as u32 * 12 + number as u32 - 1 }
    }

    /// The month that `at` is in.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let (year, month) = at.year_and_month();
        Self::new(year, month)
    }

    /// The month before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self { number: self.number.saturating_sub(1) }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.number / 12, self.number % 12 + 1)
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (year, month) = text.split_once('-').ok_or(MonthError)?;
        let month = month.parse().ok().filter(|month| (1..=12).contains(month)).ok_or(MonthError)?;
        let year = year.parse().ok().filter(|year| (0..=9999).contains(year)).ok_or(MonthError)?;
        Ok(Self::new(year, month))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_go_back_over_the_turn_of_the_year() {
        let at: Timestamp = "2026-02-28T23:59:59.999Z".parse().unwrap();
        let (february, december) = (Month::of(at), Month::of(at).previous().previous());
        assert_eq!((february.to_string(), december.to_string()), ("2026-02".into(), "2025-12".into()));
        assert!(december < february);
    }

    #[test]
    fn a_month_survives_its_text_and_nothing_else_is_one() {
        let month = Month::new(2026, 11);
        assert_eq!(month.to_string().parse(), Ok(month));
        for text in ["", "2026", "2026-00", "2026-13", "x-01", "-1-01", "2026-1-1"] {
            assert_eq!(text.parse::<Month>(), Err(MonthError), "{text:?}");
        }
    }
}
