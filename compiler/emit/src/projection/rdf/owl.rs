//! What others understand of the graph: classes, properties, labels, and where things were written.

use super::{Node, Term, iri};
use seac_model::{Field, Model, Origin, Ty};

/// The classes of what a member of the model's JSON holds.
pub fn classes(member: &str) -> Vec<&'static str> {
    match member {
        "contexts" => vec!["seac:Context"],
        "entities" => vec!["seac:Entity", "owl:Class"],
        "records" => vec!["seac:Record", "owl:Class"],
        "events" => vec!["seac:Event", "owl:Class"],
        "enums" => vec!["seac:Enum", "owl:Class"],
        "value_objects" => vec!["seac:ValueObject", "owl:Class"],
        "roles" => vec!["seac:Role"],
        "policies" => vec!["seac:Policy"],
        "operations" => vec!["seac:Operation"],
        "flows" => vec!["seac:Flow"],
        "elements" => vec!["seac:Element"],
        "invariants" => vec!["seac:Invariant"],
        "notes" => vec!["seac:Note"],
        "units" => vec!["seac:Unit"],
        "" => vec!["seac:Model"],
        _ => Vec::new(),
    }
}

/// Adds to the node of a declaration, which is known by its path, what the model's JSON does not say in words of others.
pub fn describe(node: &mut Node, path: &[&str], model: &Model) {
    let ["contexts", slug, rest @ ..] = path else { return };
    let Some(context) = model.contexts.get(*slug) else { return };
    let [kind, name] = rest else {
        if rest.is_empty() {
            label(node, &context.title, None, &context.origin);
        }
        return;
    };
    let found = match *kind {
        "entities" => context.entities.get(*name).map(|it| (it.doc.as_ref(), &it.origin)),
        "records" => context.records.get(*name).map(|it| (it.doc.as_ref(), &it.origin)),
        "events" => context.events.get(*name).map(|it| (it.doc.as_ref(), &it.origin)),
        "enums" => context.enums.get(*name).map(|it| (it.doc.as_ref(), &it.origin)),
        "value_objects" => context.value_objects.get(*name).map(|it| (it.doc.as_ref(), &it.origin)),
        "roles" => context.roles.get(*name).map(|it| (it.doc.as_ref(), &it.origin)),
        "policies" => context.policies.get(*name).map(|it| (it.doc.as_ref(), &it.origin)),
        "operations" => context.operations.get(*name).map(|it| (it.intent.as_ref(), &it.origin)),
        "flows" => context.flows.get(*name).map(|it| (None, &it.origin)),
        "invariants" => context.invariants.get(*name).map(|it| (Some(&it.statement), &it.origin)),
        _ => None,
    };
    if let Some((doc, origin)) = found {
        label(node, name, doc, origin);
    }
}

fn label(node: &mut Node, label: &str, doc: Option<&String>, origin: &Origin) {
    node.properties.push(("rdfs:label".to_owned(), Term::Text(label.to_owned())));
    node.properties.extend(doc.map(|doc| ("rdfs:comment".to_owned(), Term::Text(doc.clone()))));
    if !origin.file.is_empty() {
        let place = format!("{}:{}", origin.file, origin.line);
        let location = vec![("prov:atLocation".to_owned(), Term::Text(place))];
        let place = Node { iri: None, types: vec!["prov:Entity"], properties: location };
        node.properties.push(("prov:wasDerivedFrom".to_owned(), Term::Node(place)));
    }
}

/// Makes the node of a field a property of OWL, with domain and range; `path` is that of what has the field.
pub fn describe_field(node: &mut Node, path: &[&str], name: &str, model: &Model, base: &str) {
    let ["contexts", slug, kind, holder] = path else { return };
    let Some(context) = model.contexts.get(*slug) else { return };
    let fields: &[Field] = match *kind {
        "entities" => context.entities.get(*holder).map_or(&[], |it| &it.fields),
        "records" => context.records.get(*holder).map_or(&[], |it| &it.fields),
        "events" => context.events.get(*holder).map_or(&[], |it| &it.payload),
        _ => &[],
    };
    let Some(field) = fields.iter().find(|field| field.name == name) else { return };
    let (class, range) = range(&field.ty, base);
    node.types.push(class);
    node.properties.push(("rdfs:domain".to_owned(), Term::Iri(iri(base, path))));
    node.properties.extend(range.map(|range| ("rdfs:range".to_owned(), range)));
    label(node, &field.name, field.doc.as_ref(), &field.origin);
}

/// What values of a type are: data, or things of a class.
fn range(ty: &Ty, base: &str) -> (&'static str, Option<Term>) {
    let data = |name: &str| ("owl:DatatypeProperty", Some(Term::Name(format!("xsd:{name}"))));
    let thing = |kind: &str, id: &seac_model::TypeId| {
        ("owl:ObjectProperty", Some(Term::Iri(iri(base, &["contexts", &id.context, kind, &id.name]))))
    };
    match ty {
        Ty::String | Ty::Uuid => data("string"),
        Ty::Int => data("long"),
        Ty::Decimal => data("decimal"),
        Ty::Bool => data("boolean"),
        Ty::Timestamp => data("dateTime"),
        Ty::Bytes => data("base64Binary"),
        Ty::Json => ("owl:DatatypeProperty", None),
        Ty::Quantity(unit) => ("owl:ObjectProperty", Some(Term::Iri(iri(base, &["units", unit])))),
        Ty::List(inner) => range(inner, base),
        Ty::Ref(id) | Ty::Entity(id) => thing("entities", id),
        Ty::Record(id) => thing("records", id),
        Ty::Enum(id) => thing("enums", id),
        Ty::Value(id) => thing("value_objects", id),
    }
}
