//! `runner render`: a store's manifests as YAML, without a cluster.

use clap::Parser;
use domain::{
    store::{admin_email::AdminEmail, name::StoreName},
    values::{country::Country, currency::Currency, locale::Locale, market::Market},
};
use uuid::Uuid;

use crate::{
    inspect::yaml,
    resources::{Blueprint, Passwords, conceal},
    settings::StoreSettings,
};

/// What is printed in place of a secret's value: no base64, so that it can't be applied by mistake.
const REDACTED: &str = "<redacted>";

/// Which store's manifests, and how.
#[derive(Clone, Debug, Parser)]
pub struct Render {
    /// Name of the store, as its merchant types it
    #[arg(value_parser = StoreName::parse)]
    pub name: StoreName,

    /// E-mail address of its administrator
    #[arg(long, value_parser = AdminEmail::parse)]
    pub email: AdminEmail,

    /// Its uid, which distinguishes one store of a name from the next; unless said, one that no store has
    #[arg(long)]
    pub uid: Option<Uuid>,

    /// Its language, such as de_DE
    #[arg(long, value_parser = Locale::parse)]
    pub locale: Option<Locale>,

    /// The country that it sells from, such as DE
    #[arg(long, value_parser = Country::parse)]
    pub country: Option<Country>,

    /// The currency of its prices, such as EUR
    #[arg(long, value_parser = Currency::parse)]
    pub currency: Option<Currency>,

    /// Print the values of its secrets, newly generated, instead of redacting them
    #[arg(long)]
    pub show_secrets: bool,

    /// What stores have in common
    #[command(flatten)]
    pub store: StoreSettings,
}

impl Render {
    /// The manifests, one YAML document each, in the order in which they are applied.
    ///
    /// # Errors
    /// Where no password can be generated.
    pub fn yaml(self) -> anyhow::Result<String> {
        let Self { name, email, uid, locale, country, currency, show_secrets, store } = self;
        let blueprint = Blueprint::draft(name, email, uid.unwrap_or_else(Uuid::now_v7), store)
            .selling_in(Market { locale, country, currency });
        let mut text = String::new();
        for mut manifest in blueprint.resources(&Passwords::generate()?).manifests()? {
            if !show_secrets {
                conceal(&mut manifest, REDACTED);
            }
            text.push_str("---\n");
            text.push_str(&yaml::document(&manifest));
        }
        Ok(text)
    }

    /// Prints them, as far as somebody reads.
    ///
    /// # Errors
    /// As [`Self::yaml`], or where standard output can't be written.
    pub fn print(self) -> anyhow::Result<()> {
        stdio::print(format_args!("{}", self.yaml()?))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn command(flags: &[&str]) -> Render {
        let command = ["render", "My Test Shop", "--email", "owner@example.com"];
        Render::try_parse_from([&command, flags].concat()).unwrap()
    }

    /// What the builders make of the same store.
    fn built() -> Vec<Value> {
        let Render { name, email, store, .. } = command(&[]);
        let blueprint = Blueprint::draft(name, email, Uuid::now_v7(), store);
        blueprint.manifests(&Passwords::generate().unwrap()).unwrap()
    }

    fn rendered(flags: &[&str]) -> Vec<Value> {
        let yaml = command(flags).yaml().unwrap();
        let documents = serde_yaml_ng::Deserializer::from_str(&yaml);
        documents.map(|document| serde::Deserialize::deserialize(document).unwrap()).collect()
    }

    fn secret_values(manifests: Vec<Value>) -> Vec<String> {
        let secrets = manifests.into_iter().filter(|manifest| manifest["kind"] == "Secret");
        let values = secrets.flat_map(|secret| secret["data"].as_object().unwrap().clone());
        values.map(|(_, value)| value.as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn all_of_a_stores_objects_are_printed_in_the_order_in_which_they_are_made() {
        let manifests = rendered(&[]);
        let names = |manifests: &[Value]| {
            let named = manifests
                .iter()
                .map(|manifest| (manifest["kind"].clone(), manifest["metadata"]["name"].clone()));
            named.collect::<Vec<_>>()
        };
        assert_eq!(names(&manifests), names(&built()));
        let [first, .., last] = &manifests[..] else { panic!("{manifests:?}") };
        assert_eq!((&first["kind"], &last["kind"]), (&"Namespace".into(), &"Ingress".into()));
        assert!(
            manifests[1..].iter().all(|manifest| manifest["metadata"]["namespace"] == "store-my-test-shop")
        );
    }

    #[test]
    fn a_store_of_any_name_is_printed_as_it_is() {
        for name in ["No", "Yes", "On", "Off", "True", "false", "Null", "1e3", "0x1f", "0b1", "0o17"] {
            let command = ["render", name, "--email", "owner@example.com"];
            let yaml = Render::try_parse_from(command).unwrap().yaml().unwrap();
            let id = StoreName::parse(name).unwrap().slug();
            // What a reader of YAML 1.1 must not take for something else.
            for line in [format!("value: \"{name}\"\n"), format!("shopwright.dev/store: \"{id}\"\n")] {
                assert!(yaml.contains(&line), "{line}: {yaml}");
            }
        }
    }

    #[test]
    fn secrets_are_shown_only_to_who_asks() {
        let count = secret_values(built()).len();
        assert!(count > 0);
        let redacted = secret_values(rendered(&[]));
        assert!(redacted.len() == count && redacted.iter().all(|value| value == REDACTED));
        let shown = secret_values(rendered(&["--show-secrets"]));
        assert!(shown.len() == count && shown.iter().all(|value| value != REDACTED));
    }
}
