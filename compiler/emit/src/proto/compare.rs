//! What somebody who knows one version of an interface would stumble over in the next one.

use super::schema::{Enum, Field, FieldType, Message, Method, Presence, Reserved, Schema, Service};
use seac_model::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// Whom a change breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breaks {
    /// Those who compile the next version of their code.
    Source,
    /// Those who read and write JSON, too.
    Json,
    /// Those who read and write the binary form, too.
    Wire,
}

impl Breaks {
    /// As reports say it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Json => "JSON and source",
            Self::Wire => "wire, JSON and source",
        }
    }
}

/// How much the next version may break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compatibility {
    /// Nothing: things are added only.
    Additive,
    /// Source code, but nothing that is deployed.
    Backward,
    /// Anything.
    Breaking,
}

impl Compatibility {
    /// Whether a break is one too many.
    pub fn refuses(self, breaks: Breaks) -> bool {
        match self {
            Self::Additive => true,
            Self::Backward => breaks > Breaks::Source,
            Self::Breaking => false,
        }
    }
}

/// Something that breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The full name of what has changed.
    pub element: String,
    /// Whom it breaks.
    pub breaks: Breaks,
    /// What has changed, in words.
    pub what: String,
    /// Where it is declared in the specs, or what it was part of.
    pub origin: Origin,
}

/// All that breaks, in the order of the names.
pub fn compare(before: &Schema, after: &Schema) -> Vec<Break> {
    let mut compare = Compare { before, after, renamed: renamed(before, after), found: Vec::new() };
    for (name, old) in &before.messages {
        match compare.now(name, &after.messages) {
            Some((now, new)) => {
                compare.name(name, now, &new.origin);
                compare.message(now, old, new);
            }
            None => compare.gone(name, Breaks::Source, "the message"),
        }
    }
    for (name, old) in &before.enums {
        match compare.now(name, &after.enums) {
            Some((now, new)) => {
                compare.name(name, now, &new.origin);
                compare.enumeration(now, old, new);
            }
            None => compare.gone(name, Breaks::Source, "the enum"),
        }
    }
    for (name, old) in &before.services {
        match after.services.get(name) {
            Some(new) => compare.service(name, old, new),
            None => compare.gone(name, Breaks::Wire, "the service"),
        }
    }
    compare.options();
    compare.found.sort_by(|a, b| (&a.element, b.breaks, &a.what).cmp(&(&b.element, a.breaks, &b.what)));
    compare.found
}

/// What types are called now, by the full names that they had and that nothing has any more.
fn renamed<'a>(before: &Schema, after: &'a Schema) -> BTreeMap<&'a str, &'a str> {
    let has = |schema: &Schema, name: &str| schema.messages.contains_key(name) || schema.enums.contains_key(name);
    let messages = after.messages.iter().map(|(name, message)| (name, &message.formerly));
    let types = messages.chain(after.enums.iter().map(|(name, found)| (name, &found.formerly)));
    let names = types.flat_map(|(name, formerly)| formerly.iter().map(move |old| (old.as_str(), name.as_str())));
    names.filter(|(old, new)| has(before, old) && !has(after, old) && !has(before, new)).collect()
}

struct Compare<'a> {
    before: &'a Schema,
    after: &'a Schema,
    renamed: BTreeMap<&'a str, &'a str>,
    found: Vec<Break>,
}

