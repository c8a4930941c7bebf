//! SDS to SEA: what a design declares of its domain, as the canonical model that means the same.
//!
//! An SDS may declare its whole domain (`domain`, `cqrs`). [`from_sds`] says the same in SEA-DSL, declaration by
//! declaration, sorted, in the form of `seac fmt`. What SEA has no words for stays in the SDS and is named with the
//! reason ([`Left`]); nothing is lost silently and nothing is made up, so there are no flows: an SDS does not say who
//! sends what to whom.

mod cut;
mod declaration;
mod operation;

pub use cut::without;

use seac_syntax::sds::ast::SdsFile;
use seac_syntax::{FileId, Span, diagnostic, sea};

/// What an SDS says, in SEA.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeaText {
    /// The declarations in canonical form, a blank line between any two; empty if there are none.
    pub declarations: String,
    /// The header: namespace, version and owner of the context.
    pub header: String,
    /// The parts of the SDS that the declarations stand for.
    pub moved: Vec<Span>,
    /// What has to stay where it is.
    pub left: Vec<Left>,
}

/// Something that SEA cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Why it has to stay there.
    pub why: &'static str,
}

impl SeaText {
    /// The whole model: header and declarations.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.header, self.declarations)
    }
}

/// One declaration, or why there is none.
type Written = Result<String, &'static str>;

/// A part of the SDS and what it becomes. Kinds are ordered: types, then operations, then what they emit.
struct Piece<'a> {
    kind: u8,
    name: &'a str,
    span: Span,
    written: Written,
}

/// The SEA model that says what `domain` and `cqrs` of this SDS say. The SDS must be without errors.
pub fn from_sds(sds: &SdsFile) -> SeaText {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut add = |kind, name, span, written: Written| pieces.push(Piece { kind, name, span, written });
    for object in &sds.value_objects {
        add(0, object.name.value.as_str(), object.span, declaration::value_object(object));
    }
    for entity in &sds.entities {
        add(1, &entity.name.value, entity.span, declaration::entity(entity));
    }
    for command in &sds.commands {
        add(2, &command.name.value, command.span, operation::command(command));
    }
    for query in &sds.queries {
        add(2, &query.name.value, query.span, operation::query(query));
    }
    let emitted = |name: &str| sds.commands.iter().flat_map(|command| &command.emits).any(|event| event.value == name);
    for event in &sds.events {
        add(3, &event.name.value, event.span, declaration::event(event, emitted(&event.name.value)));
    }
    pieces.sort_by(|a, b| (a.kind, a.name).cmp(&(b.kind, b.name)));
    collect(header(sds), pieces)
}

fn collect(header: String, pieces: Vec<Piece<'_>>) -> SeaText {
    let mut text = SeaText { header, ..SeaText::default() };
    let mut declarations: Vec<String> = Vec::new();
    for piece in pieces {
        match piece.written.and_then(canonical) {
            Ok(declaration) => {
                declarations.push(declaration);
                text.moved.push(piece.span);
            }
            Err(why) => text.left.push(Left { name: piece.name.to_owned(), span: piece.span, why }),
        }
    }
    text.declarations = declarations.join("\n");
    text
}

/// In the form of `seac fmt`; refused if it does not read back, as with names that SEA takes for something else.
fn canonical(text: String) -> Written {
    let file = FileId(0);
    let (_, findings) = sea::parse(file, &text);
    if diagnostic::has_errors(&findings) {
        return Err("SEA cannot spell it");
    }
    sea::format(file, &text).map_err(|_| "SEA cannot spell it")
}

fn header(sds: &SdsFile) -> String {
    let mut lines = String::new();
    let mut line = |key: &str, value: &str| {
        lines.push_str(&format!("@{key} "));
        sea::print::string(&mut lines, value);
        lines.push('\n');
    };
    if let Some(slug) = &sds.bounded_context {
        line("namespace", &format!("system.{}", slug.value));
    }
    if let Some(version) = &sds.version {
        line("version", &version.value);
    }
    if let Some(owner) = &sds.owner {
        line("owner", &owner.value);
    }
    lines
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    sea::print::string(&mut out, text);
    out
}
