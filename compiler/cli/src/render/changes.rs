//! Differences between models, as people and programs read them.

use anstyle::{AnsiColor, Style};
use seac_syntax::sea::diff::{Change, Class, Side};
use seac_syntax::{Position, Sources};
use serde::Serialize;
use std::collections::BTreeMap;

const GOES: Style = AnsiColor::BrightRed.on_default();
const COMES: Style = AnsiColor::BrightGreen.on_default();
const BOLD: Style = Style::new().bold();

/// One paragraph per difference and a line that counts them.
pub fn human(sources: &Sources, changes: &[Change]) -> String {
    let mut text: String = changes.iter().map(|change| paragraph(sources, change)).collect();
    let counts = counts(changes);
    let counted: Vec<String> =
        Class::ALL.iter().rev().filter_map(|class| Some(format!("{} {class}", counts.get(class)?))).collect();
    text.push_str(&if counted.is_empty() { "no difference\n".to_owned() } else { format!("{}\n", counted.join(", ")) });
    text
}

fn paragraph(sources: &Sources, change: &Change) -> String {
    let facet = if change.facet.is_empty() { String::new() } else { format!(", {}", change.facet) };
    let name = if change.name.is_empty() { String::new() } else { format!(" {}", change.name) };
    let mut text = format!("{BOLD}{}{BOLD:#}: {}{name}{facet} is {}\n", change.class, change.kind, verb(change));
    for (mark, style, side) in [('-', GOES, &change.before), ('+', COMES, &change.after)] {
        if let Some(side) = side {
            let (path, at) = place(sources, side);
            text.push_str(&format!("  --> {path}:{}:{}\n", at.line, at.column));
            for line in side.text.lines().filter(|line| !line.is_empty()) {
                text.push_str(&format!("    {style}{mark} {}{style:#}\n", visible(line)));
            }
        }
    }
    text.push('\n');
    text
}

/// Control characters would change how the line reads.
fn visible(line: &str) -> String {
    line.chars().flat_map(|c| if c.is_control() { c.escape_unicode().collect() } else { vec![c] }).collect()
}

fn verb(change: &Change) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    }
}

fn place<'s>(sources: &'s Sources, side: &Side) -> (&'s str, Position) {
    let file = sources.get(side.span.file);
    (&file.path, file.position(side.span.start))
}

fn counts(changes: &[Change]) -> BTreeMap<Class, usize> {
    let mut counts = BTreeMap::new();
    for change in changes {
        *counts.entry(change.class).or_insert(0) += 1;
    }
    counts
}

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    heaviest: Option<Class>,
    changes: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    class: Class,
    change: &'static str,
    kind: &'a str,
    name: &'a str,
    /// Missing for a declaration as a whole.
    facet: Option<&'a str>,
    before: Option<Place<'a>>,
    after: Option<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    text: &'a str,
}

/// The differences as one indented document.
pub fn json(sources: &Sources, changes: &[Change]) -> String {
    let rows = changes.iter().map(|change| Row {
        class: change.class,
        change: verb(change),
        kind: change.kind,
        name: &change.name,
        facet: Some(change.facet.as_str()).filter(|facet| !facet.is_empty()),
        before: change.before.as_ref().map(|side| located(sources, side)),
        after: change.after.as_ref().map(|side| located(sources, side)),
    });
    let heaviest = changes.iter().map(|change| change.class).max();
    let document = Document { format: 1, heaviest, changes: rows.collect() };
    let text = serde_json::to_string_pretty(&document).expect("strings and numbers always serialise");
    format!("{text}\n")
}

fn located<'a>(sources: &'a Sources, side: &'a Side) -> Place<'a> {
    let (path, at) = place(sources, side);
    Place { path, line: at.line, column: at.column, text: &side.text }
}
