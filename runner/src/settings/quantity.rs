//! An amount of processor, memory or storage, as Kubernetes spells it.

use std::{cmp::Ordering, fmt, str::FromStr};

/// A whole quantity that is more than nothing, compared by its amount: `1` is as much as `1000m`. Shown as
/// it was written.
#[derive(Clone, Debug)]
pub struct Quantity {
    text: String,
    thousandths: u128,
}

/// A text is no quantity.
#[derive(Debug, thiserror::Error)]
#[error("must be a whole amount above zero, such as 500m, 2, 512Mi or 5Gi, not `{0}`")]
pub struct QuantityError(String);

/// The suffixes of <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>, each
/// with its thousandths. The last is none at all.
const SUFFIXES: [(&str, u128); 10] = [
    ("Ki", 1000 << 10),
    ("Mi", 1000 << 20),
    ("Gi", 1000 << 30),
    ("Ti", 1000 << 40),
    ("m", 1),
    ("k", 1_000_000),
    ("M", 1_000_000_000),
    ("G", 1_000_000_000_000),
    ("T", 1_000_000_000_000_000),
    ("", 1000),
];

impl Quantity {
    /// So many MiB.
    #[must_use]
    pub(super) fn of_mib(number: u32) -> Self {
        Self { text: format!("{number}Mi"), thousandths: u128::from(number) * (1000 << 20) }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it holds `count` of `part`.
    #[must_use]
    pub fn holds(&self, count: u32, part: &Self) -> bool {
        part.thousandths.checked_mul(count.into()).is_some_and(|sum| sum <= self.thousandths)
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = SUFFIXES.iter().find_map(|(suffix, unit)| {
            let digits = text.strip_suffix(suffix)?;
            // `parse` takes a sign, which is none of a quantity's.
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            let number: u64 = plain.then(|| digits.parse().ok()).flatten()?;
            u128::from(number).checked_mul(*unit)
        });
        match parsed {
            Some(thousandths @ 1..) => Ok(Self { text: text.to_owned(), thousandths }),
            Some(0) | None => Err(QuantityError(text.to_owned())),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.thousandths == other.thousandths
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.thousandths.cmp(&other.thousandths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(text: &str) -> Quantity {
        text.parse().unwrap()
    }

    #[test]
    fn quantities_compare_by_their_amount() {
        assert_eq!(quantity("1"), quantity("1000m"));
        assert_eq!(quantity("1Gi"), quantity("1024Mi"));
        assert!(quantity("512Mi") < quantity("1Gi") && quantity("1G") < quantity("1Gi"));
        assert!(
            quantity("3Gi").holds(6, &quantity("512Mi")) && !quantity("3Gi").holds(7, &quantity("512Mi"))
        );
    }

    #[test]
    fn what_is_no_quantity_or_nothing_is_refused() {
        for text in ["", "0", "0m", "Mi", "-1", "+1", "1.5", "1 Gi", "1gi", "one", "1Mib"] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
    }
}
