//! The smallest change of a model that makes it say what claims say: what is right keeps its bytes, comments and place.

use crate::assertion::Claim;
use crate::comments;
use crate::emit;
use crate::extract::{extract, subjects};
use crate::subject::{Item, Subject, quoted};
use seac_syntax::diagnostic::has_errors;
use seac_syntax::sea;
use seac_syntax::sea::ast::{Declaration, SeaFile};
use seac_syntax::{Diagnostic, FileId};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A model after its change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edited {
    /// The text.
    pub text: String,
    /// What was changed in its place.
    pub changed: Vec<Subject>,
    /// What is new.
    pub added: Vec<Subject>,
    /// What nobody claims, and was removed or, without `prune`, left.
    pub unclaimed: Vec<Subject>,
}

/// Changes a model so that it says what is claimed; what it says besides stays, unless it is to be pruned.
///
/// # Errors
/// What cannot be read in the text.
pub fn edit(file: FileId, text: &str, claims: &BTreeSet<Claim>, prune: bool) -> Result<Edited, Vec<Diagnostic>> {
    let (tree, findings) = sea::parse(file, text);
    if has_errors(&findings) {
        return Err(findings);
    }
    let edited = once(file, text, &tree, claims, prune);
    let says = |edited: &Edited| grouped(said(&sea::parse(file, &edited.text).0));
    if says(&edited) == expected(&tree, claims, prune) {
        return Ok(edited);
    }
    // A doc comment that nothing followed stands in front of something now: from here on it is a plain one.
    let plain = demoted(text, &tree);
    Ok(once(file, &plain, &sea::parse(file, &plain).0, claims, prune))
}

fn once(file: FileId, text: &str, tree: &SeaFile, claims: &BTreeSet<Claim>, prune: bool) -> Edited {
    let mut editor = Editor { text, tree, prune, edits: Vec::new(), result: Edited::default() };
    editor.header(claims);
    editor.imports(claims);
    editor.declarations(claims);
    let was_canonical = sea::format(file, text).as_deref() == Ok(text);
    let mut result = editor.result;
    let edited = apply(text, editor.edits);
    // What was in the form of `seac fmt` still is.
    result.text = if was_canonical { sea::format(file, &edited).unwrap_or(edited) } else { edited };
    result
}

fn said(tree: &SeaFile) -> impl Iterator<Item = Claim> {
    extract(tree).into_iter().map(|extracted| extracted.claim)
}

/// What the model says afterwards: what is claimed and, without pruning, what nobody speaks of.
fn expected(tree: &SeaFile, claims: &BTreeSet<Claim>, prune: bool) -> BTreeMap<Item, BTreeSet<Claim>> {
    let wanted = grouped(claims.iter().cloned());
    let kept = said(tree).filter(|claim| match wanted.get(&claim.subject.whole) {
        Some(claims) => {
            // Of a header, each line is by itself.
            let line = |other: &Claim| other.predicate == claim.predicate;
            is_kind(&claim.subject.whole, "model") && !claims.iter().any(line)
        }
        None => true,
    });
    grouped(claims.iter().cloned().chain(kept.filter(|_| !prune)))
}

/// The text with plain comments in the place of docs that belong to nothing.
fn demoted(text: &str, tree: &SeaFile) -> String {
    let docs =
        tree.comments.iter().filter(|comment| comment.value.starts_with("///") && !comment.value.starts_with("////"));
    let slashes = docs.map(|comment| comment.span.range().start).map(|at| (at, at + 1, String::new()));
    apply(text, slashes.collect())
}

/// Everything claimed of each declaration, import or header.
fn grouped(claims: impl IntoIterator<Item = Claim>) -> BTreeMap<Item, BTreeSet<Claim>> {
    let mut groups: BTreeMap<Item, BTreeSet<Claim>> = BTreeMap::new();
    for claim in claims {
        groups.entry(claim.subject.whole.clone()).or_default().insert(claim);
    }
    groups
}

fn is_kind(item: &Item, name: &str) -> bool {
    item.kind.name == name
}

struct Editor<'t> {
    text: &'t str,
    tree: &'t SeaFile,
    prune: bool,
    /// Ranges and what comes in their place.
    edits: Vec<(usize, usize, String)>,
    result: Edited,
}

