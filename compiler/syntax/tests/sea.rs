//! What the tree says about a model: keywords and their boundaries, literals, comments, docs, spans, precedence.
#![allow(clippy::unwrap_used, missing_docs)]

use seac_syntax::sea::ast::*;
use seac_syntax::{FileId, Span, sea};

fn parse(text: &str) -> SeaFile {
    let (tree, diagnostics) = sea::parse(FileId(0), text);
    assert_eq!(diagnostics, [], "{text}");
    tree
}

fn kind(text: &str) -> DeclarationKind {
    parse(text).declarations.remove(0).kind
}

fn written(text: &str, span: Span) -> &str {
    &text[span.range()]
}

/// An expression with every level of precedence in parentheses of its own.
fn shape(expr: &Expr) -> String {
    let joined = |parts: &[Expr], word: &str| format!("({})", parts.iter().map(shape).collect::<Vec<_>>().join(word));
    match &expr.kind {
        ExprKind::Literal(literal) => literal_shape(literal),
        ExprKind::Path(path) => path.iter().map(Ident::as_str).collect::<Vec<_>>().join("."),
        ExprKind::Instance { id, members } => std::iter::once(format!("@{}", id.value))
            .chain(members.iter().map(|m| m.value.to_string()))
            .collect::<Vec<_>>()
            .join("."),
        ExprKind::Role(role) => format!("role<{}>", role.value),
        ExprKind::Or(parts) => joined(parts, " or "),
        ExprKind::And(parts) => joined(parts, " and "),
        ExprKind::Not(expr) => format!("(not {})", shape(expr)),
        ExprKind::Compare { op, left, right } => format!("({} {:?} {})", shape(left), op.value, shape(right)),
        ExprKind::Sum { first, rest } => {
            rest.iter()
                .fold(format!("({}", shape(first)), |text, (op, part)| format!("{text} {:?} {}", op.value, shape(part)))
                + ")"
        }
        ExprKind::Product { first, rest } => {
            rest.iter()
                .fold(format!("({}", shape(first)), |text, (op, part)| format!("{text} {:?} {}", op.value, shape(part)))
                + ")"
        }
        ExprKind::Negate(expr) => format!("(-{})", shape(expr)),
        ExprKind::Cast { expr, unit } => format!("({} as {})", shape(expr), unit.value),
        ExprKind::Aggregate(aggregate) => {
            let part = |expr: &Option<Expr>| expr.as_ref().map_or("_".to_owned(), shape);
            format!(
                "{:?}({:?} in {}.{:?} last {:?} where {}: {})",
                aggregate.function.value,
                aggregate.variable.as_ref().map(Ident::as_str),
                aggregate.collection.name.value,
                aggregate.field.as_ref().map(Ident::as_str),
                aggregate.window.as_ref().map(|(n, unit)| format!("{} {}", n.value, unit.value)),
                part(&aggregate.filter),
                part(&aggregate.projection)
            )
        }
        ExprKind::Quantified { quantifier, variable, collection, body } => {
            let of = collection.of.as_ref().map_or("", |of| of.as_str());
            format!("{:?}({} in {} {of}: {})", quantifier.value, variable.value, collection.name.value, shape(body))
        }
        ExprKind::GroupBy { variable, filter, key, body, .. } => {
            let filter = filter.as_ref().map_or("_".to_owned(), |filter| shape(filter));
            format!("group({} where {filter}: {} {})", variable.value, shape(key), shape(body))
        }
        ExprKind::Missing => "missing".to_owned(),
    }
}

fn literal_shape(literal: &Literal) -> String {
    match &literal.kind {
        LiteralKind::Bool(value) => value.to_string(),
        LiteralKind::Number(number) => number.to_string(),
        LiteralKind::String(text) => format!("{text:?}"),
        LiteralKind::Quantity { amount, unit } => format!("{}[{}]", amount.value, unit.value),
        LiteralKind::Time(time) => format!("time {time}"),
        LiteralKind::Interval(from, to) => format!("{}..{}", from.value, to.value),
        LiteralKind::Array(items) => format!("[{}]", items.iter().map(literal_shape).collect::<Vec<_>>().join(", ")),
        LiteralKind::Word(word) => format!("word {word}"),
        LiteralKind::Instance(id) => format!("@{}", id.value),
    }
}

fn expr(text: &str) -> String {
    let (expr, diagnostics) = sea::parse_expression(FileId(0), text, 0);
    assert_eq!(diagnostics, [], "{text}");
    shape(&expr)
}

