//! Reads API tokens.

use std::{fmt, str::FromStr};

use crate::{
    auth::token::{Token, TokenId},
    table::{
        error::TableError,
        expression::{page::Page, value::text},
        handle::{Item, Table},
        schema::key::{CREATED, INDEX_BY_KIND, KIND, KIND_TOKEN, Key},
    },
    values::timestamp::Timestamp,
};

/// The attribute that says whether a token was revoked.
pub(in crate::table) const DISABLED: &str = "disabled";

/// A place in the list of tokens: after the token that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPlace {
    created: Timestamp,
    id: TokenId,
}

/// The text is no place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no place in a list of tokens")]
pub struct TokenPlaceError;

impl TokenPlace {
    fn after(token: &Token) -> Self {
        Self { created: token.created, id: token.id.clone() }
    }

    fn start_key(&self) -> Item {
        let mut key = Key::token(&self.id).into_item();
        key.insert(CREATED.into(), text(self.created));
        key.insert(KIND.into(), text(KIND_TOKEN));
        key
    }
}

impl fmt::Display for TokenPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created.as_milliseconds(), self.id)
    }
}

impl FromStr for TokenPlace {
    type Err = TokenPlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (created, id) = text.split_once('.').ok_or(TokenPlaceError)?;
        let created = created.parse().ok().and_then(Timestamp::from_milliseconds).ok_or(TokenPlaceError)?;
        Ok(Self { created, id: TokenId::parse(id).ok_or(TokenPlaceError)? })
    }
}

/// The item of `token`.
pub(in crate::table) fn to_item(token: &Token) -> Result<Item, TableError> {
    let mut item: Item = serde_dynamo::to_item(token)?;
    item.insert(KIND.into(), text(KIND_TOKEN));
    item.extend(Key::token(&token.id).into_item());
    Ok(item)
}

impl Table {
    /// The token of this id, as it is now.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn token(&self, id: &TokenId) -> Result<Option<Token>, TableError> {
        let item = self.read(Key::token(id)).await?;
        Ok(item.map(serde_dynamo::from_item).transpose()?)
    }

    /// At most `limit` tokens, newest first, after `place`; those that are no longer good too.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn tokens(
        &self,
        limit: u8,
        after: Option<&TokenPlace>,
    ) -> Result<Page<Token, TokenPlace>, TableError> {
        let limit = usize::from(limit);
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(INDEX_BY_KIND)
            .key_condition_expression("#kind = :token")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_values(":token", text(KIND_TOKEN))
            .scan_index_forward(false)
            // One more than is wanted shows whether there are more.
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .set_exclusive_start_key(after.map(TokenPlace::start_key))
            .send()
            .await?;
        let tokens = answer.items.unwrap_or_default().into_iter();
        let tokens = tokens.map(serde_dynamo::from_item).collect::<Result<Vec<Token>, _>>()?;
        Page::of(tokens, limit, None, |token| Ok(TokenPlace::after(token)), |token| Ok(Some(token)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_text_and_nothing_else_is_one() {
        let place = TokenPlace { created: Timestamp::now(), id: TokenId::parse("0123456789abcdef").unwrap() };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in ["", ".", "1", "1.", "1.0123456789abcde", "x.0123456789abcdef", "1.0123456789ABCDEF"] {
            assert_eq!(text.parse::<TokenPlace>(), Err(TokenPlaceError), "{text:?}");
        }
    }
}
