//! Protobuf: descriptor sets, and the text of single `.proto` files. Messages become records, enums enums; each package
//! gives a draft. A text has places, comments and the rules of protovalidate; a set has what the compiler put into it.

mod message;
mod place;
mod rules;

use super::{Imported, Proposals, declaration, declaration_alone, word};
use crate::report;
use message::Types;
use miette::Diagnostic as _;
use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use seac_syntax::{Diagnostic, FileId, SourceFile, Span, sea};
use std::collections::{BTreeMap, BTreeSet};

/// What a descriptor set proposes; `source` has its path.
///
/// # Errors
/// That it is none.
pub fn descriptor_set(file: FileId, source: &SourceFile, bytes: &[u8]) -> Result<Imported, Vec<Diagnostic>> {
    let nothing = Span::new(file, 0, 0);
    let unreadable = |why: &str| vec![report::descriptor_set(nothing, why)];
    if bytes.len() > sea::MAX_BYTES {
        return Err(vec![report::too_large(nothing, bytes.len(), sea::MAX_BYTES)]);
    }
    let set = FileDescriptorSet::decode(bytes).map_err(|error| unreadable(&error.to_string()))?;
    if set.file.is_empty() {
        return Err(unreadable("there is no file in it"));
    }
    let mut imported = drafts(file, source, &set.file);
    if set.encoded_len() != bytes.len() {
        // Extensions are not kept by who does not know them.
        let what = "options that are extensions, such as the rules of protovalidate: import the `.proto` file for them";
        imported.lost.push(super::Lost { span: nothing, what: what.to_owned() });
    }
    Ok(imported)
}

/// What a `.proto` file proposes. What it imports is not looked at.
///
/// # Errors
/// What cannot be read in it.
pub fn text(file: FileId, source: &SourceFile) -> Result<Imported, Vec<Diagnostic>> {
    match protox_parse::parse(&source.path, &source.text) {
        Ok(parsed) => Ok(drafts(file, source, &[parsed])),
        Err(error) => {
            let label = error.labels().and_then(|mut labels| labels.next());
            let (start, length) = label.map_or((0, 0), |label| (label.offset(), label.len()));
            let text = &source.text;
            let inside =
                |at: usize| (at.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let span = Span::new(file, inside(start), inside(start + length));
            Err(vec![report::unreadable(span, "Protobuf", &error.to_string())])
        }
    }
}

/// Files that come with Protobuf, and are imported for what they are known to mean.
fn is_known(file: &FileDescriptorProto) -> bool {
    file.name().starts_with("google/protobuf/") || file.name().starts_with("buf/validate/")
}

fn drafts(id: FileId, source: &SourceFile, files: &[FileDescriptorProto]) -> Imported {
    let mut packages: BTreeMap<&str, Vec<&FileDescriptorProto>> = BTreeMap::new();
    for file in files.iter().filter(|file| !is_known(file)) {
        packages.entry(file.package()).or_default().push(file);
    }
    let types = Types::of(files);
    let mut imported = Imported::default();
    for (package, files) in &packages {
        let mut draft = Package {
            proposals: Proposals::new(source),
            id,
            package,
            types: &types,
            units: BTreeSet::new(),
            imports: BTreeMap::new(),
        };
        files.iter().for_each(|file| draft.file(file));
        draft.head();
        let name = if package.is_empty() { "package" } else { package };
        draft.proposals.draft(&word(name), &mut imported);
    }
    imported.lost.sort_by_key(|lost| lost.span.start);
    imported
}

/// A package on its way to claims.
struct Package<'a> {
    proposals: Proposals<'a>,
    id: FileId,
    package: &'a str,
    types: &'a Types<'a>,
    /// Units that were declared.
    units: BTreeSet<String>,
    /// By package, the names that are used of it.
    imports: BTreeMap<&'a str, BTreeSet<String>>,
}

impl Package<'_> {
    fn file(&mut self, file: &FileDescriptorProto) {
        let places = place::Places::of(self.id, &self.proposals.source.text, file);
        self.proposals.place = self.proposals.source.text.is_empty().then(|| file.name().to_owned());
        for (number, declared) in file.enum_type.iter().enumerate() {
            self.enumeration(declared, declared.name(), &places, &[5, place::number(number)]);
        }
        for (number, message) in file.message_type.iter().enumerate() {
            self.message(message, message.name(), &places, &[4, place::number(number)]);
        }
        for (number, service) in file.service.iter().enumerate() {
            for (inner, method) in service.method.iter().enumerate() {
                let span = places.span(&[6, place::number(number), 2, place::number(inner)]);
                let what = "it does not say what an operation of SEA does, and how it fails";
                self.proposals.lose(span, format!("method {}.{}: {what}", service.name(), method.name()));
            }
        }
        if file.message_type.iter().any(|message| !message.field.is_empty()) {
            let what = format!("{}: the numbers of fields, which the lock keeps", file.name());
            self.proposals.lose(places.span(&[]), what);
        }
    }

    fn head(&mut self) {
        let nothing = Span::new(self.id, 0, 0);
        if !self.package.is_empty() {
            let model = declaration_alone("model");
            self.proposals.text(&model, "namespace", namespace(self.package), nothing);
        }
        for (package, names) in std::mem::take(&mut self.imports) {
            let import = declaration("import", &format!("./{}.sea", word(package)));
            names.into_iter().for_each(|name| self.proposals.text(&import, "imports", name, nothing));
        }
    }

    /// A declaration; others may import what is not of this package alone.
    fn declare(&mut self, kind: &str, name: &str, full: &str, span: Span) -> crate::subject::Subject {
        if self.proposals.place.is_some() {
            self.proposals.place = Some(full.to_owned());
        }
        let subject = self.proposals.declare(kind, name, span);
        if self.types.shared.contains(full) {
            self.proposals.text(&subject, "exported", "true", span);
        }
        subject
    }
}

/// A package without its version.
fn namespace(package: &str) -> &str {
    match package.rsplit_once('.') {
        Some((namespace, version))
            if version.starts_with('v') && version[1..].starts_with(|c: char| c.is_ascii_digit()) =>
        {
            namespace
        }
        _ => package,
    }
}
