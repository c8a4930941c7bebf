//! What was published before, from `.proto` files and descriptor sets.

use super::schema::{Enum, Field, FieldType, Message, Method, Presence, Reserved, Schema, Service, json_name};
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::method_options::IdempotencyLevel;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    ServiceDescriptorProto,
};
use std::collections::{BTreeMap, BTreeSet};

/// Reads a descriptor set.
///
/// # Errors
/// If the bytes are none, in words.
pub fn descriptor_set(bytes: &[u8]) -> Result<Schema, String> {
    let set = FileDescriptorSet::decode(bytes).map_err(|error| error.to_string())?;
    if set.file.is_empty() {
        return Err("there is no file in it".to_owned());
    }
    Ok(schema(&set.file))
}

/// Reads `.proto` files, by path. What they import need not be there.
///
/// # Errors
/// The path of the first that is none, and what is wrong with it.
pub fn files(texts: &[(String, String)]) -> Result<Schema, (String, String)> {
    let parse = |(path, text): &(String, String)| {
        protox_parse::parse(path, text).map_err(|error| (path.clone(), error.to_string()))
    };
    let files: Vec<FileDescriptorProto> = texts.iter().map(parse).collect::<Result<_, _>>()?;
    Ok(schema(&files))
}

fn schema(files: &[FileDescriptorProto]) -> Schema {
    // Descriptor sets bring along what is imported and belongs to others.
    let is_own = |file: &&FileDescriptorProto| {
        !file.name().starts_with("google/protobuf/") && !file.name().starts_with("buf/validate/")
    };
    let files: Vec<&FileDescriptorProto> = files.iter().filter(is_own).collect();
    let mut reader = Reader { schema: Schema::default(), kinds: BTreeMap::new() };
    for file in &files {
        let package = file.package();
        for message in &file.message_type {
            reader.declare(&join(package, message.name()), message);
        }
        let enums = file.enum_type.iter().map(|found| (join(package, found.name()), true));
        reader.kinds.extend(enums);
    }
    for file in files {
        reader.file(file);
    }
    reader.schema
}

struct Reader {
    schema: Schema,
    /// Full names of all that is declared; whether it is an enum.
    kinds: BTreeMap<String, bool>,
}

impl Reader {
    fn declare(&mut self, name: &str, message: &DescriptorProto) {
        // Messages nest as deep as the parser lets them, which has a limit.
        for nested in &message.nested_type {
            self.declare(&join(name, nested.name()), nested);
        }
        self.kinds.extend(message.enum_type.iter().map(|found| (join(name, found.name()), true)));
        self.kinds.insert(name.to_owned(), false);
    }

