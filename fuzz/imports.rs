//! What must hold for every description that is imported: no panic, every place is one of the text, and a draft that reads
//! as a model.

use seac_assertions::import::{Imported, calm as architecture, protobuf as proto, rdf};
use seac_syntax::diagnostic::has_errors;
use seac_syntax::{Diagnostic, FileId, SourceFile, Sources, sea};

/// The graph of a model as Turtle.
pub fn turtle(data: &[u8]) {
    text(data, |file, source| rdf::import(file, source, rdf::Syntax::Turtle));
}

/// The graph of a model as JSON-LD.
pub fn jsonld(data: &[u8]) {
    text(data, |file, source| rdf::import(file, source, rdf::Syntax::JsonLd));
}

/// An architecture.
pub fn calm(data: &[u8]) {
    text(data, |file, source| architecture::import(file, source, "architecture"));
}

/// A `.proto` file.
pub fn protobuf(data: &[u8]) {
    text(data, proto::text);
}

/// A descriptor set, from its bytes, or from what a text is compiled to and then damaged.
pub fn descriptors(data: &[u8]) {
    let mut sources = Sources::default();
    let file = sources.add("set.binpb", "");
    check("", proto::descriptor_set(file, sources.get(file), data));
}

fn text(data: &[u8], import: impl Fn(FileId, &SourceFile) -> Result<Imported, Vec<Diagnostic>>) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut sources = Sources::default();
    let file = sources.add("input", text);
    check(text, import(file, sources.get(file)));
}

fn check(text: &str, read: Result<Imported, Vec<Diagnostic>>) {
    match read {
        Ok(imported) => {
            for lost in &imported.lost {
                assert!(text.get(lost.span.range()).is_some(), "{lost:?}");
            }
            for draft in &imported.drafts {
                let draft = draft.sea("A draft.");
                let (_, findings) = sea::parse(FileId(0), &draft);
                assert!(!has_errors(&findings), "{findings:#?}\n{draft}");
            }
        }
        Err(findings) => {
            assert!(!findings.is_empty());
            for finding in findings {
                assert!(text.get(finding.primary.span.range()).is_some(), "{finding:?}");
            }
        }
    }
}