impl Compare<'_> {
    fn add(&mut self, element: &str, breaks: Breaks, what: String, origin: &Origin) {
        self.found.push(Break { element: element.to_owned(), breaks, what, origin: origin.clone() });
    }

    /// What has this name now, or has taken the place of what had it.
    fn now<'t, T>(&self, name: &str, types: &'t BTreeMap<String, T>) -> Option<(&'t str, &'t T)> {
        let renamed = || types.get_key_value(*self.renamed.get(name)?);
        types.get_key_value(name).or_else(renamed).map(|(name, found)| (name.as_str(), found))
    }

    fn name(&mut self, was: &str, is: &str, origin: &Origin) {
        if was != is {
            self.add(was, Breaks::Source, format!("its name is `{is}` now"), origin);
        }
    }

    fn gone(&mut self, element: &str, breaks: Breaks, what: &str) {
        self.add(element, breaks, format!("{what} is gone"), &Origin::default());
    }

    fn message(&mut self, name: &str, old: &Message, new: &Message) {
        self.reserved(
            name,
            &old.reserved,
            &new.reserved,
            new.fields.keys().map(|n| i64::from(*n)).collect(),
            &new.origin,
        );
        for (number, field) in &old.fields {
            let element = format!("{name}.{}", field.name);
            match new.fields.get(number) {
                Some(now) => self.field(&element, field, now),
                None => {
                    let moved = new.fields.iter().find(|(_, other)| other.name == field.name);
                    if let Some((now, other)) = moved {
                        let what = format!("its number was {number} and is {now}");
                        self.add(&element, Breaks::Wire, what, &other.origin);
                        continue;
                    }
                    let (has_number, has_name) =
                        (new.reserved.has(i64::from(*number)), new.reserved.names.contains(&field.name));
                    self.removed(&element, "field", i64::from(*number), has_number, has_name, &new.origin);
                }
            }
        }
    }

    /// A field or a value is gone. Reserved, nothing can be taken for it.
    fn removed(&mut self, element: &str, kind: &str, number: i64, has_number: bool, has_name: bool, origin: &Origin) {
        let (breaks, what) = match (has_number, has_name) {
            (true, true) => (Breaks::Source, format!("the {kind} is gone; its number and name are reserved")),
            (true, false) => (Breaks::Json, format!("the {kind} is gone, and its name is not reserved")),
            (false, _) => (Breaks::Wire, format!("the {kind} is gone, and its number {number} is not reserved")),
        };
        self.add(element, breaks, what, origin);
    }

    fn field(&mut self, element: &str, old: &Field, new: &Field) {
        if old.name != new.name {
            self.add(element, Breaks::Json, format!("its name is `{}` now", new.name), &new.origin);
        } else if old.json != new.json {
            let what = format!("its name in JSON was `{}` and is `{}`", old.json, new.json);
            self.add(element, Breaks::Json, what, &new.origin);
        }
        if let Some(breaks) = self.types(&old.ty, &new.ty) {
            let what = format!("its type was `{}` and is `{}`", old.ty, new.ty);
            self.add(element, breaks, what, &new.origin);
        } else if let Some(breaks) = presence(old, new) {
            let what = format!("it was {} and is {}", told(old.presence), told(new.presence));
            self.add(element, breaks, what, &new.origin);
        }
        if old.oneof != new.oneof {
            let told = |oneof: &Option<String>| oneof.as_ref().map_or("none".to_owned(), |name| format!("`{name}`"));
            let what = format!("its `oneof` was {} and is {}", told(&old.oneof), told(&new.oneof));
            self.add(element, Breaks::Wire, what, &new.origin);
        }
        if let (Some(was), Some(is)) = (&old.unit, &new.unit)
            && was != is
        {
            let what = format!("its amounts were in {was} and are in {is}");
            self.add(element, Breaks::Wire, what, &new.origin);
        }
    }

    fn is_renamed(&self, old: &str, new: &str) -> bool {
        self.renamed.get(old).is_some_and(|name| *name == new)
    }

    /// Whom a change of type breaks.
    fn types(&self, old: &FieldType, new: &FieldType) -> Option<Breaks> {
        match (old, new) {
            (old, new) if old == new => None,
            // That its name is another one is told of the type.
            (FieldType::Message(old), FieldType::Message(new)) | (FieldType::Enum(old), FieldType::Enum(new))
                if self.is_renamed(old, new) =>
            {
                None
            }
            (FieldType::Scalar(old), FieldType::Scalar(new)) => Some(scalars(old, new)),
            (FieldType::Enum(old), FieldType::Enum(new)) => {
                let fits = self.before.enums.get(old).zip(self.after.enums.get(new)).is_some_and(|(old, new)| {
                    old.values
                        .iter()
                        .all(|(number, names)| new.values.get(number).is_some_and(|n| n.is_superset(names)))
                });
                Some(if fits { Breaks::Source } else { Breaks::Wire })
            }
            // The name of a type whose file was not read may be written relative to the package.
            (FieldType::Message(old), FieldType::Message(new) | FieldType::Enum(new))
                if !self.before.messages.contains_key(old) && new.ends_with(&format!(".{old}")) =>
            {
                None
            }
            (FieldType::Message(old), FieldType::Enum(new))
                if old == new && !self.before.messages.contains_key(old) =>
            {
                None
            }
            _ => Some(Breaks::Wire),
        }
    }

    fn enumeration(&mut self, name: &str, old: &Enum, new: &Enum) {
        self.reserved(
            name,
            &old.reserved,
            &new.reserved,
            new.values.keys().map(|n| i64::from(*n)).collect(),
            &new.origin,
        );
        for (number, names) in &old.values {
            let first = names.first().cloned().unwrap_or_default();
            let element = format!("{name}.{first}");
            match new.values.get(number) {
                Some(now) if now.is_superset(names) => {}
                // What went over the wire as the one is read as the other.
                Some(_) if new.values.values().any(|other| !other.is_disjoint(names)) => {
                    self.add(&element, Breaks::Wire, format!("its number is no longer {number}"), &new.origin);
                }
                Some(now) => {
                    let now: Vec<&str> = now.iter().map(String::as_str).collect();
                    let what = format!("the name of {number} is `{}` now", now.join("`, `"));
                    self.add(&element, Breaks::Json, what, &new.origin);
                }
                None if new.values.values().any(|other| !other.is_disjoint(names)) => {
                    self.add(&element, Breaks::Wire, format!("its number is no longer {number}"), &new.origin);
                }
                None => {
                    let number = i64::from(*number);
                    let has_names = names.is_subset(&new.reserved.names);
                    self.removed(&element, "value", number, new.reserved.has(number), has_names, &new.origin);
                }
            }
        }
    }

    /// What was reserved stays so.
    fn reserved(&mut self, name: &str, old: &Reserved, new: &Reserved, used: BTreeSet<i64>, origin: &Origin) {
        for (from, to) in &old.numbers {
            // Ranges may be split or joined, so their numbers are compared, as many as there can be gaps between.
            let is_kept = new.numbers.iter().any(|(f, t)| f <= from && to <= t)
                || (to - from < 1000 && (*from..=*to).all(|number| new.has(number)));
            if !is_kept {
                let numbers = if from == to { from.to_string() } else { format!("{from} to {to}") };
                let again = if used.range(from..=to).next().is_some() { "in use again" } else { "no longer reserved" };
                self.add(name, Breaks::Wire, format!("the reserved number {numbers} is {again}"), origin);
            }
        }
        for gone in old.names.difference(&new.names) {
            self.add(name, Breaks::Wire, format!("the name `{gone}` is no longer reserved"), origin);
        }
    }

    fn service(&mut self, name: &str, old: &Service, new: &Service) {
        for (method, was) in &old.methods {
            let element = format!("{name}.{method}");
            match new.methods.get(method) {
                Some(is) => self.method(&element, was, is),
                None => self.add(&element, Breaks::Wire, "the method is gone".to_owned(), &new.origin),
            }
        }
    }

    fn method(&mut self, element: &str, old: &Method, new: &Method) {
        let same = |old: &str, new: &str| old == new || new.ends_with(&format!(".{old}")) || self.is_renamed(old, new);
        let mut changes = Vec::new();
        if !same(&old.input, &new.input) {
            changes.push(format!("it took `{}` and takes `{}`", old.input, new.input));
        }
        if !same(&old.output, &new.output) {
            changes.push(format!("it answered with `{}` and answers with `{}`", old.output, new.output));
        }
        let streams = |streams: bool| if streams { "streams" } else { "does not stream" };
        if old.client_streaming != new.client_streaming {
            changes.push(format!("what it takes {} now", streams(new.client_streaming)));
        }
        if old.server_streaming != new.server_streaming {
            changes.push(format!("what it answers with {} now", streams(new.server_streaming)));
        }
        if old.idempotency != new.idempotency {
            let told = |level: &str| if level.is_empty() { "IDEMPOTENCY_UNKNOWN".to_owned() } else { level.to_owned() };
            let (was, is) = (told(&old.idempotency), told(&new.idempotency));
            changes.push(format!("its idempotency was {was} and is {is}"));
        }
        for what in changes {
            self.add(element, Breaks::Wire, what, &new.origin);
        }
    }

    /// Options of files name the places of generated code.
    fn options(&mut self) {
        const IN_CODE: &[&str] = &[
            "csharp_namespace",
            "go_package",
            "java_multiple_files",
            "java_package",
            "objc_class_prefix",
            "php_namespace",
            "ruby_package",
            "swift_prefix",
        ];
        for (package, old) in &self.before.options {
            let Some(new) = self.after.options.get(package) else { continue };
            for option in IN_CODE {
                let (was, is) = (old.get(*option), new.get(*option));
                if was != is {
                    let told = |value: Option<&String>| value.map_or("nothing".to_owned(), |v| format!("`{v}`"));
                    let what = format!("its option `{option}` was {} and is {}", told(was), told(is));
                    self.found.push(Break {
                        element: package.clone(),
                        breaks: Breaks::Source,
                        what,
                        origin: Origin::default(),
                    });
                }
            }
        }
    }
}

