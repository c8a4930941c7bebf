//! Messages, enums and fields.

use super::place::{Places, number};
use super::rules::Rules;
use super::{Package, is_known};
use crate::import::{part, word};
use crate::subject::Subject;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto};
use seac_syntax::{Span, Text};
use std::collections::{BTreeMap, BTreeSet};

/// What the files declare, by full names without a dot in front.
#[derive(Default)]
pub struct Types<'f> {
    /// The package and the name in it, with `_` between what is nested.
    declared: BTreeMap<String, (&'f str, String)>,
    /// Those that are enums.
    enums: BTreeSet<String>,
    /// Numbers and quantities as `seac project` writes them.
    amounts: BTreeSet<String>,
    /// Those that another package names.
    pub shared: BTreeSet<String>,
}

impl<'f> Types<'f> {
    pub fn of(files: &'f [FileDescriptorProto]) -> Self {
        let mut types = Self::default();
        for file in files.iter().filter(|file| !is_known(file)) {
            let amounts = file.message_type.iter().filter(|message| is_amount(message));
            types.amounts.extend(amounts.map(|message| join(file.package(), message.name())));
            file.enum_type.iter().for_each(|declared| types.enumeration(file.package(), declared.name()));
            file.message_type.iter().for_each(|message| types.message(file.package(), message.name(), message));
        }
        for file in files.iter().filter(|file| !is_known(file)) {
            file.message_type.iter().for_each(|message| types.share(file.package(), message.name(), message));
        }
        types
    }

    fn add(&mut self, package: &'f str, path: &str) {
        self.declared.insert(join(package, path), (package, path.replace('.', "_")));
    }

    fn enumeration(&mut self, package: &'f str, path: &str) {
        self.add(package, path);
        self.enums.insert(join(package, path));
    }

    /// Messages nest as deep as those who decode them let them, which has a limit.
    fn message(&mut self, package: &'f str, path: &str, message: &'f DescriptorProto) {
        self.add(package, path);
        message.enum_type.iter().for_each(|declared| self.enumeration(package, &join(path, declared.name())));
        message.nested_type.iter().for_each(|nested| self.message(package, &join(path, nested.name()), nested));
    }

    fn share(&mut self, package: &str, path: &str, message: &DescriptorProto) {
        for field in &message.field {
            let full = self.resolve(&join(package, path), field.type_name());
            if self.declared.get(&full).is_some_and(|(home, _)| *home != package) {
                self.shared.insert(full);
            }
        }
        message.nested_type.iter().for_each(|nested| self.share(package, &join(path, nested.name()), nested));
    }

