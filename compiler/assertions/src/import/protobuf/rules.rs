//! Rules of protovalidate on a field, as the text of a `.proto` file has them.

use prost_types::uninterpreted_option::NamePart;
use prost_types::{FieldDescriptorProto, UninterpretedOption};

/// Rules and the constraints they are.
const CONSTRAINTS: &[(&str, &str)] = &[
    ("min_len", "min_length"),
    ("max_len", "max_length"),
    ("pattern", "pattern"),
    ("gte", "min"),
    ("lte", "max"),
    ("gt", "exclusive_min"),
    ("lt", "exclusive_max"),
    ("min_items", "min_items"),
    ("max_items", "max_items"),
];

/// What rules say of a field.
#[derive(Debug, Default)]
pub struct Rules {
    /// Constraints with their values, as literals.
    pub constraints: Vec<(&'static str, String)>,
    /// The text is a UUID.
    pub uuid: bool,
    /// It has to be there.
    pub required: bool,
    /// The unit of a quantity.
    pub unit: Option<String>,
    /// What else is said.
    pub other: Vec<String>,
}

impl Rules {
    pub fn of(field: &FieldDescriptorProto) -> Self {
        let mut rules = Self::default();
        for option in field.options.iter().flat_map(|options| &options.uninterpreted_option) {
            let path: Vec<&str> = option.name.iter().map(|part: &NamePart| part.name_part.as_str()).collect();
            match path.as_slice() {
                ["buf.validate.field", rest @ ..] => rules.option(rest, option),
                _ => rules.other.push(path.join(".")),
            }
        }
        rules
    }

    /// The dimension of the unit, which `seac project` writes into a comment: `In kWh (Energy).`
    pub fn dimension<'c>(&self, comment: &'c str) -> Option<&'c str> {
        let line = comment.lines().find(|line| self.is_told(line))?;
        line.split_once('(')?.1.strip_suffix(").")
    }

    /// Whether a line of a comment says no more than a rule, as `seac project` writes it beside them.
    pub fn is_told(&self, line: &str) -> bool {
        self.unit.as_ref().is_some_and(|unit| line.starts_with(&format!("In {unit}")))
    }

    fn option(&mut self, path: &[&str], option: &UninterpretedOption) {
        if let Some(aggregate) = &option.aggregate_value {
            return self.aggregate(path, aggregate);
        }
        let text = option.string_value.as_ref().map(|text| crate::subject::quoted(&String::from_utf8_lossy(text)));
        let number = option.positive_int_value.map(|number| number.to_string());
        let number = number.or(option.negative_int_value.map(|number| number.to_string()));
        let value = text.or(number).or(option.identifier_value.clone()).unwrap_or_default();
        self.rule(path.last().copied().unwrap_or_default(), &value);
    }

    /// `{ name: value … }`; of what is nested in it, only the unit of a quantity is looked for.
    fn aggregate(&mut self, path: &[&str], text: &str) {
        let unit = text.split_once("this.unit == ").map(|(_, rest)| rest.trim_start_matches(['\\', '\'']));
        self.unit = unit.map(|unit| unit.split(['\\', '\'', '"']).next().unwrap_or_default().to_owned());
        if path.last() == Some(&"enum") {
            return;
        }
        let tokens = tokens(text);
        let outermost = usize::from(tokens.first() == Some(&"{"));
        let mut depth = 0_usize;
        for (at, token) in tokens.iter().enumerate() {
            depth = match *token {
                "{" => depth + 1,
                "}" => depth.saturating_sub(1),
                _ => depth,
            };
            if depth == outermost
                && tokens.get(at + 1) == Some(&":")
                && let Some(value) = tokens.get(at + 2).filter(|value| **value != "{")
            {
                self.rule(token, &literal(value));
            }
        }
    }

    fn rule(&mut self, name: &str, value: &str) {
        if let Some((_, constraint)) = CONSTRAINTS.iter().find(|(known, _)| *known == name) {
            return self.constraints.push((constraint, value.to_owned()));
        }
        match (name, value) {
            ("uuid", "true") => self.uuid = true,
            ("required", "true") => self.required = true,
            ("defined_only" | "not_in" | "id" | "message" | "expression", _) => {}
            _ => self.other.push(name.to_owned()),
        }
    }
}

/// The words, texts and marks of a message in the text format.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || "_.+-".contains(c);
        let length = if matches!(first, '"' | '\'') {
            let mut escaped = false;
            let end = rest.char_indices().skip(1).find(|(_, c)| {
                let ends = *c == first && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |(at, _)| at + 1)
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// A value of the text format as a literal of SEA.
fn literal(value: &str) -> String {
    match value.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        Some(text) => crate::subject::quoted(text),
        None => value.to_owned(),
    }
}
