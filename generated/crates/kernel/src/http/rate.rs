//! How many requests a second are taken: from one address, whoever is calling, and from one caller, wherever they are.
//!
//! A request is counted for its address before anything is read or checked, so that guessing tokens is bounded, too; once a
//! token has proved who is calling, it is counted for the caller. Deliveries to webhooks have a limit of their own. `/health`
//! and `/ready` are always answered.
//!
//! Addresses and callers fall into a fixed number of slots, by a hash that nobody outside can foretell; those in one slot
//! share what it allows. So memory does not grow, however many there are, and nothing is ever cleared away.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock as _, DefaultClock};
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

use super::router::correlation_id;
use super::{Front, Problem};
use crate::auth::Identity;
use crate::config::Rates;

/// How many slots there are for each limit; one has 8 bytes.
const SLOTS: usize = 1 << 15;

/// Who is on the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// Whose requests are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Address,
    Caller,
    Webhook,
}

impl By {
    /// What it is called in metrics and in the ledger.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Caller => "caller",
            Self::Webhook => "webhook",
        }
    }
}

/// All limits of a node.
pub(crate) struct Guards {
    addresses: Option<Guard>,
    callers: Option<Guard>,
    webhooks: Option<Guard>,
    proxies: Box<[IpAddr]>,
}

impl Guards {
    pub(crate) fn new(rates: &Rates) -> Self {
        Self {
            addresses: Guard::new(rates.address),
            callers: Guard::new(rates.caller),
            webhooks: Guard::new(rates.webhook),
            proxies: rates.proxies.as_slice().into(),
        }
    }

    /// How long the sender of a request has to wait, if it has sent too many.
    fn admit(&self, by: By, key: &[u8]) -> Result<(), Duration> {
        let guard = match by {
            By::Address => &self.addresses,
            By::Caller => &self.callers,
            By::Webhook => &self.webhooks,
        };
        guard.as_ref().map_or(Ok(()), |guard| guard.admit(key))
    }

    /// Where a request comes from: the last address that no proxy of ours has.
    fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.proxies.contains(&peer) {
            return peer;
        }
        let told = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let told: Vec<_> = told.flat_map(|value| value.split(',')).map(|hop| hop.trim().parse::<IpAddr>()).collect();
        // Each proxy adds whom it has heard from. What stands before a text that is no address is anybody's word.
        let mut hops = told.into_iter().rev().map_while(Result::ok).map(|hop| hop.to_canonical());
        hops.find(|hop| !self.proxies.contains(hop)).unwrap_or(peer)
    }
}

/// One limit.
struct Guard {
    limiter: RateLimiter<usize, Slots, DefaultClock>,
    hasher: RandomState,
}

impl Guard {
    /// So many a second, and as many at once; none for 0.
    fn new(rate: u32) -> Option<Self> {
        let quota = Quota::per_second(NonZeroU32::new(rate)?);
        let limiter = RateLimiter::new(quota, Slots::new(), DefaultClock::default());
        Some(Self { limiter, hasher: RandomState::new() })
    }

    fn admit(&self, key: &[u8]) -> Result<(), Duration> {
        let slot = usize::try_from(self.hasher.hash_one(key) % SLOTS as u64).unwrap_or(0);
        let refused = self.limiter.check_key(&slot).err();
        refused.map_or(Ok(()), |until| Err(until.wait_time_from(self.limiter.clock().now())))
    }
}

/// What has been used up, by slot.
struct Slots(Box<[InMemoryState]>);

impl Slots {
    fn new() -> Self {
        Self(std::iter::repeat_with(InMemoryState::default).take(SLOTS).collect())
    }
}

impl StateStore for Slots {
    type Key = usize;

    fn measure_and_replace<T, F, E>(&self, slot: &usize, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0[slot % SLOTS].measure_and_replace(&NotKeyed::NonKey, decide)
    }
}

