//! Syntax to Model: names, types, the join of SEA and SDS, checks with codes and levels.

use seac_model::Model;
use seac_syntax::{Diagnostic, Sources};

/// Reads and analyses every text of a run: `*.sds.yaml`, `*.sea`, and the Markdown notes in `adr/` and `prd/`.
///
/// Never fails: the model holds what could be understood, the diagnostics say what could not. A model that came with
/// errors must not be emitted.
pub fn analyse(sources: &Sources) -> (Model, Vec<Diagnostic>) {
    let _ = sources;
    (Model::default(), Vec::new())
}
