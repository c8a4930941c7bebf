//! Defaults of fields: what stands where nothing is given satisfies the constraints of its field.

use super::environment::{Derivations, ModelEnvironment};
use super::fields::{self, TypeScope};
use super::modules::{Graph, StandIn};
use super::names::{Found, Kind, Names};
use super::world::World;
use crate::expr::NodeKind;
use crate::expr::check::{Checker, Memos};
use crate::report;
use seac_syntax::Diagnostic;
use seac_syntax::sea::ast::{DeclarationKind as D, Field};

/// Looks at the defaults of all entities and records. What is no value of the field's type is reported elsewhere.
pub fn check<'a>(
    graph: &'a Graph<'a>,
    closure: &[usize],
    names: &Names<'a>,
    world: &World<'a>,
    out: &mut Vec<Diagnostic>,
) {
    let derivations = Derivations::default();
    for at in closure {
        let module = &graph.modules[*at];
        if matches!(module.stand_in, Some(StandIn::Other(_))) {
            continue;
        }
        let environment = ModelEnvironment::new(world, names, *at, &derivations);
        let types = TypeScope { names, module: *at, units: &world.units };
        let pattern = |name: &str| match names.find(*at, Kind::Pattern, name) {
            Found::One(id) => world.patterns.get(names.symbols[id as usize].index as usize).copied(),
            _ => None,
        };
        for declaration in &module.tree.declarations {
            let written: &[Field] = match &declaration.kind {
                D::Entity(entity) => entity.fields.as_deref().unwrap_or_default(),
                D::Record(record) => &record.fields,
                _ => continue,
            };
            for field in written {
                let Some(default) = &field.default else { continue };
                if field.constraints.is_empty() {
                    continue;
                }
                let (mut memos, mut ignored) = (Memos::default(), Vec::new());
                let ty = types.resolve(&field.ty);
                let node = Checker::new(&environment, 0, &mut memos, &mut ignored).literal(default, &ty);
                let NodeKind::Const(value) = node.kind else { continue };
                let checks = field.constraints.iter().filter_map(|constraint| fields::check(constraint, &pattern));
                for reason in checks.filter_map(|check| check.fails(&value)) {
                    out.push(report::instance_field_value(default.span, &field.name.value, &reason, field.name.span));
                }
            }
        }
    }
}
