//! Who may do what, and under which policies, said in comments.

use super::items::Doc;
use seac_model::{Context, Modality, Operation, Stage, TypeId};

/// What governs an operation.
pub fn operation(operation: &Operation, doc: &mut Doc) {
    doc.line("");
    match operation.roles.as_slice() {
        [] => doc.line("Anybody may call it."),
        roles => {
            let roles: Vec<String> = roles.iter().map(TypeId::to_string).collect();
            doc.line(&format!("Callers hold one of: {}.", roles.join(", ")));
        }
    }
    for bound in &operation.policies {
        let stage = match bound.stage {
            Stage::Precondition => "before",
            Stage::Invariant => "before and after",
            Stage::Postcondition => "after",
        };
        doc.line(&format!("{} {} ({stage}), or `{}`.", modality(bound.modality), bound.policy, bound.code));
        if let Some(rationale) = &bound.rationale {
            doc.line(&format!("  {rationale}"));
        }
    }
}

/// What the operations of a context do with an entity.
pub fn entity(context: &Context, name: &str, doc: &mut Doc) {
    let about = |operation: &&Operation| operation.effect.entity().is_some_and(|entity| entity.name == name);
    let mut policies: Vec<String> = context
        .operations
        .values()
        .filter(about)
        .flat_map(|operation| &operation.policies)
        .map(|bound| bound.policy.to_string())
        .collect();
    policies.sort();
    policies.dedup();
    if !policies.is_empty() {
        doc.line(&format!("Governed by: {}.", policies.join(", ")));
    }
}

/// What stands above the file of a context: its roles, its policies, and the controls its evidence speaks to.
pub fn context(context: &Context) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, role) in &context.roles {
        lines.push(match &role.doc {
            Some(doc) => format!("Role {name}: {doc}"),
            None => format!("Role {name}."),
        });
    }
    for (name, policy) in &context.policies {
        lines.push(format!("{} {name}: {}", modality(policy.modality), policy.expression));
    }
    let mut controls: Vec<&str> = context
        .connectors
        .values()
        .flat_map(|connector| &connector.cases)
        .flat_map(|case| &case.controls)
        .map(String::as_str)
        .collect();
    controls.sort_unstable();
    controls.dedup();
    if !controls.is_empty() {
        lines.push(format!("Controls: {}.", controls.join(", ")));
    }
    lines
}

fn modality(modality: Modality) -> &'static str {
    match modality {
        Modality::Obligation => "Obligation",
        Modality::Prohibition => "Prohibition",
        Modality::Permission => "Permission",
    }
}
