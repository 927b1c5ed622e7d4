//! The address that a store's administrator is reached at.

use std::fmt;

use serde::Serialize;

/// A plain e-mail address that WordPress takes, keeps and sends to as it was typed.
///
/// It is ASCII, of 6 to 100 characters: WordPress' column `user_email` holds 100, and an installation
/// with a longer one has no administrator. Its form is what both WordPress' `is_email` and a mail
/// server (RFC 5321, section 4.1.2) take: an unquoted local part of at most 64 characters, and a domain
/// of two or more labels of letters, digits and inner hyphens, of which the last is no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "schema",
    schema(
        value_type = String,
        format = "email",
        min_length = 6,
        max_length = 100,
        pattern = "^(?![^@]{65})[A-Za-z0-9!#$%'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%'*+/=?^_`{|}~-]+)*\
            @([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+(?![0-9]+$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$",
        examples("owner@example.com")
    )
)]
#[serde(into = "String")]
pub struct AdminEmail(String);

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdminEmailError {
    /// Shorter or longer than WordPress takes.
    #[error("must have {min} to {max} characters, has {found}", min = AdminEmail::MIN, max = AdminEmail::MAX)]
    Length {
        /// How many characters there are.
        found: usize,
    },
    /// No `@`, or nothing before it.
    #[error("must be an e-mail address such as owner@example.com")]
    Form,
    /// What stands before the `@` is none that mail servers and WordPress take.
    #[error(
        "must have before its @ at most 64 ASCII letters, digits and !#$%'*+/=?^_`{{|}}~- in groups joined by \
         single dots"
    )]
    LocalPart,
    /// What stands after the `@` is no domain.
    #[error(
        "must have after its @ a domain such as example.com: labels of at most 63 ASCII letters, digits and \
         inner hyphens, joined by single dots, the last of which is no number"
    )]
    Domain,
}

impl AdminEmail {
    /// The least number of characters, as WordPress' `is_email` has it.
    pub const MIN: usize = 6;
    /// The greatest number of characters, as WordPress' table of users has it.
    pub const MAX: usize = 100;
    /// The greatest number of characters before the `@` (RFC 5321, section 4.5.3.1.1).
    const LOCAL_PART_MAX: usize = 64;
    /// The greatest number of characters between two dots of the domain (RFC 1035, section 2.3.4).
    const LABEL_MAX: usize = 63;

    /// Takes `typed` as it is, or says what is wrong with it.
    ///
    /// # Errors
    /// The rule that `typed` breaks.
    pub fn parse(typed: &str) -> Result<Self, AdminEmailError> {
        let found = typed.chars().count();
        if !(Self::MIN..=Self::MAX).contains(&found) {
            return Err(AdminEmailError::Length { found });
        }
        let (local_part, domain) = typed.split_once('@').ok_or(AdminEmailError::Form)?;
        if local_part.is_empty() {
            return Err(AdminEmailError::Form);
        }
        let is_local_part = local_part.len() <= Self::LOCAL_PART_MAX && local_part.split('.').all(is_atom);
        if !is_local_part {
            return Err(AdminEmailError::LocalPart);
        }
        let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
        let is_domain = domain.split('.').all(is_label)
            && domain.rsplit_once('.').is_some_and(|(_, last)| !is_number(last));
        if !is_domain {
            return Err(AdminEmailError::Domain);
        }
        Ok(Self(typed.to_owned()))
    }

