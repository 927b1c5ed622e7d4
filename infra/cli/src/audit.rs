//! The audit trail, read straight from the table: whoever could have changed it may also answer for
//! the API.

use std::{
    fmt::{self, Formatter},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use domain::{
    aws::Environment,
    store::slug::Slug,
    table::{Audited, Checked, Table},
    values::timestamp::Timestamp,
};
use serde::Serialize;

use crate::output;

/// What to do with the audit trail.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check that the entries about stores and tokens are as they were written
    ///
    /// Names the first entry of each chain that was altered, removed, moved or put in between, and
    /// ends with an error then. It reads the table itself, by the rights of the AWS credentials in the
    /// environment.
    Verify(Verify),
}

/// Which chains to check.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The id of a store: the entries about it, and about those that had its name before
    #[arg(value_parser = Slug::parse, required_unless_present = "all", conflicts_with = "all")]
    store: Option<Slug>,
    /// All entries, about stores and tokens
    #[arg(long)]
    all: bool,
    /// The table
    #[arg(long, env = "TABLE_NAME")]
    table_name: String,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// About how many stores' names and tokens there are entries.
    subjects: usize,
    /// How many entries there are.
    entries: usize,
    /// What is wrong: at most one for each subject, the first.
    faults: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Finding {
    subject: String,
    fault: String,
}

/// Does it.
pub(crate) async fn run(command: Command, json: bool) -> anyhow::Result<ExitCode> {
    let Command::Verify(Verify { store, all: _, table_name }) = command;
    let table = Table::new(Environment::load().await.dynamodb(), &table_name);
    let subjects = match &store {
        Some(id) => vec![Audited::stores(id)],
        None => table.audited().await.with_context(|| format!("the table {table_name:?} can't be read"))?,
    };
    let mut report = Report::default();
    for subject in subjects {
        let checked = table.check_audit(&subject, Timestamp::now()).await;
        match checked.with_context(|| format!("the entries about {subject} can't be checked"))? {
            Some(checked) => report.add(&subject, checked),
            // With --all, it has expired since.
            None => anyhow::ensure!(store.is_none(), "there are no entries about {subject}"),
        }
    }
    output::print(&report, json, print)?;
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Report {
    fn add(&mut self, subject: &Audited, Checked { entries, fault }: Checked) {
        self.subjects += 1;
        self.entries += entries;
        let finding =
            |fault: domain::table::Fault| Finding { subject: subject.to_string(), fault: fault.to_string() };
        self.faults.extend(fault.map(finding));
    }
}

fn print(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let Report { subjects, entries, faults } = report;
    for Finding { subject, fault } in faults {
        writeln!(f, "! {subject}: {fault}.")?;
    }
    let about = format!("{entries} entries about {subjects} stores and tokens");
    match faults.len() {
        0 => writeln!(f, "Checked {about}: all are as they were written."),
        damaged => writeln!(f, "Checked {about}: {damaged} of these have a trail that was damaged."),
    }
}
