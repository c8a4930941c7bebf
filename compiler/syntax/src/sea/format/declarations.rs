//! Headers, imports and the declarations of a domain.

use super::expressions::Chain;
use super::page::{Gap, Page};
use crate::sea::ast::*;
use crate::sea::lexer::Kind;
use crate::sea::words;
use std::ops::Range;

impl Page<'_> {
    /// The whole file: headers, then imports, then declarations.
    pub(super) fn file(&mut self, tree: &SeaFile) {
        let eof = self.tokens.len() - 1;
        let headers = tree.header.iter().map(|item| self.range(item.span)).collect();
        let imports = tree.imports.iter().map(|import| self.range(import.span)).collect();
        let declarations = tree.declarations.iter().map(|declaration| self.range(declaration.span)).collect();
        let sections: [Vec<Range<usize>>; 3] = [headers, imports, declarations];
        for first in sections.iter().flatten().map(|item| item.start).chain([eof]) {
            self.takes_docs(first);
            self.gap(first, Gap::Line);
        }
        tree.header.iter().for_each(|item| self.ident(&item.key));
        tree.imports.iter().for_each(|import| self.import(import));
        tree.declarations.iter().for_each(|declaration| self.declaration(declaration));
        for section in sections.iter().filter_map(|section| section.first()).skip(1) {
            self.blank_line_before(section.start);
        }
        self.reorder(0..eof, sections.concat());
    }

    /// A blank line in front of a token and what is said about it.
    fn blank_line_before(&mut self, index: usize) {
        match self.slots[index].leading.first() {
            Some(comment) => self.blank_comments[*comment as usize] = true,
            None => self.slots[index].blank = true,
        }
    }

    fn import(&mut self, import: &Import) {
        let range = self.range(import.span);
        match &import.items {
            ImportItems::Wildcard(alias) => self.ident(alias),
            ImportItems::Named(names) => {
                let elements: Vec<usize> = names.iter().map(|(name, _)| self.first(name.span)).collect();
                self.list(range.start + 1, range.end - 3, &elements, Gap::Soft);
                for (name, alias) in names {
                    self.ident(name);
                    alias.iter().for_each(|alias| self.ident(alias));
                }
            }
        }
    }

    fn declaration(&mut self, declaration: &Declaration) {
        let range = self.range(declaration.span);
        let keyword = range.start + usize::from(declaration.exported.is_some());
        if let Some(canonical) = words::canonical(words::DECLARATIONS, self.token_text(keyword)) {
            self.spell(keyword, canonical);
        }
        let last = range.end - 1;
        match &declaration.kind {
            DeclarationKind::Entity(entity) => self.entity(entity, range),
            DeclarationKind::Resource(resource) => self.resource(resource, range),
            DeclarationKind::Flow(flow) => self.flow(flow, range),
            DeclarationKind::Role(role) => self.role(role, range),
            DeclarationKind::Relation(relation) => self.relation(relation, range),
            DeclarationKind::Instance(instance) => self.instance(instance, last),
            DeclarationKind::Policy(policy) => self.policy(policy, range),
            DeclarationKind::ConceptChange(change) => self.annotated(&change.annotations, range),
            DeclarationKind::Metric(metric) => self.metric(metric, range),
            DeclarationKind::Mapping(mapping) | DeclarationKind::Projection(mapping) => self.mapping(mapping, last),
            DeclarationKind::Record(record) => {
                self.ident(&record.name);
                self.fields(&record.fields, keyword + 2, last);
            }
            DeclarationKind::Enum(declared) => self.enumeration(declared, last),
            DeclarationKind::Operation(operation) => self.operation(operation, last),
            DeclarationKind::Environment(environment) => self.environment(environment, range),
            // A new line would make none of these easier to read.
            DeclarationKind::Dimension(_)
            | DeclarationKind::Unit(_)
            | DeclarationKind::Pattern(_)
            | DeclarationKind::RoleBinding(_) => {}
        }
    }

    /// Breaks in front of every annotation of a head.
    fn annotation_gaps(&mut self, head: Range<usize>) {
        for index in head {
            if self.kind(index) == Kind::At {
                self.gap(index, Gap::Soft);
            }
        }
    }

    /// A name with annotations behind it.
    fn annotated(&mut self, annotations: &[Annotation], range: Range<usize>) {
        self.group(range.start, range.end - 1, 4);
        self.annotation_gaps(range);
        self.annotations(annotations);
    }

    /// `in domain`: two tokens.
    fn domain(&mut self, domain: Option<&Ident>) -> Option<Range<usize>> {
        let domain = domain?;
        self.ident(domain);
        let name = self.first(domain.span);
        self.gap(name - 1, Gap::Soft);
        Some(name - 1..name + 1)
    }

    /// Version first, domain last; the annotations between them keep their order.
    fn entity(&mut self, entity: &Entity, range: Range<usize>) {
        let start = self.first(entity.name.span) + 1;
        let end = match &entity.fields {
            Some(_) => self.body(range.clone()),
            None => range.end,
        };
        let version: Vec<_> = entity.version.iter().map(|version| self.range(version.span)).collect();
        entity.version.iter().for_each(|version| self.version(version));
        let domain: Vec<_> = self.domain(entity.domain.as_deref()).into_iter().collect();
        let last = if start < end { self.carve(start..end, &version, &domain) } else { start - 1 };
        match &entity.fields {
            Some(fields) if !fields.is_empty() => {
                self.group(range.start, end, 4);
                self.gap(end, Gap::Soft);
                self.slots[end].outer = true;
            }
            _ => self.group(range.start, last, 4),
        }
        self.annotation_gaps(start..end);
        if let Some((_, version)) = entity.replaces.as_deref() {
            version.iter().for_each(|version| self.version(version));
        }
        self.name_lists(&entity.changes);
        self.annotations(&entity.annotations);
        if let Some(fields) = &entity.fields {
            self.fields(fields, end, range.end - 1);
        }
    }

    /// The brace that matches the last token of `range`.
    fn body(&self, range: Range<usize>) -> usize {
        let mut depth = 0_usize;
        for index in range.clone().rev() {
            match self.kind(index) {
                Kind::RBrace => depth += 1,
                Kind::LBrace if depth == 1 => return index,
                Kind::LBrace => depth -= 1,
                _ => {}
            }
        }
        range.start
    }

    /// Unit and domain first, then the annotations.
    fn resource(&mut self, resource: &Resource, range: Range<usize>) {
        let start = self.first(resource.name.span) + 1;
        let mut front: Vec<_> = resource.unit.iter().map(|unit| self.range(unit.span)).collect();
        resource.unit.iter().for_each(|unit| self.ident(unit));
        front.extend(self.domain(resource.domain.as_ref()));
        self.head(start, range, &front, &[]);
        self.annotations(&resource.annotations);
    }

    fn role(&mut self, role: &Role, range: Range<usize>) {
        let start = self.first(role.name.span) + 1;
        let front: Vec<_> = self.domain(role.domain.as_ref()).into_iter().collect();
        self.head(start, range, &front, &[]);
        self.annotations(&role.annotations);
    }

    /// The parts behind the name: `front`, annotations, `back`; one group.
    fn head(&mut self, start: usize, range: Range<usize>, front: &[Range<usize>], back: &[Range<usize>]) {
        let last = if start < range.end { self.carve(start..range.end, front, back) } else { range.end - 1 };
        self.group(range.start, last, 4);
        self.annotation_gaps(start..range.end);
    }

    /// Annotations stand in front of `from`.
    fn flow(&mut self, flow: &Flow, range: Range<usize>) {
        let start = self.first(flow.resource.span) + 1;
        let (from, to) = (self.first(flow.from.span), self.first(flow.to.span));
        let mut back = vec![from - 1..from + 1, to - 1..to + 1];
        self.gap(from - 1, Gap::Soft);
        if let Some(quantity) = &flow.quantity {
            let range = self.range(quantity.span);
            back.push(range.start - 1..range.end);
        }
        self.head(start, range, &[], &back);
        self.annotations(&flow.annotations);
    }

    fn relation(&mut self, relation: &Relation, range: Range<usize>) {
        self.group(range.start, range.end - 1, 4);
        for name in [&relation.subject, &relation.predicate, &relation.object] {
            let label = self.first(name.span) - 2;
            self.gap(label, Gap::Soft);
        }
        if let Some(via) = &relation.via {
            let label = self.first(via.span) - 3;
            self.gap(label, Gap::Soft);
        }
    }

    fn instance(&mut self, instance: &Instance, last: usize) {
        self.ident(&instance.id);
        let open = self.first(instance.entity.span) + 1;
        if open > last {
            return;
        }
        let elements: Vec<usize> = instance.fields.iter().map(|(name, _)| self.first(name.span)).collect();
        self.list(open, last, &elements, Gap::Soft);
        for (name, value) in &instance.fields {
            self.ident(name);
            self.expr(value, Chain::Indented);
        }
    }

    /// Clauses first, then the annotations.
    fn environment(&mut self, environment: &Environment, range: Range<usize>) {
        let start = self.first(environment.name.span) + 1;
        let clauses: Vec<_> =
            environment.clauses.iter().map(|(word, name)| self.first(word.span)..self.first(name.span) + 1).collect();
        self.head(start, range, &clauses, &[]);
        self.annotations(&environment.annotations);
    }

    fn policy(&mut self, policy: &Policy, range: Range<usize>) {
        let body = self.first(policy.expression.span);
        let as_word = body - 2;
        self.group(range.start, as_word, 4);
        self.group(body - 1, range.end - 1, 4);
        self.slots[body - 1].follows = true;
        self.ident(&policy.name);
        for (span, word) in [
            policy.kind.as_ref().map(|kind| (kind.span, format!("{:?}", kind.value))),
            policy.modality.as_ref().map(|modality| (modality.span, format!("{:?}", modality.value))),
        ]
        .into_iter()
        .flatten()
        {
            let index = self.first(span);
            self.spell(index, word);
        }
        self.annotation_gaps(range.start..as_word);
        self.gap(as_word, Gap::Soft);
        self.slots[as_word].outer = true;
        if let Some(version) = &policy.version {
            let index = self.first(version.span);
            self.gap(index, Gap::Soft);
            self.version(version);
        }
        self.name_lists(&policy.tags);
        self.annotations(&policy.annotations);
        self.soft_operand(&policy.expression);
        self.expr(&policy.expression, Chain::Flush);
    }

    fn metric(&mut self, metric: &Metric, range: Range<usize>) {
        let body = self.range(metric.expression.span);
        self.group(range.start, range.end - 1, 4);
        self.soft_operand(&metric.expression);
        self.expr(&metric.expression, Chain::Flush);
        self.annotation_gaps(body.end..range.end);
        self.annotations(&metric.annotations);
    }

    fn mapping(&mut self, mapping: &Mapping, last: usize) {
        self.ident(&mapping.target);
        let open = self.first(mapping.target.span) + 1;
        let lines: Vec<usize> = mapping.rules.iter().map(|rule| self.first(rule.span)).collect();
        self.block(open, last, &lines);
        for rule in &mapping.rules {
            self.mapping_rule(rule);
        }
    }

    fn mapping_rule(&mut self, rule: &MappingRule) {
        self.ident(&rule.kind);
        rule.target.iter().for_each(|target| self.ident(target));
        let open = match &rule.target {
            Some(target) => self.first(target.span) + 1,
            None => self.first(rule.name.span) + 1,
        };
        let last = self.last(rule.span);
        let elements: Vec<usize> = rule.fields.iter().map(|(key, _)| self.first(key.span)).collect();
        self.list(open, last, &elements, Gap::Soft);
        for (key, value) in &rule.fields {
            self.name(key);
            self.value(value);
        }
    }
}
