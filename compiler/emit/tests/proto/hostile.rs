//! Names and texts that nobody would choose: what they become compiles, and none of them gets out of its place.

use crate::common::{compile, project};
use proptest::prelude::*;
use seac_emit::proto::Options;
use seac_model::{
    Concurrency, Constraint, Context, Direction, Effect, Entity, Enum, EnumMember, Event, Failure, FailureKind,
    Failures, Field, Idempotency, Literal, Model, Operation, OperationKind, Record, Ty, TypeId, TypedExpr,
    TypedExprKind, Unit, ValueObject,
};
use std::collections::{BTreeMap, BTreeSet};

const WORDS: &[&str] = &[
    "message",
    "enum",
    "service",
    "option",
    "import",
    "package",
    "syntax",
    "reserved",
    "to",
    "max",
    "rpc",
    "returns",
    "stream",
    "repeated",
    "optional",
    "oneof",
    "map",
    "string",
    "int64",
    "bool",
    "bytes",
    "group",
    "extend",
    "public",
    "google",
    "buf",
    "system",
    "protobuf",
    "Timestamp",
    "Decimal",
    "Quantity",
    "Value",
    "v1",
    "descriptor",
    "true",
    "inf",
    "a_1",
    "a1",
    "A1",
    "a__1",
    "order_status",
    "OrderStatus",
    "ORDER_STATUS",
    "Order",
    "status_new",
    "new",
    "unspecified",
    "Unspecified",
    "place_request",
    "PlaceRequest",
    "place",
    "Größe",
    "GROSSE",
    "注文",
    "注 文",
    "é",
    "e\u{301}",
    "1st",
    "_",
    "__",
    "",
    "\"; option x = 1; //",
    "*/ message X {} /*",
    "a\nb",
    "x\u{0}y",
    "\u{202e}abc",
    "😀",
    "class",
    "self",
    "HTTPServer",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => proptest::sample::select(WORDS).prop_map(str::to_owned),
        1 => "[a-zA-Z_][a-zA-Z0-9_]{0,12}",
        1 => "\\PC{0,12}",
        1 => "[a-z_]{200}",
    ]
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(prop_oneof![
        name(),
        Just("one\r\nimport \"evil.proto\";\u{2028}message Evil {}".to_owned()),
        Just("*/ // \\".to_owned()),
        any::<String>(),
    ])
}

/// The names of two contexts with types, in the order in which the types are declared.
#[derive(Debug, Clone)]
struct Names {
    contexts: BTreeSet<String>,
    types: Vec<BTreeSet<String>>,
    fields: Vec<String>,
    members: BTreeSet<String>,
    operations: BTreeSet<String>,
    doc: Option<String>,
    pattern: String,
    unit: String,
    order: Vec<usize>,
}

fn names() -> impl Strategy<Value = Names> {
    let set = |least, most| proptest::collection::btree_set(name(), least..most);
    let contexts = set(1, 4);
    let types = proptest::collection::vec(set(4, 14), 4);
    let fields = proptest::collection::vec(name(), 1..9);
    let order = proptest::collection::vec(0..1000_usize, 30);
    (contexts, types, fields, set(1, 8), set(0, 5), text(), "\\PC{0,9}", name(), order).prop_map(
        |(contexts, types, fields, members, operations, doc, pattern, unit, order)| Names {
            contexts,
            types,
            fields,
            members,
            operations,
            doc,
            pattern,
            unit,
            order,
        },
    )
}

fn model(names: &Names) -> Model {
    let unit = Unit { dimension: names.unit.clone(), factor: "1".into(), base: names.unit.clone(), offset: None };
    let mut model = Model { units: BTreeMap::from([(names.unit.clone(), unit)]), ..Model::default() };
    let mut kinds: Vec<(TypeId, usize)> = Vec::new();
    for (context, types) in names.contexts.iter().zip(&names.types) {
        kinds.extend(types.iter().enumerate().map(|(at, name)| (TypeId::new(context, name), at % 5)));
    }
    let mut next = names.order.iter().cycle().copied();
    for (context, types) in names.contexts.iter().zip(&names.types) {
        let mut made = Context { title: names.doc.clone().unwrap_or_default(), ..Context::default() };
        for (at, name) in types.iter().enumerate() {
            declare(&mut made, at % 5, name, names, &kinds, &mut next);
        }
        for operation in &names.operations {
            let record = |at: usize| {
                let records: Vec<&TypeId> = kinds.iter().filter(|(_, kind)| *kind == 1).map(|(id, _)| id).collect();
                records[at % records.len()].clone()
            };
            let (input, output) = (record(next.next().unwrap()), record(next.next().unwrap()));
            made.operations.insert(operation.clone(), self::operation(names, input, output));
        }
        model.contexts.insert(context.clone(), made);
    }
    model
}

