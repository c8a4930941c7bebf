//! Random designs that are valid: what a team might write, with names that nobody would choose.
//!
//! A seed gives always the same workspace. The compiler has to accept it, and what it emits has to compile.

mod connectors;
mod context;
mod expressions;
mod fields;
mod names;
mod operations;
mod outbound;

use std::collections::BTreeMap;

use crate::random::Random;
use context::Context;
use names::Names;

/// The specs of a workspace with this many contexts: path below the workspace, and text.
pub fn workspace(seed: u64, contexts: usize) -> BTreeMap<String, Vec<u8>> {
    let mut random = Random::from_seed(seed);
    let mut slugs = Names::default();
    let mut made: Vec<Context> = Vec::new();
    for number in 0..contexts {
        let slug = slugs.of_context(&mut random);
        made.push(Context::new(slug, number, &made, &mut random));
    }
    made.iter().flat_map(Context::files).map(|(path, text)| (path, text.into_bytes())).collect()
}
