//! Mermaid: the context map, flows, states, and a sequence for each operation. Names are ours, labels are those of specs,
//! with every sign that Mermaid could take for its own as a code.

use super::diagram::{self, Graph, Sequence, Shape};
use super::{Options, Page};
use crate::EmitError;
use seac_model::Model;
use std::fmt::Write as _;

/// A file for each diagram.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    let diagrams = diagram::all(model, options);
    diagram::losses(model, options, &diagrams, page);
    let direction = options.text("direction");
    for diagram in diagrams {
        let text = match &diagram.shape {
            Shape::Graph(graph) => flowchart(graph, direction),
            Shape::States(graph) => states(graph),
            Shape::Sequence(parties) => sequence(parties),
        };
        page.file(&super::file_name(&diagram.name), text, diagram.origins)?;
    }
    Ok(())
}

fn flowchart(graph: &Graph, direction: &str) -> String {
    let mut text = format!("flowchart {direction}\n");
    for (place, label) in graph.nodes.iter().enumerate() {
        let _ = writeln!(text, "    n{place}[\"{}\"]", escaped(label));
    }
    for (from, to, label) in &graph.edges {
        let _ = writeln!(text, "    n{from} -->|\"{}\"| n{to}", escaped(label));
    }
    text
}

fn states(graph: &Graph) -> String {
    let mut text = "stateDiagram-v2\n".to_owned();
    for (place, label) in graph.nodes.iter().enumerate() {
        let _ = writeln!(text, "    state \"{}\" as s{place}", escaped(label));
    }
    if !graph.nodes.is_empty() {
        text.push_str("    [*] --> s0\n");
    }
    for (from, to, label) in &graph.edges {
        let _ = writeln!(text, "    s{from} --> s{to}: {}", escaped(label));
    }
    text
}

fn sequence(sequence: &Sequence) -> String {
    let mut text = "sequenceDiagram\n".to_owned();
    for (place, label) in sequence.parties.iter().enumerate() {
        let _ = writeln!(text, "    participant p{place} as {}", escaped(label));
    }
    for (from, to, what, answers) in &sequence.messages {
        let arrow = if *answers { "-->>" } else { "->>" };
        let _ = writeln!(text, "    p{from}{arrow}p{to}: {}", escaped(what));
    }
    text
}

/// Letters, digits, spaces and `_` stay; everything else becomes its code.
fn escaped(label: &str) -> String {
    let mut text = String::new();
    for letter in label.chars() {
        match letter {
            '_' | ' ' => text.push(letter),
            letter if letter.is_alphanumeric() => text.push(letter),
            letter if letter.is_control() => text.push(' '),
            letter => drop(write!(text, "#{};", u32::from(letter))),
        }
    }
    text
}
