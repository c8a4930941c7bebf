//! Constraints of fields as rules of protovalidate, and in words where it has no rule that says the same.

use super::regex::is_portable;
use super::tree::Value;
use seac_model::{Constraint, Field, Model, Ty};

/// The file that declares the options for rules.
pub const FILE: &str = "buf/validate/validate.proto";

/// The option for rules of a field.
pub const OPTION: &str = "(buf.validate.field)";

/// What is known about the values of a field.
#[derive(Default)]
pub struct Rules {
    /// The rules, if there are any.
    pub value: Option<Value>,
    /// What only words can say.
    pub in_words: Vec<String>,
}

/// The rules of a field.
pub fn of(model: &Model, field: &Field) -> Rules {
    let mut rules = Rules::default();
    let mut fields = match &field.ty {
        Ty::List(inner) => list(model, field, inner, &mut rules.in_words),
        ty => {
            let mut fields = single(model, ty, &field.constraints, &mut rules.in_words);
            if is_message(ty) && !field.optional && field.default.is_none() {
                fields.push(("required", Value::Bool(true)));
            }
            fields
        }
    };
    fields.retain(|(_, value)| *value != Value::Message(Vec::new()));
    if !fields.is_empty() {
        rules.value = Some(Value::Message(fields));
    }
    rules
}

fn is_message(ty: &Ty) -> bool {
    matches!(ty, Ty::Decimal | Ty::Quantity(_) | Ty::Timestamp | Ty::Json | Ty::Record(_) | Ty::Entity(_))
}

fn list(model: &Model, field: &Field, inner: &Ty, in_words: &mut Vec<String>) -> Vec<(&'static str, Value)> {
    let mut repeated = Vec::new();
    for constraint in &field.constraints {
        match constraint {
            Constraint::MinItems(count) => repeated.push(("min_items", int(*count))),
            Constraint::MaxItems(count) => repeated.push(("max_items", int(*count))),
            _ => {}
        }
    }
    let items = single(model, inner, &[], in_words);
    if !items.is_empty() {
        repeated.push(("items", Value::Message(items)));
    }
    let mut fields = vec![("repeated", Value::Message(repeated))];
    let asks_for_items = field.constraints.iter().any(|constraint| matches!(constraint, Constraint::MinItems(1..)));
    // An absent list is an empty one on the wire.
    if asks_for_items && (field.optional || field.default.is_some()) {
        fields.push(("ignore", Value::Word("IGNORE_IF_ZERO_VALUE")));
    }
    fields
}

/// A count; what does not fit into 63 bits bounds nothing.
fn int(count: u64) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn single(
    model: &Model,
    ty: &Ty,
    constraints: &[Constraint],
    in_words: &mut Vec<String>,
) -> Vec<(&'static str, Value)> {
    let message = |name, fields: Vec<(&'static str, Value)>| {
        if fields.is_empty() { Vec::new() } else { vec![(name, Value::Message(fields))] }
    };
    match ty {
        Ty::String => text(constraints.iter(), in_words),
        Ty::Value(id) => {
            let declared = model.contexts.get(&id.context).and_then(|context| context.value_objects.get(&id.name));
            let own = declared.map(|object| object.constraints.as_slice()).unwrap_or_default();
            text(own.iter().chain(constraints), in_words)
        }
        Ty::Uuid => message("string", vec![("uuid", Value::Bool(true))]),
        Ty::Ref(id) => match model.entity(id).and_then(|entity| entity.key_field()) {
            Some(key) if !matches!(key.ty, Ty::Ref(_)) => single(model, &key.ty, &key.constraints, in_words),
            _ => Vec::new(),
        },
        Ty::Bytes => message("bytes", lengths(constraints.iter())),
        Ty::Int => message("int64", bounds(constraints, in_words)),
        Ty::Enum(_) => {
            let fields = vec![("defined_only", Value::Bool(true)), ("not_in", Value::List(vec![Value::Int(0)]))];
            message("enum", fields)
        }
        Ty::Decimal => cel(amounts("value", constraints, in_words)),
        Ty::Quantity(unit) => {
            let mut rules =
                vec![("quantity.unit", format!("must be in {unit}"), format!("this.unit == {}", cel_text(unit)))];
            rules.extend(amounts("amount", constraints, in_words));
            cel(rules)
        }
        Ty::Bool | Ty::Timestamp | Ty::Json | Ty::Record(_) | Ty::Entity(_) | Ty::List(_) => Vec::new(),
    }
}

fn lengths<'c>(constraints: impl Iterator<Item = &'c Constraint>) -> Vec<(&'static str, Value)> {
    let (mut least, mut most) = (None, None);
    for constraint in constraints {
        match constraint {
            Constraint::MinLength(count) => least = least.max(Some(*count)),
            Constraint::MaxLength(count) => most = Some(most.map_or(*count, |most: u64| most.min(*count))),
            _ => {}
        }
    }
    let rule = |name, count: Option<u64>| count.map(|count| (name, int(count)));
    [rule("min_len", least), rule("max_len", most)].into_iter().flatten().collect()
}

