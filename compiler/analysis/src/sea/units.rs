//! The units of a model: the built-in ones and those its modules declare.

use super::modules::Graph;
use crate::expr::{Units, number};
use crate::report;
use rust_decimal::Decimal;
use seac_model::Unit;
use seac_syntax::Diagnostic;
use seac_syntax::sea::ast::DeclarationKind as D;
use std::collections::{BTreeMap, BTreeSet};

const DIMENSIONS: &[&str] = &["Mass", "Length", "Volume", "Currency", "Time", "Count", "Temperature"];

/// Collects the units; one that is declared again must mean the same.
pub fn collect(graph: &Graph<'_>, closure: &[usize], out: &mut Vec<Diagnostic>) -> Units {
    let declarations = || closure.iter().flat_map(|at| &graph.modules[*at].tree.declarations);
    let mut units = seac_model::Unit::builtin();
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
        match units.get(unit.base.value.as_str()) {
            None => out.push(report::undeclared_unit(unit.base.span, "unit", &unit.base.value)),
            Some(base) if !base.dimension.eq_ignore_ascii_case(&unit.dimension.value) => {
                out.push(report::base_dimension(unit.base.span, &unit.base.value, &base.dimension));
            }
            Some(_) => {}
        }
        if number::parse(&unit.factor.value).is_some_and(|factor| factor <= Decimal::ZERO) {
            out.push(report::unit_factor(unit.factor.span, &unit.factor.value));
        }
        if in_circle(&unit.name.value, &units) {
            out.push(report::unit_circle(unit.name.span, &unit.name.value));
        }
    }
    Units::new(&units)
}

/// Whether a unit is built on itself by way of others.
fn in_circle(symbol: &str, units: &BTreeMap<String, Unit>) -> bool {
    let mut at = symbol;
    for _ in 0..units.len() {
        let Some(unit) = units.get(at).filter(|unit| unit.base != at) else { return false };
        at = &unit.base;
        if at == symbol {
            return true;
        }
    }
    false
}