#[test]
fn operators_bind_from_or_to_as() {
    for (text, expected) in [
        ("a or b and c or d", "(a or (b and c) or d)"),
        ("not a = b and c", "((not (a Eq b)) and c)"),
        ("not not a", "(not (not a))"),
        ("a + b * c - d / e", "(a Add (b Multiply c) Subtract (d Divide e))"),
        ("a - b - c", "(a Subtract b Subtract c)"),
        ("-a * b", "((-a) Multiply b)"),
        ("- -5", "(--5)"),
        ("a -5", "(a Subtract 5)"),
        ("-5 \"kg\" < -x as \"kg\"", "(-5[kg] Lt (-(x as kg)))"),
        ("(a or b) and c", "((a or b) and c)"),
        ("a <= 1_000.50", "(a Le 1000.5)"),
        ("a HAS_ROLE \"R\" Or b StartsWith \"x\"", "((a HasRole \"R\") or (b StartsWith \"x\"))"),
        ("x before \"2025-12-31T23:59:59Z\"", "(x Before time 2025-12-31T23:59:59Z)"),
        ("x during interval(\"09:00\", \"17:00\")", "(x During 09:00..17:00)"),
        ("actor = role<alias.Customer>", "(actor Eq role<alias.Customer>)"),
        ("role < 5", "(role Lt 5)"),
        ("@v1.name.first = \"x\"", "(@v1.name.first Eq \"x\")"),
        ("f.to.name contains [1, \"a\", placed]", "(f.to.name Contains [1, \"a\", word placed])"),
        ("count(flows) > 1", "(Count(None in flows.None last None where _: _) Gt 1)"),
        ("sum(Flows.quantity)", "Sum(None in flows.Some(\"quantity\") last None where _: _)"),
        (
            "avg(f in flows over last 24 \"hours\" where f.x = 1: f.quantity as \"USD\")",
            "Avg(Some(\"f\") in flows.None last Some(\"24 hours\") where (f.x Eq 1): (f.quantity as USD))",
        ),
        ("exists_unique e in entity_instances of \"T\": (e.a)", "ExistsUnique(e in entity_instances T: e.a)"),
        (
            "group_by(f in flows: f.to) { sum(f.quantity) > 4 }",
            "group(f where _: f.to (Sum(None in f.Some(\"quantity\") last None where _: _) Gt 4))",
        ),
        ("forall f in flows: (a) and b", "(Forall(f in flows : a) and b)"),
    ] {
        assert_eq!(expr(text), expected, "{text}");
        let (tree, _) = sea::parse_expression(FileId(0), text, 0);
        assert_eq!(expr(&sea::print::expression(&tree)), expected, "the canonical text of {text}");
    }
}

#[test]
fn keywords_end_where_words_end() {
    for (text, expected) in [
        ("notes = 1", "(notes Eq 1)"),
        ("nothing", "nothing"),
        ("android or oracle", "(android or oracle)"),
        ("trueish = falsehood", "(trueish Eq falsehood)"),
        ("count_of + summary + minimum", "(count_of Add summary Add minimum)"),
        ("ascii as \"x\"", "(ascii as x)"),
        ("a.not.and.or", "a.not.and.or"),
        ("Überfluß_2 = 1", "(Überfluß_2 Eq 1)"),
    ] {
        assert_eq!(expr(text), expected, "{text}");
    }
}

#[test]
fn keywords_of_declarations_and_clauses_are_usable_as_names() {
    for name in [
        "record",
        "enum",
        "operation",
        "key",
        "input",
        "state",
        "flow",
        "entity",
        "policy",
        "optional",
        "default",
        "role",
    ] {
        assert_eq!(expr(&format!("{name} = {name}.{name}")), format!("({name} Eq {name}.{name})"));
        parse(&format!("record {name} {{ {name}: {name} key: string optional: int default: bool }}"));
        parse(&format!("enum {name} {{ {name} = \"{name}\" }}"));
        parse(&format!("Policy {name} as: {name}\nrecord R {{ a: int }}"));
        parse(&format!("operation {name} {{ input {name} state {name} }}"));
        parse(&format!("Resource \"R\" {name}\nEntity \"E\" in {name}\nResource \"S\" {name} in {name}"));
        parse(&format!("ConceptChange \"C\" @migration_policy {name}\n@x {name} Entity \"E\""));
    }
}

#[test]
fn keywords_are_written_in_any_case_and_names_keep_theirs() {
    let tree = parse(
        "@NAMESPACE \"N\"\neNtItY \"Abc\" IN Dom\nPOLICY P PER constraint OBLIGATION PRIORITY 1 AS: TRUE AND NOT FALSE\noPERATION o { Effect CREATES E }",
    );
    assert_eq!(tree.header[0].key.value, "namespace");
    let DeclarationKind::Entity(entity) = &tree.declarations[0].kind else { panic!() };
    assert_eq!((entity.name.as_str(), entity.domain.as_ref().unwrap().as_str()), ("Abc", "Dom"));
    let DeclarationKind::Operation(operation) = &tree.declarations[2].kind else { panic!() };
    let ClauseKind::Effect { verb, .. } = &operation.clauses[0].kind else { panic!() };
    assert_eq!(verb.value, "creates");
}

