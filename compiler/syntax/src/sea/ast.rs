#![allow(missing_docs, reason = "fields are named after the words of the language; the shapes stand on the types")]

//! The syntax tree of one `.sea` file: what was written, in the order it was written, with its spans.
//!
//! Long chains (`a and b and c …`, `1 + 2 + 3 …`) are flat lists, so that the depth of a tree is the depth of the
//! nesting a person wrote, which the parser bounds.

use crate::source::{Span, Spanned};
use crate::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

/// A name written as an identifier. Where a declaration is referred to (types, roles, records, events), the text may
/// have dots: `alias.Customer`, `governance.Control`. Words of a closed set are in canonical case.
pub type Ident = Spanned<Text>;
/// A name written as a string literal; the value has its escapes resolved.
pub type Name = Spanned<Text>;
/// A comment as written, from its `//` to the last character that is no white space.
pub type Comment = Spanned<Text>;

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Serialize)]
pub struct SeaFile {
    /// `@namespace`, `@version`, … in front of everything else.
    pub header: Vec<HeaderItem>,
    /// `import …` lines.
    pub imports: Vec<Import>,
    /// The declarations that could be read.
    pub declarations: Vec<Declaration>,
    /// Every comment that is not the doc of something, by position.
    pub comments: Vec<Comment>,
}

/// `@key "value"` at the head of a file.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct HeaderItem {
    /// `namespace`, `version`, `owner` or `profile`.
    pub key: Ident,
    /// Its value.
    pub value: Name,
    /// The whole item.
    pub span: Span,
}

/// `import { A, B as C } from "x"` or `import * as n from "x"`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Import {
    /// What is imported.
    pub items: ImportItems,
    /// The module specifier.
    pub from: Name,
    /// The whole line.
    pub span: Span,
}

/// The two kinds of import.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub enum ImportItems {
    /// `{ A, B as C }`: name and alias.
    Named(Vec<(Ident, Option<Ident>)>),
    /// `* as n`.
    Wildcard(Ident),
}

/// One declaration.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Declaration {
    /// From `export` or the keyword to the last character.
    pub span: Span,
    /// Where `export` stands, if it does.
    pub exported: Option<Span>,
    /// The `///` lines in front of it, joined by LF, markers and one leading space removed.
    pub docs: Option<Box<Spanned<Text>>>,
    /// What is declared.
    pub kind: DeclarationKind,
}

/// The kinds of declaration.
// Boxed, so that a list of many small ones does not take the place of as many large ones.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub enum DeclarationKind {
    Dimension(Box<Name>),
    Unit(Box<UnitDecl>),
    Entity(Box<Entity>),
    Resource(Box<Resource>),
    Flow(Box<Flow>),
    Pattern(Box<Pattern>),
    Role(Box<Role>),
    RoleBinding(Box<RoleBinding>),
    Relation(Box<Relation>),
    Instance(Box<Instance>),
    Policy(Box<Policy>),
    ConceptChange(Box<ConceptChange>),
    Metric(Box<Metric>),
    Mapping(Box<Mapping>),
    Projection(Box<Mapping>),
    Record(Box<Record>),
    Enum(Box<Enum>),
    Operation(Box<Operation>),
    Environment(Box<Environment>),
}

/// `Unit "km" of "Length" factor 1000 base "m" [offset N]`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct UnitDecl {
    pub name: Name,
    pub dimension: Name,
    pub factor: Number,
    pub base: Name,
    /// Our extension: added after scaling, as in degrees Fahrenheit.
    pub offset: Option<Number>,
}

/// `Entity "N" v1.2.3 @replaces "O" v1.0.0 @changes ["a"] in dom { fields }`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Entity {
    pub name: Name,
    pub version: Option<Box<Version>>,
    pub replaces: Option<Box<(Name, Option<Version>)>>,
    pub changes: Box<[Name]>,
    pub domain: Option<Box<Ident>>,
    pub annotations: Box<[Annotation]>,
    /// None without a body.
    pub fields: Option<Box<[Field]>>,
}

