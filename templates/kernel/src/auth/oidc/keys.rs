//! Keys that are kept for a while, and asked for again when they are old or a token names one that is not among them.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::Algorithm;

use super::provider::{Key, Source};
use crate::auth::TokenError;

/// The keys of a provider. Whatever tokens come, it is asked by one task at a time, and not again during a pause.
pub(super) struct KeyRing {
    source: Box<dyn Source>,
    fresh: Duration,
    usable: Duration,
    pause: Duration,
    known: RwLock<Known>,
    flight: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    keys: Vec<Arc<Key>>,
    fetched: Option<Instant>,
    asked: Option<Instant>,
    /// Why the last question had no answer.
    failure: Option<String>,
}

/// How far keys can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Fresh,
    /// Only because the provider cannot be asked.
    Stale,
    Over,
}

impl KeyRing {
    /// Keys are used for a time without asking, and for a further time if asking fails.
    pub(super) fn new(source: Box<dyn Source>, (fresh, stale): (Duration, Duration), pause: Duration) -> Self {
        let (known, flight) = (RwLock::default(), tokio::sync::Mutex::default());
        Self { source, fresh, usable: fresh.saturating_add(stale), pause, known, flight }
    }

    /// The key that a token names, or the only one that fits if it names none.
    pub(super) async fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<Key>, TokenError> {
        match self.look_up(id, algorithm) {
            (Some(key), Age::Fresh) => return Ok(key),
            // Whoever holds a key that still works does not wait for somebody else's question.
            (Some(_), Age::Stale) => {
                if let Ok(_flight) = self.flight.try_lock() {
                    self.ask().await;
                }
            }
            _ => {
                let _flight = self.flight.lock().await;
                self.ask().await;
            }
        }
        let unavailable = || TokenError::Unavailable("the identity provider's keys cannot be had".to_owned());
        match self.look_up(id, algorithm) {
            (_, Age::Over) => Err(unavailable()),
            (Some(key), _) => Ok(key),
            // It may be one of the keys that could not be asked for.
            (None, _) if self.known(|known| known.failure.is_some()) => Err(unavailable()),
            (None, _) => Err(TokenError::invalid("the token is signed with an unknown key")),
        }
    }

    fn look_up(&self, id: Option<&str>, algorithm: Algorithm) -> (Option<Arc<Key>>, Age) {
        self.known(|known| {
            let age = match known.fetched.map(|at| at.elapsed()) {
                Some(age) if age <= self.fresh => Age::Fresh,
                Some(age) if age <= self.usable => Age::Stale,
                _ => Age::Over,
            };
            let mut fitting = known.keys.iter().filter(|key| key.algorithms.contains(&algorithm));
            let key = match id {
                Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
                None => fitting.next().filter(|_| fitting.next().is_none()),
            };
            (key.cloned(), age)
        })
    }

    /// Asks the provider, unless it was asked a moment ago.
    async fn ask(&self) {
        if self.known(|known| known.asked.is_some_and(|at| at.elapsed() < self.pause)) {
            return;
        }
        let answer = self.source.fetch().await;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.asked = Some(Instant::now());
        match answer {
            Ok(keys) => {
                known.keys = keys.into_iter().map(Arc::new).collect();
                (known.fetched, known.failure) = (known.asked, None);
            }
            Err(reason) => {
                tracing::warn!(reason, "the identity provider's keys cannot be had");
                known.failure = Some(reason);
            }
        }
    }

    fn known<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A provider that answers as the test says, after a moment.
    #[derive(Default)]
    struct Fake {
        asked: AtomicUsize,
        ids: Mutex<Option<Vec<&'static str>>>,
    }

    struct Shared(Arc<Fake>);

    #[async_trait]
    impl Source for Shared {
        async fn fetch(&self) -> Result<Vec<Key>, String> {
            self.0.asked.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            let ids = self.0.ids.lock().unwrap().clone().ok_or("down")?;
            Ok(ids.into_iter().map(Key::named).collect())
        }
    }

    impl Fake {
        fn publishes(&self, ids: Option<&[&'static str]>) {
            *self.ids.lock().unwrap() = ids.map(<[_]>::to_vec);
        }
    }

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(60);

    fn ring(fresh: Duration, stale: Duration, pause: Duration) -> (Arc<Fake>, KeyRing) {
        let fake = Arc::new(Fake::default());
        fake.publishes(Some(&["a"]));
        (Arc::clone(&fake), KeyRing::new(Box::new(Shared(fake)), (fresh, stale), pause))
    }

    async fn finds(ring: &KeyRing, id: &str) -> Result<(), TokenError> {
        ring.find(Some(id), Algorithm::EdDSA).await.map(drop)
    }

    #[tokio::test]
    async fn many_tokens_ask_once() {
        let (fake, ring) = ring(LONG, LONG, LONG);
        let all = futures_util::future::join_all((0..50).map(|_| finds(&ring, "a"))).await;
        assert!(all.iter().all(Result::is_ok));
        // Tokens with keys that nobody has do not make it ask more often.
        let unknown = futures_util::future::join_all((0..50).map(|_| finds(&ring, "x"))).await;
        assert!(unknown.iter().all(|found| matches!(found, Err(TokenError::Invalid(_)))));
        assert_eq!(fake.asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_new_key_is_found_and_an_old_one_forgotten() {
        let (fake, ring) = ring(LONG, LONG, SHORT);
        finds(&ring, "a").await.unwrap();
        fake.publishes(Some(&["b"]));
        assert!(matches!(finds(&ring, "b").await, Err(TokenError::Invalid(_))), "not during the pause");
        tokio::time::sleep(SHORT).await;
        finds(&ring, "b").await.unwrap();
        assert!(finds(&ring, "a").await.is_err());
        assert!(ring.find(None, Algorithm::EdDSA).await.is_ok(), "there is one only");
        assert!(ring.find(None, Algorithm::ES256).await.is_err());
    }

    #[tokio::test]
    async fn a_provider_that_is_down_is_borne_with_for_so_long() {
        let (fake, ring) = ring(SHORT, SHORT * 3, Duration::from_millis(1));
        finds(&ring, "a").await.unwrap();
        fake.publishes(None);
        tokio::time::sleep(SHORT * 2).await;
        finds(&ring, "a").await.expect("stale");
        assert!(matches!(finds(&ring, "b").await, Err(TokenError::Unavailable(_))), "b may be new");
        tokio::time::sleep(SHORT * 3).await;
        assert!(matches!(finds(&ring, "a").await, Err(TokenError::Unavailable(_))));
        fake.publishes(Some(&["a"]));
        tokio::time::sleep(Duration::from_millis(5)).await;
        finds(&ring, "a").await.expect("it is back");
    }
}
