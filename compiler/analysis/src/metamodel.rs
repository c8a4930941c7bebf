//! The metamodel of a compiler: its names are unique, and what it refers to is there.

mod claims;
mod cli;
mod projection;

use crate::load::{ContextInput, origin};
use crate::report;
use seac_model::metamodel::{Format, GapKind, Key, KeyType, Lint, Metamodel, Rule, Shape, SimpleType, Vocabulary};
use seac_syntax::sds::ast::{Scalar, ScalarKind, Text};
use seac_syntax::sds::{metamodel as sds, words};
use seac_syntax::{Diagnostic, Sources, Span};
use std::collections::BTreeMap;

/// How deep types of keys may be nested.
const MAX_DEPTH: usize = 16;

/// Lowers the metamodel of a context, if it has one.
pub fn lower(sources: &Sources, input: &ContextInput, out: &mut Vec<Diagnostic>) -> Option<Metamodel> {
    let written = input.sds.metamodel.as_deref()?;
    unique("vocabulary", written.vocabularies.iter().map(|item| &item.name), out);
    unique("shape", written.shapes.iter().map(|item| &item.name), out);
    unique("code", written.diagnostics.iter().map(|item| &item.code), out);
    unique("rule", written.diagnostics.iter().map(|item| &item.name), out);
    unique("kind of gap", written.gaps.iter().map(|item| &item.name), out);
    unique("format", written.formats.iter().map(|item| &item.name), out);
    unique("projection", written.projections.iter().map(|item| &item.name), out);
    unique("lint", written.lints.iter().map(|item| &item.code), out);
    unique("subject", written.claims.iter().map(|item| &item.name), out);
    let names = Names::of(&written.shapes, &written.vocabularies, Use::Yaml);
    Some(Metamodel {
        vocabularies: written.vocabularies.iter().map(vocabulary).collect(),
        shapes: written.shapes.iter().map(|item| shape(item, &names, out)).collect(),
        rules: written.diagnostics.iter().map(|item| rule(item, out)).collect(),
        gaps: written.gaps.iter().map(|item| gap(item, out)).collect(),
        cli: written.cli.as_ref().map(|cli| cli::lower(cli, out)),
        formats: written.formats.iter().filter_map(|item| format(item, out)).collect(),
        lints: written.lints.iter().filter_map(|item| lint(item, &written.diagnostics, out)).collect(),
        projections: written
            .projections
            .iter()
            .map(|item| projection::lower(item, &written.vocabularies, out))
            .collect(),
        claims: claims::lower(&written.claims, out),
        origin: origin(sources, written.span),
    })
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a Text>, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for name in names {
        match seen.get(name.value.as_str()) {
            Some(first) => out.push(report::declared_twice(what, &name.value, name.span, what, *first)),
            None => {
                seen.insert(&name.value, name.span);
            }
        }
    }
}

fn vocabulary(written: &sds::Vocabulary) -> Vocabulary {
    let words = written.words.iter().map(|word| word.value.to_string()).collect();
    Vocabulary { name: written.name.value.to_string(), doc: written.doc.value.to_string(), words }
}

fn shape(written: &sds::Shape, names: &Names<'_>, out: &mut Vec<Diagnostic>) -> Shape {
    unique("key", written.keys.iter().map(|key| &key.name), out);
    Shape {
        name: written.name.value.to_string(),
        what: written.what.value.to_string(),
        keys: written.keys.iter().filter_map(|item| key(item, names, out)).collect(),
    }
}

fn key(written: &sds::Key, names: &Names<'_>, out: &mut Vec<Diagnostic>) -> Option<Key> {
    let ty = names.parse(&written.ty, &written.ty.value, 0, out)?;
    let default = written.default.as_ref().map(json);
    Some(Key {
        name: written.name.value.to_string(),
        ty,
        required: written.required,
        default,
        doc: written.doc.value.to_string(),
    })
}

fn json(scalar: &Scalar) -> String {
    match &scalar.kind {
        ScalarKind::Null => "null".to_owned(),
        ScalarKind::Bool(value) => value.to_string(),
        ScalarKind::Number(text) => text.clone(),
        ScalarKind::String(text) => serde_json::Value::from(text.as_str()).to_string(),
    }
}

fn rule(written: &sds::Rule, out: &mut Vec<Diagnostic>) -> Rule {
    expect(&written.severity, words::RULE_SEVERITIES, out);
    Rule {
        code: written.code.value.to_string(),
        name: written.name.value.to_string(),
        severity: written.severity.value.to_string(),
        title: written.title.value.to_string(),
        why: written.why.value.to_string(),
        failing: written.failing.value.to_string(),
        mended: written.mended.value.to_string(),
    }
}

fn gap(written: &sds::Gap, out: &mut Vec<Diagnostic>) -> GapKind {
    expect(&written.severity, words::SEVERITIES, out);
    GapKind {
        name: written.name.value.to_string(),
        severity: written.severity.value.to_string(),
        title: written.title.value.to_string(),
        why: written.why.value.to_string(),
    }
}

