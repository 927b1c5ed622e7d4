//! How stores' mails leave.

use clap::{Args, ValueEnum};
use domain::store::admin_email::AdminEmail;
use secrecy::{ExposeSecret as _, SecretString};

use super::{SecretSource, parse};

/// More than any relay's password has, in bytes.
const LONGEST_PASSWORD: usize = 4096;

/// The relay, and the way to it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stores' mails")]
pub struct MailSettings {
    /// The relay by which shops send mails. Without one they send none, and say so to their merchants
    #[arg(long, env = "SMTP_HOST", value_parser = parse::host)]
    pub smtp_host: Option<String>,

    /// Port of the relay; 465 where SMTP_TLS is implicit
    #[arg(
        long,
        env = "SMTP_PORT",
        default_value = "587",
        default_value_if("smtp_tls", "implicit", "465"),
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub smtp_port: u16,

    /// How the relay does TLS. Its certificate must be good for SMTP_HOST
    #[arg(long, env = "SMTP_TLS", default_value = "starttls")]
    pub smtp_tls: SmtpTls,

    /// Who shops are to the relay, where it asks. A shop's plugins can read user and password: they should
    /// be good for nothing but sending from MAIL_FROM
    #[arg(long, env = "SMTP_USER", value_parser = parse::user)]
    pub smtp_user: Option<String>,

    /// The password of SMTP_USER, which new stores get a copy of. Better by environment: the arguments of a
    /// process can be read by others. Where SECRETS is `external`, it is the key `smtp-password` of a store's
    /// own secret in the place of this
    #[arg(long, env = "SMTP_PASSWORD", hide_env_values = true, value_parser = parse::secret)]
    pub smtp_password: Option<SecretString>,

    /// The platform's address in whose name mails are sent; an answer goes to the merchant
    #[arg(long, env = "MAIL_FROM", value_parser = AdminEmail::parse)]
    pub mail_from: Option<AdminEmail>,

    /// Addresses of the relay, or blocks of them, comma between, which shops reach whatever EGRESS says
    #[arg(long, env = "SMTP_ADDRESSES", value_delimiter = ',', value_parser = parse::address)]
    pub smtp_addresses: Vec<String>,

    /// Namespace of the relay's pods, where it runs in the cluster
    #[arg(long, env = "SMTP_NAMESPACE", value_parser = parse::dns_label)]
    pub smtp_namespace: Option<String>,

    /// Labels `key=value`, comma between, of the relay's pods; without any, all pods of SMTP_NAMESPACE are
    /// reached
    #[arg(long, env = "SMTP_LABELS", value_delimiter = ',', value_parser = parse::label)]
    pub smtp_labels: Vec<(String, String)>,

    /// Port of the relay's pods, where its Service has another one, SMTP_PORT
    #[arg(long, env = "SMTP_POD_PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub smtp_pod_port: Option<u16>,
}

/// How a relay does TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SmtpTls {
    /// It is begun by a command of SMTP
    Starttls,
    /// From the first byte
    Implicit,
    /// Not at all, which takes a relay without a password
    None,
}

impl SmtpTls {
    /// As the image spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starttls => "starttls",
            Self::Implicit => "implicit",
            Self::None => "none",
        }
    }
}

/// Settings of mails that are sound by themselves and not together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailFault {
    /// Nobody is named as the sender.
    #[error("SMTP_HOST takes MAIL_FROM, the address in whose name mails are sent")]
    Sender,
    /// No policy would let a shop out to the relay.
    #[error("SMTP_HOST takes SMTP_ADDRESSES or SMTP_NAMESPACE: only what they name is opened to shops")]
    Way,
    /// Labels say nothing without the namespace of the pods.
    #[error("SMTP_LABELS takes SMTP_NAMESPACE, where the relay's pods are")]
    LabelsAlone,
    /// Everybody on the way could read the password.
    #[error(
        "SMTP_USER takes SMTP_TLS starttls or implicit: without TLS its password could be read on the way"
    )]
    PlainPassword,
    /// Nobody uses the password.
    #[error("SMTP_PASSWORD takes SMTP_USER, whose it is")]
    PasswordAlone,
    /// The password is not taken from here.
    #[error("SMTP_PASSWORD takes SECRETS=generated: external secrets have it in their key smtp-password")]
    PasswordTwice,
    /// It would not reach a container as it is.
    #[error("SMTP_PASSWORD must be 1 to 4096 bytes without control characters or line breaks")]
    PasswordForm,
    /// There is none.
    #[error("SMTP_USER takes SMTP_PASSWORD where SECRETS is generated")]
    PasswordMissing,
}

