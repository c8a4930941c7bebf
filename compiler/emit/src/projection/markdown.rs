//! Markdown: a page for each context that says what it declares, for people.

use super::{Options, Page};
use crate::{EmitError, origin};
use seac_model::{Constraint, Context, Field, Model, Operation, OperationKind, PortKind, Runbook};
use std::fmt::Write as _;

/// A page for each context, and one for units and notes.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    for (slug, context) in options.contexts(model) {
        page.file(slug, Text::page(slug, context), vec![origin(&context.origin)])?;
    }
    let mut text = Text(String::from("# Units and notes\n"));
    let units = super::element::units(model, options);
    text.table(
        "Units",
        &["unit", "dimension", "factor", "base"],
        units.iter().map(|symbol| {
            let unit = model.units.get(*symbol);
            let part = |part: fn(&seac_model::Unit) -> &String| unit.map(part).cloned().unwrap_or_default();
            vec![(*symbol).to_owned(), part(|unit| &unit.dimension), part(|unit| &unit.factor), part(|unit| &unit.base)]
        }),
    );
    text.table(
        "Notes",
        &["note", "title", "status", "answers"],
        model.notes.iter().map(|(id, note)| {
            let status = note.status.map(|status| status.word().to_owned()).unwrap_or_default();
            let answers = note.satisfies.iter().map(|link| link.to.as_str()).collect::<Vec<_>>().join(", ");
            vec![id.clone(), note.title.clone(), status, answers]
        }),
    );
    // The name cannot be that of a context.
    page.file("_shared", text.0, Vec::new())
}

struct Text(String);

impl Text {
    fn page(slug: &str, context: &Context) -> String {
        let mut text = Self(format!("# {}\n", line(&context.title)));
        let owner = context.owner.as_ref().map(|owner| format!(", owned by {}", line(owner))).unwrap_or_default();
        text.say(&format!("`{slug}` ({}), version {}{owner}.", line(&context.namespace), line(&context.version)));
        let links =
            |links: &[seac_model::Link]| links.iter().map(|link| link.to.clone()).collect::<Vec<_>>().join(", ");
        if !context.satisfies.is_empty() {
            text.say(&format!("Answers {}.", line(&links(&context.satisfies))));
        }
        if !context.uses.is_empty() {
            text.say(&format!("Uses {}.", line(&context.uses.join(", "))));
        }
        text.types(context);
        text.rules(context);
        text.operations(context);
        text.wiring(context);
        text.rest(context);
        text.0
    }

    fn say(&mut self, paragraph: &str) {
        let _ = writeln!(self.0, "\n{paragraph}");
    }