/// Takes a request, or says when to come back. `by` is what its path makes it.
pub(super) async fn limit(front: Front, by: By, request: Request, next: Next) -> Response {
    let Some(Peer(peer)) = request.extensions().get().copied() else { return next.run(request).await };
    let key = network(front.guards.origin(peer.to_canonical(), request.headers()));
    match front.guards.admit(by, &key) {
        Ok(()) => next.run(request).await,
        Err(wait) => turned_away(&front, by, wait).response(&correlation_id(&request)),
    }
}

/// Takes a call of somebody who has proved who they are. Nobody in particular is counted by address alone.
pub(super) fn of_caller(front: &Front, identity: &Identity) -> Result<(), Box<Problem>> {
    if identity.is_anonymous() {
        return Ok(());
    }
    let caller = identity.qualified();
    front.guards.admit(By::Caller, caller.as_bytes()).map_err(|wait| {
        tracing::info!(caller, "a caller sends too many requests");
        Box::new(turned_away(front, By::Caller, wait))
    })
}

fn turned_away(front: &Front, by: By, wait: Duration) -> Problem {
    front.services.metrics.turned_away(by);
    front.services.attempts.turned_away(by);
    let detail = match by {
        By::Caller => "in the name of this caller",
        By::Address | By::Webhook => "from this address",
    };
    let problem = Problem::new(429, "kernel", "too_many_requests", "there are too many requests; try again later");
    problem.detail(format!("too many {detail}")).retry_after(wait)
}

/// What one sender has: an address of IPv4, or a network of IPv6, which even a single machine is given.
fn network(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).octets(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn guards(rate: u32, proxies: &[&str]) -> Guards {
        let proxies = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        Guards::new(&Rates { address: rate, caller: 0, webhook: 0, proxies })
    }

    #[test]
    fn each_has_its_own_share_and_is_told_when_to_come_back() {
        let guards = guards(3, &[]);
        for key in [&b"one"[..], b"other"] {
            for _ in 0..3 {
                assert_eq!(guards.admit(By::Address, key), Ok(()));
            }
            let wait = guards.admit(By::Address, key).unwrap_err();
            assert!(wait > Duration::ZERO && wait <= Duration::from_millis(334), "{wait:?}");
        }
        // No limit is none.
        assert!((0..1000).all(|_| guards.admit(By::Caller, b"one") == Ok(())));
    }

    #[test]
    fn however_many_there_are_they_share_the_same_slots() {
        let guards = guards(1, &[]);
        let admitted = (0..200_000_u32).filter(|key| guards.admit(By::Address, &key.to_be_bytes()).is_ok()).count();
        // Six of them fall into each slot; as long as this takes, a slot takes one a second.
        assert!((SLOTS * 9 / 10..SLOTS * 4).contains(&admitted), "{admitted}");
    }

    #[test]
    fn only_proxies_of_ours_are_believed() {
        let guards = guards(1, &["10.0.0.1", "10.0.0.2"]);
        let origin = |peer: &str, told: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in told {
                headers.append("x-forwarded-for", HeaderValue::from_static(value));
            }
            guards.origin(peer.parse().unwrap(), &headers).to_string()
        };
        assert_eq!(origin("192.0.2.7", &["203.0.113.1"]), "192.0.2.7");
        assert_eq!(origin("10.0.0.1", &["198.51.100.9, 203.0.113.1"]), "203.0.113.1");
        assert_eq!(origin("10.0.0.1", &["198.51.100.9", "203.0.113.1, 10.0.0.2"]), "203.0.113.1");
        assert_eq!(origin("10.0.0.1", &["203.0.113.1, nobody, 10.0.0.2"]), "10.0.0.1");
        assert_eq!(origin("10.0.0.1", &["::ffff:203.0.113.1"]), "203.0.113.1");
        assert_eq!(origin("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn a_network_of_ipv6_is_one_sender() {
        let [one, same, other] =
            ["2001:db8::1", "2001:db8::2:3", "2001:db8:0:1::1"].map(|a| network(a.parse().unwrap()));
        assert!(one == same && one != other);
        assert_ne!(network("192.0.2.1".parse().unwrap()), network("192.0.2.2".parse().unwrap()));
    }
}
