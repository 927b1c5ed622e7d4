//! The settings of a function, from its environment.

/// What callers may use up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many stores the platform may have, those being made or taken away included.
    pub platform_stores: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { platform_stores: 10 }
    }
}

/// A setting is missing or wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It must be there.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// It must be a whole number.
    #[error("the environment variable {name} is {value:?}, which is not a whole number")]
    Number {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: String,
    },
}

/// The settings of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `TABLE_NAME`
    pub table: String,
    /// `QUEUE_URL`
    pub queue: String,
    /// `PLATFORM_STORE_LIMIT`, 10 unless said.
    pub limits: Limits,
}

impl Config {
    /// Reads the settings with `variable`, which looks up one environment variable.
    ///
    /// # Errors
    /// [`ConfigError`], naming the variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let required =
            |name| variable(name).filter(|value| !value.is_empty()).ok_or(ConfigError::Missing(name));
        let mut limits = Limits::default();
        if let Some(value) = variable("PLATFORM_STORE_LIMIT") {
            limits.platform_stores = value
                .parse()
                .map_err(|_| ConfigError::Number { name: "PLATFORM_STORE_LIMIT", value: value.clone() })?;
        }
        Ok(Self { table: required("TABLE_NAME")?, queue: required("QUEUE_URL")?, limits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_error_names_the_variable() {
        assert_eq!(read(&[("TABLE_NAME", "t")]), Err(ConfigError::Missing("QUEUE_URL")));
        assert_eq!(read(&[("TABLE_NAME", ""), ("QUEUE_URL", "q")]), Err(ConfigError::Missing("TABLE_NAME")));
        let wrong = read(&[("TABLE_NAME", "t"), ("QUEUE_URL", "q"), ("PLATFORM_STORE_LIMIT", "ten")]);
        assert!(wrong.unwrap_err().to_string().contains("PLATFORM_STORE_LIMIT"));
    }

    #[test]
    fn the_platform_has_ten_stores_unless_said() {
        let config = read(&[("TABLE_NAME", "t"), ("QUEUE_URL", "q")]).unwrap();
        assert_eq!(config.limits.platform_stores, 10);
    }
}