#[test]
fn a_resource_may_be_measured_in_inches() {
    let unit = |text: &str| {
        let DeclarationKind::Resource(resource) = kind(text) else { panic!() };
        (resource.unit.map(|unit| unit.value), resource.domain.map(|domain| domain.value))
    };
    let some = |text: &str| Some(text.into());
    assert_eq!(unit("Resource \"R\""), (None, None));
    assert_eq!(unit("Resource \"R\" in"), (some("in"), None));
    assert_eq!(unit("Resource \"R\" in\nEntity \"E\""), (some("in"), None));
    assert_eq!(unit("Resource \"R\" in dom"), (None, some("dom")));
    assert_eq!(unit("Resource \"R\" in in dom"), (some("in"), some("dom")));
    assert_eq!(unit("Resource \"R\" kg in dom"), (some("kg"), some("dom")));
    assert_eq!(unit("Resource \"R\" operation\nEntity \"E\""), (some("operation"), None));
    assert_eq!(unit("Resource \"R\"\nimport { A } from \"b\""), (None, None));
}

#[test]
fn annotations_are_read_before_from_and_after_to() {
    for text in [
        "Flow \"R\" @cqrs { \"kind\": \"command\" } @tx from \"A\" to \"B\" quantity 1",
        "Flow \"R\" from \"A\" to \"B\" @cqrs { \"kind\": \"command\" } @tx quantity 1",
        "Flow \"R\" from \"A\" to \"B\" quantity 1 @cqrs { kind: \"command\" } @tx",
    ] {
        let DeclarationKind::Flow(flow) = kind(text) else { panic!() };
        let keys: Vec<&str> = flow.annotations.iter().map(|annotation| annotation.key.as_str()).collect();
        assert_eq!(keys, ["cqrs", "tx"]);
        assert_eq!(flow.annotations[1].values, []);
        let ValueKind::Object(entries) = &flow.annotations[0].values[0].kind else { panic!() };
        assert_eq!(entries[0].0.value, "kind");
    }
}

#[test]
fn an_annotation_takes_a_number_with_its_unit() {
    let DeclarationKind::Metric(metric) = kind(
        "Metric \"m\" as: 1 @refresh_interval -60 \"seconds\" @threshold 1_0.50 @severity \"info\" @flag @v v1.0.0",
    ) else {
        panic!()
    };
    let counts: Vec<usize> = metric.annotations.iter().map(|annotation| annotation.values.len()).collect();
    assert_eq!(counts, [2, 1, 1, 0, 1]);
}

#[test]
fn comments_are_kept_and_docs_are_attached() {
    let text = "// head\n/// About A.\n///  Two.\nEntity \"A\" { // open\n    /// The key.\n    key id: uuid\n} //// not a doc\nenum E {\n    /// First.\n    a = \"a\", // b\n    b = \"http://x\"\n}\n/// nothing follows";
    let tree = parse(text);
    assert_eq!(tree.declarations[0].docs.as_ref().unwrap().value, "About A.\n Two.");
    let DeclarationKind::Entity(entity) = &tree.declarations[0].kind else { panic!() };
    assert_eq!(entity.fields.as_ref().unwrap()[0].docs.as_ref().unwrap().value, "The key.");
    let DeclarationKind::Enum(declared) = &tree.declarations[1].kind else { panic!() };
    assert_eq!(declared.members[0].docs.as_ref().unwrap().value, "First.");
    let comments: Vec<&str> = tree.comments.iter().map(|comment| comment.value.as_str()).collect();
    assert_eq!(comments, ["// head", "// open", "//// not a doc", "// b", "/// nothing follows"]);
    for comment in &tree.comments {
        assert_eq!(comment.value, written(text, comment.span));
    }
}

#[test]
fn line_ends_of_every_system_and_a_byte_order_mark_are_read() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("\u{feff}@namespace \"n\"{end}// c{end}Entity \"A\"{end}{end}Policy p as:{end}  true{end}");
        let tree = parse(&text);
        assert_eq!((tree.header.len(), tree.declarations.len(), tree.comments.len()), (1, 2, 1));
        assert_eq!(written(&text, tree.declarations[0].span), "Entity \"A\"");
    }
}

