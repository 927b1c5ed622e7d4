//! The store's secrets. They are generated once in its life: where they exist, they are used.

use std::{collections::BTreeMap, fmt};

use domain::{operation::credentials::Credentials, operation::logs::Component};
use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::ResourceExt as _;
use rand::{TryRng as _, rngs::SysRng};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::resources::{blueprint::Blueprint, labels::OPERATION};

pub(in crate::resources) const MYSQL_CREDENTIALS: &str = "mysql-credentials";
pub(in crate::resources) const MYSQL_PASSWORD: &str = "password";
pub(in crate::resources) const MYSQL_ROOT_PASSWORD: &str = "root-password";

/// The user that a store's administrator signs in as.
pub const ADMIN_USER: &str = "admin";
/// The Secret of the shop's own credentials.
pub const WORDPRESS_CREDENTIALS: &str = "wordpress-credentials";
/// The administrator's password in it.
pub const ADMIN_PASSWORD: &str = "admin-password";
/// The password of the mail relay in it, where that asks for one.
pub(in crate::resources) const SMTP_PASSWORD: &str = "smtp-password";
/// All Secrets of a store.
pub const CREDENTIALS: [&str; 2] = [MYSQL_CREDENTIALS, WORDPRESS_CREDENTIALS];
/// The administrator's password that WordPress is being told, until it has it for certain.
const NEXT_ADMIN_PASSWORD: &str = "next-admin-password";
/// WordPress's keys and salts, by the names of its configuration's constants.
pub(in crate::resources) const SALTS: [&str; 8] = [
    "AUTH_KEY",
    "SECURE_AUTH_KEY",
    "LOGGED_IN_KEY",
    "NONCE_KEY",
    "AUTH_SALT",
    "SECURE_AUTH_SALT",
    "LOGGED_IN_SALT",
    "NONCE_SALT",
];

/// Letters and digits: whatever the value passes through, nothing in it needs quoting.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 32 of 62 characters hold 190 bits.
const LENGTH: usize = 32;

/// The operating system has no randomness to give.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random number generator failed")]
pub struct RandomnessError(#[from] rand::rngs::SysError);

/// New values for a store's secrets. All random choices of a provisioning are made here, before its
/// work begins.
pub struct Passwords {
    mysql: SecretString,
    mysql_root: SecretString,
    admin: SecretString,
    salts: [SecretString; SALTS.len()],
}

impl Passwords {
    /// Values from the operating system's randomness.
    ///
    /// # Errors
    /// [`RandomnessError`].
    pub fn generate() -> Result<Self, RandomnessError> {
        let mut salts = [const { None }; SALTS.len()];
        for salt in &mut salts {
            *salt = Some(new_password()?);
        }
        Ok(Self {
            mysql: new_password()?,
            mysql_root: new_password()?,
            admin: new_password()?,
            salts: salts.map(Option::unwrap_or_default),
        })
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords(…)")
    }
}

pub(in crate::resources) fn build(blueprint: &Blueprint, passwords: &Passwords) -> Vec<Secret> {
    let mysql = [(MYSQL_PASSWORD, &passwords.mysql), (MYSQL_ROOT_PASSWORD, &passwords.mysql_root)];
    let admin = [(ADMIN_PASSWORD, &passwords.admin)];
    let salts = SALTS.into_iter().zip(&passwords.salts);
    // Where manifests are only read there may be none to give.
    let mail = &blueprint.settings.mail;
    let unknown = SecretString::default();
    let relay = mail.has_password().then(|| (SMTP_PASSWORD, mail.smtp_password.as_ref().unwrap_or(&unknown)));
    let wordpress = admin.into_iter().chain(salts).chain(relay);
    vec![
        secret(blueprint, MYSQL_CREDENTIALS, Component::Mysql, mysql),
        secret(blueprint, WORDPRESS_CREDENTIALS, Component::Wordpress, wordpress),
    ]
}

fn secret<'a>(
    blueprint: &Blueprint,
    name: &str,
    component: Component,
    values: impl IntoIterator<Item = (&'static str, &'a SecretString)>,
) -> Secret {
    let data: BTreeMap<_, _> =
        values.into_iter().map(|(key, value)| (key.to_owned(), encoded(value))).collect();
    Secret {
        metadata: blueprint.metadata(name, Some(component)),
        type_: Some("Opaque".into()),
        data: Some(data),
        ..Secret::default()
    }
}

/// How far the Secret is with a new password for the administrator.
#[derive(Clone, Debug)]
pub enum PasswordChange {
    /// There is none yet.
    NotBegun,
    /// This one is written down, and WordPress may have it or not.
    Noted(SecretString),
    /// It holds.
    Done,
}

/// How far `secret` is with the new password that the operation `operation` gives the administrator. What
/// an earlier operation has left is of no use: nobody knows whether WordPress was told.
#[must_use]
pub fn change_of(secret: &Secret, operation: Uuid) -> PasswordChange {
    if secret.annotations().get(OPERATION).is_none_or(|mark| *mark != operation.to_string()) {
        return PasswordChange::NotBegun;
    }
    let next = secret.data.as_ref().and_then(|data| data.get(NEXT_ADMIN_PASSWORD));
    match next {
        Some(ByteString(next)) => {
            PasswordChange::Noted(SecretString::from(String::from_utf8_lossy(next).into_owned()))
        }
        None => PasswordChange::Done,
    }
}