/// Whom a change between built-in types breaks.
fn scalars(old: &str, new: &str) -> Breaks {
    const JSON: &[&[&str]] =
        &[&["int32", "uint32"], &["int64", "uint64"], &["fixed32", "sfixed32"], &["fixed64", "sfixed64"]];
    const WIRE: &[&[&str]] = &[
        &["int32", "uint32", "int64", "uint64", "bool"],
        &["sint32", "sint64"],
        &["fixed32", "sfixed32"],
        &["fixed64", "sfixed64"],
    ];
    let both = |groups: &[&[&str]]| groups.iter().any(|group| group.contains(&old) && group.contains(&new));
    if both(JSON) {
        Breaks::Source
    } else if both(WIRE) || (old == "string" && new == "bytes") {
        Breaks::Json
    } else {
        Breaks::Wire
    }
}

/// Whom a change of how often something is there breaks.
fn presence(old: &Field, new: &Field) -> Option<Breaks> {
    use Presence::{Explicit, Implicit};
    match (old.presence, new.presence) {
        (old, new) if old == new => None,
        (Implicit, Explicit) | (Explicit, Implicit) => Some(Breaks::Source),
        _ => Some(Breaks::Wire),
    }
}

fn told(presence: Presence) -> &'static str {
    match presence {
        Presence::Implicit => "singular",
        Presence::Explicit => "optional",
        Presence::Required => "required",
        Presence::Repeated => "repeated",
    }
}
