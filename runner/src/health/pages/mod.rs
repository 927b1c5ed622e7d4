//! Whether shops are there: their pages are asked for as visitors do.
//!
//! A shop's pod is ready as long as its server and its database answer: a plugin that fails on every page does not
//! take it off the net, so that its merchant can still switch it off. So the runner that makes the health sweeps asks
//! each shop for its front page and its checkout, at the pod's address, as ingress controllers do, with the shop's
//! host in the request. It asks no other runner's shops, and none that is hibernated or whose pod is not ready.
//!
//! - *Three failures in a row* are a reason, one success ends it. The count lies in memory. What was written with a
//!   store's health says that it failed, so that a runner which takes over goes on from there.
//! - *By https* those are asked too that have such an address, as their visitors come.
//! - *What can't be reached at all* is a failure only after it was reached once: the network policy of a store that
//!   was made before it let runners in (`RUNNER_NAMESPACE`) drops what comes from here.

mod check;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::health::{Mail, Page, PageFailure};
use futures_util::{StreamExt as _, stream};
use uuid::Uuid;

pub use self::check::Asker;
use self::check::{Findings, Outcome};
use crate::{
    observe::metrics::Metrics,
    runner::Runner,
    visit::{Sight, Target},
};

/// How many failures in a row are a reason.
const IN_A_ROW: u32 = 3;
/// How many shops are asked at the same time.
const AT_ONCE: usize = 32;
/// Where WooCommerce puts its checkout.
const CHECKOUT: &str = "/checkout/";

/// The shops that are asked, shared between who asks and who writes their health.
#[derive(Clone, Debug, Default)]
pub struct Pages(Arc<Mutex<HashMap<Uuid, Shop>>>);

#[derive(Debug)]
struct Shop {
    target: Target,
    checkout: String,
    /// How often it has failed since it was there last, and how the last time.
    failures: u32,
    failure: Option<PageFailure>,
    /// Whether it was ever reached.
    was_reached: bool,
    /// The same by https.
    was_reached_by_https: bool,
    mail: Option<Mail>,
}

/// What one round over all shops comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageCounts {
    /// Shops whose pages are there.
    pub served: usize,
    /// Shops of which one fails.
    pub failed: usize,
    /// Shops that nobody gets a connection to.
    pub unreachable: usize,
}

impl Pages {
    /// From now on these shops are asked, each with how its page failed when its health was written last.
    pub fn follow(&self, shops: impl IntoIterator<Item = (Uuid, Target, Option<PageFailure>)>) {
        let mut known = self.shops();
        let mut before = std::mem::take(&mut *known);
        known.extend(shops.into_iter().map(|(uid, target, failure)| {
            let shop = match before.remove(&uid) {
                Some(shop) => Shop { target, ..shop },
                None => Shop::new(target, failure),
            };
            (uid, shop)
        }));
    }

    /// No shop is asked any more: another runner does.
    pub(super) fn forget(&self) {
        self.shops().clear();
    }

    /// How the pages of a shop are, and its mails.
    pub(super) fn of(&self, uid: Uuid) -> (Page, Option<Mail>) {
        match self.shops().get(&uid) {
            None => (Page::Unasked, None),
            Some(shop) => (shop.page(), shop.mail.clone()),
        }
    }

