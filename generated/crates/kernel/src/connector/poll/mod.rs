//! The poller: asks a source page by page, and knows after a crash exactly where it was.
//!
//! Each page is one transaction: its evidence and the position behind it. A round is a walk over everything that is new; at
//! its end it is put on record what was asked, expected and received.

mod advance;
mod ask;
mod limits;
mod page;
mod position;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde_json::Value;
use tokio::sync::watch;

use super::intake::{Fate, Intake};
use super::record::{self, Taken};
use super::unpack::{self, Unpacked};
use super::{Connector, Poll, extract};
use crate::canonical::Digest;
use crate::http::Caller;
use crate::ledger::LedgerError;
use crate::services::Services;
use crate::store::{SqlValue as _, StoreError};
use crate::types::Timestamp;

pub(super) use advance::Advance;
use advance::{PageRead, Step};
use ask::{Asked, Trouble};
use page::Page;
use position::{Position, Round};
pub(crate) use position::{SCHEMA, Standing, standings};

/// How long to wait for an address or a secret that is not there yet.
const UNCONFIGURED: Duration = Duration::from_secs(30);
/// After so many failures in a row it is put on record that the source cannot be asked.
const OUTAGE: u32 = 5;

/// Asks the source of a connector until the cell stops.
pub(crate) async fn run(services: Services, connector: Arc<Connector>, mut stop: watch::Receiver<bool>) {
    let Some(poll) = connector.poll.clone() else { return };
    let name = connector.qualified();
    let poller = Poller { services, connector, poll, name };
    tokio::select! {
        // A step that is dropped has written all or nothing.
        () = poller.forever() => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

struct Poller {
    services: Services,
    connector: Arc<Connector>,
    poll: Poll,
    name: String,
}

/// Why a step was not made.
enum Halt {
    /// There is no address or no secret.
    Unconfigured(String),
    /// The source did not answer as it should.
    Trouble(Trouble),
    /// Our own store failed.
    Store(LedgerError),
}

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<LedgerError> for Halt {
    fn from(error: LedgerError) -> Self {
        Self::Store(error)
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

/// Where a step begins.
struct Start {
    address: String,
    version: u64,
    position: Position,
    url: String,
}

impl Poller {
    async fn forever(&self) {
        let mut failures = 0;
        let mut told = false;
        loop {
            let pause = match self.step(failures).await {
                Ok(pause) => {
                    (failures, told) = (0, false);
                    pause
                }
                Err(Halt::Unconfigured(reason)) => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::info!(connector = self.name, reason, "the source is not asked");
                    }
                    UNCONFIGURED.min(self.poll.every)
                }
                Err(Halt::Trouble(trouble)) => {
                    failures = u32::saturating_add(failures, 1);
                    tracing::warn!(
                        connector = self.name,
                        reason = trouble.reason,
                        failures,
                        "the source is asked later"
                    );
                    self.report(&trouble, failures).await;
                    trouble.wait.unwrap_or_else(|| limits::back_off(failures))
                }
                Err(Halt::Store(error)) => {
                    tracing::warn!(%error, connector = self.name, "what the source says cannot be recorded");
                    limits::back_off(1)
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Reads one page; returns how long to wait before the next one.
    async fn step(&self, failures: u32) -> Result<Duration, Halt> {
        let start = self.start(failures).await?;
        let (page, rest) = match self.ask(&start.url).await? {
            Asked::Answer { headers, body, rest } => {
                (page::read(&self.poll, &start.url, &headers, &body).map_err(Trouble::new)?, rest)
            }
            Asked::Gone(reason) if start.position.next.is_none() => return Err(Trouble::refused(reason).into()),
            Asked::Gone(reason) => {
                tracing::warn!(
                    connector = self.name,
                    reason,
                    "the source does not know where it was: the round begins again"
                );
                self.write(&start, Vec::new(), Step::Restart).await?;
                return Ok(Duration::ZERO);
            }
        };
        let read = self.read(&start, &page);
        let (taken, missing) = self.take(&start, page.items).await?;
        crate::fault::point("poller.fetched");
        let last = read.last;
        self.write(&start, taken, Step::Page(PageRead { missing, ..read })).await?;
        crate::fault::point("poller.committed");
        let pause = if last { self.poll.every } else { Duration::ZERO };
        Ok(pause.max(rest.unwrap_or_default()))
    }

    async fn start(&self, failures: u32) -> Result<Start, Halt> {
        let address = self.address().map_err(Halt::Unconfigured)?;
        let (version, mut position) = position::load(&self.services, &self.name).await?;
        let now = self.services.clock.now();
        if let (None, Some(since)) = (position.since, self.poll.since) {
            position.since = Some(before(now, since.lookback));
        }
        // The address may have been changed, and what lets this in is for one place.
        position.next = position.next.filter(|next| page::origin(next) == page::origin(&address));
        let first = || page::first(&self.poll, &address, position.since);
        let url = position.next.clone().unwrap_or_else(first);
        let round = position.round.get_or_insert_with(|| Round::new(now, url.clone()));
        round.failed_attempts += u64::from(failures);
        Ok(Start { address, version, position, url })
    }

    fn address(&self) -> Result<String, String> {
        let reference = &self.poll.address;
        let text = reference.text().ok_or_else(|| format!("there is no address at {reference}"))?;
        match text.split_once("://") {
            Some(("http", _)) => Ok(text),
            Some(("https", _)) if Caller::TLS => Ok(text),
            Some(("https", _)) => Err(format!("{reference}: for https:// build with --features production")),
            _ => Err(format!("{reference} is no address with http:// or https://")),
        }
    }

    /// What the page says, apart from its items.
    fn read(&self, start: &Start, page: &Page) -> PageRead {
        let times: Vec<Option<Timestamp>> = page.items.iter().map(|item| self.time(item)).collect();
        let old = |time: &&Option<Timestamp>| self.is_old(start, **time);
        let listed = times.len() - times.iter().filter(old).count();
        // Whoever lists the newest first has nothing more for us behind the first old one.
        let behind = self.poll.newest_first && listed < times.len();
        let again = page.next.as_ref() == Some(&start.url);
        let last = page.next.is_none() || page.items.is_empty() || behind || again;
        // A walk from the newest to the oldest always begins anew.
        let keep = !(last && self.poll.newest_first);
        PageRead {
            listed: listed as u64,
            missing: Vec::new(),
            newest: times.into_iter().flatten().max(),
            total: page.total,
            next: page.next.clone().filter(|_| keep),
            last,
            overlap: self.poll.since.map_or(Duration::ZERO, |since| since.overlap),
        }
    }

    fn time(&self, item: &Value) -> Option<Timestamp> {
        extract::time(extract::pointer(item, self.poll.time?))
    }

    /// Whether an item is of a time that earlier rounds have seen to.
    fn is_old(&self, start: &Start, time: Option<Timestamp>) -> bool {
        let here = self.poll.since.is_some_and(|since| since.parameter.is_none());
        here && time.zip(start.position.since).is_some_and(|(time, since)| time < since)
    }

    /// The items as entries, and the ids of those whose delivery could not be had.
    async fn take(&self, start: &Start, items: Vec<Value>) -> Result<(Vec<Taken>, Vec<String>), Halt> {
        let items: Vec<Value> = items.into_iter().filter(|item| !self.is_old(start, self.time(item))).collect();
        let id = |item: &Value| extract::text(extract::pointer(item, self.poll.delivery_id));
        let Some(detail) = self.poll.detail else {
            return Ok((
                items.into_iter().map(|item| self.event(id(&item), &item.clone(), item)).collect(),
                Vec::new(),
            ));
        };
        let mut known = self.known(items.iter().filter_map(id).collect()).await?;
        let (mut taken, mut missing) = (Vec::new(), Vec::new());
        for item in items {
            let delivery_id = id(&item);
            if delivery_id.as_ref().is_some_and(|id| !known.insert(id.clone())) {
                continue;
            }
            let Some(by) = extract::text(extract::pointer(&item, detail.by)) else {
                missing.push(delivery_id.unwrap_or_default());
                continue;
            };
            match self.detail(start, &by, detail.body).await {
                Ok(Some(body)) => taken.push(self.event(delivery_id, &item, body)),
                Ok(None) => missing.push(delivery_id.unwrap_or(by)),
                Err(trouble) => {
                    // What was fetched is kept, or a source that lets in little would be asked for the same for ever.
                    self.write(start, taken, Step::Part).await?;
                    return Err(trouble.into());
                }
            }
        }
        Ok((taken, missing))
    }

    /// The delivery behind a summary; nothing if the source has it no more.
    async fn detail(&self, start: &Start, by: &str, pointer: &str) -> Result<Option<Value>, Trouble> {
        let body = match self.ask_with_patience(&page::detail(&self.poll, &start.address, by)).await? {
            Asked::Answer { body, .. } => body,
            Asked::Gone(_) => return Ok(None),
        };
        let mut body: Value =
            serde_json::from_slice(&body).map_err(|error| Trouble::new(format!("the answer is not JSON: {error}")))?;
        Ok(body.pointer_mut(pointer).map(Value::take).filter(|body| !body.is_null()))
    }

    /// Which of these deliveries are in the ledger.
    async fn known(&self, ids: Vec<String>) -> Result<BTreeSet<String>, StoreError> {
        let (ids, source): (Arc<[String]>, _) = (ids.into(), Arc::<str>::from(self.name.as_str()));
        self.services
            .store
            .read(move |tx| {
                let (ids, source) = (Arc::clone(&ids), Arc::clone(&source));
                async move {
                    let sql = "SELECT sequence FROM ledger_entries WHERE source = $1 AND source_event_id = $2";
                    let mut known = BTreeSet::new();
                    for id in ids.iter() {
                        if tx.query_opt(sql, &[source.to_string().to_value(), id.to_value()]).await?.is_some() {
                            known.insert(id.clone());
                        }
                    }
                    Ok(known)
                }
                .boxed()
            })
            .await
    }

    /// A delivery as an entry; its type is that of the item that it was listed as.
    fn event(&self, delivery_id: Option<String>, item: &Value, body: Value) -> Taken {
        let event_type = extract::text(extract::pointer(item, self.poll.event_type)).unwrap_or_default();
        let intake = self.intake(Digest::of(body.to_string().as_bytes()));
        let without = || format!("no usable id at {}", self.poll.delivery_id);
        let event: Unpacked =
            unpack::event(delivery_id, event_type, body, self.connector.redact, intake.received_at, without);
        intake.take(event)
    }

    fn intake(&self, body_sha256: Digest) -> Intake<'_> {
        Intake { connector: &self.connector, correlation_id: None, body_sha256, received_at: self.services.clock.now() }
    }

    async fn write(&self, start: &Start, taken: Vec<Taken>, step: Step) -> Result<(), LedgerError> {
        let advance = self.advance(start.version, start.position.clone(), step);
        record::append_all(&self.services, &Arc::from(taken), Some(advance)).await.map(drop)
    }

    fn advance(&self, version: u64, position: Position, step: Step) -> Advance {
        let entry = self.intake(Digest::ZERO).entry();
        Advance { connector: self.name.clone(), version, position, entry, step }
    }

    /// Puts it on record, once, that the source cannot be asked.
    async fn report(&self, trouble: &Trouble, failures: u32) {
        if failures < OUTAGE && !trouble.refused {
            return;
        }
        let reported = async {
            let (version, position) = position::load(&self.services, &self.name).await?;
            if position.reported {
                return Ok(());
            }
            let advance = self.advance(version, position, Step::Outage);
            let entry = Taken::new(advance.outage(&trouble.reason, failures), Fate::Recorded);
            record::append_all(&self.services, &Arc::from([entry]), Some(advance)).await.map(drop)
        };
        if let Err(error) = reported.await {
            tracing::warn!(%error, connector = self.name, "an outage cannot be recorded");
        }
    }
}

fn before(moment: Timestamp, by: Duration) -> Timestamp {
    let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::at_micros(moment.micros().saturating_sub(micros))
}