fn text<'c>(
    constraints: impl Iterator<Item = &'c Constraint> + Clone,
    in_words: &mut Vec<String>,
) -> Vec<(&'static str, Value)> {
    let mut fields = lengths(constraints.clone());
    let mut more = Vec::new();
    for constraint in constraints {
        let Constraint::Pattern(pattern) = constraint else { continue };
        if !is_portable(pattern) {
            in_words.push(format!("Matches `{pattern}`, somewhere in it."));
        } else if fields.iter().any(|(name, _)| *name == "pattern") {
            let told = format!("must match {pattern}");
            more.push(("string.pattern.also", told, format!("this.matches({})", cel_text(pattern))));
        } else {
            fields.push(("pattern", Value::Text(pattern.clone())));
        }
    }
    let mut rules = Vec::new();
    if !fields.is_empty() {
        rules.push(("string", Value::Message(fields)));
    }
    rules.extend(cel(more));
    rules
}

/// Bounds of whole numbers. Both ends are included, so that no two of them exclude each other.
fn bounds(constraints: &[Constraint], in_words: &mut Vec<String>) -> Vec<(&'static str, Value)> {
    let (mut least, mut most) = (i64::MIN, i64::MAX);
    for constraint in constraints {
        let text = match constraint {
            Constraint::Min(text) | Constraint::Max(text) => text,
            Constraint::ExclusiveMin(text) | Constraint::ExclusiveMax(text) => text,
            _ => continue,
        };
        let Some(number) = whole(text) else {
            in_words.extend(words(constraint));
            continue;
        };
        match constraint {
            Constraint::Min(_) => least = least.max(number),
            Constraint::Max(_) => most = most.min(number),
            Constraint::ExclusiveMin(_) => least = least.max(number.saturating_add(1)),
            _ => most = most.min(number.saturating_sub(1)),
        }
    }
    // The other way round it would mean all that is not between them.
    if least > most {
        in_words.extend(constraints.iter().filter_map(words));
        return Vec::new();
    }
    let mut fields = Vec::new();
    if least > i64::MIN {
        fields.push(("gte", Value::Int(least)));
    }
    if most < i64::MAX {
        fields.push(("lte", Value::Int(most)));
    }
    fields
}

/// A number without fraction that fits into 64 bits.
fn whole(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    fraction.chars().all(|digit| digit == '0').then(|| whole.parse().ok()).flatten()
}

/// Bounds of exact numbers. The language of rules has binary floating point alone, so what it cannot say exactly is said
/// in words: zero is a question of signs and digits.
fn amounts(
    member: &str,
    constraints: &[Constraint],
    in_words: &mut Vec<String>,
) -> Vec<(&'static str, String, String)> {
    let mut rules = Vec::new();
    for constraint in constraints {
        let is_zero = |text: &str| !text.contains(|digit: char| digit.is_ascii_digit() && digit != '0');
        let negative = format!("this.{member}.startsWith('-')");
        let digits = format!("this.{member}.matches('[1-9]')");
        let rule = match constraint {
            Constraint::Min(text) if is_zero(text) => ("gte_zero", "at least 0", format!("!({negative} && {digits})")),
            Constraint::Max(text) if is_zero(text) => ("lte_zero", "at most 0", format!("{negative} || !{digits}")),
            Constraint::ExclusiveMin(text) if is_zero(text) => {
                ("gt_zero", "greater than 0", format!("!{negative} && {digits}"))
            }
            Constraint::ExclusiveMax(text) if is_zero(text) => {
                ("lt_zero", "less than 0", format!("{negative} && {digits}"))
            }
            other => {
                in_words.extend(words(other));
                continue;
            }
        };
        rules.push((rule.0, format!("must be {}", rule.1), rule.2));
    }
    rules
}

/// A bound in words.
fn words(constraint: &Constraint) -> Option<String> {
    match constraint {
        Constraint::Min(number) => Some(format!("At least {number}.")),
        Constraint::Max(number) => Some(format!("At most {number}.")),
        Constraint::ExclusiveMin(number) => Some(format!("Greater than {number}.")),
        Constraint::ExclusiveMax(number) => Some(format!("Less than {number}.")),
        _ => None,
    }
}

/// Rules of our own: id, what a violation is told as, expression.
fn cel(rules: Vec<(&'static str, String, String)>) -> Vec<(&'static str, Value)> {
    let rule = |(id, told, expression): (&'static str, String, String)| {
        let fields = vec![
            ("id", Value::Text(id.to_owned())),
            ("message", Value::Text(told)),
            ("expression", Value::Text(expression)),
        ];
        ("cel", Value::Message(fields))
    };
    rules.into_iter().map(rule).collect()
}

/// A text as a literal of the language of rules.
fn cel_text(text: &str) -> String {
    let mut quoted = String::from("'");
    for letter in text.chars() {
        match letter {
            '\'' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => quoted.push(letter),
        }
    }
    quoted + "'"
}
