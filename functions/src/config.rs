//! The settings of a function, from its environment.

use std::{fmt::Display, str::FromStr, time::Duration};

use domain::{
    operation::Guard,
    table::Quotas,
    values::market::Market,
    values::{
        country::Country,
        currency::Currency,
        locale::{Locale, LocaleError},
    },
};

use crate::{
    auth::claims::{ClaimSettings, ClaimSettingsError},
    rate_limit::RateLimits,
    request::word::one_of,
};

/// How many stores callers may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many stores the platform may have, those being made or taken away included.
    pub platform_stores: u32,
    /// How many of them one owner may have.
    pub owner_stores: u32,
}

impl Limits {
    /// The same, as the table wants them.
    #[must_use]
    pub fn quotas(&self) -> Quotas {
        Quotas { platform: self.platform_stores, owner: self.owner_stores }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { platform_stores: 10, owner_stores: 5 }
    }
}

/// What operators decide, apart from where table and queue are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `PLATFORM_STORE_LIMIT` and `OWNER_STORE_LIMIT`; 10 and 5 by default.
    pub limits: Limits,
    /// `RATE_CREATES_PER_MINUTE`, `RATE_ACTIONS_PER_MINUTE` and
    /// `RATE_FAILED_AUTHENTICATIONS_PER_MINUTE`; 5, 10 and 20 by default.
    pub rates: RateLimits,
    /// `TOKEN_CACHE_SECONDS`, how late a token's revocation may count; 30 by default, at most 300.
    pub token_cache: Duration,
    /// `JWT_PRINCIPAL_CLAIM`, `JWT_ROLE_CLAIM`, `JWT_ADMIN_VALUE` and `JWT_OWNER_VALUE`: all of them,
    /// or none, and then no claim counts.
    pub claims: Option<ClaimSettings>,
    /// `STORE_LOCALES`, the languages that stores can be made in: those of the store image, which has ten unless it
    /// was built with others.
    pub locales: Vec<Locale>,
    /// `DEFAULT_LOCALE`, `DEFAULT_COUNTRY` and `DEFAULT_CURRENCY`, of stores whose request does not say; unless set,
    /// WordPress's and WooCommerce's.
    pub market: Market,
    /// `ORDER_GUARD`, what restarts, upgrades and hibernations wait for whose request does not say; a quiet moment unless set.
    pub guard: Guard,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            rates: RateLimits::default(),
            token_cache: Duration::from_secs(30),
            claims: None,
            locales: Locale::all_in_the_image(),
            market: Market::default(),
            guard: Guard::Orders,
        }
    }
}

/// A setting is missing or wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It must be there.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// It must be a whole number in its range.
    #[error("the environment variable {name} is {value:?}, which is not a whole number that it can be")]
    Number {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: String,
    },
    /// It must be one of a few words, here.
    #[error("the environment variable {name} is {value:?}, which it can't be here")]
    Choice {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: String,
    },
    /// It must be a code of its list.
    #[error("the environment variable {name} is {value:?}, which {problem}")]
    Code {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The settings of the claims can't work.
    #[error(transparent)]
    Claims(#[from] ClaimSettingsError),
}

/// Where a function is, and what it works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// `TABLE_NAME`
    pub table: String,
    /// `QUEUE_URL`
    pub queue: String,
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets.
    pub function: String,
}

impl Places {
    /// Reads them with `variable`, which looks up one environment variable. One that is empty, as
    /// templates leave them, is not set.
    ///
    /// # Errors
    /// [`ConfigError`], naming the variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Environment(variable).places()
    }
}

/// The settings of a function of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where it is.
    pub places: Places,
    /// All else.
    pub settings: Settings,
}

impl Config {
    /// Reads the settings as [`Places::read`] does.
    ///
    /// # Errors
    /// [`ConfigError`], naming the variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let environment = Environment(variable);
        Ok(Self { places: environment.places()?, settings: environment.settings()? })
    }
}

