//! What the stores of an installation have in common: the values behind every manifest.
//!
//! A profile is a set of defaults, nothing more: each value can be given by itself. What is here is valid:
//! by itself when it is read (`parse.rs`), and together by [`StoreSettings::faults`]. What the API server would
//! refuse at a store's provisioning is refused when the runner starts, by the name of the setting.

mod egress;
mod images;
mod ingress;
mod parse;
mod quantity;
mod resource_limits;
mod secrets;

use clap::{Parser, ValueEnum};

pub use self::{
    egress::{Egress, EgressSettings},
    images::{ImageSettings, PullPolicy},
    ingress::{CertificateNeed, IngressSettings, Tls},
    quantity::{Quantity, QuantityError},
    resource_limits::{ResourceLimits, ResourceLimitsFault},
    secrets::{SecretSettings, SecretSource},
};

/// How long a database may take to start where nobody says, in seconds.
pub(crate) const DATABASE_START: u16 = 180;

/// Settings of every store's manifests.
#[derive(Clone, Debug, Parser)]
#[command(next_help_heading = "Stores")]
pub struct StoreSettings {
    /// Which defaults hold for the other settings. In `production`: certificates by an issuer, images
    /// pulled always, storage class gp3, more resources for each store, and five of them at the same time
    #[arg(long, env = "PROFILE", default_value = "local")]
    pub profile: Profile,

    /// Domain under which every store has its host: `<id>.<domain>`; in production it has to be given
    #[arg(
        long,
        env = "STORE_DOMAIN",
        default_value = "store.127.0.0.1.nip.io",
        default_value_if("profile", "production", None::<&'static str>),
        required_if_eq("profile", "production"),
        value_parser = parse::domain
    )]
    pub store_domain: String,

    /// What stores run
    #[command(flatten)]
    pub images: ImageSettings,

    /// How stores are reached
    #[command(flatten)]
    pub ingress: IngressSettings,

    /// What stores reach
    #[command(flatten)]
    pub egress: EgressSettings,

    /// Where stores' secrets come from
    #[command(flatten)]
    pub secrets: SecretSettings,

    /// How long a database may take to start, in seconds, before it is begun anew; a recovery after a crash is
    /// a start. At most PROVISION_DEADLINE_SECONDS and OPERATION_DEADLINE_SECONDS, which wait for it
    #[arg(
        long,
        env = "DATABASE_START_SECONDS",
        default_value_t = DATABASE_START,
        value_parser = clap::value_parser!(u16).range(30..=7200)
    )]
    pub database_start_seconds: u16,

    /// What a container and a store may use
    #[command(flatten)]
    pub resources: ResourceLimits,
}

/// A set of defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// A cluster on a laptop
    Local,
    /// A platform with merchants on it
    Production,
}

impl StoreSettings {
    /// How a store's address begins.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match self.ingress.tls {
            Tls::None => "http",
            Tls::Wildcard | Tls::Issuer => "https",
        }
    }

    /// All that is sound by itself and not together.
    #[must_use]
    pub fn faults(&self) -> Vec<ResourceLimitsFault> {
        self.resources.faults()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    const PRODUCTION: [&str; 6] = [
        "--profile",
        "production",
        "--store-domain",
        "shops.example.com",
        "--store-image",
        "r.example/store:1",
    ];

    fn read(flags: &[&str]) -> Result<StoreSettings, clap::Error> {
        StoreSettings::try_parse_from([&["settings"], flags].concat())
    }

    #[test]
    fn both_profiles_are_sound_and_each_value_can_be_given_by_itself() {
        let local = read(&[]).unwrap();
        assert_eq!(local.faults(), []);
        assert_eq!((local.ingress.tls, local.images.image_pull_policy), (Tls::None, PullPolicy::Never));
        let production = read(&PRODUCTION).unwrap();
        assert_eq!(production.faults(), []);
        assert_eq!((production.ingress.tls, production.scheme()), (Tls::Issuer, "https"));
        assert_eq!(production.resources.memory_limit.as_str(), "1Gi");
        let mixed = read(&[&PRODUCTION[..], &["--tls", "wildcard", "--storage-class", "longhorn"]].concat());
        let mixed = mixed.unwrap();
        assert_eq!((mixed.ingress.tls, mixed.resources.storage_class.as_str()), (Tls::Wildcard, "longhorn"));
    }

    #[test]
    fn the_help_of_a_setting_says_what_production_makes_of_it() {
        let mut settings = StoreSettings::command();
        let mut values =
            |flags: &[&str]| settings.try_get_matches_from_mut([&["settings"], flags].concat()).unwrap();
        let (local, production) = (values(&[]), values(&PRODUCTION));
        let given = ["profile", "store_domain", "store_image", "help"];
        for setting in settings.get_arguments().filter(|setting| !given.contains(&setting.get_id().as_str()))
        {
            let raw = |matches: &clap::ArgMatches| {
                let values = matches.get_raw(setting.get_id().as_str()).into_iter().flatten();
                values.map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(",")
            };
            let help = setting.get_help().unwrap().to_string();
            let told = help.split_once("in production ").map(|(_, value)| value.to_owned());
            let changed = (raw(&local) != raw(&production)).then(|| raw(&production));
            assert_eq!(told, changed, "{}", setting.get_id());
        }
    }
}
