//! The runner's command line.

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser, Subcommand, error::ErrorKind};

use crate::{
    config::Config, front::config::FrontConfig, inspect::diff::Diff, inspect::render::Render,
    migration::MigrateRoutes, settings::StoreSettings,
};

/// Makes the cluster match what the table says.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The runner's commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Takes jobs off the queue until SIGTERM
    Run(Box<Config>),
    /// Prints the manifests of a store as YAML; asks no cluster and no table
    Render(Box<Render>),
    /// Shows what of a store's manifests is missing in the cluster, differs there, or is extra: exit code 0
    /// where nothing is, 1 where something is, 2 where nobody can say. It only reads
    Diff(Box<Diff>),
    /// Brings what leads visitors to stores in line with ROUTING after that has changed: makes the new way in of each,
    /// waits until it is accepted, then removes the old one. A dry run unless `--apply`
    MigrateRoutes(Box<MigrateRoutes>),
    /// Answers visitors on hosts that no store answers on, until SIGTERM: with a page that says how the store
    /// stands. It only reads the table, and asks no cluster
    Front(FrontConfig),
}

impl Cli {
    /// Reads the command line and the environment, and looks whether the settings go together.
    ///
    /// # Errors
    /// One that names the settings, and lists all that do not go together.
    pub fn read<T: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = T>,
    ) -> Result<Self, clap::Error> {
        let cli = Self::try_parse_from(arguments)?;
        let mut faults: Vec<_> = cli
            .settings()
            .into_iter()
            .flat_map(StoreSettings::faults)
            .map(|fault| fault.to_string())
            .collect();
        if let Command::Run(config) = &cli.command {
            faults.extend(config.store.creation_fault().iter().map(ToString::to_string));
            faults.extend(config.faults().iter().map(ToString::to_string));
        }
        if faults.is_empty() {
            return Ok(cli);
        }
        Err(Self::command().error(ErrorKind::ValueValidation, faults.join("\n       ")))
    }

    /// What stores have in common, where the command makes any.
    fn settings(&self) -> Option<&StoreSettings> {
        match &self.command {
            Command::Run(config) => Some(&config.store),
            Command::Render(render) => Some(&render.store),
            Command::Diff(diff) => Some(&diff.store),
            Command::MigrateRoutes(migration) => Some(&migration.store),
            Command::Front(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error of a runner with these settings in place of good ones.
    fn error(flags: &[(&str, &str)]) -> String {
        let good = [("--table-name", "stores"), ("--queue-url", "http://sqs.test/jobs")];
        let others = good.iter().filter(|(name, _)| flags.iter().all(|(flag, _)| flag != name));
        let flags = others.chain(flags).flat_map(|(name, value)| [*name, *value]);
        let run = ["runner", "run"].into_iter().chain(flags);
        Cli::read(run).map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_error_names_the_setting() {
        assert_eq!(error(&[("--slots", "1")]), "");
        for (flag, value) in [
            ("--slots", "0"),
            ("--lease-seconds", "1"),
            ("--listen", "9090"),
            ("--table-name", ""),
            ("--table-name", "stores/eu"),
            ("--queue-url", "jobs"),
            ("--queue-url", "arn:aws:sqs:eu-central-1:123456789012:jobs"),
            ("--queue-url", "https://sqs.eu-central-1.amazonaws.com"),
            ("--profile", "staging"),
            ("--image-pull-policy", "never"),
            ("--store-domain", "Not a domain"),
            ("--store-image", "store"),
            ("--ingress-namespace", "a.b"),
            ("--ingress-labels", "nginx"),
            ("--tls", "yes"),
            ("--certificate-issuer", ""),
            ("--upload-limit-mib", "0"),
            ("--dns-labels", "kube-dns"),
            ("--egress", "open"),
            ("--egress-except", "10.0.0.1/8"),
            ("--smtp-host", "relay:25"),
            ("--smtp-port", "0"),
            ("--smtp-tls", "ssl"),
            ("--mail-from", "shops"),
            ("--smtp-addresses", "relay.example.com"),
            ("--secrets", "none"),
            ("--secret-path", "/"),
            ("--storage-class", "gp3 "),
            ("--volume-size", "5 gigabytes"),
            ("--cpu-limit", "0"),
        ] {
            let error = error(&[(flag, value)]);
            assert!(
                error.contains(&format!("invalid value '{value}' for '{flag} <")),
                "{flag} {value}: {error}"
            );
        }
    }

    #[test]
    fn a_front_takes_settings_of_its_own_and_names_the_wrong_one() {
        let read =
            |flags: &[&str]| Cli::read([&["runner", "front", "--table-name", "stores"], flags].concat());
        let Command::Front(config) = read(&[]).unwrap().command else { panic!("it is another command") };
        assert!(config.front_listen.ip().is_loopback() && config.listen.ip().is_loopback());
        for (flag, value) in [
            ("--front-listen", "8080"),
            ("--listen", "9090"),
            ("--store-domain", "Not a domain"),
            ("--cache-seconds", "0"),
            ("--cache-seconds", "61"),
            ("--drain-seconds", "301"),
            ("--log-format", "xml"),
        ] {
            let error = read(&[flag, value]).unwrap_err().to_string();
            assert!(error.contains(&format!("invalid value '{value}' for '{flag} <")), "{error}");
        }
        assert!(read(&["--queue-url", "http://sqs.test/jobs"]).is_err(), "it has no queue");
    }

    #[test]
    fn what_is_waited_for_must_fit_into_the_deadline_of_whoever_waits() {
        for (settings, fault) in [
            (
                [("--image-pull-grace-seconds", "120"), ("--provision-deadline-seconds", "120")],
                "IMAGE_PULL_GRACE_SECONDS is 120, and must be less than PROVISION_DEADLINE_SECONDS, 120",
            ),
            (
                [("--database-start-seconds", "600"), ("--provision-deadline-seconds", "900")],
                "DATABASE_START_SECONDS is 600, and must be at most OPERATION_DEADLINE_SECONDS, 300",
            ),
            (
                [("--database-start-seconds", "600"), ("--operation-deadline-seconds", "900")],
                "DATABASE_START_SECONDS is 600, and must be at most PROVISION_DEADLINE_SECONDS, 300",
            ),
        ] {
            let error = error(&settings);
            assert!(error.contains(fault), "{error}");
        }
        let all = [
            ("--database-start-seconds", "600"),
            ("--provision-deadline-seconds", "900"),
            ("--operation-deadline-seconds", "600"),
            ("--image-pull-grace-seconds", "899"),
        ];
        assert_eq!(error(&all), "");
        let short = [("--provision-deadline-seconds", "30"), ("--operation-deadline-seconds", "30")];
        assert_eq!(error(&short), "", "what nobody has set follows a deadline that somebody has");
    }

    #[test]
    fn a_password_of_the_relay_is_missed_by_the_runner_and_not_by_who_reads_manifests() {
        let relay = [
            ("--smtp-host", "relay.example.com"),
            ("--mail-from", "shops@example.com"),
            ("--smtp-addresses", "192.0.2.25"),
            ("--smtp-user", "shops"),
        ];
        assert!(error(&relay).contains("SMTP_USER takes SMTP_PASSWORD"), "{}", error(&relay));
        let flags = relay.iter().flat_map(|(name, value)| [*name, *value]);
        assert!(
            Cli::read(["runner", "diff", "my-test-shop", "--table-name", "stores"].into_iter().chain(flags))
                .is_ok()
        );
    }

    #[test]
    fn settings_that_do_not_go_together_are_all_named_at_once() {
        let error = error(&[("--cpu-request", "8"), ("--volume-size", "11Gi")]);
        for setting in ["CPU_LIMIT", "QUOTA_CPU_REQUESTS", "QUOTA_STORAGE"] {
            assert!(error.contains(setting), "{error}");
        }
    }
}