    /// A heading and a table, if there are rows.
    fn table(&mut self, title: &str, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        let rows: Vec<Vec<String>> = rows.collect();
        if rows.is_empty() {
            return;
        }
        let rule = vec!["---"; heads.len()].join("|");
        let _ = writeln!(self.0, "\n## {title}\n\n| {} |\n|{rule}|", heads.join(" | "));
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| line(cell)).collect();
            let _ = writeln!(self.0, "| {} |", cells.join(" | "));
        }
    }

    fn types(&mut self, context: &Context) {
        for (name, declared) in &context.enums {
            let rows = declared.members.iter();
            let rows = rows.map(|m| vec![m.name.clone(), m.wire.clone(), m.doc.clone().unwrap_or_default()]);
            self.table(&format!("Enum {}", line(name)), &["member", "on the wire", "meaning"], rows);
            self.doc(declared.doc.as_ref());
        }
        self.table(
            "Value objects",
            &["name", "constraints", "meaning"],
            context.value_objects.iter().map(|(name, object)| {
                vec![name.clone(), constraints(&object.constraints), object.doc.clone().unwrap_or_default()]
            }),
        );
        for (name, entity) in &context.entities {
            self.fields(&format!("Entity {}", line(name)), entity.doc.as_ref(), &entity.fields, &entity.key);
        }
        for (name, record) in &context.records {
            self.fields(&format!("Record {}", line(name)), record.doc.as_ref(), &record.fields, "");
        }
        for (name, event) in &context.events {
            self.fields(&format!("Event {}", line(name)), event.doc.as_ref(), &event.payload, "");
            let external = if event.external { ", for others" } else { "" };
            self.say(&format!("Published at `{}`{external}.", line(&event.subject)));
        }
    }

    fn doc(&mut self, doc: Option<&String>) {
        if let Some(doc) = doc {
            self.say(&line(doc));
        }
    }

    fn fields(&mut self, title: &str, doc: Option<&String>, fields: &[Field], key: &str) {
        if fields.is_empty() {
            let _ = writeln!(self.0, "\n## {title}");
        }
        let heads = ["field", "type", "", "constraints", "meaning"];
        self.table(
            title,
            &heads,
            fields.iter().map(|field| {
                let mut marks = Vec::new();
                marks.extend((field.name == key).then_some("key"));
                marks.extend(field.optional.then_some("optional"));
                marks.extend(field.unique.then_some("unique"));
                let marks = marks.join(", ");
                let doc = field.doc.clone().unwrap_or_default();
                vec![field.name.clone(), field.ty.to_string(), marks, constraints(&field.constraints), doc]
            }),
        );
        self.doc(doc);
    }

    fn rules(&mut self, context: &Context) {
        let roles = context.roles.iter().map(|(name, role)| vec![name.clone(), role.doc.clone().unwrap_or_default()]);
        self.table("Roles", &["role", "who it is"], roles);
        for (name, policy) in &context.policies {
            let _ = writeln!(self.0, "\n## Policy {}", line(name));
            self.doc(policy.doc.as_ref());
            self.doc(policy.rationale.as_ref());
            let (kind, modality) = (format!("{:?}", policy.kind), format!("{:?}", policy.modality));
            let tags =
                if policy.tags.is_empty() { String::new() } else { format!(", tagged {}", policy.tags.join(", ")) };
            self.say(&format!("{kind}, {modality}, priority {}{}.", policy.priority, line(&tags)));
            self.code("sea", &policy.expression);
        }
    }

    /// A block of code, in a fence that is longer than any in it.
    fn code(&mut self, language: &str, code: &str) {
        let mut fence = "```".to_owned();
        while code.contains(&fence) {
            fence.push('`');
        }
        let _ = writeln!(self.0, "\n{fence}{language}\n{code}\n{fence}");
    }

    fn operations(&mut self, context: &Context) {
        for (name, operation) in &context.operations {
            let what = if operation.kind == OperationKind::Query { "Query" } else { "Command" };
            let _ = writeln!(self.0, "\n## {what} {}", line(name));
            self.doc(operation.intent.as_ref());
            self.say(&facts(operation));
            for (code, failure) in &operation.failures.declared {
                let kinds: Vec<String> = failure.kinds.iter().map(|kind| format!("{kind:?}")).collect();
                let _ = writeln!(self.0, "- `{}` ({}): {}", line(code), kinds.join(", "), line(&failure.meaning));
            }
        }
    }

    fn wiring(&mut self, context: &Context) {
        self.table(
            "Flows",
            &["resource", "from", "to", "how much", "stands for"],
            context.flows.values().map(|flow| {
                let (element, quantity) =
                    (flow.element.clone().unwrap_or_default(), flow.quantity.clone().unwrap_or_default());
                vec![flow.resource.clone(), flow.from.clone(), flow.to.clone(), quantity, element]
            }),
        );
        self.table(
            "Inbound ports",
            &["port", "operations", "path"],
            context.inbound_ports.iter().map(|(name, port)| {
                vec![name.clone(), port.operations.join(", "), port.http_base.clone().unwrap_or_default()]
            }),
        );
        self.table(
            "Outbound ports",
            &["port", "for"],
            context.outbound_ports.iter().map(|(name, port)| {
                let what = match &port.kind {
                    PortKind::Repository { entity } => format!("entities of the type {entity}"),
                    PortKind::BlobStore => "bytes by their digest".to_owned(),
                    PortKind::Service { operations } => format!("what others carry out: {}", operations.join(", ")),
                };
                vec![name.clone(), what]
            }),
        );
        self.table(
            "Adapters",
            &["adapter", "answers", "with"],
            context
                .adapters
                .iter()
                .map(|(name, adapter)| vec![name.clone(), adapter.implements.clone(), format!("{:?}", adapter.kind)]),
        );
        self.table(
            "Consumers",
            &["consumer", "event", "runs"],
            context
                .consumers
                .iter()
                .map(|(name, consumer)| vec![name.clone(), consumer.event.to_string(), consumer.runs.clone()]),
        );
        self.table(
            "Connectors",
            &["connector", "listens on", "evidence"],
            context.connectors.iter().map(|(name, connector)| {
                let evidence: Vec<&str> = connector.cases.iter().map(|case| case.evidence.as_str()).collect();
                let webhook = connector.webhook.as_ref().map(|webhook| webhook.path.clone());
                let poll = connector.poll.as_ref().map(|poll| format!("asks for `{}`", poll.path));
                let ways: Vec<String> = webhook.into_iter().chain(poll).collect();
                vec![name.clone(), ways.join(", "), evidence.join(", ")]
            }),
        );
        self.table(
            "Grants",
            &["role", "may call"],
            context.grants.iter().map(|grant| vec![grant.role.to_string(), grant.operation.to_string()]),
        );
    }

    fn rest(&mut self, context: &Context) {
        for (id, invariant) in &context.invariants {
            let _ = writeln!(self.0, "\n## Invariant {}", line(id));
            self.say(&line(&invariant.statement));
            let probe =
                invariant.probe.as_ref().map(|probe| format!(", checked by {}", line(probe))).unwrap_or_default();
            self.say(&format!("Severity {}{probe}.", line(&invariant.severity)));
            invariant.runbook.iter().for_each(|runbook| self.runbook(runbook));
        }
        if !context.evolution.is_empty() {
            self.say("## Evolution");
            for (old, new) in &context.evolution.renames {
                let _ = writeln!(self.0, "- {} was {}", line(new), line(old));
            }
            for (element, why) in &context.evolution.accepted {
                let _ = writeln!(self.0, "- {} may be lost: {}", line(element), line(why));
            }
        }
        self.table(
            "Also declared",
            &["kind", "name", "what it says", "meaning"],
            context.elements.iter().map(|element| {
                let facets: Vec<String> =
                    element.facets.iter().map(|(facet, text)| format!("{facet}: {text}")).collect();
                let doc = element.doc.clone().unwrap_or_default();
                vec![element.keyword.clone(), element.name.clone(), facets.join("; "), doc]
            }),
        );
    }

    fn runbook(&mut self, runbook: &Runbook) {
        let parts = [
            ("Contain", &runbook.contain),
            ("Preserve", &runbook.preserve),
            ("Diagnose", &runbook.diagnose),
            ("Recover", &runbook.recover),
            ("Verify", &runbook.verify),
        ];
        for (title, steps) in parts.into_iter().filter(|(_, steps)| !steps.is_empty()) {
            self.say(&format!("{title}:\n"));
            for step in steps {
                let _ = writeln!(self.0, "1. {}", line(step));
            }
        }
    }
}

