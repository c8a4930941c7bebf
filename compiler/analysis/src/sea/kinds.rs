//! Kinds of name, and which name a declaration has.

use seac_syntax::Span;
use seac_syntax::sea::ast::{Declaration, DeclarationKind};

/// Kinds of name; each has a space of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Entity,
    Resource,
    Role,
    Relation,
    Instance,
    Pattern,
    Policy,
    Metric,
    Record,
    Enum,
    Operation,
    Unit,
    Dimension,
    Mapping,
    Projection,
    Change,
    /// By position in the table of keywords.
    Environment(u8),
}

const KINDS: &[(Kind, &str)] = &[
    (Kind::Entity, "entity"),
    (Kind::Resource, "resource"),
    (Kind::Role, "role"),
    (Kind::Relation, "relation"),
    (Kind::Instance, "instance"),
    (Kind::Pattern, "pattern"),
    (Kind::Policy, "policy"),
    (Kind::Metric, "metric"),
    (Kind::Record, "record"),
    (Kind::Enum, "enum"),
    (Kind::Operation, "operation"),
    (Kind::Unit, "unit"),
    (Kind::Dimension, "dimension"),
    (Kind::Mapping, "mapping"),
    (Kind::Projection, "projection"),
    (Kind::Change, "concept change"),
];

const ENVIRONMENT: &[&str] = &[
    "Cell",
    "SystemDependency",
    "Runtime",
    "Tool",
    "DependencySet",
    "Service",
    "Mount",
    "Endpoint",
    "NetworkFlow",
    "Credential",
];

impl Kind {
    /// As messages call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Environment(index) => ENVIRONMENT.get(usize::from(index)).copied().unwrap_or("declaration"),
            kind => KINDS.iter().find(|(known, _)| *known == kind).map_or("", |(_, word)| word),
        }
    }

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        let environment = (0..ENVIRONMENT.len()).filter_map(|index| u8::try_from(index).ok().map(Self::Environment));
        KINDS.iter().map(|(kind, _)| *kind).chain(environment)
    }
}

/// Kind, name and namespace of a declaration that has a name of its own.
pub fn named<'a>(declaration: &'a Declaration, namespace: &'a str) -> Option<(Kind, &'a str, Span, &'a str)> {
    use DeclarationKind as D;
    let domain =
        |domain: Option<&'a seac_syntax::sea::ast::Ident>| domain.map_or(namespace, |domain| domain.value.as_str());
    let (kind, name, namespace) = match &declaration.kind {
        D::Entity(entity) => (Kind::Entity, &entity.name, domain(entity.domain.as_deref())),
        D::Resource(resource) => (Kind::Resource, &resource.name, domain(resource.domain.as_ref())),
        D::Role(role) => (Kind::Role, &role.name, domain(role.domain.as_ref())),
        D::Relation(relation) => (Kind::Relation, &relation.name, namespace),
        D::Instance(instance) => (Kind::Instance, &instance.id, namespace),
        D::Pattern(pattern) => (Kind::Pattern, &pattern.name, namespace),
        D::Policy(policy) => (Kind::Policy, &policy.name, namespace),
        D::Metric(metric) => (Kind::Metric, &metric.name, namespace),
        D::Record(record) => (Kind::Record, &record.name, namespace),
        D::Enum(decl) => (Kind::Enum, &decl.name, namespace),
        D::Operation(operation) => (Kind::Operation, &operation.name, namespace),
        D::Unit(unit) => (Kind::Unit, &unit.name, namespace),
        D::Dimension(dimension) => (Kind::Dimension, dimension.as_ref(), namespace),
        D::Mapping(mapping) => (Kind::Mapping, &mapping.name, namespace),
        D::Projection(mapping) => (Kind::Projection, &mapping.name, namespace),
        D::ConceptChange(change) => (Kind::Change, &change.name, namespace),
        D::Environment(environment) => {
            let word = &environment.keyword.value;
            let index = ENVIRONMENT.iter().position(|known| known.eq_ignore_ascii_case(word))?;
            (Kind::Environment(u8::try_from(index).ok()?), &environment.name, namespace)
        }
        D::Flow(_) | D::RoleBinding(_) => return None,
    };
    Some((kind, &name.value, name.span, namespace))
}
