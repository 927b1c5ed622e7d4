//! The log of one of a store's components, for whoever asks at a terminal.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use domain::{
    operation::{
        Answer,
        logs::{LogExcerpt, LogQuery, Tail},
    },
    store::slug::Slug,
    values::timestamp::Timestamp,
};

use crate::{
    api::Api,
    operation::answered,
    output::{self, log_lines},
};

/// Asks for the lines of `query` of the store `id`, and prints them. That there were more is told beside them.
pub(crate) async fn show(api: &Api, id: &Slug, query: &LogQuery, json: bool) -> anyhow::Result<ExitCode> {
    let asked = api.logs(id, query).await?;
    let Some((_, answer)) = answered(api, id, asked, json).await? else { return Ok(ExitCode::FAILURE) };
    let Answer::Log(log) = answer else {
        bail!("the API answered with something that is no log");
    };
    output::print(&log, json, log_lines)?;
    if log.truncated {
        let LogExcerpt { container, pod, lines, .. } = &log;
        let written = lines.len();
        stdio::note(format_args!(
            "shopwright: container {container} of pod {pod} has written more; these are its last {written} lines"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// A number of lines that can be asked for.
pub(crate) fn parse_tail(text: &str) -> anyhow::Result<Tail> {
    Ok(Tail::new(text.parse().context("must be a number")?)?)
}

/// An instant, or how long before now it is.
pub(crate) fn parse_since(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(since) = text.parse() {
        return Ok(since);
    }
    let span: jiff::Span = text.parse().context("must be a time such as 10m, or one as of RFC 3339")?;
    let since = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).checked_sub(span.abs())?;
    Ok(since.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_instant_is_reported_or_how_long_ago_it_is() {
        let instant = "2027-01-31T09:30:00.000Z";
        assert_eq!(parse_since(instant).unwrap().to_string(), instant);
        let (earlier, late) = (parse_since("2h").unwrap(), parse_since("10m").unwrap());
        let now = Timestamp::now();
        assert!(earlier < late && late < now);
        assert_eq!((now.since(late).as_secs() / 60, now.since(earlier).as_secs() / 3600), (10, 2));
        for wrong in ["", "yesterday", "10", "2027-01-31"] {
            assert!(parse_since(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn between_one_and_two_thousand_lines_can_be_asked_for() {
        assert_eq!(["1", "2000"].map(|text| parse_tail(text).unwrap().get()), [1, 2000]);
        for wrong in ["0", "2001", "-1", "all", ""] {
            assert!(parse_tail(wrong).is_err(), "{wrong:?}");
        }
    }
}
