//! Cursors: where a list goes on. Sealed, so that nobody can make one up, and bound to the list, its
//! filters and the caller, so that none is of use anywhere else.

use std::{
    fmt::{self, Display},
    str::FromStr,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::auth::principal::Principal;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The length of a seal, in bytes.
const SEAL: usize = 32;

/// The keys of seals, one or more: the first makes new ones, all are good to read with. So a key is
/// changed by putting the new one in front, and leaving the old one until nobody reads on any more.
#[derive(Clone, PartialEq, Eq)]
pub struct CursorKeys(Vec<String>);

/// The text has no keys in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one or more keys of at least {min} characters, joined by commas", min = CursorKeys::MIN)]
pub struct CursorKeysError;

/// The text is no cursor, or one of another list, filter, caller or key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor that this list has answered with")]
pub struct CursorError;

/// What a cursor is good for: one list, as one caller filters it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(Vec<u8>);

impl Scope {
    /// The list named `list`, of `caller`.
    #[must_use]
    pub fn of(list: &str, caller: &Principal) -> Self {
        Self(Vec::new()).part(list).part(caller.role).part(&caller.name)
    }

    /// Filtered by `name`, where `value` says how.
    #[must_use]
    pub fn filtered<T: Display>(self, name: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.part(name).part(value),
            None => self,
        }
    }

    /// Each part with its length before it, so that no two scopes come to the same bytes.
    fn part(mut self, part: impl Display) -> Self {
        let part = part.to_string();
        self.0.extend(part.len().to_be_bytes());
        self.0.extend(part.into_bytes());
        self
    }
}

impl CursorKeys {
    /// The least length of a key.
    pub const MIN: usize = 32;

    /// The keys in `text`, joined by commas.
    ///
    /// # Errors
    /// [`CursorKeysError`] when there is none, or one is short.
    pub fn parse(text: &str) -> Result<Self, CursorKeysError> {
        let keys: Vec<_> = text.split(',').map(|key| key.trim().to_owned()).collect();
        if keys.iter().all(|key| key.len() >= Self::MIN) { Ok(Self(keys)) } else { Err(CursorKeysError) }
    }

    /// The cursor of `place` in the list that `scope` tells.
    #[must_use]
    pub fn seal(&self, scope: &Scope, place: impl Display) -> String {
        let place = place.to_string();
        let seal = self.0.first().map(|key| seal(key, scope, place.as_bytes()).finalize().into_bytes());
        let mut cursor = seal.map(|seal| seal.to_vec()).unwrap_or_default();
        cursor.extend(place.into_bytes());
        URL_SAFE_NO_PAD.encode(cursor)
    }

    /// The place that `cursor` tells of the list of `scope`.
    ///
    /// # Errors
    /// [`CursorError`] when it was not sealed for this scope with one of the keys.
    pub fn open<P: FromStr>(&self, scope: &Scope, cursor: &str) -> Result<P, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CursorError)?;
        let (found, place) = bytes.split_at_checked(SEAL).ok_or(CursorError)?;
        // Compared in constant time.
        if !self.0.iter().any(|key| seal(key, scope, place).verify_slice(found).is_ok()) {
            return Err(CursorError);
        }
        std::str::from_utf8(place).ok().and_then(|place| place.parse().ok()).ok_or(CursorError)
    }
}

/// A key is nobody's to read.
impl fmt::Debug for CursorKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CursorKeys({})", self.0.len())
    }
}

fn seal(key: &str, scope: &Scope, place: &[u8]) -> Hmac<Sha256> {
    // A seal of anything else that is ever made with such a key begins otherwise.
    const PURPOSE: &[u8] = b"shopwright cursor 1";
    let mut seal = Hmac::<Sha256>::new_from_slice(key.as_bytes())
        .expect("HMAC takes a key of any length (RFC 2104, section 2)");
    for part in [PURPOSE, &scope.0, place] {
        seal.update(&part.len().to_be_bytes());
        seal.update(part);
    }
    seal
}

#[cfg(test)]
mod tests {
    use domain::auth::{principal::Role, principal_name::PrincipalName};
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";
    const OTHER_KEY: &str = "another key of thirty-two letters";

    fn keys(text: &str) -> CursorKeys {
        CursorKeys::parse(text).unwrap()
    }

    fn caller(name: &str, role: Role) -> Principal {
        Principal { name: PrincipalName::parse(name).unwrap(), role }
    }

    fn scope() -> Scope {
        Scope::of("stores", &caller("ada", Role::Owner)).filtered("status", Some("Ready"))
    }

    #[test]
    fn a_cursor_is_good_for_its_list_its_filters_and_its_caller_only() {
        let keys = keys(KEY);
        let cursor = keys.seal(&scope(), 7);
        assert_eq!(keys.open(&scope(), &cursor), Ok(7));
        let ada = caller("ada", Role::Owner);
        for other in [
            Scope::of("stores", &ada),
            Scope::of("stores", &ada).filtered("status", Some("Failed")),
            Scope::of("stores", &ada).filtered("owner", Some("Ready")),
            Scope::of("audit", &ada).filtered("status", Some("Ready")),
            Scope::of("stores", &caller("eve", Role::Owner)).filtered("status", Some("Ready")),
            Scope::of("stores", &caller("ada", Role::Admin)).filtered("status", Some("Ready")),
            Scope::of("storesownerada", &ada).filtered("status", Some("Ready")),
        ] {
            assert_eq!(keys.open::<u8>(&other, &cursor), Err(CursorError), "{other:?}");
        }
    }

    #[test]
    fn a_key_is_changed_without_breaking_what_is_being_read() {
        let old = keys(KEY).seal(&scope(), 7);
        let both = keys(&format!("{OTHER_KEY}, {KEY}"));
        assert_eq!(both.open(&scope(), &old), Ok(7));
        let new = both.seal(&scope(), 8);
        assert_eq!(keys(OTHER_KEY).open(&scope(), &new), Ok(8));
        assert_eq!(keys(KEY).open::<u8>(&scope(), &new), Err(CursorError));
    }

    #[test]
    fn a_short_key_is_none() {
        for text in ["", ",", "short", &KEY[1..], &format!("{KEY},"), &format!("{KEY},short")] {
            assert_eq!(CursorKeys::parse(text), Err(CursorKeysError), "{text}");
        }
        assert!(!format!("{:?}", keys(KEY)).contains(KEY));
    }

    proptest! {
        #[test]
        fn a_changed_cursor_is_none(at in 0usize..1000, to in "[A-Za-z0-9_-]") {
            let keys = keys(KEY);
            let cursor = keys.seal(&scope(), "1764050000000.my-shop");
            let at = at % cursor.len();
            let mut changed = cursor.clone();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != cursor);
            prop_assert_eq!(keys.open::<String>(&scope(), &changed), Err(CursorError));
        }

        #[test]
        fn what_nobody_sealed_is_none(text in ".*") {
            prop_assert_eq!(keys(KEY).open::<String>(&scope(), &text), Err(CursorError));
        }
    }
}
