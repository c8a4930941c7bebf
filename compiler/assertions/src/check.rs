//! What is emitted, held against the claims: it says what they say, and what the analysis finds in it is shown where
//! it was claimed.

use crate::assertion::{Assertion, Claim};
use crate::extract::{Extracted, extract};
use crate::report;
use crate::select::Selection;
use crate::vocabulary::DECLARED;
use seac_syntax::sea;
use seac_syntax::{Diagnostic, FileId, Label, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The model that was emitted, claim by claim.
pub struct Checked<'a> {
    selection: &'a Selection<'a>,
    said: Vec<Extracted>,
    /// What was added, with the claim that needs it.
    added: BTreeMap<Claim, Claim>,
}

impl<'a> Checked<'a> {
    /// Reads what was emitted of a selection.
    pub fn new(selection: &'a Selection<'a>, emitted: &crate::emit::Emitted) -> Self {
        let (tree, _) = sea::parse(FileId(0), &emitted.text);
        let added = emitted.added.iter().map(|added| (added.claim.clone(), added.because.clone()));
        Self { selection, said: extract(&tree), added: added.collect() }
    }

    /// The claims that the language takes for something else. None is left of one by a text that is canonical, but a
    /// word of the language at a place where it is no name.
    pub fn lost(&self) -> Vec<Diagnostic> {
        let said: BTreeSet<&Claim> = self.said.iter().map(|extracted| &extracted.claim).collect();
        let lost = self.selection.by_claim.iter().filter(|(claim, _)| {
            // Of an order, what is no news is not said.
            !claim.predicate.ends_with(" order") && !said.contains(*claim)
        });
        lost.filter_map(|(_, assertions)| assertions.first()).map(|assertion| report::not_said(assertion)).collect()
    }

    /// A finding about what was emitted, shown at the claims. None, if no claim says what it is about.
    pub fn at_the_claims(&self, finding: &Diagnostic) -> Option<Diagnostic> {
        let mut shown = finding.clone();
        shown.primary.span = self.place(finding.primary.span)?;
        let secondary = finding.secondary.iter();
        shown.secondary = secondary
            .filter_map(|label| Some(Label { span: self.place(label.span)?, text: label.text.clone() }))
            .filter(|label| label.span != shown.primary.span)
            .collect();
        // Edits are made in the claims, not in what comes of them.
        shown.fixes.iter_mut().for_each(|fix| fix.edits.clear());
        Some(shown)
    }

    /// The claim that says what stands at a place: the smallest around it.
    fn place(&self, span: Span) -> Option<Span> {
        let around = self.said.iter().filter(|said| said.span.start <= span.start && span.end <= said.span.end);
        let mut around: Vec<&Extracted> = around.collect();
        around.sort_by_key(|said| said.span.end - said.span.start);
        // In the name of a declaration there is no claim but that it is declared.
        let near = self.said.iter().filter(|said| span.start <= said.span.start && said.span.end <= span.end);
        let mut claims = around.into_iter().chain(near).filter_map(|said| Some((said, self.assertion(&said.claim)?)));
        let (said, found) = claims.next()?;
        // That something is declared is said by naming it.
        Some(if said.claim.predicate == DECLARED { found.places.subject } else { found.places.object })
    }

    fn assertion(&self, claim: &Claim) -> Option<&'a Assertion> {
        let claim = self.added.get(claim).unwrap_or(claim);
        self.selection.by_claim.get(claim).and_then(|assertions| assertions.first()).copied()
    }
}

/// What is missing, at a claim about what it is missing of.
pub fn missing(selection: &Selection<'_>, missing: &[crate::emit::Missing]) -> Vec<Diagnostic> {
    let finding = |missing: &crate::emit::Missing| {
        let assertion = selection.by_claim.get(&missing.of)?.first()?;
        Some(report::missing(assertion.places.subject, &missing.of, missing.predicate))
    };
    missing.iter().filter_map(finding).collect()
}
