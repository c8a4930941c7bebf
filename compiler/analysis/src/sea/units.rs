//! The units of a model: the built-in ones and those its modules declare.

use super::modules::Graph;
use crate::expr::Units;
use crate::report;
use seac_syntax::Diagnostic;
use seac_syntax::sea::ast::DeclarationKind as D;
use std::collections::BTreeSet;

const DIMENSIONS: &[&str] = &["Mass", "Length", "Volume", "Currency", "Time", "Count", "Temperature"];

/// Collects the units; one that is declared again must mean the same.
pub fn collect(graph: &Graph<'_>, closure: &[usize], out: &mut Vec<Diagnostic>) -> Units {
    let declarations = || closure.iter().flat_map(|at| &graph.modules[*at].tree.declarations);
    let mut units = crate::types::builtin_units();
    crate::types::declare_units(declarations(), &mut units, out);
    let declared = declarations().filter_map(|declaration| match &declaration.kind {
        D::Dimension(name) => Some(name.value.as_str()),
        _ => None,
    });
    let dimensions: BTreeSet<&str> = DIMENSIONS.iter().copied().chain(declared).collect();
    for declaration in declarations() {
        let D::Unit(unit) = &declaration.kind else { continue };
        if !dimensions.iter().any(|known| known.eq_ignore_ascii_case(&unit.dimension.value)) {
            out.push(report::undeclared_unit(unit.dimension.span, "dimension", &unit.dimension.value));
        }
        if !units.contains_key(&unit.base.value) {
            out.push(report::undeclared_unit(unit.base.span, "unit", &unit.base.value));
        }
    }
    Units::new(&units)
}
