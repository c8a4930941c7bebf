//! Who may call what, as a document for people.

use crate::scope::Scope;
use seac_model::{Direction, Operation, TypeId};
use std::collections::BTreeSet;

/// The operations that callers reach, each with the roles that may call it; everybody may if there are none.
pub fn reached<'a>(scope: &Scope<'a>) -> Vec<(&'a String, &'a Operation)> {
    scope.context.operations.iter().filter(|(_, operation)| operation.http.is_some()).collect()
}

/// The roles of a context, and those of others that may call something of it.
pub fn roles(scope: &Scope<'_>) -> BTreeSet<String> {
    let own = scope.context.roles.keys().map(|role| format!("{}.{role}", scope.slug));
    let foreign = scope.context.operations.values().flat_map(|operation| &operation.roles).map(TypeId::to_string);
    own.chain(foreign).collect()
}

/// The matrix of a context in Markdown; none if nobody can call anything of it.
pub fn document(scope: &Scope<'_>) -> Option<String> {
    let (reached, roles) = (reached(scope), roles(scope));
    if reached.is_empty() {
        return None;
    }
    let mut text = format!("# Who may call what in {}\n\n", cell(&scope.context.title));
    let rows = reached.into_iter().map(|(name, operation)| {
        let allowed: BTreeSet<String> = operation.roles.iter().map(TypeId::to_string).collect();
        let mark = |may: bool| if may { "yes" } else { "no" }.to_owned();
        let marks = roles.iter().map(|role| mark(allowed.is_empty() || allowed.contains(role)));
        let policies: Vec<String> = operation.policies.iter().map(|policy| cell(&policy.policy.name)).collect();
        row([cell(name), mark(allowed.is_empty())].into_iter().chain(marks).chain([policies.join(", ")]))
    });
    let heads = ["operation", "everybody"].map(str::to_owned).into_iter().chain(roles.iter().map(|role| cell(role)));
    text.push_str(&row(heads.chain(["and only if".to_owned()])));
    text.push_str(&row(std::iter::repeat_n("---".to_owned(), roles.len() + 3)));
    text.extend(rows);
    text.push_str(&unreached(scope));
    Some(text)
}

/// Operations that no caller reaches.
fn unreached(scope: &Scope<'_>) -> String {
    let others = scope.context.operations.iter().filter(|(_, operation)| operation.http.is_none());
    let lines: String = others
        .map(|(name, operation)| {
            let why = match operation.direction {
                Direction::Outbound => "others carry it out",
                _ => "runs on events alone",
            };
            format!("- {}: {why}\n", cell(name))
        })
        .collect();
    if lines.is_empty() { lines } else { format!("\nNo caller reaches these:\n\n{lines}") }
}

/// A row of a table.
fn row(cells: impl Iterator<Item = String>) -> String {
    let cells: String = cells.map(|cell| format!(" {cell} |")).collect();
    format!("|{cells}\n")
}

/// A text within a table.
fn cell(text: &str) -> String {
    let mut cell = String::new();
    for letter in text.chars() {
        match letter {
            '|' | '*' | '_' | '`' | '<' | '[' | '\\' => cell.extend(['\\', letter]),
            letter if letter.is_control() => cell.push(' '),
            letter => cell.push(letter),
        }
    }
    cell
}