fn declare(
    context: &mut Context,
    kind: usize,
    name: &str,
    names: &Names,
    kinds: &[(TypeId, usize)],
    next: &mut impl Iterator<Item = usize>,
) {
    let (doc, origin, name) = (names.doc.clone(), Default::default(), name.to_owned());
    let mut fields: Vec<Field> = Vec::new();
    for field in &names.fields {
        if fields.iter().all(|other| other.name != *field) {
            fields.push(self::field(field, ty(names, kinds, next), names));
        }
    }
    match kind {
        0 => drop(context.entities.insert(name, Entity { doc, key: fields[0].name.clone(), fields, origin })),
        1 => drop(context.records.insert(name, Record { doc, fields, origin })),
        2 => {
            let member = |member: &String| EnumMember { name: member.clone(), wire: name.clone(), doc: doc.clone() };
            let members = names.members.iter().map(member).collect();
            context.enums.insert(name.clone(), Enum { doc: doc.clone(), members, origin });
        }
        3 => {
            let event = Event { doc, payload: fields, subject: String::new(), external: false, origin };
            context.events.insert(name, event);
        }
        _ => {
            let constraints = vec![Constraint::MinLength(1), Constraint::Pattern(names.pattern.clone())];
            context.value_objects.insert(name, ValueObject { doc, constraints, origin });
        }
    }
}

fn field(name: &str, ty: Ty, names: &Names) -> Field {
    let constraints = match ty {
        Ty::Int | Ty::Decimal | Ty::Quantity(_) => {
            vec![Constraint::Min("-3".into()), Constraint::Max("7.0".into()), Constraint::ExclusiveMin("0".into())]
        }
        Ty::String => vec![Constraint::MaxLength(9), Constraint::Pattern(names.pattern.clone())],
        Ty::List(_) => vec![Constraint::MinItems(1)],
        _ => Vec::new(),
    };
    let text = TypedExprKind::Literal(Literal::Text(names.doc.clone().unwrap_or_default()));
    let default = (ty == Ty::String).then_some(TypedExpr { ty: Ty::String, kind: text });
    let optional = name.len().is_multiple_of(2);
    let (doc, origin) = (names.doc.clone(), Default::default());
    Field {
        name: name.to_owned(),
        doc,
        ty,
        optional,
        unique: optional,
        constraints,
        default: default.map(Box::new),
        origin,
    }
}

fn ty(names: &Names, kinds: &[(TypeId, usize)], next: &mut impl Iterator<Item = usize>) -> Ty {
    let (id, kind) = &kinds[next.next().unwrap() % kinds.len()];
    let declared = match kind {
        0 if next.next().unwrap().is_multiple_of(2) => Ty::Ref(id.clone()),
        0 => Ty::Entity(id.clone()),
        1 => Ty::Record(id.clone()),
        2 => Ty::Enum(id.clone()),
        3 => Ty::Json,
        _ => Ty::Value(id.clone()),
    };
    match next.next().unwrap() % 14 {
        0 => Ty::String,
        1 => Ty::Int,
        2 => Ty::Decimal,
        3 => Ty::Bool,
        4 => Ty::Timestamp,
        5 => Ty::Uuid,
        6 => Ty::Bytes,
        7 => Ty::Quantity(names.unit.clone()),
        8 | 9 => Ty::List(Box::new(declared)),
        _ => declared,
    }
}

fn operation(names: &Names, input: TypeId, output: TypeId) -> Operation {
    let failure = Failure {
        kinds: vec![FailureKind::Policy],
        meaning: names.doc.clone().unwrap_or_default(),
        origin: Default::default(),
    };
    let declared = names.members.iter().map(|member| (member.clone(), failure.clone())).collect();
    Operation {
        kind: if names.fields.len().is_multiple_of(2) { OperationKind::Query } else { OperationKind::Command },
        direction: Direction::Inbound,
        intent: names.doc.clone(),
        roles: vec![input.clone()],
        effect: Effect::Reads { entity: input.clone() },
        input,
        output,
        parts: Vec::new(),
        policies: Vec::new(),
        separated: Vec::new(),
        failures: Failures { declared, code_for: BTreeMap::new() },
        idempotency: Idempotency::Inherent,
        concurrency: Concurrency::ReadSnapshot,
        steps: Vec::new(),
        output_from: BTreeMap::new(),
        http: None,
        flow: None,
        origin: Default::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_things_are_called_the_files_compile(
        names in names(),
        multi_file: bool,
        root in proptest::sample::select(&["system", "google", "buf", "a.google.b", "acme.v"][..]),
    ) {
        let mut options = Options { multi_file, services: true, governance: true, ..Options::default() };
        options.set_package(root).unwrap();
        let model = model(&names);
        let files = project(&model, &options);
        let pool = compile(&files);
        for (_, text) in &files {
            prop_assert!(!text.lines().any(|line| line.trim_start().starts_with("import \"evil")));
        }
        let evil = pool.all_messages().any(|message| message.name() == "Evil" && !names.types.iter().flatten().any(|n| n == "Evil"));
        prop_assert!(!evil);
        // Nothing that is declared is lost on the way.
        let declared: usize = model.contexts.values().map(|c| c.entities.len() + c.events.len() + 2 * c.operations.len()).sum();
        let foreign = ["google.protobuf", "buf.validate"];
        let ours = pool.all_messages().filter(|message| !foreign.contains(&message.package_name()));
        prop_assert!(ours.count() >= declared);
    }
}
