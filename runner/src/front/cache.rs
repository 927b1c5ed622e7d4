//! What was found lately, so that many visitors of one store cost one read.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::store::slug::Slug;
use tokio::{sync::OnceCell, time::Instant};

/// Remembers an answer for each store, for a while, and of a bounded number of stores.
///
/// Whoever asks while an answer is under way waits for that one: a store is read once at a time. The oldest answer
/// makes room for a new one, so that a flood of names that nobody has costs no more memory than any other.
#[derive(Debug)]
pub(super) struct Cache<T> {
    life: Duration,
    most: usize,
    entries: Mutex<Entries<T>>,
}

#[derive(Debug)]
struct Entries<T> {
    by_store: HashMap<Slug, Arc<Entry<T>>>,
    /// In the order in which they came, and so in which they end.
    by_age: VecDeque<(Slug, Arc<Entry<T>>)>,
}

#[derive(Debug)]
struct Entry<T> {
    until: Instant,
    answer: OnceCell<T>,
}

impl<T> Entry<T> {
    /// Whether it answers: it holds, or is under way still.
    fn answers(&self, now: Instant) -> bool {
        now < self.until || !self.answer.initialized()
    }
}

impl<T: Clone> Cache<T> {
    /// An empty one, whose answers hold for `life`, counted from when they were asked for, and that has `most` of
    /// them at most.
    pub(super) fn new(life: Duration, most: usize) -> Self {
        let entries = Entries { by_store: HashMap::new(), by_age: VecDeque::new() };
        Self { life, most, entries: Mutex::new(entries) }
    }

    /// What is remembered of `store`, or else what `read` says. Where who reads goes away, the next one who waits
    /// reads.
    pub(super) async fn get<Read: Future<Output = T>>(&self, store: &Slug, read: impl FnOnce() -> Read) -> T {
        let entry = self.entry(store, Instant::now());
        entry.answer.get_or_init(read).await.clone()
    }

    fn entry(&self, store: &Slug, now: Instant) -> Arc<Entry<T>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let Entries { by_store, by_age } = &mut *entries;
        if let Some(entry) = by_store.get(store).filter(|entry| entry.answers(now)) {
            return Arc::clone(entry);
        }
        while by_age.len() >= self.most || by_age.front().is_some_and(|(_, oldest)| !oldest.answers(now)) {
            let Some((store, oldest)) = by_age.pop_front() else { break };
            // A newer answer of the same store stays.
            if by_store.get(&store).is_some_and(|entry| Arc::ptr_eq(entry, &oldest)) {
                by_store.remove(&store);
            }
        }
        let entry = Arc::new(Entry { until: now + self.life, answer: OnceCell::new() });
        by_store.insert(store.clone(), Arc::clone(&entry));
        by_age.push_back((store.clone(), Arc::clone(&entry)));
        entry
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::{FutureExt as _, future::join_all};
    use tokio::{sync::Notify, time::advance};

    use super::*;

    const LIFE: Duration = Duration::from_secs(1);

    fn store(name: &str) -> Slug {
        Slug::parse(name).unwrap()
    }

    /// Counts its reads, and answers with the count.
    #[derive(Default)]
    struct Source(AtomicU32);

    impl Source {
        async fn read(&self) -> u32 {
            self.0.fetch_add(1, Ordering::Relaxed) + 1
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_holds_for_its_life_and_not_longer() {
        let (cache, source) = (Cache::new(LIFE, 10), Source::default());
        assert_eq!(cache.get(&store("a"), || source.read()).await, 1);
        advance(LIFE / 2).await;
        assert_eq!(cache.get(&store("a"), || source.read()).await, 1);
        assert_eq!(cache.get(&store("b"), || source.read()).await, 2, "each store has its own");
        advance(LIFE / 2).await;
        assert_eq!(cache.get(&store("a"), || source.read()).await, 3);
        assert_eq!(cache.get(&store("b"), || source.read()).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_at_the_same_time_waits_for_one_read_however_long_it_takes() {
        let (cache, source, answer) = (Cache::new(LIFE, 10), Source::default(), Notify::new());
        let slow = async || {
            answer.notified().await;
            source.read().await
        };
        let asked = store("a");
        let all = join_all((0..100).map(|_| cache.get(&asked, slow)));
        let answered = async {
            advance(3 * LIFE).await;
            // Who comes late waits for it too, although it would have ended by now.
            let late = cache.get(&asked, slow);
            let (late, ()) = futures_util::join!(late, async { answer.notify_one() });
            late
        };
        let (all, late) = futures_util::join!(all, answered);
        assert_eq!((all, late), (vec![1; 100], 1));
    }

    #[tokio::test(start_paused = true)]
    async fn where_who_reads_goes_away_the_next_one_reads() {
        let (cache, source) = (Cache::new(LIFE, 10), Source::default());
        assert_eq!(cache.get(&store("a"), std::future::pending).now_or_never(), None);
        assert_eq!(cache.get(&store("a"), || source.read()).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_names_takes_no_more_than_its_room() {
        let (cache, source) = (Cache::new(LIFE, 100), Source::default());
        for number in 0..1000 {
            cache.get(&store(&format!("n{number}")), || source.read()).await;
            // One that is asked for again and again is in the queue once for each time that it was read.
            advance(LIFE / 50).await;
            cache.get(&store("again"), || source.read()).await;
            let entries = cache.entries.lock().unwrap();
            assert!(entries.by_age.len() <= 100 && entries.by_store.len() <= entries.by_age.len());
        }
    }
}
