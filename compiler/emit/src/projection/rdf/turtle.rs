//! The graph as Turtle. Things without an IRI stand where they are used, so that no label has to be made up.

use super::{Node, PREFIXES, Term};

/// The whole document.
pub fn print(root: &Node) -> String {
    let mut text = String::new();
    for (prefix, iri) in PREFIXES {
        text.push_str(&format!("@prefix {prefix}: <{iri}> .\n"));
    }
    // Things with an IRI are statements of their own, in the order in which they are met.
    let mut open: Vec<&Node> = vec![root];
    while let Some(node) = open.pop() {
        text.push_str(&format!("\n<{}>", node.iri.as_deref().unwrap_or_default()));
        let mut met = Vec::new();
        properties(&mut text, node, 1, &mut met);
        text.push_str(" .\n");
        open.extend(met.into_iter().rev());
    }
    text
}

fn properties<'n>(text: &mut String, node: &'n Node, depth: usize, met: &mut Vec<&'n Node>) {
    let indent = "    ".repeat(depth);
    let mut first = true;
    let mut begin = |text: &mut String, property: &str| {
        text.push_str(if first { "\n" } else { " ;\n" });
        first = false;
        text.push_str(&format!("{indent}{property} "));
    };
    if !node.types.is_empty() {
        begin(text, "a");
        text.push_str(&node.types.join(", "));
    }
    for (property, value) in &node.properties {
        begin(text, property);
        term(text, value, depth, met);
    }
}

fn term<'n>(text: &mut String, value: &'n Term, depth: usize, met: &mut Vec<&'n Node>) {
    match value {
        Term::Name(name) => text.push_str(name),
        Term::Iri(iri) => text.push_str(&format!("<{iri}>")),
        Term::Text(literal) => quoted(text, literal),
        Term::Integer(number) => text.push_str(number),
        Term::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Term::Node(node) => match &node.iri {
            Some(iri) => {
                text.push_str(&format!("<{iri}>"));
                met.push(node);
            }
            None => {
                text.push('[');
                properties(text, node, depth + 1, met);
                text.push_str(" ]");
            }
        },
        Term::List(items) => {
            text.push('(');
            for item in items {
                text.push(' ');
                term(text, item, depth, met);
            }
            text.push_str(" )");
        }
    }
}

fn quoted(text: &mut String, literal: &str) {
    text.push('"');
    for letter in literal.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            letter if letter.is_control() => text.push_str(&format!("\\u{:04X}", u32::from(letter))),
            letter => text.push(letter),
        }
    }
    text.push('"');
}
