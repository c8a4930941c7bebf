//! The digests of a model and of its parts.

use crate::{Context, Model, canonical};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// SHA-256 in lower-case hex of a model's canonical JSON and of that of each context, made in one pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    /// Of [`Model::canonical_json`].
    pub model: String,
    /// Of each context by slug: what its emitted code was made from.
    pub contexts: BTreeMap<String, String>,
}

/// SHA-256 of what a value gives to be hashed, places in the specs among it. For one machine: it depends on its word size.
pub type Fingerprint = [u8; 32];

/// The fingerprint of a value.
pub fn fingerprint(value: &impl Hash) -> Fingerprint {
    let mut sha = Fingerprinter(Sha256::new());
    value.hash(&mut sha);
    sha.0.finalize().into()
}

/// The fingerprints of contexts, by slug.
pub type Fingerprints = BTreeMap<String, Fingerprint>;

/// The fingerprint of every context of a model.
pub fn fingerprints(model: &Model) -> Fingerprints {
    fingerprints_besides(model, Fingerprints::new())
}

/// As [`fingerprints`], where those of some contexts are known.
pub fn fingerprints_besides(model: &Model, mut known: Fingerprints) -> Fingerprints {
    let contexts: Vec<(&String, &Context)> =
        model.contexts.iter().filter(|(slug, _)| !known.contains_key(*slug)).collect();
    let others = contexts.into_par_iter().map(|(slug, context)| (slug.clone(), fingerprint(context)));
    known.extend(others.collect::<Vec<_>>());
    known
}

struct Fingerprinter(Sha256);

impl Hasher for Fingerprinter {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.clone().finalize().iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
    }
}

/// The canonical texts of contexts that were digested before, for a process that does it again and again.
#[derive(Debug, Default)]
pub struct Texts(BTreeMap<String, (Fingerprint, Text)>);

/// A canonical text and its digest.
type Text = Arc<(Vec<u8>, String)>;

impl Digests {
    /// The digests of `model`.
    pub fn of(model: &Model) -> Self {
        let contexts: Vec<&Context> = model.contexts.values().collect();
        let texts: Vec<Text> = contexts.into_par_iter().map(text).collect();
        Self::put_together(model, &texts)
    }

    /// As [`Self::of`], without writing the contexts that are in `known` already; all of them are there afterwards.
    /// `prints` are the [`fingerprints`] of the model.
    pub fn again(model: &Model, prints: &Fingerprints, Texts(known): &mut Texts) -> Self {
        let contexts: Vec<(&String, &Context)> = model.contexts.iter().collect();
        let again = |(slug, context): &(&String, &Context)| {
            let print = prints.get(*slug).copied().unwrap_or_default();
            let same = known.get(*slug).filter(|(known, _)| *known == print);
            (print, same.map_or_else(|| text(context), |(_, text)| text.clone()))
        };
        let texts: Vec<(Fingerprint, Text)> = contexts.par_iter().map(again).collect();
        *known = model.contexts.keys().cloned().zip(texts).collect();
        Self::put_together(model, &known.values().map(|(_, text)| text.clone()).collect::<Vec<_>>())
    }

    /// `texts` are in the order of the contexts.
    fn put_together(model: &Model, texts: &[Text]) -> Self {
        let digests = texts.iter().map(|text| text.1.clone());
        Self { model: whole(model, texts), contexts: model.contexts.keys().cloned().zip(digests).collect() }
    }
}

/// SHA-256 of the canonical JSON of a value, in hexadecimal.
pub fn digest_of<T: serde::Serialize>(value: &T) -> String {
    hex(&Sha256::digest(crate::canonical(value)))
}

fn text(context: &Context) -> Text {
    let text = canonical(context);
    let digest = hex(&Sha256::digest(&text));
    Arc::new((text, digest))
}

/// The digest of the whole, put together from the texts of its contexts.
fn whole(model: &Model, texts: &[Text]) -> String {
    let Model { format, units, notes, .. } = model;
    let shell = Model { format: *format, contexts: BTreeMap::new(), units: units.clone(), notes: notes.clone() };
    let shell = canonical(&shell);
    let begin = br#"{"contexts":{"#;
    let Some(end) = shell.strip_prefix(begin) else { return hex(&Sha256::digest(model.canonical_json())) };
    let mut members: Vec<_> = model.contexts.keys().zip(texts).collect();
    // RFC 8785 sorts by UTF-16 code units.
    members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    let mut sha = Sha256::new_with_prefix(begin);
    for (index, (slug, text)) in members.into_iter().enumerate() {
        sha.update(if index == 0 { "" } else { "," });
        sha.update(canonical(slug));
        sha.update(":");
        sha.update(&text.0);
    }
    sha.update(end);
    hex(&sha.finalize())
}

/// Bytes in lower-case hexadecimal digits, as all public digests are written.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
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
            let mut known = Texts::default();
            assert_eq!(Digests::again(&model, &fingerprints(&model), &mut known), digests);
            assert_eq!(Digests::again(&model, &fingerprints(&model), &mut known), digests);
            assert_eq!(digests.model, hex(&Sha256::digest(model.canonical_json())));
            let one =
                model.contexts.iter().map(|(slug, context)| (slug.clone(), hex(&Sha256::digest(canonical(context)))));
            assert_eq!(digests.contexts, one.collect());
        }
    }
}
