//! The order of declarations: behind what they name, else by kind and name.

use super::complete::referred;
use super::facts::Declared;
use crate::assertion::Claim;
use crate::vocabulary::Ty;
use hashbrown::HashMap;
use seac_syntax::FileId;
use seac_syntax::sea::ast::{ExprKind, TypeExpr, TypeExprKind};
use seac_syntax::sea::{self, walk};
use std::collections::BTreeSet;

/// The declarations in the order of the model. They come by kind and name; of those that could come next the first is
/// taken, and in a circle the first of those that are left.
pub fn sorted<'d, 'a>(declarations: &'d [Declared<'a>]) -> Vec<&'d Declared<'a>> {
    let graph = Graph::of(declarations);
    let mut waits: Vec<usize> = graph.needs.iter().map(BTreeSet::len).collect();
    let mut ready: BTreeSet<usize> = (0..declarations.len()).filter(|at| waits[*at] == 0).collect();
    let mut left: BTreeSet<usize> = (0..declarations.len()).collect();
    let mut order = Vec::with_capacity(declarations.len());
    while let Some(next) = ready.pop_first().or_else(|| left.first().copied()) {
        ready.remove(&next);
        if !left.remove(&next) {
            continue;
        }
        order.push(&declarations[next]);
        for user in &graph.users[next] {
            waits[*user] = waits[*user].saturating_sub(1);
            if waits[*user] == 0 && left.contains(user) {
                ready.insert(*user);
            }
        }
    }
    order
}

/// Which declaration names which others.
struct Graph {
    needs: Vec<BTreeSet<usize>>,
    users: Vec<Vec<usize>>,
}

/// The places of declarations by their names.
type Names<'a> = HashMap<&'a str, Vec<usize>>;

impl Graph {
    fn of(declarations: &[Declared<'_>]) -> Self {
        let mut names: Names<'_> = HashMap::new();
        for (at, declared) in declarations.iter().enumerate() {
            // What has no name of its own is named by nobody.
            if let [name] = declared.subject.whole.names.as_slice() {
                names.entry(name.as_str()).or_default().push(at);
            }
        }
        let mut needs = Vec::with_capacity(declarations.len());
        let mut users = vec![Vec::new(); declarations.len()];
        for (at, declared) in declarations.iter().enumerate() {
            let mut named = BTreeSet::new();
            let mut add = |name: &str| named.extend(names.get(name).into_iter().flatten().copied());
            if declared.subject.whole.names.len() > 1 {
                declared.subject.whole.names.iter().for_each(|name| add(name));
            }
            for claim in declared.claims() {
                named_by(claim, &mut add);
            }
            // Those that begin alike are told apart by their order.
            named.extend(at.checked_sub(1).filter(|_| declared.subject.whole.ordinal > 1));
            named.remove(&at);
            for need in &named {
                users[*need].push(at);
            }
            needs.push(named);
        }
        Self { needs, users }
    }
}

/// The names in the object of a claim.
fn named_by(claim: &Claim, add: &mut dyn FnMut(&str)) {
    let text = claim.object.text();
    let predicate = claim.subject.item().kind.predicate(&claim.predicate);
    match predicate.map(|predicate| predicate.ty) {
        Some(Ty::Name | Ty::Word) => add(text),
        Some(Ty::Type) => {
            if let (Some(ty), _) = sea::parse_type(FileId(0), text, 0) {
                type_names(&ty, add);
            }
        }
        Some(Ty::Governed | Ty::Effect) => text.split(' ').for_each(add),
        Some(Ty::Expression) => {
            let (expr, _) = sea::parse_expression(FileId(0), text, 0);
            walk::expression(&expr, &mut |expr| match &expr.kind {
                ExprKind::Path(path) => path.first().into_iter().for_each(|name| add(&name.value)),
                ExprKind::Instance { id, .. } | ExprKind::Role(id) => add(&id.value),
                _ => {}
            });
        }
        _ => {}
    }
}

fn type_names(ty: &TypeExpr, add: &mut dyn FnMut(&str)) {
    match &ty.kind {
        TypeExprKind::Named(name) | TypeExprKind::Quantity(name) => add(&name.value),
        TypeExprKind::List(inner) => type_names(inner, add),
        TypeExprKind::Ref(_) => referred(ty).into_iter().for_each(add),
        TypeExprKind::Missing => {}
    }
}
