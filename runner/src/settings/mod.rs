//! What the stores of an installation have in common: the values behind every manifest.
//!
//! A profile is a set of defaults, nothing more: each value can be given by itself. What is here is valid:
//! by itself when it is read (`parse.rs`), and together by [`StoreSettings::faults`]. What the API server would
//! refuse at a store's provisioning is refused when the runner starts, by the name of the setting.

mod checks;
mod egress;
mod gateway;
mod images;
mod ingress;
mod mail;
mod parse;
mod quantity;
mod resource_limits;
mod secrets;

use clap::{Parser, ValueEnum};
use domain::store::release::Release;

use self::ingress::INGRESS_NGINX;
pub(crate) use self::parse::domain;
pub use self::{
    checks::CheckSettings,
    egress::{Egress, EgressSettings},
    gateway::{GatewaySettings, Routing},
    images::{ImageSettings, PullPolicy},
    ingress::{CertificateNeed, IngressFlavour, IngressSettings, Tls},
    mail::{MailFault, MailSettings, SmtpTls},
    quantity::{Quantity, QuantityError},
    resource_limits::{ResourceLimits, ResourceLimitsFault},
    secrets::{SecretSettings, SecretSource},
};

/// The domain of the stores' hosts where nobody says: one whose names lead to this machine.
pub(crate) const LOCAL_DOMAIN: &str = "store.127.0.0.1.nip.io";

/// How long a database may take to start where nobody says, in seconds.
pub(crate) const DATABASE_START: u16 = 180;

/// Settings of every store's manifests.
#[derive(Clone, Debug, Parser)]
#[command(next_help_heading = "Stores")]
pub struct StoreSettings {
    /// Which defaults hold for the other settings. In `production`: a certificate of the whole domain, images
    /// pulled always, storage class gp3, more resources for each store, and five of them at the same time
    #[arg(long, env = "PROFILE", default_value = "local")]
    pub profile: Profile,

    /// Domain under which every store has its host: `<id>.<domain>`; in production it has to be given
    #[arg(
        long,
        env = "STORE_DOMAIN",
        default_value = LOCAL_DOMAIN,
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

    /// By what kind of object
    #[command(flatten)]
    pub gateway: GatewaySettings,

    /// What stores reach
    #[command(flatten)]
    pub egress: EgressSettings,

    /// Who checks their pages
    #[command(flatten)]
    pub checks: CheckSettings,

