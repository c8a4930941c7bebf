//! D2: the same diagrams as for Mermaid. Names are ours, labels are quoted.

use super::diagram::{self, Graph, Sequence, Shape};
use super::{Options, Page};
use crate::EmitError;
use seac_model::Model;
use std::fmt::Write as _;

/// A file for each diagram.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    let diagrams = diagram::all(model, options);
    diagram::losses(model, options, &diagrams, page);
    for diagram in diagrams {
        let text = match &diagram.shape {
            Shape::Graph(graph) => format!("direction: {}\n{}", options.text("direction"), boxes(graph, "n")),
            Shape::States(graph) => states(graph),
            Shape::Sequence(parties) => sequence(parties),
        };
        page.file(&super::file_name(&diagram.name), text, diagram.origins)?;
    }
    Ok(())
}

fn boxes(graph: &Graph, prefix: &str) -> String {
    let mut text = String::new();
    for (place, label) in graph.nodes.iter().enumerate() {
        let _ = writeln!(text, "{prefix}{place}: {}", quoted(label));
    }
    for (from, to, label) in &graph.edges {
        let _ = writeln!(text, "{prefix}{from} -> {prefix}{to}: {}", quoted(label));
    }
    text
}

fn states(graph: &Graph) -> String {
    let begin = if graph.nodes.is_empty() { "" } else { "begin: \"\" { shape: circle }\nbegin -> s0\n" };
    format!("{begin}{}", boxes(graph, "s"))
}

fn sequence(sequence: &Sequence) -> String {
    let mut text = "shape: sequence_diagram\n".to_owned();
    for (place, label) in sequence.parties.iter().enumerate() {
        let _ = writeln!(text, "p{place}: {}", quoted(label));
    }
    for (from, to, what, answers) in &sequence.messages {
        let style = if *answers { " { style.stroke-dash: 4 }" } else { "" };
        let _ = writeln!(text, "p{from} -> p{to}: {}{style}", quoted(what));
    }
    text
}

/// A text in double quotes; a line break is a space, `$` begins no substitution.
fn quoted(label: &str) -> String {
    let mut text = String::from("\"");
    for letter in label.chars() {
        match letter {
            '"' | '\\' | '$' => text.extend(['\\', letter]),
            letter if letter.is_control() => text.push(' '),
            letter => text.push(letter),
        }
    }
    text.push('"');
    text
}
