//! What a context declares that no service is made from: kept as canonical texts, for other formats.

use crate::load::{ContextInput, origin};
use crate::types::doc;
use seac_model::{Context, Element};
use seac_syntax::sea::ast::{Declaration, DeclarationKind as D};
use seac_syntax::{Sources, sea};

/// Adds what the models of a context declare besides types, roles, policies, operations and flows, and what these
/// declarations say beyond their place in the model.
pub fn declare(sources: &Sources, input: &ContextInput, context: &mut Context) {
    for declaration in input.sea.iter().flat_map(|file| &file.declarations) {
        // The model holds all of them.
        if matches!(declaration.kind, D::Unit(_) | D::Flow(_) | D::Record(_) | D::Enum(_) | D::Operation(_)) {
            continue;
        }
        let element = element(sources, declaration);
        if !element.is_remark() || !element.facets.is_empty() {
            context.elements.push(element);
        }
    }
    context.elements.sort();
}

fn element(sources: &Sources, declaration: &Declaration) -> Element {
    let sea::diff::Facets { keyword, name, mut facets } = sea::diff::facets(declaration);
    // Who may import it was settled when names were resolved.
    facets.remove("exported");
    facets.remove("doc");
    let mut element =
        Element { keyword: keyword.to_owned(), name, doc: None, facets, origin: origin(sources, declaration.span) };
    if element.is_remark() {
        element.facets.retain(|facet, _| is_beyond_the_model(facet));
    } else {
        element.doc = doc(declaration.docs.as_deref());
    }
    element
}

/// Whether the model has no place for this part of a declaration that it holds.
fn is_beyond_the_model(facet: &str) -> bool {
    let annotation = facet.starts_with('@') && !matches!(facet, "@rationale" | "@tags");
    annotation || matches!(facet, "version" | "domain")
}
