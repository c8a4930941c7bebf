//! One step of a poller, as it is written: entries, position and, at the end of a round, what was expected and received.

use std::time::Duration;

use serde_json::json;

use super::super::intake::Fate;
use super::super::record::Taken;
use super::position::{self, Position};
use crate::blob::BlobStore;
use crate::ledger::{self, Appended, LedgerError, NewEntry, Outcome, Subject};
use crate::store::Tx;
use crate::types::Timestamp;

/// The longest time that nothing is said of a source in which nothing happens.
const SILENCE: Duration = Duration::from_secs(3600);
/// How many ids of missing items are named.
const NAMED: usize = 100;

/// A step of a poller.
#[derive(Clone)]
pub(in super::super) struct Advance {
    pub(super) connector: String,
    pub(super) version: u64,
    /// Where the poller was.
    pub(super) position: Position,
    /// What an entry of this connector begins with.
    pub(super) entry: NewEntry,
    pub(super) step: Step,
}

/// What was done.
#[derive(Clone)]
pub(super) enum Step {
    /// A page was read.
    Page(PageRead),
    /// Part of a page was: what is left is asked for again.
    Part,
    /// The page to go on with is not known any more: the round begins again.
    Restart,
    /// It is put on record that the source cannot be asked.
    Outage,
}

/// What a page adds to a round.
#[derive(Clone)]
pub(super) struct PageRead {
    pub(super) listed: u64,
    pub(super) missing: Vec<String>,
    pub(super) newest: Option<Timestamp>,
    pub(super) total: Option<u64>,
    pub(super) next: Option<String>,
    /// Whether it was the last one for now.
    pub(super) last: bool,
    /// How far the next round goes back behind the newest item.
    pub(super) overlap: Duration,
}

impl Advance {
    pub(in super::super) async fn apply(
        mut self,
        tx: &mut dyn Tx,
        blobs: &dyn BlobStore,
        taken: &[Taken],
        appended: &[Appended],
    ) -> Result<(), LedgerError> {
        crate::fault::point("poller.stored");
        match self.step.clone() {
            Step::Page(page) => {
                self.count(taken, appended);
                if let Some(report) = self.read(page) {
                    ledger::append(tx, blobs, report).await?;
                }
            }
            Step::Part => self.count(taken, appended),
            Step::Restart => {
                self.position.next = None;
                if let Some(round) = &mut self.position.round {
                    round.restarts += 1;
                }
            }
            Step::Outage => self.position.reported = true,
        }
        position::save(tx, &self.connector, self.version, &self.position).await?;
        crate::fault::point("poller.advanced");
        Ok(())
    }

    fn count(&mut self, taken: &[Taken], appended: &[Appended]) {
        let Some(round) = &mut self.position.round else { return };
        let new = taken.iter().zip(appended).filter(|(_, appended)| !appended.is_duplicate());
        for (taken, _) in new {
            match taken.fate {
                Fate::Recorded => round.recorded += 1,
                Fate::Unclassified => round.unclassified += 1,
                Fate::Quarantined => round.quarantined += 1,
            }
        }
    }

    /// The page's part of the round, and at its end the report.
    fn read(&mut self, page: PageRead) -> Option<NewEntry> {
        self.position.reported = false;
        self.position.next = page.next;
        let round = self.position.round.as_mut()?;
        round.pages += 1;
        round.listed += page.listed;
        round.total = round.total.or(page.total);
        round.newest = round.newest.max(page.newest);
        round.missing.extend(page.missing);
        if !page.last {
            return None;
        }
        let report = self.report();
        let round = self.position.round.take()?;
        if let Some(newest) = round.newest {
            let micros = i64::try_from(page.overlap.as_micros()).unwrap_or(i64::MAX);
            let since = Timestamp::at_micros(newest.micros().saturating_sub(micros));
            // It never goes back: what was asked once is on record.
            self.position.since = self.position.since.max(Some(since));
        }
        if report.is_some() {
            self.position.covered = Some(round.started);
            self.position.told = round.gap();
        }
        report
    }

    /// What was asked, expected and received; nothing if there is nothing to say yet.
    fn report(&self) -> Option<NewEntry> {
        let round = self.position.round.as_ref()?;
        let (expected, received, (gap, missing)) = (round.expected(), round.received(), round.gap());
        let silent = self.position.covered.map(|covered| round.started.since(covered));
        let quiet = round.new_entries() + round.failed_attempts + round.restarts == 0;
        let known = gap == 0 || self.position.told == round.gap();
        if quiet && known && silent.is_some_and(|silent| silent < SILENCE) {
            return None;
        }
        let payload = json!({
            "collector": concat!("kernel/", env!("CARGO_PKG_VERSION")),
            "cursor": self.position.next,
            "duplicates": received.saturating_sub(round.new_entries()),
            "expected": expected,
            "failed_attempts": round.failed_attempts,
            "gap": gap,
            "missing": missing.iter().take(NAMED).collect::<Vec<_>>(),
            "newest": round.newest,
            "pages": round.pages,
            "quarantined": round.quarantined,
            "query": round.first,
            "received": received,
            "recorded": round.recorded,
            "restarts": round.restarts,
            "unclassified": round.unclassified,
            "window": {"from": self.position.covered.or(self.position.since), "to": round.started},
        });
        let outcome = if gap == 0 { Outcome::Success } else { Outcome::Failure };
        Some(NewEntry { outcome, payload, ..self.about("connector.reconciled", "poll") })
    }

    fn about(&self, event_type: &str, action: &str) -> NewEntry {
        NewEntry {
            event_type: event_type.to_owned(),
            action: action.to_owned(),
            actor: format!("service:{}", self.connector),
            subject: Subject::new("connector", &self.connector),
            ..self.entry.clone()
        }
    }

    /// The entry that says that the source cannot be asked.
    pub(super) fn outage(&self, reason: &str, attempts: u32) -> NewEntry {
        let payload = json!({
            "attempts": attempts,
            "collector": concat!("kernel/", env!("CARGO_PKG_VERSION")),
            "reason": reason,
            "since": self.position.covered.or(self.position.since),
        });
        NewEntry { outcome: Outcome::Failure, payload, ..self.about("connector.unreachable", "poll") }
    }
}
