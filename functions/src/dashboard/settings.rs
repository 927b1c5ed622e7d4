//! What the page has to know of its deployment before anybody has signed in: how one does.

use axum::http::{HeaderValue, Uri};
use serde::Serialize;

/// An OpenID provider that signs people in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provider {
    /// Its issuer, under which it describes itself.
    issuer: String,
    /// What it knows the page by.
    client_id: String,
}

/// The settings of the function `dashboard`, which are no secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `SIGN_IN_ISSUER` and `SIGN_IN_CLIENT_ID`, where both are set; else people bring a token.
    provider: Option<Provider>,
    /// `SIGN_IN_ORIGINS`: where else than at the issuer the page has to call to sign in, separated by blanks. Some
    /// providers have their token endpoint elsewhere.
    origins: Vec<String>,
}

/// A setting is wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} has {value:?}, which is no address of a provider (https://…)")]
pub struct SettingsError {
    name: &'static str,
    value: String,
}

/// What the page gets.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View<'a> {
    provider: Option<&'a Provider>,
}

impl Settings {
    /// Reads the settings with `variable`, which looks up one environment variable. One that is empty is not set.
    ///
    /// # Errors
    /// [`SettingsError`], naming the variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let set = |name| variable(name).filter(|value: &String| !value.is_empty());
        let (issuer, client_id) = (set("SIGN_IN_ISSUER"), set("SIGN_IN_CLIENT_ID"));
        let others = set("SIGN_IN_ORIGINS").unwrap_or_default();
        let Some((issuer, client_id)) = issuer.zip(client_id) else { return Ok(Self::default()) };
        let mut origins = vec![origin("SIGN_IN_ISSUER", &issuer)?];
        for other in others.split_whitespace() {
            origins.push(origin("SIGN_IN_ORIGINS", other)?);
        }
        Ok(Self { provider: Some(Provider { issuer, client_id }), origins })
    }

    /// What the page gets of them.
    pub(super) fn view(&self) -> View<'_> {
        View { provider: self.provider.as_ref() }
    }

    /// Where the page may call beside the API.
    pub(super) fn origins(&self) -> &[String] {
        &self.origins
    }
}

/// The origin of an address, which becomes a part of a header: nothing but a scheme, a host and a port.
fn origin(name: &'static str, value: &str) -> Result<String, SettingsError> {
    let wrong = || SettingsError { name, value: value.to_owned() };
    let uri: Uri = value.parse().map_err(|_| wrong())?;
    let (scheme, authority) = uri.scheme_str().zip(uri.authority()).ok_or_else(wrong)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let is_origin = matches!(scheme, "https" | "http") && authority.as_str().bytes().all(plain);
    let origin = format!("{scheme}://{authority}");
    if is_origin && HeaderValue::from_str(&origin).is_ok() { Ok(origin) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn without_a_provider_people_bring_a_token() {
        for variables in [
            &[][..],
            &[("SIGN_IN_ISSUER", "https://id.example")],
            &[("SIGN_IN_ISSUER", "https://id.example"), ("SIGN_IN_CLIENT_ID", "")],
        ] {
            assert_eq!(read(variables), Ok(Settings::default()));
        }
    }

    #[test]
    fn the_page_may_call_the_issuer_and_what_is_named_beside_it() {
        let settings = read(&[
            ("SIGN_IN_ISSUER", "https://id.example/pool/"),
            ("SIGN_IN_CLIENT_ID", "shopwright"),
            ("SIGN_IN_ORIGINS", "https://login.example:8443/oauth2"),
        ])
        .unwrap();
        assert_eq!(settings.origins(), ["https://id.example", "https://login.example:8443"]);
        let recorded = serde_json::to_value(settings.view()).unwrap();
        let provider = serde_json::json!({ "issuer": "https://id.example/pool/", "clientId": "shopwright" });
        assert_eq!(recorded, serde_json::json!({ "provider": provider }));
    }

    #[test]
    fn nothing_else_gets_into_the_policy() {
        for address in
            ["id.example", "https://a b", "https://x;script-src", "javascript:alert(1)", "https://u@x", "*"]
        {
            let wrong = read(&[("SIGN_IN_ISSUER", address), ("SIGN_IN_CLIENT_ID", "c")]);
            assert!(wrong.is_err(), "{address}");
        }
    }
}
