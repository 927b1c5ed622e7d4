//! What all rounds came to, beside what another run has written.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use anyhow::Context as _;
use domain::provisioning::step::Step;
use serde::{Deserialize, Serialize};

use crate::{
    memory::{Peak, Peaks},
    round::Round,
};

const MIB: u64 = 1 << 20;

/// The times of some stores, in seconds, and the most memory that any of their containers took.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    ready: Vec<f64>,
    steps: BTreeMap<String, Vec<f64>>,
    made: Peaks,
    sold: Peaks,
    orders: Vec<f64>,
    refusals: Vec<String>,
    nothing_to_sell: bool,
    load: Vec<f64>,
}

impl Report {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no report", path.display()))
    }

    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        fs::write(path, text).with_context(|| format!("{} can't be written", path.display()))
    }

    pub(crate) fn add(&mut self, round: Round) {
        let Round { ready, steps, made, sold, sales, load } = round;
        self.ready.push(ready);
        for (step, time) in steps {
            self.steps.entry(step).or_default().push(time);
        }
        for (all, one) in [(&mut self.made, made), (&mut self.sold, sold)] {
            for (container, peak) in one {
                let most = all.entry(container).or_default();
                *most = Peak {
                    own: most.own.max(peak.own),
                    counted: most.counted.max(peak.counted),
                    limit: peak.limit,
                    restarts: most.restarts.max(peak.restarts),
                };
            }
        }
        self.orders.extend(sales.orders);
        self.refusals.extend(sales.refusals);
        self.nothing_to_sell |= sales.nothing_to_sell;
        self.load.push(load);
    }

    /// This, with `before` beside it.
    pub(crate) fn beside<'a>(&'a self, before: Option<&'a Self>) -> Beside<'a> {
        Beside { now: self, before }
    }

    fn of(&self, step: Step) -> &[f64] {
        self.steps.get(&step.to_string()).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Two reports as tables.
pub(crate) struct Beside<'a> {
    now: &'a Report,
    before: Option<&'a Report>,
}

impl fmt::Display for Beside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { now, before } = self;
        writeln!(
            f,
            "Medians of {} stores; the machine's load at their start: {}.\n",
            now.ready.len(),
            spread(&now.load)
        )?;
        writeln!(f, "| until Ready | s | before |\n| --- | --- | --- |")?;
        for step in Step::PROVISIONING {
            let before = before.map(|before| spread(before.of(step))).unwrap_or_default();
            writeln!(f, "| {step} | {} | {before} |", spread(now.of(step)))?;
        }
        let ready = before.map(|before| spread(&before.ready)).unwrap_or_default();
        writeln!(f, "| in all | {} | {ready} |\n", spread(&now.ready))?;

        writeln!(
            f,
            "| memory at its most, MiB | until Ready: its own | as counted | while it sells: its own | as counted | limit | restarts |"
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- |")?;
        for (container, sold) in &now.sold {
            let made = now.made.get(container).copied().unwrap_or_default();
            let [a, b, c, d, limit] =
                [made.own, made.counted, sold.own, sold.counted, sold.limit].map(|bytes| match bytes {
                    0 => "not seen".to_owned(),
                    bytes => (bytes / MIB).to_string(),
                });
            writeln!(f, "| {container} | {a} | {b} | {c} | {d} | {limit} | {} |", sold.restarts)?;
        }
        if now.nothing_to_sell {
            return write!(f, "\nThe shop sells nothing: no checkout was tried.");
        }
        write!(
            f,
            "\n{} orders, {} ms each; {} refused.",
            now.orders.len(),
            spread(&now.orders),
            now.refusals.len()
        )?;
        now.refusals.iter().take(3).try_for_each(|refusal| write!(f, "\n  {refusal}"))
    }
}

/// The median, with the least and the most.
fn spread(values: &[f64]) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.as_slice() {
        [] => "none".to_owned(),
        [first, .., last] => format!("{:.2} ({first:.2} to {last:.2})", sorted[sorted.len() / 2]),
        [only] => format!("{only:.2}"),
    }
}
