//! Circles among contexts, which files must not have.

use super::layout::{ByContext, references};
use super::tree::Home;
use std::collections::{BTreeMap, BTreeSet};

/// Contexts that name types of each other in a circle share a file: files must not import each other. Sorted.
pub fn components(contexts: &ByContext) -> Vec<Vec<String>> {
    let slugs: Vec<&String> = contexts.keys().collect();
    let place: BTreeMap<&str, usize> = slugs.iter().enumerate().map(|(at, slug)| (slug.as_str(), at)).collect();
    let mut forward = vec![BTreeSet::new(); slugs.len()];
    let mut back = vec![BTreeSet::new(); slugs.len()];
    for (from, items) in contexts.values().enumerate() {
        for reference in items.iter().flat_map(references) {
            let Home::Context(slug) = &reference.home else { continue };
            let Some(to) = place.get(slug.as_str()).copied().filter(|to| *to != from) else { continue };
            forward[from].insert(to);
            back[to].insert(from);
        }
    }
    // Kosaraju: in the reverse order in which they are left, whatever still leads to one belongs to it.
    let mut seen = vec![false; slugs.len()];
    let mut left = Vec::new();
    for start in 0..slugs.len() {
        left.extend(visit(start, &forward, &mut seen));
    }
    let mut seen = vec![false; slugs.len()];
    let mut groups: Vec<Vec<String>> = Vec::new();
    for start in left.into_iter().rev() {
        let mut group: Vec<String> = visit(start, &back, &mut seen).into_iter().map(|at| slugs[at].clone()).collect();
        group.sort();
        if !group.is_empty() {
            groups.push(group);
        }
    }
    groups.sort();
    groups
}

/// What is reached from a node and was not seen before, in the order in which it is left.
fn visit(start: usize, edges: &[BTreeSet<usize>], seen: &mut [bool]) -> Vec<usize> {
    let mut left = Vec::new();
    let mut open = vec![(start, false)];
    while let Some((at, done)) = open.pop() {
        if done {
            left.push(at);
        } else if !std::mem::replace(&mut seen[at], true) {
            open.push((at, true));
            open.extend(edges[at].iter().map(|next| (*next, false)));
        }
    }
    left
}