    /// Takes back what was valid when it was written: rules that came later do not make the record
    /// of a store unreadable.
    pub(crate) fn from_record(text: String) -> Self {
        Self(text)
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AdminEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<AdminEmail> for String {
    fn from(email: AdminEmail) -> Self {
        email.0
    }
}

/// A group of characters that a local part may have (RFC 5322, section 3.2.3), but for `&`, of which
/// WordPress makes `&amp;` when it saves a user.
fn is_atom(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%'*+-/=?^_`{|}~".contains(&byte))
}

fn is_label(text: &str) -> bool {
    (1..=AdminEmail::LABEL_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What WordPress' function `is_email` says, rule by rule in its order.
    fn is_email(text: &str) -> bool {
        let at = text.char_indices().skip(1).find(|(_, c)| *c == '@');
        if text.len() < 6 || at.is_none() {
            return false;
        }
        let (local, domain) = text.split_once('@').unwrap();
        let in_local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
        if local.is_empty() || !local.chars().all(in_local) {
            return false;
        }
        let stripped = |text: &str, more: char| {
            let cut = |c: char| " \t\n\r\0\u{b}".contains(c) || c == more;
            text.starts_with(cut) || text.ends_with(cut)
        };
        let labels: Vec<_> = domain.split('.').collect();
        let in_label = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !domain.contains("..")
            && !stripped(domain, '.')
            && labels.len() >= 2
            && labels
                .iter()
                .all(|label| !label.is_empty() && !stripped(label, '-') && label.chars().all(in_label))
    }

    #[test]
    fn addresses_are_taken_as_typed() {
        let longest = format!("{}@{}.com", "a".repeat(64), "b".repeat(31));
        assert_eq!(longest.len(), 100);
        for typed in [
            "owner@example.com",
            "o.w+shop@mail.example.co.uk",
            "a@b.co",
            "Owner@Example.COM",
            "o'brien@example.com",
            "!#$%'*+/=?^_`{|}~-@example.com",
            "100%real@example.com",
            "1@2.de",
            "owner@xn--bcher-kva.example",
            "owner@a-b--c.example",
            "owner@example.c0m",
            &longest,
        ] {
            assert_eq!(AdminEmail::parse(typed).map(|email| email.0), Ok(typed.to_owned()));
            assert!(is_email(typed), "{typed:?}");
        }
    }

    #[test]
    fn an_address_has_as_many_characters_as_wordpress_takes_and_keeps() {
        let mut lengths = vec![(String::new(), 0), ("a@b.c".into(), 5)];
        for long in [101, 103, 254, 1000] {
            lengths.push((format!("{}@{}.example.com", "a".repeat(40), "b".repeat(long - 53)), long));
        }
        for (typed, found) in lengths {
            assert_eq!(AdminEmail::parse(&typed), Err(AdminEmailError::Length { found }));
        }
    }

    #[test]
    fn what_is_no_plain_address_is_refused_with_the_part_that_is_wrong() {
        let long_local_part = format!("{}@example.com", "a".repeat(65));
        let long_label = format!("owner@{}.com", "a".repeat(64));
        let refused = [
            (
                AdminEmailError::Form,
                &["owner.", "@example.com", "owner at example.com", "ownerexample.com", "mailto:owner"][..],
            ),
            (
                AdminEmailError::LocalPart,
                &[
                    "a b@example.com",
                    "\"; drop\"@example.com",
                    "\"owner\"@example.com",
                    "Owner <owner@example.com>",
                    " <owner@example.com>\r\n",
                    "\r\nowner@example.com",
                    "owner\0@example.com",
                    "öwner@example.com",
                    ".owner@example.com",
                    "owner.@example.com",
                    "ow..ner@example.com",
                    "owner(shop)@example.com",
                    "owner,other@example.com",
                    "owner;other@example.com",
                    "ow\\ner@example.com",
                    "tom&anna@example.com",
                    &long_local_part,
                ][..],
            ),
            (
                AdminEmailError::Domain,
                &[
                    "owner@",
                    "owner@localhost",
                    "owner@exa_mple.com",
                    "owner@a#b.com",
                    "owner@ex%61mple.com",
                    "owner@exa'mple.com",
                    "owner@exa mple.com",
                    "owner@example.com ",
                    "owner@example.com\n",
                    "owner@example.com\r\n",
                    "owner@example.com\u{b}",
                    "owner@example.com\u{a0}",
                    "owner@example.com>",
                    "owner@example.com,other@example.com",
                    "owner@@example.com",
                    "owner@shop@example.com",
                    "owner@example..com",
                    "owner@.example.com",
                    "owner@example.com.",
                    "owner@-example.com",
                    "owner@example-.com",
                    "owner@example.-com",
                    "owner@bücher.example",
                    "owner@exаmple.com",
                    "owner@example.com:25",
                    "owner@example.com/shop",
                    "owner@[127.0.0.1]",
                    "owner@[IPv6:::1]",
                    "owner@127.0.0.1",
                    "owner@example.123",
                    &long_label,
                ][..],
            ),
        ];
        for (error, addresses) in refused {
            for typed in addresses {
                assert_eq!(AdminEmail::parse(typed).as_ref(), Err(&error), "{typed:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_what_wordpress_takes_and_its_column_holds(
            typed in "[a-zA-Z0-9.@_'&%#\" <>\r\n\t-]{0,12}@[a-zA-Z0-9.@_'%# \r\n-]{0,12}",
        ) {
            if AdminEmail::parse(&typed).is_ok() {
                prop_assert!(is_email(&typed) && typed.len() <= 100);
            }
        }

        #[test]
        fn nothing_a_stranger_types_makes_it_panic(typed in "\\PC{0,40}@?\\PC{0,120}") {
            let _ = AdminEmail::parse(&typed);
        }
    }
}
