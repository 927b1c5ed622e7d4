//! Some measurements of one thing.

use std::time::Duration;

use serde::Serialize;

/// Measurements in the order in which they were made, and what sums them up. The median and the
/// quartiles stay where they are when one run in ten is disturbed; a mean does not.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sample {
    pub(crate) median: f64,
    pub(crate) lower_quartile: f64,
    pub(crate) upper_quartile: f64,
    least: f64,
    most: f64,
    pub(crate) values: Vec<f64>,
}

impl Sample {
    pub(crate) fn new(values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        Self {
            median: quantile(&sorted, 0.5),
            lower_quartile: quantile(&sorted, 0.25),
            upper_quartile: quantile(&sorted, 0.75),
            least: quantile(&sorted, 0.0),
            most: quantile(&sorted, 1.0),
            values,
        }
    }

    pub(crate) fn milliseconds(times: impl IntoIterator<Item = Duration>) -> Self {
        Self::new(times.into_iter().map(|time| time.as_secs_f64() * 1000.0))
    }

    pub(crate) fn seconds(times: impl IntoIterator<Item = Duration>) -> Self {
        Self::new(times.into_iter().map(|time| time.as_secs_f64()))
    }

    /// What this has above `other`, pair by pair.
    pub(crate) fn above(&self, other: &Self) -> Self {
        Self::new(self.values.iter().zip(&other.values).map(|(this, other)| this - other))
    }
}

/// The value below which `share` of the sorted values lie, between two of them where it falls there.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}
