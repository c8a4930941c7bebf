//! Names that are equal under NFC, but are other bytes: nobody can see that they are two.

use super::{Kind, Parser};
use crate::report;
use crate::source::Span;
use std::collections::BTreeMap;
use unicode_normalization::{UnicodeNormalization, is_nfc};

impl Parser<'_> {
    /// Warns once for each spelling of a name that is not the first one.
    pub(super) fn warn_of_look_alikes(&mut self) {
        if self.text.is_ascii() {
            return;
        }
        // By composed form: the spellings, with the first place of each.
        let mut names: BTreeMap<String, BTreeMap<&str, Span>> = BTreeMap::new();
        for token in &self.tokens {
            let text = self.text_of(*token);
            if !text.is_ascii() && matches!(token.kind, Kind::Ident | Kind::Str) {
                names.entry(text.nfc().collect()).or_default().entry(text).or_insert_with(|| self.span_of(*token));
            }
        }
        for (normal, spellings) in names.into_iter().filter(|(_, spellings)| spellings.len() > 1) {
            let best = spellings.iter().min_by_key(|(text, span)| (!is_nfc(text), **span)).map(|(_, span)| *span);
            for (text, span) in &spellings {
                if let Some(best) = best.filter(|best| best != span) {
                    self.diagnostics.push(report::unnormalised_name(*span, best, text, normal.clone()));
                }
            }
        }
    }
}