struct Environment<F>(F);

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    fn places(&self) -> Result<Places, ConfigError> {
        Ok(Places {
            table: self.required("TABLE_NAME")?,
            queue: self.required("QUEUE_URL")?,
            function: self.required("AWS_LAMBDA_FUNCTION_NAME")?,
        })
    }

    fn settings(&self) -> Result<Settings, ConfigError> {
        let mut settings = Settings::default();
        let Settings { limits, rates, token_cache, claims, locales, market, guard } = &mut settings;
        self.number("PLATFORM_STORE_LIMIT", &mut limits.platform_stores)?;
        self.number("OWNER_STORE_LIMIT", &mut limits.owner_stores)?;
        self.number("RATE_CREATES_PER_MINUTE", &mut rates.creates)?;
        self.number("RATE_ACTIONS_PER_MINUTE", &mut rates.actions)?;
        self.number("RATE_FAILED_AUTHENTICATIONS_PER_MINUTE", &mut rates.failed_authentications)?;
        *token_cache = self.token_cache(*token_cache)?;
        *claims = self.claims()?;
        if let Some(listed) = self.code("STORE_LOCALES", every_locale)? {
            *locales = listed;
        }
        let one_of_them = |text: &str| match Locale::parse(text) {
            Ok(locale) if locales.contains(&locale) => Ok(locale),
            Ok(_) => Err("is not in STORE_LOCALES".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        market.locale = self.code("DEFAULT_LOCALE", one_of_them)?;
        market.country = self.code("DEFAULT_COUNTRY", Country::parse)?;
        market.currency = self.code("DEFAULT_CURRENCY", Currency::parse)?;
        if let Some(named) = self.code("ORDER_GUARD", one_of::<Guard>)? {
            *guard = named;
        }
        Ok(settings)
    }

    /// A revocation that counts after more than five minutes would surprise whoever revokes.
    fn token_cache(&self, unless_said: Duration) -> Result<Duration, ConfigError> {
        const NAME: &str = "TOKEN_CACHE_SECONDS";
        let mut seconds = unless_said.as_secs();
        self.number(NAME, &mut seconds)?;
        if seconds > 300 {
            return Err(ConfigError::Number { name: NAME, value: seconds.to_string() });
        }
        Ok(Duration::from_secs(seconds))
    }

    fn claims(&self) -> Result<Option<ClaimSettings>, ConfigError> {
        let names = ["JWT_PRINCIPAL_CLAIM", "JWT_ROLE_CLAIM", "JWT_ADMIN_VALUE", "JWT_OWNER_VALUE"];
        if names.iter().all(|name| self.variable(name).is_none()) {
            return Ok(None);
        }
        let [principal_claim, role_claim, admin_value, owner_value] = names.map(|name| self.required(name));
        let settings = ClaimSettings {
            principal_claim: principal_claim?,
            role_claim: role_claim?,
            admin_value: admin_value?,
            owner_value: owner_value?,
        };
        Ok(Some(settings.checked()?))
    }

    /// The code `name`, if it is set.
    fn code<T, E: Display>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        let read = |value: String| {
            parse(&value).map_err(|error| ConfigError::Code { name, problem: error.to_string(), value })
        };
        self.variable(name).map(read).transpose()
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.0(name).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &'static str) -> Result<String, ConfigError> {
        self.variable(name).ok_or(ConfigError::Missing(name))
    }

    /// Puts the number `name` into `place`, if it is set.
    fn number<T: FromStr>(&self, name: &'static str, place: &mut T) -> Result<(), ConfigError> {
        if let Some(value) = self.variable(name) {
            *place = value.parse().map_err(|_| ConfigError::Number { name, value })?;
        }
        Ok(())
    }
}