fn lint(written: &sds::Lint, rules: &[sds::Rule], out: &mut Vec<Diagnostic>) -> Option<Lint> {
    expect(&written.group, words::LINT_GROUPS, out);
    expect(&written.warn, words::LINT_LEVELS, out);
    expect(&written.strict, words::LINT_LEVELS, out);
    let Some(rule) = rules.iter().find(|rule| rule.code.value == written.code.value) else {
        let known = rules.iter().map(|rule| rule.code.value.as_str());
        out.push(report::unknown("code", &written.code.value, written.code.span, known));
        return None;
    };
    Some(Lint {
        code: written.code.value.to_string(),
        name: rule.name.value.to_string(),
        title: rule.title.value.to_string(),
        group: written.group.value.to_string(),
        levels: vec![("warn", written.warn.value.to_string()), ("strict", written.strict.value.to_string())],
    })
}

fn format(written: &sds::Format, out: &mut Vec<Diagnostic>) -> Option<Format> {
    unique("vocabulary", written.vocabularies.iter().map(|item| &item.name), out);
    unique("shape", written.shapes.iter().map(|item| &item.name), out);
    let names = Names::of(&written.shapes, &written.vocabularies, Use::Format);
    let Ok(version) = u32::try_from(written.version.value) else {
        out.push(report::mismatch(written.version.span, "a version", &written.version.value.to_string()));
        return None;
    };
    Some(Format {
        name: written.name.value.to_string(),
        doc: written.doc.value.to_string(),
        file: written.file.value.to_string(),
        version,
        vocabularies: written.vocabularies.iter().map(vocabulary).collect(),
        shapes: written.shapes.iter().map(|item| shape(item, &names, out)).collect(),
    })
}

fn expect(written: &Text, words: &[&str], out: &mut Vec<Diagnostic>) {
    if !words.contains(&written.value.as_str()) {
        out.push(report::word(written.span, &written.value, words));
    }
}

/// What the shapes are for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// SDS YAML.
    Yaml,
    /// A file that is written and read again, in JSON.
    Format,
}

impl Use {
    fn simple(self) -> impl Iterator<Item = (&'static str, SimpleType)> {
        let in_json = |ty| matches!(ty, SimpleType::Text | SimpleType::Flag | SimpleType::Count);
        SimpleType::ALL.into_iter().filter(move |(_, ty)| self == Self::Yaml || in_json(*ty))
    }

    fn compound(self) -> &'static [&'static str] {
        match self {
            Self::Yaml => &["free", "list", "either", "word", "map", "oneKey"],
            Self::Format => &["list", "word", "map", "row"],
        }
    }
}

/// What types of keys can refer to.
struct Names<'a> {
    shapes: Vec<&'a str>,
    vocabularies: Vec<&'a str>,
    used: Use,
}

impl<'a> Names<'a> {
    fn of(shapes: &'a [sds::Shape], vocabularies: &'a [sds::Vocabulary], used: Use) -> Self {
        let shapes = shapes.iter().map(|item| item.name.value.as_str()).collect();
        let vocabularies = vocabularies.iter().map(|item| item.name.value.as_str()).collect();
        Self { shapes, vocabularies, used }
    }

    /// `list<map<ENTITY>>`, at most [`MAX_DEPTH`] deep.
    fn parse(&self, place: &Text, text: &str, depth: usize, out: &mut Vec<Diagnostic>) -> Option<KeyType> {
        let text = text.trim();
        let Some((word, rest)) = text.split_once('<') else {
            let found = self.used.simple().find(|(word, _)| *word == text);
            if found.is_none() {
                out.push(report::unknown("type", text, place.span, self.used.simple().map(|(word, _)| word)));
            }
            return found.map(|(_, simple)| KeyType::Simple(simple));
        };
        let Some(inner) = rest.strip_suffix('>').filter(|_| depth < MAX_DEPTH) else {
            out.push(report::unknown("type", text, place.span, []));
            return None;
        };
        if !self.used.compound().contains(&word) {
            out.push(report::unknown("type", word, place.span, self.used.compound().iter().copied()));
            return None;
        }
        let mut part = |text: &str| self.parse(place, text, depth + 1, out).map(Box::new);
        match word {
            "free" => Some(KeyType::Free(part(inner)?)),
            "list" => Some(KeyType::List(part(inner)?)),
            "either" => {
                let (first, second) = halves(inner);
                Some(KeyType::Either(part(first)?, part(second)?))
            }
            "word" => declared("vocabulary", inner, &self.vocabularies, place, out).map(KeyType::Word),
            "map" => declared("shape", inner, &self.shapes, place, out).map(KeyType::Map),
            "row" => declared("shape", inner, &self.shapes, place, out).map(KeyType::Row),
            _ => declared("shape", inner, &self.shapes, place, out).map(KeyType::OneKey),
        }
    }
}

fn declared(what: &str, name: &str, known: &[&str], place: &Text, out: &mut Vec<Diagnostic>) -> Option<String> {
    if known.contains(&name) {
        return Some(name.to_owned());
    }
    out.push(report::unknown(what, name, place.span, known.iter().copied()));
    None
}

/// The two sides of the comma that stands in no brackets.
fn halves(text: &str) -> (&str, &str) {
    let mut depth = 0_i32;
    for (at, letter) in text.char_indices() {
        match letter {
            '<' => depth += 1,
            '>' => depth -= 1,
            ',' if depth == 0 => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}