/// `Resource "N" [unit] [in dom]`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Resource {
    pub name: Name,
    pub unit: Option<Ident>,
    pub domain: Option<Ident>,
    pub annotations: Vec<Annotation>,
}

/// `Flow "R" @key value… from "A" to "B" [quantity N]`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Flow {
    pub resource: Name,
    pub annotations: Box<[Annotation]>,
    pub from: Name,
    pub to: Name,
    pub quantity: Option<Box<Literal>>,
}

/// `Pattern "N" matches "regex"`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Pattern {
    pub name: Name,
    pub regex: Name,
}

/// `Role "R" [in dom]`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Role {
    pub name: Name,
    pub domain: Option<Ident>,
    pub annotations: Vec<Annotation>,
}

/// `role_binding "R" for "E"`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct RoleBinding {
    pub role: Name,
    pub entity: Name,
}

/// `Relation "N" subject: "R1" predicate: "p" object: "R2" [via: flow "Res"]`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Relation {
    pub name: Name,
    pub subject: Name,
    pub predicate: Name,
    pub object: Name,
    pub via: Option<Name>,
}

/// `Instance id of "E" { field: expr, … }`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Instance {
    pub id: Ident,
    pub entity: Name,
    pub fields: Vec<(Ident, Expr)>,
}

/// `Policy name per … as: expr`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Policy {
    pub name: Ident,
    pub kind: Option<Spanned<PolicyKind>>,
    pub modality: Option<Spanned<Modality>>,
    pub priority: Option<Number>,
    pub rationale: Option<Name>,
    pub tags: Vec<Name>,
    pub version: Option<Version>,
    pub annotations: Vec<Annotation>,
    pub expression: Expr,
}

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub enum PolicyKind {
    Constraint,
    Derivation,
    Obligation,
}

/// What it demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Must hold.
    Obligation,
    /// Must not hold.
    Prohibition,
    /// Grants; never violates.
    Permission,
}

/// `ConceptChange "N" @from_version … `.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ConceptChange {
    pub name: Name,
    pub annotations: Vec<Annotation>,
}

/// `Metric "N" as: expr @threshold …`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Metric {
    pub name: Name,
    pub expression: Expr,
    pub annotations: Vec<Annotation>,
}

/// `Mapping "M" for calm { … }` and `Projection "P" for … { … }`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Mapping {
    pub name: Name,
    pub target: Ident,
    pub rules: Vec<MappingRule>,
}

/// `Entity "X" -> T { k: v }`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct MappingRule {
    /// `Entity`, `Resource`, `Flow`, … as written.
    pub kind: Ident,
    pub name: Name,
    pub target: Option<Ident>,
    pub fields: Vec<(Ident, Value)>,
    pub span: Span,
}

/// `record R { fields }`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Record {
    pub name: Ident,
    pub fields: Vec<Field>,
}

/// `enum E { member = "wire", … }`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Enum {
    pub name: Ident,
    pub members: Vec<EnumMember>,
}

/// One member of an enum.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct EnumMember {
    pub span: Span,
    pub name: Ident,
    pub wire: Name,
    pub docs: Option<Spanned<Text>>,
}

/// `[key] name: type [optional] [(constraints)] [default literal]`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Field {
    pub span: Span,
    pub docs: Option<Box<Spanned<Text>>>,
    /// Where `key` stands, if it does.
    pub key: Option<Span>,
    pub name: Ident,
    pub ty: TypeExpr,
    pub optional: Option<Span>,
    pub constraints: Box<[FieldConstraint]>,
    pub default: Option<Box<Literal>>,
}

impl Field {
    /// Whether it could not be read whole.
    pub fn is_broken(&self) -> bool {
        self.ty.kind == TypeExprKind::Missing
    }
}

/// `min_length 1`, `pattern "…"`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct FieldConstraint {
    pub span: Span,
    pub name: Ident,
    pub value: Literal,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct TypeExpr {
    pub span: Span,
    pub kind: TypeExprKind,
}

