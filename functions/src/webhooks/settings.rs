//! The settings of the functions that have to do with webhooks, from their environment.

use outbound::policy::Policy;
use secrecy::SecretString;

use super::key::KeyStore;
use crate::config::ConfigError;

const DELIVERIES: &str = "DELIVERIES_QUEUE_URL";

/// Where the platform key is.
#[derive(Debug)]
pub enum KeyPlace {
    /// In Secrets Manager: `WEBHOOK_KEY_SECRET`, the secret's ARN.
    Secret(String),
    /// Here: `WEBHOOK_KEY`. Only on a machine of one's own, where there is no Secrets Manager.
    Given(SecretString),
}

/// What has to do with webhooks in the API and in `deliver`.
#[derive(Debug)]
pub struct WebhookSettings {
    /// `DELIVERIES_QUEUE_URL`
    pub deliveries: String,
    /// Where the platform key is.
    pub key: KeyPlace,
    /// `WEBHOOK_TARGETS`: `public`, which is the default, or `local`, which also lets `http`, high ports and loopback
    /// in. Never in Lambda, whose own runtime API listens on loopback.
    pub policy: Policy,
}

/// Where `sweep` sends hints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintPlaces {
    /// `NOTICES_QUEUE_URL`
    pub notices: String,
    /// `DELIVERIES_QUEUE_URL`
    pub deliveries: String,
}

/// What `fan-out` works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FanOutPlaces {
    /// `TABLE_NAME`
    pub table: String,
    /// `DELIVERIES_QUEUE_URL`
    pub deliveries: String,
}

/// What `deliver` works on, beside its [`WebhookSettings`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverPlaces {
    /// `TABLE_NAME`
    pub table: String,
    /// `API_URL`: where the API is.
    pub api: String,
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets.
    pub function: String,
}

/// What `variable` finds for `name`, which must be there.
fn required(variable: impl Fn(&str) -> Option<String>, name: &'static str) -> Result<String, ConfigError> {
    variable(name).filter(|value| !value.is_empty()).ok_or(ConfigError::Missing(name))
}

impl HintPlaces {
    /// Reads them with `variable`, which looks up one environment variable.
    ///
    /// # Errors
    /// [`ConfigError`], naming the variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let notices = required(&variable, "NOTICES_QUEUE_URL")?;
        Ok(Self { notices, deliveries: required(&variable, DELIVERIES)? })
    }
}

impl FanOutPlaces {
    /// The same.
    ///
    /// # Errors
    /// [`ConfigError`], naming the variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let table = required(&variable, "TABLE_NAME")?;
        Ok(Self { table, deliveries: required(&variable, DELIVERIES)? })
    }
}

impl DeliverPlaces {
    /// The same.
    ///
    /// # Errors
    /// [`ConfigError`], naming the variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            table: required(&variable, "TABLE_NAME")?,
            api: required(&variable, "API_URL")?.trim_end_matches('/').to_owned(),
            function: required(&variable, "AWS_LAMBDA_FUNCTION_NAME")?,
        })
    }
}

impl WebhookSettings {
    /// Reads them with `variable`, which looks up one environment variable.
    ///
    /// # Errors
    /// [`ConfigError`], naming the variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is_lambda = get("AWS_EXECUTION_ENV").is_some_and(|name| name.starts_with("AWS_Lambda"));
        let policy = match get("WEBHOOK_TARGETS").as_deref() {
            None | Some("public") => Policy::default(),
            Some("local") if !is_lambda => Policy::local(),
            Some(other) => {
                return Err(ConfigError::Choice { name: "WEBHOOK_TARGETS", value: other.to_owned() });
            }
        };
        let key = match (get("WEBHOOK_KEY_SECRET"), get("WEBHOOK_KEY")) {
            (Some(secret), _) => KeyPlace::Secret(secret),
            (None, Some(key)) if !is_lambda => KeyPlace::Given(key.into()),
            (None, _) => return Err(ConfigError::Missing("WEBHOOK_KEY_SECRET")),
        };
        Ok(Self { deliveries: required(&variable, DELIVERIES)?, key, policy })
    }
}

impl KeyPlace {
    /// The store that reads it.
    #[must_use]
    pub fn store(self, environment: domain::aws::Environment) -> KeyStore {
        match self {
            Self::Secret(id) => KeyStore::secret(move || environment.secrets(), id),
            Self::Given(key) => KeyStore::given(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<WebhookSettings, ConfigError> {
        let given = [("DELIVERIES_QUEUE_URL", "q"), ("WEBHOOK_KEY_SECRET", "arn")];
        WebhookSettings::read(|name| {
            let mut all = given.iter().chain(variables);
            all.rfind(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_on_this_machine_is_let_in_by_a_setting_that_lambda_refuses() {
        assert_eq!(read(&[]).unwrap().policy, Policy::default());
        assert_eq!(read(&[("WEBHOOK_TARGETS", "local")]).unwrap().policy, Policy::local());
        let lambda = ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023");
        for wrong in [&[("WEBHOOK_TARGETS", "local"), lambda][..], &[("WEBHOOK_TARGETS", "all")]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
        assert!(read(&[("WEBHOOK_KEY_SECRET", ""), ("WEBHOOK_KEY", "k"), lambda]).is_err());
        assert!(read(&[("WEBHOOK_KEY_SECRET", ""), ("WEBHOOK_KEY", "k")]).is_ok());
    }
}