    /// Has `asker` ask each shop once.
    pub async fn check(&self, asker: &Asker) -> PageCounts {
        let asked: Vec<_> = {
            let shops = self.shops();
            shops.iter().map(|(uid, shop)| (*uid, shop.target.clone(), shop.checkout.clone())).collect()
        };
        let counts = Mutex::new(PageCounts::default());
        stream::iter(asked)
            .for_each_concurrent(AT_ONCE, |(uid, target, checkout)| {
                let counts = &counts;
                async move {
                    let findings = check::check(asker, &target, &checkout).await;
                    counts.lock().unwrap_or_else(PoisonError::into_inner).add(&findings);
                    if let Some(shop) = self.shops().get_mut(&uid) {
                        shop.note(findings);
                    }
                }
            })
            .await;
        counts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing is left half-way while it is held.
    fn shops(&self) -> MutexGuard<'_, HashMap<Uuid, Shop>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shop {
    fn new(target: Target, failure: Option<PageFailure>) -> Self {
        Self {
            target,
            checkout: CHECKOUT.into(),
            failures: if failure.is_some() { IN_A_ROW } else { 0 },
            was_reached: failure.is_some(),
            was_reached_by_https: failure.is_some(),
            failure,
            mail: None,
        }
    }

    fn page(&self) -> Page {
        match &self.failure {
            Some(failure) if self.failures >= IN_A_ROW => Page::Failed(failure.clone()),
            Some(_) | None => Page::Served,
        }
    }

    fn note(&mut self, Findings { outcome, status, https }: Findings) {
        let by_https = match https {
            Some(Sight::Failed(failure)) => Some(failure),
            Some(Sight::Unreachable(failure)) if self.was_reached_by_https => Some(failure),
            Some(Sight::Answers) => {
                self.was_reached_by_https = true;
                None
            }
            Some(Sight::Unreachable(_)) | None => None,
        };
        self.was_reached_by_https |= by_https.is_some();
        let failure = match outcome {
            Outcome::Served => {
                self.was_reached = true;
                by_https
            }
            Outcome::Failed(failure) => {
                self.was_reached = true;
                Some(failure)
            }
            Outcome::Unreachable if self.was_reached => {
                Some(PageFailure::new("/", None, "nobody takes the connection"))
            }
            // Nobody knows of its pod; what visitors meet is known all the same.
            Outcome::Unreachable => by_https,
        };
        self.failures = if failure.is_some() { self.failures.saturating_add(1) } else { 0 };
        // The words of the first failure stay as long as it lasts with the same status: a line that changes each
        // time would be written each time.
        let is_news = match (&self.failure, &failure) {
            (Some(before), Some(now)) => (&before.path, before.status) != (&now.path, now.status),
            (Some(_), None) | (None, Some(_) | None) => true,
        };
        if is_news {
            self.failure = failure;
        }
        if let Some(status) = status {
            self.mail = status.mail().or(self.mail.take());
            if let Some(path) = status.checkout.filter(|path| is_path(path)) {
                self.checkout = path;
            }
        }
    }
}

/// Whether a request can be made for it, to this shop and no other place.
fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= 500
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl PageCounts {
    fn add(&mut self, findings: &Findings) {
        match (&findings.outcome, &findings.https) {
            (Outcome::Failed(_), _) | (_, Some(Sight::Failed(_))) => self.failed += 1,
            (Outcome::Unreachable, _) => self.unreachable += 1,
            (Outcome::Served, _) => self.served += 1,
        }
    }
}

/// The checks of one runner.
pub struct PageChecks {
    pages: Pages,
    asker: Asker,
    metrics: Metrics,
    interval: Duration,
}

impl PageChecks {
    /// Those of `runner`, of the shops in `pages`.
    #[must_use]
    pub fn new(runner: &Runner, pages: Pages) -> Self {
        let asker =
            Asker { pods: runner.settings.checks.runner_namespace.is_some(), https: runner.https.clone() };
        Self { pages, asker, metrics: runner.metrics.clone(), interval: runner.limits.page_check_interval() }
    }

    /// How often each shop is asked.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Asks each shop once.
    pub async fn check(&self) -> PageCounts {
        self.pages.check(&self.asker).await
    }