#[test]
fn spans_are_exact() {
    let text = "export Policy p as: forall é in flows: (é.to = \"Ä\" and not (1_0 \"kg\" <= -é.q as \"kg\"))";
    let tree = parse(text);
    let declaration = &tree.declarations[0];
    assert_eq!(written(text, declaration.span), text);
    assert_eq!(written(text, declaration.exported.unwrap()), "export");
    let DeclarationKind::Policy(policy) = &declaration.kind else { panic!() };
    assert_eq!(written(text, policy.expression.span), &text[20..]);
    let ExprKind::Quantified { variable, collection, body, .. } = &policy.expression.kind else { panic!() };
    assert_eq!(written(text, variable.span), "é");
    assert_eq!(written(text, collection.span), "flows");
    let ExprKind::And(parts) = &body.kind else { panic!() };
    assert_eq!(written(text, parts[0].span), "é.to = \"Ä\"");
    assert_eq!(written(text, parts[1].span), "not (1_0 \"kg\" <= -é.q as \"kg\")");
    let ExprKind::Not(inner) = &parts[1].kind else { panic!() };
    let ExprKind::Compare { op, left, right } = &inner.kind else { panic!() };
    assert_eq!(written(text, op.span), "<=");
    assert_eq!((written(text, left.span), written(text, right.span)), ("1_0 \"kg\"", "-é.q as \"kg\""));
}

#[test]
fn embedded_texts_have_spans_in_the_text_around_them() {
    let (ty, diagnostics) = sea::parse_type(FileId(3), "list<ref<gov.Control>>", 100);
    assert_eq!(diagnostics, []);
    let ty = ty.unwrap();
    assert_eq!(ty.span, Span::new(FileId(3), 100, 122));
    let TypeExprKind::List(inner) = ty.kind else { panic!() };
    assert_eq!(inner.span, Span::new(FileId(3), 105, 121));
    let (_, diagnostics) = sea::parse_expression(FileId(3), "a = ", 10);
    assert_eq!(diagnostics[0].primary.span, Span::new(FileId(3), 14, 14));
    assert!(sea::parse_type(FileId(0), "string string", 0).0.is_none());
}

#[test]
fn raw_strings_keep_their_lines_and_backslashes() {
    let DeclarationKind::Pattern(pattern) = kind("Pattern \"P\" matches \"\"\"\\d \"quoted\"\r\nnext\"\"\"") else {
        panic!()
    };
    assert_eq!(pattern.regex.value, "\\d \"quoted\"\nnext");
}

#[test]
fn mappings_and_projections_take_colons_and_arrows() {
    let text = "Mapping \"m\" for CALM { Entity \"A\" -> Node { a: 1, b: { \"x\" -> \"y\", z: [null, true] }, }\nFlow \"F\" -> Edge { k: v } }\nProjection \"p\" for kg { Entity \"A\" { \"a\" -> \"b\" } }";
    let tree = parse(text);
    let DeclarationKind::Mapping(mapping) = &tree.declarations[0].kind else { panic!() };
    assert_eq!(mapping.target.value, "calm");
    assert_eq!(mapping.rules.len(), 2);
    assert_eq!(mapping.rules[0].fields.len(), 2);
}

#[test]
fn where_a_name_is_wanted_a_context_may_have_dashes() {
    let text = "record R {\n    sku: order-2-line.Sku\n    all: list<order-line.Sku>\n    other: order-line.Line optional\n}\n";
    let (tree, diagnostics) = sea::parse(FileId(0), text);
    let DeclarationKind::Record(record) = &tree.declarations[0].kind else { panic!("{tree:?}") };
    let types: Vec<&str> = record.fields.iter().map(|field| written(text, field.ty.span)).collect();
    assert_eq!(types, ["order-2-line.Sku", "list<order-line.Sku>", "order-line.Line"]);
    assert_eq!(diagnostics, []);
    for apart in ["order -line.Sku", "order- line.Sku", "order-line", "order-line .Sku", "-line.Sku", "order--line.Sku"]
    {
        let (_, diagnostics) = sea::parse(FileId(0), &format!("record R {{\n    sku: {apart}\n}}\n"));
        assert!(!diagnostics.is_empty(), "{apart}");
    }
}

#[test]
fn where_a_value_is_wanted_a_dash_subtracts() {
    let policy = |expr: &str| {
        let text = format!("Policy p per Constraint Obligation priority 1 as: {expr}\n");
        match kind(&text) {
            DeclarationKind::Policy(policy) => shape(&policy.expression),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(policy("a-b.c > 0"), "((a Subtract b.c) Gt 0)");
    assert_eq!(policy("role<order-line.Clerk> = 1"), "(role<order-line.Clerk> Eq 1)");
    assert_eq!(policy("role < a-b"), "(role Lt (a Subtract b))");
}
