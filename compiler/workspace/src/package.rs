//! What is shipped inside the compiler: the platform's own contexts as packages, and the example `seac new` copies.

use crate::history;
use seac_syntax::diagnostic::nearest;
use seac_syntax::{FileId, sds};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// What the path of an embedded spec starts with.
pub const PREFIX: &str = "seac:/specs/";

/// A text by its path.
pub type Text = (String, String);

/// The files of the `orders` example, by path relative to its root.
pub fn orders_example() -> &'static [(&'static str, &'static str)] {
    ORDERS
}

/// The names of the contexts that are shipped as packages, sorted.
pub fn names() -> Vec<&'static str> {
    contexts(SPECS).into_keys().collect()
}

/// The embedded contexts that `texts` use, directly or through each other, and do not have themselves.
pub fn used_by(texts: &[Text]) -> Vec<Text> {
    resolve(texts, SPECS)
}

type Files = [(&'static str, &'static str)];

/// Embedded files by context: the first part of their path.
fn contexts(embedded: &Files) -> BTreeMap<&'static str, Vec<(&'static str, &'static str)>> {
    let mut contexts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (path, text) in embedded.iter().filter(|(path, _)| is_source(path)) {
        if let Some((context, _)) = path.split_once('/') {
            contexts.entry(context).or_default().push((*path, *text));
        }
    }
    contexts
}

/// Whether a path below `specs/` is one that is loaded: the same rule as for files on disk.
fn is_source(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        [context, name] => {
            name.ends_with(".sds.yaml") || name.ends_with(".sea") || name.strip_suffix(history::SUFFIX) == Some(context)
        }
        [_, "adr" | "prd", name] => name.ends_with(".md"),
        _ => false,
    }
}

fn resolve(texts: &[Text], embedded: &Files) -> Vec<Text> {
    let packages = contexts(embedded);
    let mut have: BTreeSet<String> = texts.iter().filter_map(|(path, _)| context_of(path)).collect();
    // Most texts name no package at all; only those that may are read for it.
    let meant = |name: &str| match have.contains(name) {
        true => None,
        false => nearest(name, packages.keys().copied()),
    };
    let may_use = |text: &str| {
        packages.keys().any(|name| text.contains(name)) || used_words(text).any(|word| meant(word).is_some())
    };
    let readers = texts.iter().filter(|(path, text)| path.ends_with(".sds.yaml") && may_use(text));
    // What is nearly a package is taken for it: the analysis says so, and what the name is meant to be.
    let near = |name: String| meant(&name).map_or(name, str::to_owned);
    let mut wanted: VecDeque<String> = readers.flat_map(|(path, text)| uses(path, text)).map(near).collect();
    let mut added = Vec::new();
    while let Some(name) = wanted.pop_front() {
        let Some(files) = packages.get(name.as_str()) else { continue };
        if !have.insert(name) {
            continue;
        }
        for (path, text) in files {
            wanted.extend(uses(path, text));
            added.push((format!("{PREFIX}{path}"), (*text).to_string()));
        }
    }
    added.sort();
    added
}

/// The context a path on disk belongs to.
fn context_of(path: &str) -> Option<String> {
    path.strip_prefix("specs/")?.split_once('/').map(|(context, _)| context.to_string())
}

/// The words behind `uses:` up to the next line that is no item: little to look at, in most texts nothing.
fn used_words(text: &str) -> impl Iterator<Item = &str> {
    let behind = text.split_once("uses:").map_or("", |(_, behind)| behind);
    let lines = behind.lines().skip(1).take_while(|line| line.starts_with([' ', '-', '#']));
    behind.lines().take(1).chain(lines).flat_map(words)
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|word| !word.is_empty())
}

/// The contexts an SDS names in `uses`; nothing for other files.
fn uses(path: &str, text: &str) -> Vec<String> {
    if !path.ends_with(".sds.yaml") {
        return Vec::new();
    }
    // Whatever is wrong with it, the analysis reports.
    let (sds, _) = sds::parse(FileId(0), text);
    sds.uses.into_iter().map(|name| name.value.into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMBEDDED: &Files = &[
        ("evidence/adr/ADR-002.md", "---\n---\n"),
        ("evidence/evidence.lock.json", "{}"),
        ("evidence/evidence.sds.yaml", "uses: [governance]\n"),
        ("evidence/evidence.sea", ""),
        ("governance/governance.sds.yaml", "uses: [evidence]\n"),
        ("workbench/workbench.sds.yaml", ""),
    ];

    fn resolved(texts: &[(&str, &str)]) -> Vec<String> {
        let texts: Vec<Text> = texts.iter().map(|(p, t)| ((*p).into(), (*t).into())).collect();
        resolve(&texts, EMBEDDED).into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn a_used_package_brings_what_it_uses() {
        assert_eq!(
            resolved(&[(
                "specs/orders/orders.sds.yaml",
                "sdsId: SDS-100\nuses:\n  - evidence # for the ledger\n  - nobody\n"
            )]),
            [
                "seac:/specs/evidence/adr/ADR-002.md",
                "seac:/specs/evidence/evidence.lock.json",
                "seac:/specs/evidence/evidence.sds.yaml",
                "seac:/specs/evidence/evidence.sea",
                "seac:/specs/governance/governance.sds.yaml",
            ]
        );
    }

    #[test]
    fn a_slip_of_the_pen_brings_what_is_meant_if_nothing_of_ones_own_is() {
        let orders = ("specs/orders/orders.sds.yaml", "uses: [evidnce]\ntitle: x\n");
        let found = resolved(&[orders]);
        assert!(found.contains(&"seac:/specs/evidence/evidence.sds.yaml".to_owned()), "{found:?}");
        assert_eq!(resolved(&[orders, ("specs/evidnce/evidnce.sds.yaml", "")]), [""; 0]);
    }

    #[test]
    fn a_context_of_ones_own_shadows_the_package() {
        let own = ("specs/governance/governance.sds.yaml", "");
        let orders = ("specs/orders/orders.sds.yaml", "uses: [evidence]\n");
        let found = resolved(&[own, orders]);
        assert!(found.iter().all(|path| path.starts_with("seac:/specs/evidence/")), "{found:?}");
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn who_uses_nothing_gets_nothing() {
        assert!(
            resolved(&[("specs/a/a.sds.yaml", "sdsId: SDS-001\n"), ("specs/a/a.sea", "uses: [evidence]")]).is_empty()
        );
    }
}