    /// Counts a round.
    pub fn record(&self, counts: &PageCounts, duration: Duration) {
        let PageCounts { served, failed, unreachable } = *counts;
        if served + failed + unreachable > 0 {
            self.metrics.pages_checked([served, failed, unreachable], duration);
        }
        if unreachable > 0 {
            tracing::info!(
                unreachable,
                "shops were not reached for a check of their pages: the network policy of a store that was made \
                 before RUNNER_NAMESPACE was set lets no runner in"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(failure: Option<PageFailure>) -> Shop {
        let address = "127.0.0.1:1".parse().unwrap();
        Shop::new(Target { address, host: "shop.example".into(), is_https: true }, failure)
    }

    fn failure(line: &str) -> PageFailure {
        PageFailure::new("/", Some(500), line)
    }

    fn seen(outcome: Outcome) -> Findings {
        Findings { outcome, status: None, https: None }
    }

    fn failed(line: &str) -> Findings {
        seen(Outcome::Failed(failure(line)))
    }

    fn by_https(sight: Sight) -> Findings {
        Findings { https: Some(sight), ..seen(Outcome::Served) }
    }

    #[test]
    fn a_shop_that_fails_by_https_fails_and_one_that_was_never_reached_by_it_does_not() {
        let unreachable = || by_https(Sight::Unreachable(failure("nobody")));
        let mut shop = shop(None);
        for _ in 0..5 {
            shop.note(unreachable());
        }
        assert_eq!(shop.page(), Page::Served, "it may be so from here alone");
        for _ in 0..3 {
            shop.note(by_https(Sight::Failed(failure("not found"))));
        }
        assert_eq!(shop.page(), Page::Failed(failure("not found")));
        shop.note(by_https(Sight::Answers));
        assert_eq!(shop.page(), Page::Served);
        for _ in 0..3 {
            shop.note(unreachable());
        }
        assert_eq!(shop.page(), Page::Failed(failure("nobody")));
    }

    #[test]
    fn of_a_shop_whose_pod_is_out_of_reach_what_visitors_meet_is_reported() {
        let mut shop = shop(None);
        for _ in 0..3 {
            let https = Some(Sight::Failed(failure("not found")));
            shop.note(Findings { https, ..seen(Outcome::Unreachable) });
        }
        assert_eq!(shop.page(), Page::Failed(failure("not found")));
    }

    #[test]
    fn three_failures_in_a_row_are_reported_and_one_success_ends_them() {
        let mut shop = shop(None);
        shop.note(failed("one"));
        shop.note(failed("one"));
        assert_eq!(shop.page(), Page::Served);
        shop.note(seen(Outcome::Served));
        for line in ["two", "three", "four", "five"] {
            shop.note(failed(line));
        }
        assert_eq!(shop.page(), Page::Failed(failure("two")), "the words stay while it lasts");
        shop.note(seen(Outcome::Served));
        assert_eq!(shop.page(), Page::Served);
    }

    #[test]
    fn who_takes_over_goes_on_from_what_was_written() {
        let mut shop = shop(Some(failure("written")));
        assert_eq!(shop.page(), Page::Failed(failure("written")));
        shop.note(failed("seen"));
        assert_eq!(shop.page(), Page::Failed(failure("written")));
        shop.note(seen(Outcome::Served));
        assert_eq!(shop.page(), Page::Served);
    }

    #[test]
    fn a_shop_that_was_never_reached_is_not_taken_for_one_that_fails() {
        let mut shop = shop(None);
        for _ in 0..5 {
            shop.note(seen(Outcome::Unreachable));
        }
        assert_eq!(shop.page(), Page::Served);
        shop.note(seen(Outcome::Served));
        for _ in 0..3 {
            shop.note(seen(Outcome::Unreachable));
        }
        assert!(matches!(shop.page(), Page::Failed(PageFailure { status: None, .. })));
    }

    #[test]
    fn a_shop_says_where_its_checkout_is_but_not_that_it_is_elsewhere() {
        for (path, taken) in
            [("/kasse/", true), ("//evil.example/", false), ("http://evil.example/", false), ("/a b", false)]
        {
            let mut shop = shop(None);
            let status = serde_json::from_value(serde_json::json!({ "checkout": path })).unwrap();
            shop.note(Findings { status: Some(status), ..seen(Outcome::Served) });
            assert_eq!(shop.checkout == path, taken, "{path}");
        }
    }
}