impl MailSettings {
    /// Whether shops have a password for the relay.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.smtp_host.is_some() && self.smtp_user.is_some()
    }

    /// All that does not go together, where there is a relay.
    pub(super) fn faults(&self, source: SecretSource) -> Vec<MailFault> {
        if self.smtp_host.is_none() {
            return Vec::new();
        }
        let has_way = self.smtp_namespace.is_some() || !self.smtp_addresses.is_empty();
        let (has_user, has_password) = (self.smtp_user.is_some(), self.smtp_password.is_some());
        [
            (self.mail_from.is_none(), MailFault::Sender),
            (!has_way, MailFault::Way),
            (!self.smtp_labels.is_empty() && self.smtp_namespace.is_none(), MailFault::LabelsAlone),
            (has_user && self.smtp_tls == SmtpTls::None, MailFault::PlainPassword),
            (has_password && !has_user, MailFault::PasswordAlone),
            (has_password && source == SecretSource::External, MailFault::PasswordTwice),
            (self.smtp_password.as_ref().is_some_and(is_unusable), MailFault::PasswordForm),
        ]
        .into_iter()
        .filter_map(|(is_so, fault)| is_so.then_some(fault))
        .collect()
    }

    /// Why stores can't be made, though their manifests can be read: an operator who compares them has no
    /// password to give.
    pub(super) fn password_fault(&self, source: SecretSource) -> Option<MailFault> {
        let is_missing = self.has_password() && self.smtp_password.is_none();
        (is_missing && source == SecretSource::Generated).then_some(MailFault::PasswordMissing)
    }
}

fn is_unusable(password: &SecretString) -> bool {
    let text = password.expose_secret();
    !(1..=LONGEST_PASSWORD).contains(&text.len()) || text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use crate::settings::StoreSettings;

    const RELAY: [(&str, &str); 3] = [
        ("--smtp-host", "relay.example.com"),
        ("--mail-from", "shops@example.com"),
        ("--smtp-addresses", "192.0.2.25"),
    ];

    fn settings(others: &[(&str, &str)], without: &str) -> StoreSettings {
        let relay = RELAY.iter().filter(|(flag, _)| *flag != without);
        let flags = relay.chain(others).flat_map(|(flag, value)| [*flag, *value]);
        StoreSettings::try_parse_from(["settings"].into_iter().chain(flags)).unwrap()
    }

    fn faults(others: &[(&str, &str)], without: &str) -> Vec<String> {
        settings(others, without).faults().iter().map(ToString::to_string).collect()
    }

    const USER: (&str, &str) = ("--smtp-user", "shops");
    const PASSWORD: (&str, &str) = ("--smtp-password", "let me in");

    #[test]
    fn what_a_relay_takes_beside_it_is_named() {
        assert_eq!(faults(&[], ""), [""; 0]);
        assert_eq!(faults(&[USER, PASSWORD], ""), [""; 0]);
        assert_eq!(faults(&[("--smtp-namespace", "mail")], "--smtp-addresses"), [""; 0]);
        assert_eq!(faults(&[("--smtp-labels", "a=b")], "--smtp-host"), [""; 0], "there is no relay");
        for (others, without, begin) in [
            (&[][..], "--mail-from", "SMTP_HOST takes MAIL_FROM"),
            (&[], "--smtp-addresses", "SMTP_HOST takes SMTP_ADDRESSES or SMTP_NAMESPACE"),
            (&[("--smtp-labels", "app=relay")], "", "SMTP_LABELS takes SMTP_NAMESPACE"),
            (&[USER, PASSWORD, ("--smtp-tls", "none")], "", "SMTP_USER takes SMTP_TLS"),
            (&[PASSWORD], "", "SMTP_PASSWORD takes SMTP_USER"),
            (&[USER, PASSWORD, ("--secrets", "external")], "", "SMTP_PASSWORD takes SECRETS=generated"),
            (&[USER, ("--smtp-password", "")], "", "SMTP_PASSWORD must be"),
            (&[USER, ("--smtp-password", "of a file\n")], "", "SMTP_PASSWORD must be"),
        ] {
            let found = faults(others, without);
            assert!(found.len() == 1 && found[0].starts_with(begin), "{begin}: {found:?}");
        }
    }

    #[test]
    fn a_password_is_missing_where_stores_are_made_of_it_only() {
        let missing = |others: &[(&str, &str)]| settings(others, "").creation_fault().is_some();
        assert!(missing(&[USER]));
        assert!(!missing(&[]) && !missing(&[USER, PASSWORD]) && !missing(&[USER, ("--secrets", "external")]));
    }

    #[test]
    fn no_fault_no_help_and_no_debug_output_has_the_password() {
        let wrong = [USER, ("--smtp-password", "hidden-word\n"), ("--secrets", "external")];
        let found = format!("{:?} {:?}", settings(&wrong, ""), faults(&wrong, ""));
        assert!(found.contains("SMTP_PASSWORD must be") && !found.contains("hidden-word"), "{found}");
        let command = StoreSettings::command();
        let password = command.get_arguments().find(|arg| arg.get_id() == "smtp_password").unwrap();
        assert!(password.is_hide_env_values_set());
    }

    #[test]
    fn the_port_follows_tls_where_nobody_gives_one() {
        let port = |others: &[(&str, &str)]| settings(others, "").mail.smtp_port;
        assert_eq!((port(&[]), port(&[("--smtp-tls", "implicit")])), (587, 465));
        assert_eq!(port(&[("--smtp-tls", "implicit"), ("--smtp-port", "2465")]), 2465);
    }
}
