//! Cursors: where a list goes on.
//!
//! A cursor is a place in a list, and no secret: which partition is read, and what of it, follows from the caller
//! and the filters of the request alone. So one that somebody makes up gains nothing but another place in the list
//! that they may read anyway. It also carries a checksum over the list, its filters, and the caller: one that is sent
//! to another list by mistake is refused there, rather than taken for a place in it.

use std::{fmt::Display, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::auth::principal::Principal;
use sha2::{Digest as _, Sha256};

/// The first byte of a cursor: how the rest is to be read. A cursor of another version is none.
const VERSION: u8 = 1;

/// The length of a checksum, in bytes: enough that no two lists meet by chance.
const CHECKSUM: usize = 8;

/// The greatest length of a cursor, in characters. The longest place, an audit entry's, has some 250 bytes.
pub const MAX_LENGTH: usize = 1024;

/// The text is no cursor, or one of another list, filter, or caller.
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

/// The cursor of `place` in the list that `scope` describes.
#[must_use]
pub fn write(scope: &Scope, place: impl Display) -> String {
    let place = place.to_string();
    let mut cursor = vec![VERSION];
    cursor.extend(checksum(scope, place.as_bytes()));
    cursor.extend(place.into_bytes());
    URL_SAFE_NO_PAD.encode(cursor)
}

/// The place in the list of `scope` that `cursor` holds.
///
/// # Errors
/// [`CursorError`] when it is none, or is another list's.
pub fn read<P: FromStr>(scope: &Scope, cursor: &str) -> Result<P, CursorError> {
    if cursor.len() > MAX_LENGTH {
        return Err(CursorError);
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CursorError)?;
    let (found, place) =
        bytes.strip_prefix(&[VERSION]).and_then(|rest| rest.split_at_checked(CHECKSUM)).ok_or(CursorError)?;
    if found != checksum(scope, place) {
        return Err(CursorError);
    }
    std::str::from_utf8(place).ok().and_then(|place| place.parse().ok()).ok_or(CursorError)
}

fn checksum(scope: &Scope, place: &[u8]) -> [u8; CHECKSUM] {
    let mut digest = Sha256::new();
    for part in [&scope.0, place] {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use domain::auth::{principal::Role, principal_name::PrincipalName};
    use proptest::prelude::*;

    use super::*;

    fn caller(name: &str, role: Role) -> Principal {
        Principal { name: PrincipalName::parse(name).unwrap(), role }
    }

    fn scope() -> Scope {
        Scope::of("stores", &caller("ada", Role::Owner)).filtered("status", Some("Ready"))
    }

    #[test]
    fn a_cursor_is_good_for_its_list_its_filters_and_its_caller_only() {
        let cursor = write(&scope(), 7);
        assert_eq!(read(&scope(), &cursor), Ok(7));
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
            assert_eq!(read::<u8>(&other, &cursor), Err(CursorError), "{other:?}");
        }
    }

    #[test]
    fn a_cursor_of_another_version_or_of_any_length_is_none() {
        let cursor = write(&scope(), 7);
        let mut bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        bytes[0] += 1;
        assert_eq!(read::<u8>(&scope(), &URL_SAFE_NO_PAD.encode(bytes)), Err(CursorError));
        let long = write(&scope(), "a".repeat(MAX_LENGTH));
        assert_eq!(read::<String>(&scope(), &long), Err(CursorError));
    }

    #[test]
    fn a_place_that_the_list_can_not_have_is_none() {
        assert_eq!(read::<u8>(&scope(), &write(&scope(), "seven")), Err(CursorError));
    }

    proptest! {
        #[test]
        fn a_changed_cursor_is_none(at in 0usize..1000, to in "[A-Za-z0-9_-]") {
                let cursor = write(&scope(), "1764050000000.my-shop");
            let at = at % cursor.len();
            let mut changed = cursor.clone();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != cursor);
            prop_assert_eq!(read::<String>(&scope(), &changed), Err(CursorError));
        }

        #[test]
        fn what_no_list_has_answered_with_is_none(text in ".*") {
            prop_assert_eq!(read::<String>(&scope(), &text), Err(CursorError));
        }
    }
}
