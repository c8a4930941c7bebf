//! Projections: each says of every kind of element what becomes of it, once.

use super::{expect, unique};
use crate::report;
use seac_model::metamodel::projection::{OptionType, Projection, ProjectionOption, Row};
use seac_syntax::Diagnostic;
use seac_syntax::sds::ast::{ScalarKind, Text};
use seac_syntax::sds::{metamodel as sds, words};

/// The vocabulary of kinds of element.
const KINDS: &str = "PROJECTED";

/// Lowers a projection.
pub fn lower(written: &sds::Projection, vocabularies: &[sds::Vocabulary], out: &mut Vec<Diagnostic>) -> Projection {
    unique("option", written.options.iter().map(|option| &option.name), out);
    let named = || written.mapping.iter().flat_map(|row| &row.elements);
    unique("element of a mapping", named(), out);
    let kinds = vocabularies.iter().find(|vocabulary| vocabulary.name.value == KINDS);
    let kinds: Vec<&Text> = kinds.iter().flat_map(|kinds| &kinds.words).collect();
    for element in named().filter(|element| !kinds.iter().any(|kind| kind.value == element.value)) {
        let known = kinds.iter().map(|kind| kind.value.as_str());
        out.push(report::unknown("kind of element", &element.value, element.span, known));
    }
    for kind in kinds.iter().filter(|kind| !named().any(|element| element.value == kind.value)) {
        out.push(report::unmapped(written.name.span, &written.name.value, &kind.value));
    }
    Projection {
        name: written.name.value.to_string(),
        title: written.title.value.to_string(),
        doc: written.doc.value.to_string(),
        extension: written.extension.value.to_string(),
        standard: written.standard.value.to_string(),
        validator: written.validator.value.to_string(),
        options: written.options.iter().map(|item| option(item, out)).collect(),
        mapping: written.mapping.iter().map(row).collect(),
    }
}

fn option(written: &sds::ProjectionOption, out: &mut Vec<Diagnostic>) -> ProjectionOption {
    expect(&written.ty, words::OPTION_TYPES, out);
    let ty = match written.ty.value.as_str() {
        "flag" => OptionType::Flag,
        "words" => OptionType::Words(written.words.iter().map(|word| word.value.to_string()).collect()),
        _ => OptionType::Text,
    };
    let default = written.default.as_ref().and_then(|default| match &default.kind {
        ScalarKind::Null => None,
        ScalarKind::Bool(value) => Some(value.to_string()),
        ScalarKind::Number(text) | ScalarKind::String(text) => Some(text.clone()),
    });
    let (name, doc) = (written.name.value.to_string(), written.doc.value.to_string());
    ProjectionOption { name, ty, default, doc }
}

fn row(written: &sds::ProjectionRow) -> Row {
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.value.to_string());
    Row {
        elements: written.elements.iter().map(|element| element.value.to_string()).collect(),
        becomes: text(&written.becomes),
        lost: text(&written.lost),
    }
}