    /// The full name of what a name means in a scope: the innermost that is declared, or else what it says.
    fn resolve(&self, scope: &str, name: &str) -> String {
        if let Some(full) = name.strip_prefix('.') {
            return full.to_owned();
        }
        let mut scope = scope;
        loop {
            let full = join(scope, name);
            if self.declared.contains_key(&full) || scope.is_empty() {
                return full;
            }
            scope = scope.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
    }
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

impl<'a> Package<'a> {
    pub(super) fn message(&mut self, message: &DescriptorProto, path: &str, places: &Places<'_>, place: &[i32]) {
        for (at, declared) in message.enum_type.iter().enumerate() {
            self.enumeration(declared, &join(path, declared.name()), places, &[place, &[4, number(at)]].concat());
        }
        for (at, nested) in message.nested_type.iter().enumerate() {
            if !is_map(nested) {
                self.message(nested, &join(path, nested.name()), places, &[place, &[3, number(at)]].concat());
            }
        }
        let full = join(self.package, path);
        if self.types.amounts.contains(&full) {
            return;
        }
        let span = places.span(place);
        let record = self.declare("record", &path.replace('.', "_"), &full, span);
        self.proposals.doc(&record, &places.comment(place), span);
        let mut names: Vec<Text> = Vec::new();
        for (at, field) in message.field.iter().enumerate() {
            let place = [place, &[2, number(at)]].concat();
            let subject = part(&record, "field", field.name());
            names.push(subject.item().name().into());
            self.field(&subject, &full, message, field, (places, &place));
        }
        for oneof in message.oneof_decl.iter().enumerate().filter(|(at, _)| is_choice(message, *at)).map(|(_, it)| it) {
            self.proposals.lose(span, format!("{full}: that only one of `{}` is there", oneof.name()));
        }
        self.proposals.order(&record, "field order", names, span);
    }

    fn field(
        &mut self,
        subject: &Subject,
        scope: &str,
        message: &DescriptorProto,
        field: &FieldDescriptorProto,
        (places, place): (&Places<'_>, &[i32]),
    ) {
        let span = places.span(place);
        let path = join(scope, field.name());
        let mut rules = Rules::of(field);
        let comment = places.comment(place);
        let doc: Vec<&str> = comment.lines().filter(|line| !rules.is_told(line)).collect();
        self.proposals.doc(subject, &doc.join("\n"), span);
        self.unit(&rules, &comment, span);
        let ty = self.ty(scope, message, field, &rules, span);
        let ty =
            if field.label() == Label::Repeated && !is_map_field(message, field) { format!("list<{ty}>") } else { ty };
        self.proposals.text(subject, "type", ty.as_str(), span);
        // A text does not say of a name whether it is that of an enum.
        let is_enum = || self.types.enums.contains(&self.types.resolve(scope, field.type_name()));
        let is_thing = field.type_name.is_some() && field.r#type.map_or(!is_enum(), |ty| ty == Type::Message as i32);
        let in_choice = field.oneof_index.is_some() && !field.proto3_optional();
        let absent = field.proto3_optional() || in_choice || (is_thing && !rules.required);
        if absent && field.label() != Label::Repeated && field.label() != Label::Required {
            self.proposals.text(subject, "optional", "true", span);
        }
        for (constraint, value) in std::mem::take(&mut rules.constraints) {
            self.proposals.text(subject, constraint, value, span);
        }
        rules.other.iter().for_each(|rule| self.proposals.lose(span, format!("{path}: the option `{rule}`")));
    }

    /// A unit that not every model has is declared, as if it were the base of its dimension: Protobuf does not say more.
    fn unit(&mut self, rules: &Rules, comment: &str, span: Span) {
        let Some(unit) = rules.unit.as_deref().filter(|unit| !seac_model::Unit::is_builtin(unit)) else { return };
        if !self.units.insert(unit.to_owned()) {
            return;
        }
        let dimension = rules.dimension(comment).unwrap_or(unit);
        self.proposals.declare("Dimension", dimension, span);
        let declared = self.proposals.declare("Unit", unit, span);
        for (key, value) in [("dimension", dimension), ("factor", "1"), ("base", unit)] {
            self.proposals.text(&declared, key, value, span);
        }
        self.proposals.lose(span, format!("unit {unit}: its factor and its base, which are 1 and itself now"));
    }

    fn ty(
        &mut self,
        scope: &str,
        message: &DescriptorProto,
        field: &FieldDescriptorProto,
        rules: &Rules,
        span: Span,
    ) -> String {
        if is_map_field(message, field) {
            return self.instead("a map", "json", scope, field, span);
        }
        if field.type_name.is_some() {
            return self.named(scope, field, rules, span);
        }
        match field.r#type() {
            Type::String if rules.uuid => "uuid".to_owned(),
            Type::String => "string".to_owned(),
            Type::Bytes => "bytes".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Double | Type::Float => self.instead("a number that is not exact", "decimal", scope, field, span),
            Type::Uint64 | Type::Fixed64 => self.instead("a number without a sign", "int", scope, field, span),
            Type::Group => self.instead("a group", "json", scope, field, span),
            _ => "int".to_owned(),
        }
    }

    fn instead(&mut self, what: &str, ty: &str, scope: &str, field: &FieldDescriptorProto, span: Span) -> String {
        self.proposals.lose(span, format!("{}: {what}, which is `{ty}` now", join(scope, field.name())));
        ty.to_owned()
    }

    /// The type that a field names: of the files, of Protobuf, or one of those that `seac project` writes.
    fn named(&mut self, scope: &str, field: &FieldDescriptorProto, rules: &Rules, span: Span) -> String {
        let full = self.types.resolve(scope, field.type_name());
        match full.as_str() {
            "google.protobuf.Timestamp" => return "timestamp".to_owned(),
            "google.protobuf.Value" | "google.protobuf.Struct" => return "json".to_owned(),
            _ => {}
        }
        // They may stand in a file that is not there.
        let is_amount = self.types.amounts.contains(&full) || !self.types.declared.contains_key(&full);
        match (full.rsplit('.').next().filter(|_| is_amount), &rules.unit) {
            (Some("Decimal"), _) => return "decimal".to_owned(),
            (Some("Quantity"), Some(unit)) => return format!("quantity<{unit}>"),
            (Some("Quantity"), None) => return self.instead("a quantity of any unit", "json", scope, field, span),
            _ => {}
        }
        match self.types.declared.get(&full) {
            Some((package, name)) => {
                if *package != self.package {
                    self.imports.entry(*package).or_default().insert(word(name));
                }
                word(name)
            }
            None => self.instead(&format!("a `{full}`, which is in none of the files"), "json", scope, field, span),
        }
    }

    pub(super) fn enumeration(
        &mut self,
        declared: &EnumDescriptorProto,
        path: &str,
        places: &Places<'_>,
        place: &[i32],
    ) {
        let span = places.span(place);
        let subject = self.declare("enum", &path.replace('.', "_"), &join(self.package, path), span);
        self.proposals.doc(&subject, &places.comment(place), span);
        let prefix = format!("{}_", screaming(declared.name()));
        let mut names: Vec<Text> = Vec::new();
        for (at, value) in declared.value.iter().enumerate() {
            let place = [place, &[2, number(at)]].concat();
            let short = value.name().strip_prefix(&prefix).unwrap_or(value.name());
            // That nothing was said is no member.
            if value.number() == 0 && short == "UNSPECIFIED" {
                continue;
            }
            let name = short.to_lowercase();
            let member = part(&subject, "member", &name);
            if names.iter().any(|known| *known == member.item().name()) {
                self.proposals
                    .lose(places.span(&place), format!("{path}.{}: another member is called so", value.name()));
                continue;
            }
            names.push(member.item().name().into());
            self.proposals.text(&member, "wire", name, places.span(&place));
            self.proposals.doc(&member, &places.comment(&place), places.span(&place));
        }
        self.proposals.order(&subject, "member order", names, span);
    }
}

/// Whether a message is the one that `seac project` has for decimals or for quantities.
fn is_amount(message: &DescriptorProto) -> bool {
    let fields: Vec<&str> = message.field.iter().map(FieldDescriptorProto::name).collect();
    matches!((message.name(), fields.as_slice()), ("Decimal", ["value"]) | ("Quantity", ["amount", "unit"]))
}

/// `OrderStatus` as `ORDER_STATUS`.
fn screaming(name: &str) -> String {
    let mut screaming = String::new();
    let mut before = '_';
    for letter in name.chars() {
        if letter.is_uppercase() && before != '_' && !before.is_uppercase() {
            screaming.push('_');
        }
        screaming.extend(letter.to_uppercase());
        before = letter;
    }
    screaming
}

fn is_map(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(|options| options.map_entry())
}

/// Whether a field holds the entries of a map, which are a message within.
fn is_map_field(message: &DescriptorProto, field: &FieldDescriptorProto) -> bool {
    let name = field.type_name().rsplit('.').next().unwrap_or_default();
    field.type_name.is_some() && message.nested_type.iter().any(|nested| nested.name() == name && is_map(nested))
}

/// Whether a oneof is one, and not how an optional field is written down.
fn is_choice(message: &DescriptorProto, at: usize) -> bool {
    let of_it = |field: &&FieldDescriptorProto| field.oneof_index == Some(number(at));
    message.field.iter().filter(of_it).any(|field| !field.proto3_optional())
}
