//! Determinism as a property that is attacked: the same specs, read and emitted in different ways, must give the same
//! bytes.

use crate::Compilation;
use crate::digest::sha256;
use crate::history;
use rayon::ThreadPoolBuilder;
use seac_emit::{EmitError, FileSet, Request, Selection};
use seac_model::Digests;
use seac_syntax::{Sources, diagnostic};

/// A way to read and emit that must not show in the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variation {
    /// In words.
    pub name: String,
    /// The order in which the texts are read: indices into the sorted ones.
    order: Vec<usize>,
    /// How many threads render.
    threads: usize,
}

/// The variations of a run over `count` texts: orders turned around, shifted and shuffled, on one to eight threads.
///
/// The shuffles are a function of their number, so that a difference that was found once is found again.
pub fn variations(count: usize) -> Vec<Variation> {
    let sorted: Vec<usize> = (0..count).collect();
    let mut reversed = sorted.clone();
    reversed.reverse();
    let mut shifted = sorted.clone();
    shifted.rotate_left(count / 2);
    let named = |name: &str, order: Vec<usize>, threads| Variation { name: name.into(), order, threads };
    let mut all = vec![
        named("one thread", sorted.clone(), 1),
        named("eight threads", sorted.clone(), 8),
        named("specs in reverse order", reversed, 2),
        named("specs in shifted order", shifted, 3),
    ];
    all.extend((1..=4).map(|seed| named(&format!("specs in shuffled order {seed}"), shuffled(count, seed), 2)));
    all
}

/// A permutation that only depends on its seed (Fisher–Yates over a 64-bit linear congruential generator).
fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = seed;
    for i in (1..count).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bound = u64::try_from(i + 1).unwrap_or(u64::MAX);
        order.swap(i, usize::try_from((state >> 33) % bound).unwrap_or(0));
    }
    order
}

/// Why a variation gave no files.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The specs have errors when they are read like this.
    #[error("the specs have errors when read like this")]
    Findings,
    /// See [`EmitError`].
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The system has no threads to give.
    #[error("cannot start threads: {0}")]
    Threads(String),
}

/// The files that come out when the specs are read and emitted in this way.
///
/// # Errors
/// See [`VerifyError`].
pub fn run(compilation: &Compilation, variation: &Variation) -> Result<FileSet, VerifyError> {
    let texts: Vec<_> = compilation.specs().collect();
    let mut permuted = Sources::default();
    for file in variation.order.iter().filter_map(|index| texts.get(*index)) {
        permuted.add(file.path.clone(), file.text.clone());
    }
    let pool = ThreadPoolBuilder::new().num_threads(variation.threads).build();
    let pool = pool.map_err(|error| VerifyError::Threads(error.to_string()))?;
    pool.install(|| {
        let (model, diagnostics) = seac_analysis::analyse(&permuted);
        if diagnostic::has_errors(&diagnostics) {
            return Err(VerifyError::Findings);
        }
        let (histories, shadows) = (&history::read(&permuted).0, &compilation.templates.shadows);
        let (digests, selection) = (&Digests::of(&model), &Selection::default());
        Ok(seac_emit::emit_as(&Request { model: &model, digests, histories, selection, shadows, proven: true })?)
    })
}

/// The first path at which two file sets differ.
pub fn first_difference(a: &FileSet, b: &FileSet) -> Option<String> {
    let differs = |path: &str| a.get(path) != b.get(path);
    a.iter().chain(b.iter()).map(|(path, _)| path).filter(|path| differs(path)).min().map(str::to_owned)
}

/// One digest over all paths and bytes: what two processes compare.
pub fn digest(files: &FileSet) -> String {
    let rows: String = files.iter().map(|(path, file)| format!("{} {path}\n", sha256(&file.bytes))).collect();
    sha256(rows.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variation_reads_every_text_once() {
        for count in [0, 1, 2, 13] {
            for variation in variations(count) {
                let mut order = variation.order.clone();
                order.sort_unstable();
                assert_eq!(order, (0..count).collect::<Vec<_>>(), "{}", variation.name);
            }
        }
    }

    #[test]
    fn shuffles_differ_from_each_other_and_not_from_themselves() {
        assert_eq!(shuffled(13, 1), shuffled(13, 1));
        assert_ne!(shuffled(13, 1), shuffled(13, 2));
    }
}