    fn file(&mut self, file: &FileDescriptorProto) {
        let package = file.package();
        let implicit = file.syntax() == "proto3";
        for message in &file.message_type {
            self.message(&join(package, message.name()), message, implicit);
        }
        for found in &file.enum_type {
            self.enumeration(&join(package, found.name()), found);
        }
        for service in &file.service {
            self.service(package, service);
        }
        let options = self.schema.options.entry(package.to_owned()).or_default();
        let Some(given) = &file.options else { return };
        let texts = [
            ("csharp_namespace", &given.csharp_namespace),
            ("go_package", &given.go_package),
            ("java_package", &given.java_package),
            ("objc_class_prefix", &given.objc_class_prefix),
            ("php_namespace", &given.php_namespace),
            ("ruby_package", &given.ruby_package),
            ("swift_prefix", &given.swift_prefix),
        ];
        options.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?))));
        let uninterpreted = given.uninterpreted_option.iter().filter_map(|option| match option.name.as_slice() {
            [part] if !part.is_extension => {
                let text = option.string_value.as_deref().map(|text| String::from_utf8_lossy(text).into_owned());
                Some((part.name_part.clone(), text.or_else(|| option.identifier_value.clone())?))
            }
            _ => None,
        });
        options.extend(uninterpreted);
    }

    fn message(&mut self, name: &str, message: &DescriptorProto, implicit: bool) {
        for nested in &message.nested_type {
            self.message(&join(name, nested.name()), nested, implicit);
        }
        for found in &message.enum_type {
            self.enumeration(&join(name, found.name()), found);
        }
        let mut fields = BTreeMap::new();
        for field in &message.field {
            let Ok(number) = u32::try_from(field.number()) else { continue };
            fields.insert(number, self.field(name, message, field, implicit));
        }
        // The end of a range is not part of it.
        let ranges = message.reserved_range.iter();
        let numbers = ranges.map(|range| (i64::from(range.start()), i64::from(range.end()) - 1)).collect();
        let reserved = Reserved { numbers, names: message.reserved_name.iter().cloned().collect() };
        self.schema.messages.insert(name.to_owned(), Message { fields, reserved, ..Message::default() });
    }

    fn field(&self, scope: &str, message: &DescriptorProto, field: &FieldDescriptorProto, implicit: bool) -> Field {
        let ty = self.ty(scope, field);
        let synthetic = field.proto3_optional();
        let oneof = field.oneof_index.filter(|_| !synthetic).and_then(|index| {
            let index = usize::try_from(index).ok()?;
            Some(message.oneof_decl.get(index)?.name().to_owned())
        });
        let presence = match field.label() {
            Label::Repeated => Presence::Repeated,
            Label::Required => Presence::Required,
            Label::Optional if implicit && !synthetic && oneof.is_none() && !matches!(ty, FieldType::Message(_)) => {
                Presence::Implicit
            }
            Label::Optional => Presence::Explicit,
        };
        let json = field.json_name.clone().unwrap_or_else(|| json_name(field.name()));
        Field { name: field.name().to_owned(), json, presence, ty, oneof, unit: None, origin: Default::default() }
    }

    fn ty(&self, scope: &str, field: &FieldDescriptorProto) -> FieldType {
        if let Some(name) = &field.type_name {
            let full = self.resolve(scope, name);
            let is_enum = self.kinds.get(&full).copied().unwrap_or(field.r#type == Some(Type::Enum as i32));
            return if is_enum { FieldType::Enum(full) } else { FieldType::Message(full) };
        }
        FieldType::Scalar(scalar(field.r#type()))
    }

    /// The full name of what a name means in a scope: the innermost that is declared, or else what it says.
    fn resolve(&self, scope: &str, name: &str) -> String {
        if let Some(full) = name.strip_prefix('.') {
            return full.to_owned();
        }
        let mut scope = Some(scope);
        while let Some(outer) = scope {
            let full = join(outer, name);
            if self.kinds.contains_key(&full) {
                return full;
            }
            scope = outer.rsplit_once('.').map(|(outer, _)| outer);
        }
        name.to_owned()
    }

    fn enumeration(&mut self, name: &str, found: &EnumDescriptorProto) {
        let mut values: BTreeMap<i32, BTreeSet<String>> = BTreeMap::new();
        for value in &found.value {
            values.entry(value.number()).or_default().insert(value.name().to_owned());
        }
        let ranges = found.reserved_range.iter();
        let numbers = ranges.map(|range| (i64::from(range.start()), i64::from(range.end()))).collect();
        let reserved = Reserved { numbers, names: found.reserved_name.iter().cloned().collect() };
        self.schema.enums.insert(name.to_owned(), Enum { values, reserved, ..Enum::default() });
    }

    fn service(&mut self, package: &str, service: &ServiceDescriptorProto) {
        let methods = service.method.iter().map(|method| {
            let known = method.options.as_ref().filter(|options| options.idempotency_level.is_some());
            let known = known.map(|options| match options.idempotency_level() {
                IdempotencyLevel::NoSideEffects => "NO_SIDE_EFFECTS",
                IdempotencyLevel::Idempotent => "IDEMPOTENT",
                IdempotencyLevel::IdempotencyUnknown => "",
            });
            let given = method.options.iter().flat_map(|options| &options.uninterpreted_option);
            let mut given = given.filter(|option| option.name.iter().all(|part| part.name_part == "idempotency_level"));
            let given = given.next().and_then(|option| option.identifier_value.clone());
            let given = given.filter(|word| word != "IDEMPOTENCY_UNKNOWN");
            let read = Method {
                input: self.resolve(package, method.input_type()),
                output: self.resolve(package, method.output_type()),
                client_streaming: method.client_streaming(),
                server_streaming: method.server_streaming(),
                idempotency: known.map(str::to_owned).or(given).unwrap_or_default(),
                origin: Default::default(),
            };
            (method.name().to_owned(), read)
        });
        let methods = methods.collect();
        self.schema.services.insert(join(package, service.name()), Service { methods, origin: Default::default() });
    }
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

fn scalar(ty: Type) -> &'static str {
    match ty {
        Type::Double => "double",
        Type::Float => "float",
        Type::Int64 => "int64",
        Type::Uint64 => "uint64",
        Type::Int32 => "int32",
        Type::Fixed64 => "fixed64",
        Type::Fixed32 => "fixed32",
        Type::Bool => "bool",
        Type::String => "string",
        Type::Group => "group",
        Type::Message => "message",
        Type::Bytes => "bytes",
        Type::Uint32 => "uint32",
        Type::Enum => "enum",
        Type::Sfixed32 => "sfixed32",
        Type::Sfixed64 => "sfixed64",
        Type::Sint32 => "sint32",
        Type::Sint64 => "sint64",
    }
}