/// Who calls an operation, what it takes and does, and how it is reached.
fn facts(operation: &Operation) -> String {
    let roles: Vec<String> = operation.roles.iter().map(ToString::to_string).collect();
    let callers = if roles.is_empty() { "anybody".to_owned() } else { roles.join(", ") };
    let mut text =
        format!("Called by {}; takes `{}`, answers with `{}`", line(&callers), operation.input, operation.output);
    if let Some(entity) = operation.effect.entity() {
        let _ = write!(text, "; about `{}`", line(&entity.to_string()));
    }
    let policies: Vec<String> =
        operation.policies.iter().map(|bound| format!("`{}` (`{}`)", bound.policy, bound.code)).collect();
    if !policies.is_empty() {
        let _ = write!(text, "; governed by {}", policies.join(", "));
    }
    if let Some(http) = &operation.http {
        let _ = write!(text, "; at `{:?} {}`", http.method, line(&http.path));
    }
    text.push_str(".\n");
    text
}

fn constraints(constraints: &[Constraint]) -> String {
    let all = constraints.iter().map(|constraint| match constraint {
        Constraint::MinLength(n) => format!("at least {n} characters"),
        Constraint::MaxLength(n) => format!("at most {n} characters"),
        Constraint::MinItems(n) => format!("at least {n} items"),
        Constraint::MaxItems(n) => format!("at most {n} items"),
        Constraint::Min(n) => format!("≥ {n}"),
        Constraint::Max(n) => format!("≤ {n}"),
        Constraint::ExclusiveMin(n) => format!("> {n}"),
        Constraint::ExclusiveMax(n) => format!("< {n}"),
        Constraint::Pattern(regex) => format!("matches {regex}"),
    });
    all.collect::<Vec<_>>().join(", ")
}

/// A text on one line, with the signs that Markdown takes for its own escaped.
pub fn line(text: &str) -> String {
    let mut line = String::new();
    for letter in text.chars() {
        match letter {
            // Within a word it is a letter.
            '_' if line.ends_with(char::is_alphanumeric) => line.push('_'),
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '&' | '_' | '~' => line.extend(['\\', letter]),
            letter if letter.is_control() => line.push(' '),
            letter => line.push(letter),
        }
    }
    line.trim().to_owned()
}
