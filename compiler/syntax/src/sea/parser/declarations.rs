//! Headers, imports and the declarations of a domain.

use super::super::ast::*;
use super::{Kind, Parsed, Parser, words};
use crate::report::{self, Expected};
use crate::source::Spanned;

/// The lists of an entity while it is read; in the tree they are no longer than what they hold.
#[derive(Default)]
struct EntityLists {
    changes: Vec<Name>,
    annotations: Vec<Annotation>,
}

impl Parser<'_> {
    /// One thing of a file: a header item, an import or a declaration.
    pub(super) fn item(&mut self, tree: &mut SeaFile) -> Parsed<()> {
        if self.kind() == Kind::At && tree.declarations.is_empty() {
            let item = self.header_item()?;
            tree.header.push(item);
        } else if self.is_word(0, "import") {
            let import = self.import()?;
            tree.imports.push(import);
        } else {
            let declaration = self.declaration()?;
            tree.declarations.push(declaration);
        }
        Ok(())
    }

    fn header_item(&mut self) -> Parsed<HeaderItem> {
        let start = self.at;
        self.bump();
        let mut key = self.ident(Expected::Thing("`namespace`, `version`, `owner` or `profile`"))?;
        match words::canonical(words::HEADER_KEYS, &key.value) {
            Some(known) => key.value = known.into(),
            None => {
                let finding = report::unknown_header_key(&key, words::HEADER_KEYS);
                return self.fail(finding);
            }
        }
        let value = self.name()?;
        Ok(HeaderItem { key, value, span: self.span_since(start) })
    }

    fn import(&mut self) -> Parsed<Import> {
        let start = self.at;
        self.bump();
        let items = if self.eat_kind(Kind::Star, Expected::Word("*")).is_some() {
            self.need_word("as")?;
            ImportItems::Wildcard(self.ident(Expected::Thing("a name for the module"))?)
        } else {
            let open = self.need_kind(Kind::LBrace, Expected::Word("{"))?;
            ImportItems::Named(self.listed(open, |parser| {
                let name = parser.ident(Expected::Thing("the name of a declaration"))?;
                let alias = match parser.eat_word("as") {
                    Some(_) => Some(parser.ident(Expected::Thing("another name for it"))?),
                    None => None,
                };
                Ok((name, alias))
            }))
        };
        self.need_word("from")?;
        let from = self.name()?;
        Ok(Import { items, from, span: self.span_since(start) })
    }

    fn declaration(&mut self) -> Parsed<Declaration> {
        let docs = self.take_docs().map(Box::new);
        let start = self.at;
        let exported = if self.is_word(0, "export") { Some(self.bump()) } else { None };
        let exported = exported.map(|token| self.span_of(token));
        let kind = self.declaration_kind()?;
        Ok(Declaration { span: self.span_since(start), exported, docs, kind })
    }

    fn declaration_kind(&mut self) -> Parsed<DeclarationKind> {
        let token = self.token();
        let word = if token.kind == Kind::Ident { self.text_of(token) } else { "" };
        let Some(keyword) = words::canonical(words::DECLARATIONS, word) else {
            return self.unknown_declaration();
        };
        let span = self.here();
        self.bump();
        Ok(match keyword {
            "Dimension" => DeclarationKind::Dimension(Box::new(self.name()?)),
            "Unit" => DeclarationKind::Unit(Box::new(self.unit()?)),
            "Entity" => DeclarationKind::Entity(Box::new(self.entity()?)),
            "Resource" => DeclarationKind::Resource(Box::new(self.resource()?)),
            "Flow" => DeclarationKind::Flow(Box::new(self.flow()?)),
            "Pattern" => DeclarationKind::Pattern(Box::new(self.pattern()?)),
            "Role" => DeclarationKind::Role(Box::new(self.role()?)),
            "role_binding" => DeclarationKind::RoleBinding(Box::new(self.role_binding()?)),
            "Relation" => DeclarationKind::Relation(Box::new(self.relation()?)),
            "Instance" => DeclarationKind::Instance(Box::new(self.instance()?)),
            "Policy" => DeclarationKind::Policy(Box::new(self.policy()?)),
            "ConceptChange" => {
                let name = self.name()?;
                DeclarationKind::ConceptChange(Box::new(ConceptChange { name, annotations: self.annotations()? }))
            }
            "Metric" => DeclarationKind::Metric(Box::new(self.metric()?)),
            "Mapping" => DeclarationKind::Mapping(Box::new(self.mapping(true)?)),
            "Projection" => DeclarationKind::Projection(Box::new(self.mapping(false)?)),
            "record" => DeclarationKind::Record(Box::new(self.record()?)),
            "enum" => DeclarationKind::Enum(Box::new(self.enumeration()?)),
            "operation" => DeclarationKind::Operation(Box::new(self.operation()?)),
            _ => DeclarationKind::Environment(Box::new(self.environment(Spanned::new(keyword.into(), span))?)),
        })
    }

    fn unknown_declaration<T>(&mut self) -> Parsed<T> {
        let token = self.token();
        if token.kind != Kind::Ident || !self.expected.is_empty() {
            self.want(Expected::Thing("a declaration"));
            return self.unexpected();
        }
        let word = Spanned::new(self.text_of(token).into(), self.here());
        self.fail(report::unknown_declaration(&word, words::DECLARATIONS))
    }

    /// `in domain`. Behind a resource `in` may also be the unit inch, so the name must not begin what follows.
    fn domain(&mut self) -> Option<Ident> {
        if self.at_word("in") && self.peek(1).kind == Kind::Ident && !self.starts_item(1) {
            self.bump();
            return Some(self.bump_ident());
        }
        None
    }

    // Declarations.

    fn unit(&mut self) -> Parsed<UnitDecl> {
        let name = self.name()?;
        self.need_word("of")?;
        let dimension = self.name()?;
        self.need_word("factor")?;
        let factor = self.number()?;
        self.need_word("base")?;
        let base = self.name()?;
        let offset = match self.eat_word("offset") {
            Some(_) => Some(self.number()?),
            None => None,
        };
        Ok(UnitDecl { name, dimension, factor, base, offset })
    }

    /// The parts behind the name may come in any order; the formatter puts them into the documented one.
    fn entity(&mut self) -> Parsed<Entity> {
        let name = self.name()?;
        let mut entity = Entity {
            name,
            version: None,
            replaces: None,
            changes: Box::default(),
            domain: None,
            annotations: Box::default(),
            fields: None,
        };
        let mut lists = EntityLists::default();
        loop {
            self.want(Expected::Thing("an annotation"));
            if self.kind() == Kind::At {
                self.entity_annotation(&mut entity, &mut lists)?;
            } else if entity.version.is_none() && self.at_kind(Kind::Version, Expected::Version) {
                entity.version = Some(Box::new(self.version()?));
            } else if entity.domain.is_none() && self.at_word("in") {
                self.bump();
                entity.domain = Some(Box::new(self.ident(Expected::Thing("the name of a domain"))?));
            } else if let Some(open) = self.eat_kind(Kind::LBrace, Expected::Word("{")) {
                entity.fields = Some(self.fields(open).into());
                break;
            } else {
                break;
            }
        }
        Ok(Entity { changes: lists.changes.into(), annotations: lists.annotations.into(), ..entity })
    }

    fn entity_annotation(&mut self, entity: &mut Entity, lists: &mut EntityLists) -> Parsed<()> {
        let start = self.at;
        if self.is_word(1, "replaces") {
            let annotation = self.replaces(entity)?;
            lists.annotations.extend(annotation);
        } else if self.is_word(1, "changes") {
            self.bump();
            self.bump();
            lists.changes.extend(self.names()?);
        } else {
            let annotation = self.annotation(start)?;
            lists.annotations.push(annotation);
        }
        Ok(())
    }

    /// `@replaces "O" v1.0.0`; a second one is kept as an annotation, for the analysis to refuse.
    fn replaces(&mut self, entity: &mut Entity) -> Parsed<Option<Annotation>> {
        let start = self.at;
        self.bump();
        let key = self.bump_ident();
        let name = self.name()?;
        let version = if self.at_kind(Kind::Version, Expected::Version) { Some(self.version()?) } else { None };
        if entity.replaces.is_none() {
            entity.replaces = Some(Box::new((name, version)));
            return Ok(None);
        }
        let mut values = vec![Value { span: name.span, kind: ValueKind::String(name.value) }];
        values.extend(version.map(|version| Value { span: version.span, kind: ValueKind::Word(version.value) }));
        Ok(Some(Annotation { span: self.span_since(start), key, values }))
    }

    fn resource(&mut self) -> Parsed<Resource> {
        let name = self.name()?;
        let mut annotations = self.annotations()?;
        self.want(Expected::Thing("a unit"));
        let unit = if self.resource_has_unit() { Some(self.bump_ident()) } else { None };
        let domain = self.domain();
        annotations.extend(self.annotations()?);
        Ok(Resource { name, unit, domain, annotations })
    }

    /// A unit is a bare word, and the words that may follow are bare words as well.
    fn resource_has_unit(&self) -> bool {
        if self.kind() != Kind::Ident || self.starts_item(0) {
            return false;
        }
        let inch = self.is_word(1, "in") && self.peek(2).kind == Kind::Ident && !self.starts_item(2);
        let names_domain = self.peek(1).kind == Kind::Ident && !self.starts_item(1);
        !self.is_word(0, "in") || inch || !names_domain
    }

    /// Whether a declaration or an import begins there.
    fn starts_item(&self, ahead: usize) -> bool {
        self.starts_declaration(ahead) || self.starts_import(ahead)
    }

    fn starts_import(&self, ahead: usize) -> bool {
        self.is_word(ahead, "import") && matches!(self.peek(ahead + 1).kind, Kind::LBrace | Kind::Star)
    }

    fn flow(&mut self) -> Parsed<Flow> {
        let resource = self.name()?;
        let mut annotations = self.annotations()?;
        self.need_word("from")?;
        let from = self.name()?;
        annotations.extend(self.annotations()?);
        self.need_word("to")?;
        let to = self.name()?;
        annotations.extend(self.annotations()?);
        let quantity = match self.eat_word("quantity") {
            Some(_) => Some(Box::new(self.quantity()?)),
            None => None,
        };
        annotations.extend(self.annotations()?);
        Ok(Flow { resource, annotations: annotations.into(), from, to, quantity })
    }

    fn pattern(&mut self) -> Parsed<Pattern> {
        let name = self.name()?;
        self.need_word("matches")?;
        Ok(Pattern { name, regex: self.name()? })
    }

    fn role(&mut self) -> Parsed<Role> {
        let name = self.name()?;
        let mut annotations = self.annotations()?;
        let domain = self.domain();
        annotations.extend(self.annotations()?);
        Ok(Role { name, domain, annotations })
    }

    fn role_binding(&mut self) -> Parsed<RoleBinding> {
        let role = self.name()?;
        self.need_word("for")?;
        Ok(RoleBinding { role, entity: self.name()? })
    }

    fn relation(&mut self) -> Parsed<Relation> {
        let name = self.name()?;
        let subject = self.labelled("subject")?;
        let predicate = self.labelled("predicate")?;
        let object = self.labelled("object")?;
        let via = if self.eat_word("via").is_some() {
            self.colon()?;
            self.need_word("flow")?;
            Some(self.name()?)
        } else {
            None
        };
        Ok(Relation { name, subject, predicate, object, via })
    }

    fn labelled(&mut self, word: &'static str) -> Parsed<Name> {
        self.need_word(word)?;
        self.colon()?;
        self.name()
    }

    fn instance(&mut self) -> Parsed<Instance> {
        let id = self.ident(Expected::Thing("the name of the instance"))?;
        self.need_word("of")?;
        let entity = self.name()?;
        let fields = match self.eat_kind(Kind::LBrace, Expected::Word("{")) {
            Some(open) => self.listed(open, |parser| {
                let field = parser.ident(Expected::Thing("a field"))?;
                parser.colon()?;
                Ok((field, *parser.expr()?))
            }),
            None => Vec::new(),
        };
        Ok(Instance { id, entity, fields })
    }

    fn environment(&mut self, keyword: Ident) -> Parsed<Environment> {
        let name = self.name()?;
        let mut environment = Environment { keyword, name, clauses: Vec::new(), annotations: Vec::new() };
        loop {
            self.want(Expected::Thing("an annotation"));
            if self.kind() == Kind::At {
                let annotation = self.annotation(self.at)?;
                environment.annotations.push(annotation);
                continue;
            }
            let clause = ["version", "from", "to"].into_iter().find(|word| self.at_word(word));
            let Some(clause) = clause else { return Ok(environment) };
            let word = Spanned::new(clause.into(), self.here());
            self.bump();
            environment.clauses.push((word, self.name()?));
        }
    }
}