/// The shapes of a type.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub enum TypeExprKind {
    /// `quantity<Unit>`.
    Quantity(Ident),
    /// `ref<Entity>`.
    Ref(Ident),
    /// `list<T>`.
    List(Box<TypeExpr>),
    /// A built-in type or a declared one; which, is for the analysis to say.
    Named(Ident),
    /// Stands for the type of a field that could not be read whole; a diagnostic was made.
    Missing,
}

/// `operation name { clauses }`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Operation {
    pub name: Ident,
    pub clauses: Vec<Clause>,
}

/// One clause of an operation.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Clause {
    pub span: Span,
    pub kind: ClauseKind,
}

/// The clauses, in their canonical order.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub enum ClauseKind {
    /// `intent "…"`.
    Intent(Name),
    /// `direction inbound`; the words of this and the next clauses are checked by the analysis.
    Direction(Ident),
    /// `actor anonymous` or `actor Role`.
    Actor(Ident),
    /// `access public` (no bindings) or `access policy_governed by P at precondition fails with code, …`.
    Access { mode: Ident, bindings: Vec<PolicyBinding> },
    /// `input R`.
    Input(Ident),
    /// `output R`.
    Output(Ident),
    /// `state E`.
    State(Ident),
    /// `effect creates E`.
    Effect { verb: Ident, entity: Ident },
    /// `transaction single_aggregate`.
    Transaction(Ident),
    /// `failure code for kind, … "meaning"`.
    Failure { code: Ident, kinds: Box<[Ident]>, meaning: Name },
    /// `emits Event` (ours).
    Emits(Ident),
    /// `idempotency keyed_by f | inherent | not_applicable(read_only, "why")`; `key` is `f` or `read_only`.
    Idempotency { mode: Ident, key: Option<Ident>, reason: Option<Box<Name>> },
    /// `concurrency unique_key f | optimistic_version f | read_snapshot`.
    Concurrency { mode: Ident, field: Option<Ident> },
    /// `evidence operation_trace`.
    Evidence(Ident),
    /// `lifecycle synchronous_request_response`.
    Lifecycle(Ident),
}

/// `P at precondition fails with code`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PolicyBinding {
    pub span: Span,
    pub policy: Ident,
    pub at: Ident,
    pub fails_with: Ident,
}

/// `Cell "N" @k v`, `Tool "uv" version "0.9"`, `NetworkFlow "N" from "A" to "B" …`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Environment {
    /// `Cell`, `Tool`, … as in the language's table.
    pub keyword: Ident,
    pub name: Name,
    /// Clauses without `@`: `version "…"`, `from "…"`, `to "…"`.
    pub clauses: Vec<(Ident, Name)>,
    pub annotations: Vec<Annotation>,
}

/// `@key value…`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Annotation {
    pub span: Span,
    pub key: Ident,
    /// Usually one; `@refresh_interval 5 "s"` has two, a bare flag none.
    pub values: Vec<Value>,
}

/// A JSON-like value of an annotation.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Value {
    pub span: Span,
    pub kind: ValueKind,
}

/// The shapes of a value.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub enum ValueKind {
    Null,
    Bool(bool),
    Number(Number),
    String(Text),
    /// A bare word, or a semantic version.
    Word(Text),
    Array(Vec<Value>),
    Object(Vec<(Name, Value)>),
}

/// A semantic version, without the `v`.
pub type Version = Spanned<Text>;

/// An exact decimal in canonical form: optional `-`, no `_`, no superfluous zeros, no exponent (`-0` is `0`).
pub type Number = Spanned<Text>;

/// A literal.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Literal {
    pub span: Span,
    pub kind: LiteralKind,
}

