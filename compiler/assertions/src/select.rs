//! Which claims hold: what is accepted and valid, without contradictions.

use crate::assertion::{Assertion, Claim, Status};
use crate::date::Day;
use crate::report;
use hashbrown::HashMap;
use seac_syntax::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};

/// Why a claim is not part of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// It was not accepted.
    Status(Status),
    /// It does not yet hold on the day.
    NotYet,
    /// It no longer holds on the day.
    NoLonger,
}

impl Left {
    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::Status(status) => status.word(),
            Self::NotYet => "not yet valid",
            Self::NoLonger => "no longer valid",
        }
    }
}

/// A set, divided.
#[derive(Debug, Default)]
pub struct Selection<'a> {
    /// What holds, each claim once however often it is asserted.
    pub claims: BTreeSet<Claim>,
    /// The assertions of these, by claim.
    pub by_claim: BTreeMap<&'a Claim, Vec<&'a Assertion>>,
    /// The rest, in the order of the set, with the reason.
    pub left: Vec<(&'a Assertion, Left)>,
    /// How many of what holds have a first or last day, though no day was given.
    pub undated: usize,
}

/// What is wanted of a set.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The day on which claims hold; without it validity is not looked at.
    pub at: Option<Day>,
    /// Whether proposals are taken as if they were accepted.
    pub proposals: bool,
}

impl Wanted {
    fn left(&self, assertion: &Assertion) -> Option<Left> {
        match assertion.status {
            Status::Accepted => {}
            Status::Proposed if self.proposals => {}
            status => return Some(Left::Status(status)),
        }
        let at = self.at.as_ref()?;
        if assertion.from.as_ref().is_some_and(|from| at < from) {
            return Some(Left::NotYet);
        }
        assertion.until.as_ref().is_some_and(|until| at >= until).then_some(Left::NoLonger)
    }
}

/// Divides a set; the findings are its contradictions.
pub fn select<'a>(assertions: &'a [Assertion], wanted: &Wanted) -> (Selection<'a>, Vec<Diagnostic>) {
    let mut selection = Selection::default();
    for assertion in assertions {
        match wanted.left(assertion) {
            Some(why) => selection.left.push((assertion, why)),
            None => {
                let dated = assertion.from.is_some() || assertion.until.is_some();
                selection.undated += usize::from(dated && wanted.at.is_none());
                selection.by_claim.entry(&assertion.claim).or_default().push(assertion);
            }
        }
    }
    selection.claims = selection.by_claim.keys().map(|claim| (*claim).clone()).collect();
    let mut findings = Vec::new();
    decisions(assertions, &mut findings);
    successors(assertions, &mut findings);
    conflicts(&selection, &mut findings);
    (selection, findings)
}

/// One claim cannot be accepted and refused.
fn decisions(assertions: &[Assertion], findings: &mut Vec<Diagnostic>) {
    let accepted: HashMap<&str, &Assertion> = assertions
        .iter()
        .filter(|assertion| assertion.status == Status::Accepted)
        .map(|assertion| (assertion.id.as_str(), assertion))
        .collect();
    for assertion in assertions {
        if let (Status::Rejected | Status::Superseded, Some(accepted)) =
            (assertion.status, accepted.get(assertion.id.as_str()))
        {
            findings.push(report::decided_twice(accepted, assertion));
        }
    }
}

fn successors(assertions: &[Assertion], findings: &mut Vec<Diagnostic>) {
    let known: HashMap<&str, &Assertion> =
        assertions.iter().map(|assertion| (assertion.id.as_str(), assertion)).collect();
    let next = |assertion: &Assertion| {
        let id = assertion.successor.as_deref().filter(|_| assertion.status == Status::Superseded)?;
        known.get(id).copied()
    };
    for assertion in assertions {
        let superseded = assertion.status == Status::Superseded;
        if superseded != assertion.successor.is_some() || superseded && next(assertion).is_none() {
            findings.push(report::successor(assertion));
        }
    }
    circles(assertions, next, findings);
}

/// Each circle once, from the first of its claims on.
fn circles<'a>(
    assertions: &'a [Assertion],
    next: impl Fn(&'a Assertion) -> Option<&'a Assertion>,
    findings: &mut Vec<Diagnostic>,
) {
    // The walk that a claim was met on.
    let mut met: HashMap<&str, usize> = HashMap::new();
    for (walk, start) in assertions.iter().enumerate() {
        let (mut way, mut at) = (Vec::new(), Some(start));
        while let Some(here) = at {
            match met.get(here.id.as_str()) {
                Some(before) if *before == walk => {
                    let begin = way.iter().position(|on: &&Assertion| on.id == here.id).unwrap_or(0);
                    findings.extend(report::circle(&way[begin..]));
                    break;
                }
                Some(_) => break,
                None => {
                    met.insert(&here.id, walk);
                    way.push(here);
                    at = next(here);
                }
            }
        }
    }
}

/// Two objects of a predicate that has one.
fn conflicts(selection: &Selection<'_>, findings: &mut Vec<Diagnostic>) {
    // Claims come by subject and predicate.
    let mut before: Option<(&Claim, &Assertion)> = None;
    for (claim, assertions) in &selection.by_claim {
        let many = claim.subject.item().kind.predicate(&claim.predicate).is_some_and(|predicate| predicate.many);
        let Some(assertion) = assertions.first() else { continue };
        if let Some((other, first)) = before.filter(|_| !many)
            && (&other.subject, &other.predicate) == (&claim.subject, &claim.predicate)
        {
            findings.push(report::conflict(first, assertion));
        }
        before = Some((claim, assertion));
    }
}