/// What the administrator gets in with, by `secret`; `None` where it has no password.
#[must_use]
pub fn credentials_in(secret: &Secret) -> Option<Credentials> {
    let value = |key| {
        let ByteString(value) = secret.data.as_ref()?.get(key)?;
        Some(SecretString::from(String::from_utf8_lossy(value).into_owned()))
    };
    let (password, next_password) = (value(ADMIN_PASSWORD)?, value(NEXT_ADMIN_PASSWORD));
    Some(Credentials { user: ADMIN_USER.into(), password, next_password })
}

/// The merge patch that writes `password` down for the operation `operation`.
#[must_use]
pub fn note(password: &SecretString, operation: Uuid) -> Value {
    json!({
        "metadata": { "annotations": { OPERATION: operation.to_string() } },
        "data": { NEXT_ADMIN_PASSWORD: encoded(password) },
    })
}

/// The merge patch that makes `password`, which was written down, the one that holds.
#[must_use]
pub fn promotion(password: &SecretString) -> Value {
    json!({ "data": { ADMIN_PASSWORD: encoded(password), NEXT_ADMIN_PASSWORD: Value::Null } })
}

fn encoded(password: &SecretString) -> ByteString {
    ByteString(password.expose_secret().as_bytes().to_vec())
}

/// A new password, from the operating system's randomness.
///
/// # Errors
/// [`RandomnessError`].
pub fn new_password() -> Result<SecretString, RandomnessError> {
    let mut text = String::with_capacity(LENGTH);
    while text.len() < LENGTH {
        let mut bytes = [0; LENGTH];
        SysRng.try_fill_bytes(&mut bytes)?;
        // 248 is the greatest multiple of 62 in a byte: what is above would make some characters
        // likelier than others.
        let fair = bytes.into_iter().filter(|byte| *byte < 248);
        text.extend(fair.take(LENGTH - text.len()).map(|byte| char::from(ALPHABET[usize::from(byte) % 62])));
    }
    Ok(text.into())
}

#[cfg(test)]
impl Passwords {
    /// What every password of [`Self::fixed`] is.
    pub(in crate::resources) const FIXED: &str = "not-random";
    /// The same as a Secret's manifest holds it.
    pub(in crate::resources) const FIXED_IN_BASE64: &str = "bm90LXJhbmRvbQ==";

    /// The same values each time, for snapshots.
    pub(in crate::resources) fn fixed() -> Self {
        let fixed = || SecretString::from(Self::FIXED);
        Self { mysql: fixed(), mysql_root: fixed(), admin: fixed(), salts: std::array::from_fn(|_| fixed()) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_values_are_the_same_and_each_has_its_length() {
        let Passwords { mysql, mysql_root, admin, salts } = Passwords::generate().unwrap();
        let all: Vec<_> = [mysql, mysql_root, admin].into_iter().chain(salts).collect();
        let distinct: HashSet<_> = all.iter().map(ExposeSecret::expose_secret).collect();
        assert_eq!(distinct.len(), 11);
        assert!(
            distinct
                .iter()
                .all(|value| value.len() == LENGTH && value.bytes().all(|b| ALPHABET.contains(&b)))
        );
    }

    /// What the API server makes of `secret` with these merge patches.
    fn patched(secret: &Secret, patches: &[Value]) -> Secret {
        fn merge(into: &mut Value, patch: &Value) {
            let Some(members) = patch.as_object() else { return into.clone_from(patch) };
            for (name, value) in members {
                if value.is_null() {
                    into.as_object_mut().unwrap().remove(name);
                } else {
                    merge(&mut into[name], value);
                }
            }
        }
        let mut object = serde_json::to_value(secret).unwrap();
        patches.iter().for_each(|patch| merge(&mut object, patch));
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn a_new_password_is_written_down_before_it_holds_and_nothing_else_changes() {
        let (operation, other) = (Uuid::now_v7(), Uuid::now_v7());
        let data = [(ADMIN_PASSWORD, "old")].into_iter().chain(SALTS.map(|salt| (salt, "salt")));
        let data = data.map(|(key, value)| (key.to_owned(), ByteString(value.into())));
        let before = Secret { data: Some(data.collect()), ..Secret::default() };
        assert!(matches!(change_of(&before, operation), PasswordChange::NotBegun));

        let new = SecretString::from("new");
        let noted = patched(&before, &[note(&new, operation)]);
        let PasswordChange::Noted(next) = change_of(&noted, operation) else { panic!("it is not noted") };
        assert_eq!(next.expose_secret(), "new");
        assert!(matches!(change_of(&noted, other), PasswordChange::NotBegun), "it is another operation's");
        let value = |secret: &Secret, key| secret.data.as_ref().unwrap().get(key).cloned();
        assert_eq!(value(&noted, ADMIN_PASSWORD), value(&before, ADMIN_PASSWORD), "the old one still holds");

        let done = patched(&noted, &[promotion(&next)]);
        assert!(matches!(change_of(&done, operation), PasswordChange::Done));
        assert_eq!(value(&done, ADMIN_PASSWORD), Some(ByteString(b"new".to_vec())));
        let keys = |secret: &Secret| secret.data.as_ref().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&done), keys(&before));
        assert!(SALTS.into_iter().all(|salt| value(&done, salt) == value(&before, salt)));
    }

    #[test]
    fn passwords_do_not_show_themselves() {
        assert_eq!(format!("{:?}", Passwords::fixed()), "Passwords(…)");
    }
}