    /// How their mails leave
    #[command(flatten)]
    pub mail: MailSettings,

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

/// What is said at the start of a runner whose stores are served by a controller that nobody repairs any more.
const RETIRED: &str = "the ingress controller ingress-nginx was retired in March 2026 and gets no more security \
                       fixes: set ROUTING=gateway, or set INGRESS_CLASS and INGRESS_FLAVOUR to another \
                       controller's";

/// What is said at the start of a runner whose stores let nobody in who comes by the Gateway.
const SHUT: &str = "ROUTING is gateway, and stores let in nothing but the pods of the namespace ingress-nginx: set \
                    INGRESS_NAMESPACE to that of the pods behind the Gateway, or WAY_IN_CIDRS to their addresses";

/// Settings that are sound by themselves and not together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreSettingsFault {
    /// Of what a container and a store may use.
    #[error(transparent)]
    Resources(ResourceLimitsFault),
    /// A certificate for each store is asked for by its Ingress.
    #[error(
        "TLS is issuer, which takes ROUTING=ingress: with ROUTING=gateway the Gateway's listener has the certificate, so TLS is wildcard or none"
    )]
    IssuerOfRoutes,
    /// Of how mails leave.
    #[error(transparent)]
    Mail(MailFault),
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

    /// The listener of the Gateway that stores are reached by.
    #[must_use]
    pub fn gateway_section(&self) -> &str {
        self.gateway.gateway_section.as_deref().unwrap_or_else(|| self.scheme())
    }

    /// The namespace of the pods that visitors come from. Controllers that make pods for each Gateway make them in
    /// its own; where one has them elsewhere, `INGRESS_NAMESPACE` says so.
    #[must_use]
    pub fn way_in_namespace(&self) -> &str {
        match (&self.ingress.ingress_namespace, self.gateway.routing) {
            (Some(given), _) => given,
            (None, Routing::Gateway) => &self.gateway.gateway_namespace,
            (None, Routing::Ingress) => INGRESS_NGINX,
        }
    }

    /// What is sound, and most likely not meant: a controller that is served not for long any more, or one that stores
    /// do not let in.
    #[must_use]
    pub fn warning(&self) -> Option<&'static str> {
        match self.gateway.routing {
            Routing::Ingress => {
                (self.ingress.ingress_flavour == IngressFlavour::IngressNginx).then_some(RETIRED)
            }
            Routing::Gateway => {
                let lets_retired_in = self.way_in_namespace() == INGRESS_NGINX;
                (lets_retired_in && self.gateway.way_in_cidrs.is_empty()).then_some(SHUT)
            }
        }
    }

    /// What new stores are made of.
    #[must_use]
    pub fn release(&self) -> Release {
        self.images.release()
    }

    /// All that is sound by itself and not together.
    #[must_use]
    pub fn faults(&self) -> Vec<StoreSettingsFault> {
        let resources = self.resources.faults().into_iter().map(StoreSettingsFault::Resources);
        let is_unheard = self.gateway.routing == Routing::Gateway && self.ingress.tls == Tls::Issuer;
        let routes = is_unheard.then_some(StoreSettingsFault::IssuerOfRoutes);
        let mail = self.mail.faults(self.secrets.secrets).into_iter().map(StoreSettingsFault::Mail);
        resources.chain(routes).chain(mail).collect()
    }

    /// What is missing to make stores, and not to read what they are made of.
    #[must_use]
    pub fn creation_fault(&self) -> Option<StoreSettingsFault> {
        self.mail.password_fault(self.secrets.secrets).map(StoreSettingsFault::Mail)
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
        assert_eq!((production.ingress.tls, production.scheme()), (Tls::Wildcard, "https"));
        assert_eq!(production.resources.memory_limit.as_str(), "1Gi");
        assert_eq!((local.gateway.routing, production.gateway.routing), (Routing::Ingress, Routing::Gateway));
        let given = ["--routing", "ingress", "--tls", "issuer", "--storage-class", "longhorn"];
        let mixed = read(&[&PRODUCTION[..], &given].concat()).unwrap();
        assert_eq!(mixed.faults(), []);
        assert_eq!((mixed.ingress.tls, mixed.resources.storage_class.as_str()), (Tls::Issuer, "longhorn"));
    }

    #[test]
    fn a_certificate_for_each_store_takes_ingresses_and_what_is_most_likely_not_meant_is_warned_of() {
        let fault = |flags: &[&str]| read(flags).unwrap().faults();
        assert_eq!(fault(&["--routing", "gateway", "--tls", "issuer"]), [StoreSettingsFault::IssuerOfRoutes]);
        assert_eq!(fault(&["--routing", "ingress", "--tls", "issuer"]), []);
        assert_eq!(
            fault(&[&PRODUCTION[..], &["--tls", "issuer"]].concat()),
            [StoreSettingsFault::IssuerOfRoutes]
        );
        let warning = |flags: &[&str]| read(flags).unwrap().warning();
        assert!(warning(&[]).is_some_and(|warning| warning.contains("INGRESS_FLAVOUR")));
        assert_eq!(warning(&["--ingress-flavour", "f5-nginx"]), None);
        assert_eq!(warning(&PRODUCTION), None);
        let shut = ["--routing", "gateway", "--ingress-namespace", "ingress-nginx"];
        assert!(warning(&shut).is_some_and(|warning| warning.contains("INGRESS_NAMESPACE")));
        assert_eq!(warning(&["--routing", "gateway", "--ingress-namespace", "traefik"]), None);
        assert_eq!(warning(&["--routing", "gateway", "--way-in-cidrs", "10.0.0.0/16"]), None);
    }

    #[test]
    fn visitors_come_from_the_gateways_namespace_unless_somebody_says_from_where() {
        let from = |flags: &[&str]| read(flags).unwrap().way_in_namespace().to_owned();
        assert_eq!(from(&[]), "ingress-nginx");
        assert_eq!(from(&["--routing", "gateway"]), "gateway");
        assert_eq!(from(&["--routing", "gateway", "--gateway-namespace", "traefik"]), "traefik");
        assert_eq!(from(&["--routing", "gateway", "--ingress-namespace", "envoy"]), "envoy");
        assert_eq!(from(&["--ingress-namespace", "kube-system"]), "kube-system");
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
            let found = help.split_once("in production ").map(|(_, value)| value.to_owned());
            let changed = (raw(&local) != raw(&production)).then(|| raw(&production));
            assert_eq!(found, changed, "{}", setting.get_id());
        }
    }
}
