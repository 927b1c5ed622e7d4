//! What was measured, for people and as JSON.

use std::{fmt, fs};

use anyhow::Context as _;
use domain::values::timestamp::Timestamp;
use serde::Serialize;

use crate::sample::Sample;

/// All that a run found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    at: Timestamp,
    machine: Machine,
    /// What there are budgets for, and what belongs to it.
    rows: Vec<Row>,
    /// Where the time of one store goes.
    parts: Vec<Row>,
}

/// What it was measured on.
#[derive(Debug, Serialize)]
struct Machine {
    cpus: usize,
    memory_gigabytes: f64,
    /// How many processes wanted to run in the minute before: what else the machine had to do.
    load_before: String,
}

/// One thing that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    what: String,
    unit: &'static str,
    measured: Sample,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Sample>,
    /// Of the medians.
    #[serde(skip_serializing_if = "Option::is_none")]
    above_baseline: Option<Difference>,
    budget: Budget,
    verdict: Verdict,
}

/// By how much a median is above another.
#[derive(Clone, Copy, Debug, Serialize)]
struct Difference {
    absolute: f64,
    percent: f64,
}

/// What a median may be at most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Budget {
    /// Anything.
    None,
    /// This.
    AtMost(f64),
    /// So many times the baseline's median.
    TimesBaseline(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::Display)]
enum Verdict {
    #[serde(rename = "within")]
    #[strum(to_string = "within")]
    Within,
    #[serde(rename = "above")]
    #[strum(to_string = "above")]
    Above,
    #[serde(rename = "no budget")]
    #[strum(to_string = "no budget")]
    NoBudget,
}

impl Report {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self { at: Timestamp::now(), machine: Machine::read()?, rows: Vec::new(), parts: Vec::new() })
    }

    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Adds a part of one store's time.
    pub(crate) fn explain(&mut self, row: Row) {
        self.parts.push(row);
    }
}

impl Machine {
    fn read() -> anyhow::Result<Self> {
        let memory = fs::read_to_string("/proc/meminfo")?;
        let total = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"));
        let kibibytes: f64 = total
            .and_then(|line| line.split_whitespace().next())
            .context("no MemTotal in /proc/meminfo")?
            .parse()?;
        let load = fs::read_to_string("/proc/loadavg")?;
        Ok(Self {
            cpus: std::thread::available_parallelism()?.get(),
            memory_gigabytes: kibibytes * 1024.0 / 1e9,
            load_before: load.split_whitespace().next().unwrap_or_default().to_owned(),
        })
    }
}

impl Row {
    pub(crate) fn new(
        what: impl Into<String>,
        unit: &'static str,
        measured: Sample,
        baseline: Option<Sample>,
        budget: Budget,
    ) -> Self {
        let above_baseline = baseline.as_ref().map(|baseline| {
            let absolute = measured.median - baseline.median;
            Difference { absolute, percent: absolute * 100.0 / baseline.median }
        });
        let most = match budget {
            Budget::None => None,
            Budget::AtMost(most) => Some(most),
            Budget::TimesBaseline(times) => baseline.as_ref().map(|baseline| baseline.median * times),
        };
        let verdict = match most {
            None => Verdict::NoBudget,
            Some(most) if measured.median <= most => Verdict::Within,
            Some(_) => Verdict::Above,
        };
        Self { what: what.into(), unit, measured, baseline, above_baseline, budget, verdict }
    }

    fn cells(&self) -> [String; 6] {
        let value = |value: f64| with_unit(&number(value), self.unit);
        let sample = |sample: &Sample| match sample.values.len() {
            0 => "-".into(),
            1 => value(sample.median),
            _ => {
                let (low, high) = (number(sample.lower_quartile), number(sample.upper_quartile));
                format!("{} ({low} to {high})", value(sample.median))
            }
        };
        let budget = match self.budget {
            Budget::None => "-".into(),
            Budget::AtMost(most) => value(most),
            Budget::TimesBaseline(times) => format!("{times} x baseline"),
        };
        let above = |above: Difference| {
            let sign = if above.absolute < 0.0 { "-" } else { "+" };
            format!("{sign}{}, {:+.1} %", value(above.absolute.abs()), above.percent)
        };
        [
            self.what.clone(),
            sample(&self.measured),
            self.baseline.as_ref().map_or("-".into(), sample),
            self.above_baseline.map_or("-".into(), above),
            budget,
            self.verdict.to_string(),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { cpus, memory_gigabytes, load_before } = &self.machine;
        writeln!(f, "{}: {cpus} CPUs, {memory_gigabytes:.0} GB, load before {load_before}", self.at)?;
        writeln!(f, "Medians; in parentheses the quartiles.\n")?;
        let heads = ["what", "runner", "baseline", "above it", "budget", "verdict"];
        table(f, &heads, &self.rows.iter().map(Row::cells).collect::<Vec<_>>())?;
        writeln!(f, "\nWhere the time of one store goes\n")?;
        table(f, &heads[..4], &self.parts.iter().map(Row::cells).collect::<Vec<_>>())
    }
}

/// Writes as many columns as there are heads.
fn table(f: &mut fmt::Formatter<'_>, heads: &[&str], rows: &[[String; 6]]) -> fmt::Result {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<_> =
        heads.iter().enumerate().map(|(column, head)| width(column).max(head.len())).collect();
    let mut line = |cells: &[&str]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        writeln!(f, "{}", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    line(heads)?;
    let rules: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
    line(&rules.iter().map(String::as_str).collect::<Vec<_>>())?;
    rows.iter().try_for_each(|row| line(&row.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// With three digits or so: more are noise.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn with_unit(number: &str, unit: &str) -> String {
    if unit.is_empty() { number.to_owned() } else { format!("{number} {unit}") }
}