/// A list of locales with commas between.
fn every_locale(text: &str) -> Result<Vec<Locale>, LocaleError> {
    text.split(',').map(|code| Locale::parse(code.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let places = [("TABLE_NAME", "t"), ("QUEUE_URL", "q"), ("AWS_LAMBDA_FUNCTION_NAME", "f")];
        Config::read(|name| {
            // The last one counts, so that a test can unset what all others need.
            places
                .iter()
                .chain(variables)
                .rfind(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_error_names_the_variable() {
        assert_eq!(read(&[("QUEUE_URL", "")]), Err(ConfigError::Missing("QUEUE_URL")));
        assert_eq!(read(&[("TABLE_NAME", "")]), Err(ConfigError::Missing("TABLE_NAME")));
        for (name, value) in [
            ("PLATFORM_STORE_LIMIT", "ten"),
            ("OWNER_STORE_LIMIT", "-1"),
            ("RATE_CREATES_PER_MINUTE", "0"),
            ("RATE_ACTIONS_PER_MINUTE", "-1"),
            ("TOKEN_CACHE_SECONDS", "301"),
        ] {
            let wrong = read(&[(name, value)]);
            assert_eq!(wrong, Err(ConfigError::Number { name, value: value.into() }));
        }
    }

    #[test]
    fn what_is_not_said_is_as_documented() {
        let Settings { limits, rates, token_cache, claims, locales, market, guard } =
            read(&[]).unwrap().settings;
        assert_eq!((limits.platform_stores, limits.owner_stores), (10, 5));
        let rates = [rates.creates, rates.actions, rates.failed_authentications];
        assert_eq!(rates.map(u32::from), [5, 10, 20]);
        assert_eq!((token_cache, claims), (Duration::from_secs(30), None));
        assert_eq!(market, Market::default());
        assert_eq!(guard, Guard::Orders);
        assert_eq!(locales, Locale::all_in_the_image());
    }

    #[test]
    fn a_default_that_is_no_code_is_refused_by_its_name() {
        let settings = read(&[("DEFAULT_COUNTRY", "AT"), ("DEFAULT_CURRENCY", "EUR")]).unwrap().settings;
        let market = settings.market;
        assert_eq!(market.country.unwrap().as_str(), "AT");
        assert_eq!(market.currency.unwrap().as_str(), "EUR");
        let with_languages = [("STORE_LOCALES", "en_US, ja"), ("DEFAULT_LOCALE", "ja")];
        let settings = read(&with_languages).unwrap().settings;
        assert_eq!(settings.market.locale.as_ref(), settings.locales.last());
        for (name, value) in [
            ("DEFAULT_COUNTRY", "Austria"),
            ("DEFAULT_CURRENCY", "ATS"),
            ("STORE_LOCALES", "en_US,german"),
            ("DEFAULT_LOCALE", "german"),
            // A locale, but none that the image has.
            ("DEFAULT_LOCALE", "ja"),
        ] {
            let error = read(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }

    #[test]
    fn a_guard_that_is_none_of_those_there_are_is_refused_by_its_name() {
        assert_eq!(read(&[("ORDER_GUARD", "none")]).unwrap().settings.guard, Guard::None);
        let error = read(&[("ORDER_GUARD", "off")]).unwrap_err().to_string();
        assert!(error.contains("ORDER_GUARD") && error.contains("must be one of orders, none"), "{error}");
    }

    #[test]
    fn claims_that_can_not_tell_who_calls_are_refused_before_anybody_calls() {
        let whole = [
            ("JWT_PRINCIPAL_CLAIM", "sub"),
            ("JWT_ROLE_CLAIM", "groups"),
            ("JWT_ADMIN_VALUE", "admins"),
            ("JWT_OWNER_VALUE", "owners"),
        ];
        assert!(read(&whole).is_ok());
        for (name, value) in [
            ("JWT_ADMIN_VALUE", "shop admins"),
            ("JWT_ADMIN_VALUE", " "),
            ("JWT_OWNER_VALUE", "[owners]"),
            ("JWT_PRINCIPAL_CLAIM", "iss"),
            ("JWT_PRINCIPAL_CLAIM", "groups"),
            ("JWT_ROLE_CLAIM", "groups "),
        ] {
            let error = read(&[whole.as_slice(), &[(name, value)]].concat()).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn claims_count_only_when_all_is_said_about_them() {
        let names = ["JWT_PRINCIPAL_CLAIM", "JWT_ROLE_CLAIM", "JWT_ADMIN_VALUE", "JWT_OWNER_VALUE"];
        let whole = names.map(|name| (name, name));
        assert_eq!(read(&whole).unwrap().settings.claims.unwrap().role_claim, "JWT_ROLE_CLAIM");
        for name in names {
            let unset = [whole.as_slice(), &[(name, "")]].concat();
            assert_eq!(read(&unset), Err(ConfigError::Missing(name)));
        }
        let same = [whole.as_slice(), &[("JWT_OWNER_VALUE", "JWT_ADMIN_VALUE")]].concat();
        assert_eq!(read(&same), Err(ConfigError::Claims(ClaimSettingsError::SameRoles)));
        assert_eq!(read(&names.map(|name| (name, ""))).unwrap().settings.claims, None);
    }
}
