//! Looks tokens up, and remembers for a short while what it found.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{
    auth::token::{PresentedToken, Token, TokenId},
    table::{Table, TableError},
    values::timestamp::Timestamp,
};

/// How many tokens are remembered, and how many ids that are no token's. The two are apart, so that
/// guesses don't drive the good ones out.
const MEMORY: usize = 1024;

/// The tokens that were looked up lately.
///
/// What it remembers is looked up again once it is as old as it may become, and that is how late a
/// revocation can count: the read behind it is a consistent one.
#[derive(Debug)]
pub struct TokenCache {
    good_for: Duration,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// Kept when they are too old as well, see [`TokenCache::knows`].
    tokens: HashMap<TokenId, (Token, Timestamp)>,
    no_tokens: HashMap<TokenId, Timestamp>,
}

impl TokenCache {
    /// An empty one, which takes what it remembers for good for so long.
    #[must_use]
    pub fn new(good_for: Duration) -> Self {
        Self { good_for, memory: Mutex::default() }
    }

    /// The token of the id in `presented`; its secret is not compared.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn find(
        &self,
        table: &Table,
        presented: &PresentedToken,
        now: Timestamp,
    ) -> Result<Option<Token>, TableError> {
        let id = presented.id();
        if let Some(remembered) = self.remembered(id, now) {
            return Ok(remembered);
        }
        let found = table.token(id).await?;
        self.remember(id, found.as_ref(), now);
        Ok(found)
    }

    /// Whether `presented` is a token that was found before, secret included, however long ago. Who
    /// presents such a one is not guessing.
    #[must_use]
    pub fn knows(&self, presented: &PresentedToken) -> bool {
        self.memory().tokens.get(presented.id()).is_some_and(|(token, _)| token.has_secret_of(presented))
    }

    /// Looks `id` up again the next time.
    pub fn forget(&self, id: &TokenId) {
        let mut memory = self.memory();
        memory.tokens.remove(id);
        memory.no_tokens.remove(id);
    }

    fn remembered(&self, id: &TokenId, now: Timestamp) -> Option<Option<Token>> {
        let memory = self.memory();
        if let Some((token, _)) = memory.tokens.get(id).filter(|(_, read)| self.is_fresh(*read, now)) {
            return Some(Some(token.clone()));
        }
        memory.no_tokens.get(id).filter(|read| self.is_fresh(**read, now)).map(|_| None)
    }

    fn remember(&self, id: &TokenId, found: Option<&Token>, now: Timestamp) {
        let mut memory = self.memory();
        match found {
            Some(token) => {
                if memory.tokens.len() >= MEMORY {
                    let oldest = memory.tokens.iter().min_by_key(|(_, (_, read))| *read);
                    if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                        memory.tokens.remove(&oldest);
                    }
                }
                memory.tokens.insert(id.clone(), (token.clone(), now));
            }
            None => {
                memory.tokens.remove(id);
                if memory.no_tokens.len() >= MEMORY {
                    memory.no_tokens.retain(|_, read| self.is_fresh(*read, now));
                }
                if memory.no_tokens.len() < MEMORY {
                    memory.no_tokens.insert(id.clone(), now);
                }
            }
        }
    }

    /// A clock that was set back makes nothing fresh that is not.
    fn is_fresh(&self, read: Timestamp, now: Timestamp) -> bool {
        now >= read && now.since(read) < self.good_for
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
    };

    use super::*;

    const GOOD_FOR: Duration = Duration::from_secs(30);

    fn id(number: usize) -> TokenId {
        TokenId::parse(&format!("{number:016x}")).unwrap()
    }

    fn token(now: Timestamp) -> Token {
        let principal = Principal { name: PrincipalName::parse("ada").unwrap(), role: Role::Owner };
        Token::issue(principal, now, None).unwrap().0
    }

    #[test]
    fn what_was_found_is_good_for_so_long_and_no_longer() {
        let (cache, now) = (TokenCache::new(GOOD_FOR), Timestamp::now());
        let token = token(now);
        cache.remember(&token.id, Some(&token), now);
        let no_token = id(1);
        cache.remember(&no_token, None, now);
        let last = now.plus(GOOD_FOR - Duration::from_millis(1));
        assert_eq!(cache.remembered(&token.id, last), Some(Some(token.clone())));
        assert_eq!(cache.remembered(&no_token, last), Some(None));
        for id in [&token.id, &no_token] {
            assert_eq!(cache.remembered(id, now.plus(GOOD_FOR)), None);
        }
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nothing_good_for_longer() {
        let (cache, now) = (TokenCache::new(GOOD_FOR), Timestamp::now());
        let token = token(now);
        cache.remember(&token.id, Some(&token), now.plus(Duration::from_secs(3600)));
        assert_eq!(cache.remembered(&token.id, now), None);
    }

    #[test]
    fn guesses_fill_no_memory_and_drive_no_token_out() {
        let (cache, now) = (TokenCache::new(GOOD_FOR), Timestamp::now());
        let token = token(now);
        cache.remember(&token.id, Some(&token), now);
        for guess in 0..MEMORY + 10 {
            cache.remember(&id(guess), None, now);
        }
        assert_eq!(cache.memory().no_tokens.len(), MEMORY);
        assert_eq!(cache.remembered(&token.id, now), Some(Some(token)));
        let later = now.plus(GOOD_FOR);
        cache.remember(&id(0), None, later);
        assert_eq!(cache.remembered(&id(0), later), Some(None), "old guesses make way");
        assert_eq!(cache.memory().no_tokens.len(), 1);
    }

    #[test]
    fn of_too_many_tokens_the_one_read_longest_ago_makes_way() {
        let (cache, start) = (TokenCache::new(GOOD_FOR), Timestamp::now());
        let tokens: Vec<_> = (0..=MEMORY).map(|_| token(start)).collect();
        for (each, token) in (0..).zip(&tokens) {
            cache.remember(&token.id, Some(token), start.plus(Duration::from_millis(each)));
        }
        let now = start.plus(Duration::from_secs(2));
        assert_eq!(cache.memory().tokens.len(), MEMORY);
        assert_eq!(cache.remembered(&tokens[0].id, now), None);
        assert!(cache.remembered(&tokens[1].id, now).is_some());
    }
}