/// The kinds of literal.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub enum LiteralKind {
    Bool(bool),
    Number(Text),
    String(Text),
    /// `1_500 "USD"`.
    Quantity {
        amount: Box<Number>,
        unit: Box<Name>,
    },
    /// An RFC 3339 time, as written: any string literal of that shape, so it may stand where a string is wanted.
    Time(Text),
    /// `interval("09:00", "17:00")`.
    Interval(Box<Name>, Box<Name>),
    Array(Vec<Literal>),
    /// `@instance`, among the items of an array; alone it is an expression.
    Instance(Box<Ident>),
    /// A bare word, as an enum member in `default placed`.
    Word(Text),
}

/// An expression.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

/// The kinds of expression. Binary chains of one level of precedence are lists.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub enum ExprKind {
    Literal(Literal),
    /// `a`, `a.b`, `a.b.c`.
    Path(Vec<Ident>),
    /// `@instance`, with members behind it.
    Instance {
        id: Ident,
        members: Vec<Ident>,
    },
    /// `role<R>`.
    Role(Ident),
    /// At least two.
    Or(Vec<Expr>),
    /// At least two.
    And(Vec<Expr>),
    Not(Box<Expr>),
    Compare {
        op: Spanned<CompareOp>,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `first + a - b …`.
    Sum {
        first: Box<Expr>,
        rest: Vec<(Spanned<SumOp>, Expr)>,
    },
    /// `first * a / b …`.
    Product {
        first: Box<Expr>,
        rest: Vec<(Spanned<ProductOp>, Expr)>,
    },
    Negate(Box<Expr>),
    /// `expr as "unit"`.
    Cast {
        expr: Box<Expr>,
        unit: Name,
    },
    /// `count(flows)`, `sum(f in flows where …: f.quantity)`.
    Aggregate(Box<Aggregate>),
    /// `forall v in C: (e)`.
    Quantified {
        quantifier: Spanned<Quantifier>,
        variable: Ident,
        collection: Box<Collection>,
        body: Box<Expr>,
    },
    /// `group_by(v in C [where e]: key) { e }`.
    GroupBy {
        variable: Ident,
        collection: Box<Collection>,
        filter: Option<Box<Expr>>,
        key: Box<Expr>,
        body: Box<Expr>,
    },
    /// Stands for an expression that could not be read; a diagnostic was made.
    Missing,
}

/// An aggregate call.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Aggregate {
    pub function: Spanned<AggregateFunction>,
    /// `v in`, in a comprehension.
    pub variable: Option<Ident>,
    pub collection: Collection,
    /// `.field`, in the short form.
    pub field: Option<Ident>,
    /// `over last N "unit"`.
    pub window: Option<(Number, Name)>,
    pub filter: Option<Expr>,
    /// Behind the colon.
    pub projection: Option<Expr>,
}

/// What is ranged over.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Collection {
    pub span: Span,
    /// `flows`, `entities`, `instances`, … or the name of a variable.
    pub name: Ident,
    /// `of "T"`.
    pub of: Option<Name>,
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    Before,
    After,
    During,
    HasRole,
}

/// `+`, `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub enum SumOp {
    Add,
    Subtract,
}

/// `*`, `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub enum ProductOp {
    Multiply,
    Divide,
}

/// Quantifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub enum Quantifier {
    Forall,
    Exists,
    ExistsUnique,
}

/// Aggregate functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub enum AggregateFunction {
    Count,
    Sum,
    Min,
    Max,
    Avg,
}

impl ClauseKind {
    /// The place of the clause in the canonical order.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Intent(_) => 0,
            Self::Direction(_) => 1,
            Self::Actor(_) => 2,
            Self::Access { .. } => 3,
            Self::Input(_) => 4,
            Self::Output(_) => 5,
            Self::State(_) => 6,
            Self::Effect { .. } => 7,
            Self::Transaction(_) => 8,
            Self::Failure { .. } => 9,
            Self::Emits(_) => 10,
            Self::Idempotency { .. } => 11,
            Self::Concurrency { .. } => 12,
            Self::Evidence(_) => 13,
            Self::Lifecycle(_) => 14,
        }
    }
}