impl Editor<'_> {
    fn said(&self) -> BTreeMap<Item, BTreeSet<Claim>> {
        grouped(said(self.tree))
    }

    fn subject(item: &Item) -> Subject {
        Subject { whole: item.clone(), part: None }
    }

    // In front of the declarations.

    fn header(&mut self, claims: &BTreeSet<Claim>) {
        let wanted = claims.iter().filter(|claim| is_kind(&claim.subject.whole, "model"));
        let mut wanted: BTreeMap<&str, &Claim> = wanted.map(|claim| (claim.predicate.as_str(), claim)).collect();
        let mut changes = Vec::new();
        for item in &self.tree.header {
            match wanted.remove(item.key.value.as_str()) {
                Some(claim) if claim.object.text() == item.value.as_str() => {}
                Some(claim) => {
                    let range = item.value.span.range();
                    self.edits.push((range.start, range.end, quoted(claim.object.text())));
                    changes.push(claim.subject.clone());
                }
                None if self.prune => {
                    self.remove(item.span.range());
                    changes.push(Subject::whole(self.model(), vec![]));
                }
                None => {}
            }
        }
        if !wanted.is_empty() {
            let new: BTreeSet<Claim> = wanted.into_values().cloned().collect();
            changes.extend(new.first().map(|claim| claim.subject.clone()));
            let at = self.tree.header.last().map(|item| item.span.range().end);
            self.insert_lines(at, &emit::head_lines(&new));
        }
        self.result.changed.extend(changes.into_iter().take(1));
    }

    fn model(&self) -> &'static crate::vocabulary::Subject {
        &crate::vocabulary::SUBJECTS[0]
    }

    fn imports(&mut self, claims: &BTreeSet<Claim>) {
        let is_import = |item: &Item| is_kind(item, "import");
        let mut wanted = grouped(claims.iter().filter(|claim| is_import(&claim.subject.whole)).cloned());
        let said = self.said();
        for (item, said) in said.iter().filter(|(item, _)| is_import(item)) {
            let wanted = wanted.remove(item);
            if wanted.as_ref() == Some(said) {
                continue;
            }
            let lines = self.tree.imports.iter().filter(|import| import.from.as_str() == item.name());
            let ranges: Vec<_> = lines.map(|import| import.span.range()).collect();
            match wanted {
                Some(wanted) => {
                    let mut new = Some(emit::head_lines(&wanted).trim_end().to_owned());
                    for range in ranges {
                        match new.take() {
                            Some(new) => self.replace(range, &new),
                            None => self.merged(range),
                        }
                    }
                    self.result.changed.push(Self::subject(item));
                }
                None => {
                    self.result.unclaimed.push(Self::subject(item));
                    if self.prune {
                        ranges.into_iter().for_each(|range| self.remove(range));
                    }
                }
            }
        }
        let new: BTreeSet<Claim> = wanted.values().flatten().cloned().collect();
        if !new.is_empty() {
            let at = self.tree.imports.last().map(|import| import.span);
            let at = at.or(self.tree.header.last().map(|item| item.span)).map(|span| span.range().end);
            self.insert_lines(at, &emit::head_lines(&new));
            self.result.added.extend(wanted.keys().map(Self::subject));
        }
    }

    /// Lines behind a place; in front of the first declaration, if there is none.
    fn insert_lines(&mut self, at: Option<usize>, lines: &str) {
        let first = || {
            let imports = self.tree.imports.first().map(|import| import.span.range().start);
            let declared = self.tree.declarations.first().map(|declaration| whole(declaration).0);
            // An import may stand behind declarations.
            imports.into_iter().chain(declared).min().unwrap_or(self.text.len())
        };
        match at {
            Some(at) => {
                let at = self.line_end(at);
                self.edits.push((at, at, format!("\n{}", lines.trim_end())));
            }
            None => {
                let at = first();
                self.edits.push((at, at, format!("{}\n\n", lines.trim_end())));
            }
        }
    }

    // The declarations.

    fn declarations(&mut self, claims: &BTreeSet<Claim>) {
        let is_head = |item: &Item| is_kind(item, "model") || is_kind(item, "import");
        let mut wanted = grouped(claims.iter().filter(|claim| !is_head(&claim.subject.whole)).cloned());
        let said = self.said();
        let subjects = subjects(self.tree);
        for (declaration, subject) in self.tree.declarations.iter().zip(&subjects) {
            let (start, end) = whole(declaration);
            match wanted.remove(&subject.whole) {
                Some(claims) if said.get(&subject.whole) == Some(&claims) => {}
                Some(claims) => {
                    let claims: Vec<Claim> = claims.into_iter().collect();
                    self.replace(start..end, emit::one(&claims).trim_end());
                    self.result.changed.push(subject.clone());
                }
                None => {
                    self.result.unclaimed.push(subject.clone());
                    if self.prune {
                        self.remove(start..end);
                    }
                }
            }
        }
        for (item, claims) in wanted {
            let claims: Vec<Claim> = claims.into_iter().collect();
            self.insert(&item, &subjects, emit::one(&claims).trim_end());
            self.result.added.push(Self::subject(&item));
        }
    }

    /// The comments in a range that belong to nobody else, by their places in it.
    fn inside(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let comments = &self.tree.comments;
        let first = comments.partition_point(|comment| comment.span.range().start < range.start);
        let inside = comments[first..].iter().map(|comment| comment.span.range());
        let inside = inside.take_while(|comment| comment.start < range.end);
        inside.map(|comment| comment.start - range.start..comment.end - range.start).collect()
    }

    /// Puts a text into the place of a declaration, with the comments in it that belong to nobody else.
    fn replace(&mut self, range: Range<usize>, new: &str) {
        let inside = self.inside(&range);
        let old = &self.text[range.clone()];
        let mut text = if inside.is_empty() { new.to_owned() } else { comments::carried(old, &inside, new) };
        // A line within a text of several lines may look like one that it is not.
        let says = |text: &str| grouped(said(&sea::parse(FileId(0), text).0));
        if !inside.is_empty() && says(&text) != says(new) {
            text = comments::in_front(old, &inside, new);
        }
        self.edits.push((range.start, range.end, text));
    }

    /// Takes out what another line says as well, without its comments.
    fn merged(&mut self, range: Range<usize>) {
        let inside = self.inside(&range);
        let behind = &self.text[range.end..self.line_end(range.end)];
        if behind.trim().is_empty() && inside.is_empty() {
            return self.remove(range);
        }
        let comments = comments::in_front(&self.text[range.clone()], &inside, "");
        self.edits.push((range.start, range.end, comments));
    }

    /// A new declaration, behind the last one of its kind, or of the kinds in front of it.
    fn insert(&mut self, item: &Item, subjects: &[Subject], text: &str) {
        let rank = item.kind.rank();
        let ranked = subjects.iter().enumerate().filter(|(_, subject)| subject.whole.kind.rank() <= rank);
        let neighbour = ranked.max_by_key(|(at, subject)| (subject.whole.kind.rank(), *at));
        let Some((at, subject)) = neighbour else {
            let first = self.tree.declarations.first().map(|declaration| whole(declaration).0);
            return match first {
                Some(first) => self.edits.push((first, first, format!("{text}\n\n"))),
                None => self.edits.push((self.text.len(), self.text.len(), format!("\n{text}\n"))),
            };
        };
        let (start, end) = whole(&self.tree.declarations[at]);
        let end = self.line_end(end);
        // Short ones of a kind stand line by line.
        let short = subject.whole.kind == item.kind && !text.contains('\n') && !self.text[start..end].contains('\n');
        let gap = if short { "\n" } else { "\n\n" };
        self.edits.push((end, end, format!("{gap}{text}")));
    }

    /// The end of the line, with a comment behind the place; the place itself, if something else follows.
    fn line_end(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
        // A doc comment there belongs to what follows.
        let doc = line.trim_start().starts_with("///") && !line.trim_start().starts_with("////");
        let only_comment = line.trim_start().is_empty() || line.trim_start().starts_with("//") && !doc;
        if only_comment { at + line.len() } else { at }
    }

    /// Takes out a range, with its line, if nothing else stands on it, and the blank line in front of it.
    fn remove(&mut self, range: std::ops::Range<usize>) {
        let line_start = self.text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.line_end(range.end);
        let alone = self.text[line_start..range.start].trim().is_empty()
            && (end == self.text.len() || self.text[end..].starts_with(['\n', '\r']));
        if !alone {
            return self.edits.push((range.start, range.end, String::new()));
        }
        let after = &self.text[end..];
        let end = end + ["\r\n", "\n", "\r"].iter().find(|mark| after.starts_with(**mark)).map_or(0, |mark| mark.len());
        let before = &self.text[..line_start];
        let start = if before.ends_with("\n\n") { line_start - 1 } else { line_start };
        self.edits.push((start, end, String::new()));
    }
}

/// A declaration with its docs.
fn whole(declaration: &Declaration) -> (usize, usize) {
    let range = declaration.span.range();
    (declaration.docs.as_ref().map_or(range.start, |docs| docs.span.range().start), range.end)
}

/// Makes the edits, in the order of their places. A line that is taken out keeps its end, if something new stands there.
fn apply(text: &str, mut edits: Vec<(usize, usize, String)>) -> String {
    edits.sort_by_key(|(start, end, _)| (*start, *end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end, new) in edits {
        out.push_str(text.get(at..start).unwrap_or_default());
        out.push_str(&new);
        let keeps_end = start == end && text.get(start..at).is_some_and(|rest| rest.trim().is_empty());
        at = if keeps_end { start } else { at.max(end) };
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
