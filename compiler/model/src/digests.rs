//! The digests of a model and of its parts.

use crate::{Context, Model, canonical};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// SHA-256 in lower-case hex of a model's canonical JSON and of that of each context, made in one pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    /// Of [`Model::canonical_json`].
    pub model: String,
    /// Of each context by slug: what its emitted code was made from.
    pub contexts: BTreeMap<String, String>,
}

impl Digests {
    /// The digests of `model`.
    pub fn of(model: &Model) -> Self {
        let contexts: Vec<(&String, &Context)> = model.contexts.iter().collect();
        let texts: Vec<Vec<u8>> = contexts.par_iter().map(|(_, context)| canonical(context)).collect();
        let digests =
            contexts.iter().zip(&texts).map(|((slug, _), text)| ((*slug).clone(), hex(&Sha256::digest(text))));
        Self { model: whole(model, &contexts, &texts), contexts: digests.collect() }
    }
}

/// The digest of the whole, put together from the texts of its contexts.
fn whole(model: &Model, contexts: &[(&String, &Context)], texts: &[Vec<u8>]) -> String {
    let Model { format, units, notes, .. } = model;
    let shell = Model { format: *format, contexts: BTreeMap::new(), units: units.clone(), notes: notes.clone() };
    let shell = canonical(&shell);
    let begin = br#"{"contexts":{"#;
    let Some(end) = shell.strip_prefix(begin) else { return hex(&Sha256::digest(model.canonical_json())) };
    let mut members: Vec<_> = contexts.iter().map(|(slug, _)| *slug).zip(texts).collect();
    // RFC 8785 sorts by UTF-16 code units.
    members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    let mut sha = Sha256::new_with_prefix(begin);
    for (index, (slug, text)) in members.into_iter().enumerate() {
        sha.update(if index == 0 { "" } else { "," });
        sha.update(canonical(slug));
        sha.update(":");
        sha.update(text);
    }
    sha.update(end);
    hex(&sha.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_together_is_the_digest_of_the_canonical_json() {
        let names = ["z", "a\"b", "\u{ffff}", "\u{10000}", "depot"];
        for count in 0..=names.len() {
            let contexts = names[..count]
                .iter()
                .map(|name| (name.to_string(), Context { title: format!("The {name}"), ..Context::default() }));
            let model = Model { format: 1, contexts: contexts.collect(), ..Model::default() };
            let digests = Digests::of(&model);
            assert_eq!(digests.model, hex(&Sha256::digest(model.canonical_json())));
            let one =
                model.contexts.iter().map(|(slug, context)| (slug.clone(), hex(&Sha256::digest(canonical(context)))));
            assert_eq!(digests.contexts, one.collect());
        }
    }
}
