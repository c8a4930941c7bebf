//! Parses every text of a run that was not parsed before, and groups the trees by bounded context.

use crate::report;
use rayon::prelude::*;
use seac_model::Origin;
use seac_syntax::diagnostic::nearest;
use seac_syntax::frontmatter::{self, Note};
use seac_syntax::sds::ast::{SdsFile, Text};
use seac_syntax::sea::ast::SeaFile;
use seac_syntax::{Diagnostic, FileId, SourceFile, Sources, Span, sds, sea};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that was read.
pub struct Inputs {
    /// Contexts by slug.
    pub contexts: BTreeMap<String, ContextInput>,
    /// Notes, in the order of their paths.
    pub notes: Vec<(FileId, Note)>,
}

/// What was written about one context.
pub struct ContextInput {
    /// Name of its folder.
    pub slug: String,
    /// Its SDS; several files are an error, the first counts.
    pub sds: Arc<SdsFile>,
    /// Its SEA files, by path.
    pub sea: Vec<Arc<SeaFile>>,
    /// Their ids.
    pub files: Vec<FileId>,
}

/// Where a span begins.
pub fn origin(sources: &Sources, span: Span) -> Origin {
    let file = sources.get(span.file);
    let position = file.position(span.start);
    Origin { file: Arc::clone(&file.path), line: position.line, column: position.column }
}

/// Parses all texts. With `known`, those that are as they were when they were put there are not parsed again.
pub fn load(sources: &Sources, known: Option<&mut Trees>, out: &mut Vec<Diagnostic>) -> Inputs {
    let mut designs: BTreeMap<String, Arc<SdsFile>> = BTreeMap::new();
    let mut models: BTreeMap<String, Vec<(FileId, Arc<SeaFile>)>> = BTreeMap::new();
    let mut notes = Vec::new();
    for (id, slug, Parsed { tree, found }) in parse(sources, known) {
        out.extend(found);
        match tree {
            Tree::Design(tree) => {
                check_head(&slug, &tree, out);
                if let Some(first) = designs.get(&slug) {
                    out.push(report::second_design(tree.span, first.span, &slug));
                } else {
                    designs.insert(slug, tree);
                }
            }
            Tree::Model(tree) => {
                check_namespace(&slug, &tree, out);
                models.entry(slug).or_default().push((id, tree));
            }
            Tree::Note(note) => notes.extend(note.map(|note| (id, *note))),
        }
    }
    for (slug, files) in &models {
        if !designs.contains_key(slug) {
            out.extend(
                files
                    .iter()
                    .filter_map(|(_, file)| first_span(file))
                    .map(|span| report::model_without_design(span, slug)),
            );
        }
    }
    let mut contexts: BTreeMap<String, ContextInput> = designs
        .into_iter()
        .map(|(slug, sds)| {
            let (files, sea) = models.remove(&slug).unwrap_or_default().into_iter().unzip();
            (slug.clone(), ContextInput { slug, sds, sea, files })
        })
        .collect();
    uses(&mut contexts, out);
    Inputs { contexts, notes }
}

/// What a text was read as.
#[derive(Clone, Debug)]
enum Tree {
    Design(Arc<SdsFile>),
    Model(Arc<SeaFile>),
    Note(Option<Box<Note>>),
}

impl Tree {
    /// Whether this is that very tree.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Design(a), Self::Design(b)) => Arc::ptr_eq(a, b),
            (Self::Model(a), Self::Model(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

/// A text that was read, and what was wrong with it.
#[derive(Clone, Debug)]
struct Parsed {
    tree: Tree,
    found: Vec<Diagnostic>,
}

/// The trees of texts that were read before, for a process that analyses the same workspace again and again.
#[derive(Debug, Default)]
pub struct Trees(BTreeMap<FileId, (SourceFile, Parsed)>);

impl Trees {
    /// What a text was read as when it was the same, at the same place among the others: spans name that place.
    fn get(&self, id: FileId, file: &SourceFile) -> Option<Parsed> {
        let (read, parsed) = self.0.get(&id)?;
        (read.path == file.path && read.text == file.text).then(|| parsed.clone())
    }

    /// Keeps what was read of all texts, and nothing else.
    fn keep(&mut self, sources: &Sources, parsed: &[(FileId, String, Parsed)]) {
        let mut known = std::mem::take(&mut self.0);
        let kept = parsed.iter().map(|(id, _, parsed)| {
            let same = known.remove(id).filter(|(_, known)| known.tree.is(&parsed.tree));
            (*id, same.unwrap_or_else(|| (sources.get(*id).clone(), parsed.clone())))
        });
        self.0 = kept.collect();
    }
}

/// Reads all texts, side by side; what comes out is in the order of the sources, so that threads do not show.
fn parse(sources: &Sources, known: Option<&mut Trees>) -> Vec<(FileId, String, Parsed)> {
    // Built-in modules are read where they are imported.
    let files: Vec<_> = sources.iter().filter(|(_, file)| !file.path.starts_with('<')).collect();
    let read = |(id, file): (FileId, &SourceFile)| {
        let found = known.as_deref().and_then(|known| known.get(id, file)).or_else(|| parse_one(id, file))?;
        Some((id, slug_of(&file.path), found))
    };
    let parsed: Vec<_> = files.into_par_iter().filter_map(read).collect();
    if let Some(known) = known {
        known.keep(sources, &parsed);
    }
    parsed
}

fn parse_one(id: FileId, file: &SourceFile) -> Option<Parsed> {
    let (tree, found) = if file.path.ends_with(".sds.yaml") {
        let (tree, found) = sds::parse(id, &file.text);
        (Tree::Design(Arc::new(tree)), found)
    } else if file.path.ends_with(".sea") {
        let (tree, found) = sea::parse(id, &file.text);
        (Tree::Model(Arc::new(tree)), found)
    } else if file.path.ends_with(".md") {
        let (note, found) = frontmatter::parse(id, &file.text);
        (Tree::Note(note.map(Box::new)), found)
    } else {
        return None;
    };
    Some(Parsed { tree, found })
}

/// Reports used contexts that do not exist. What is nearly one of them is taken for it, so that one slip of the pen does
/// not make every name of that context unknown.
fn uses(contexts: &mut BTreeMap<String, ContextInput>, out: &mut Vec<Diagnostic>) {
    let known: Vec<String> = contexts.keys().cloned().collect();
    for input in contexts.values_mut() {
        let others = || known.iter().map(String::as_str).filter(|other| *other != input.slug);
        let is_known = |used: &Text| known.iter().any(|name| used.value == *name);
        if input.sds.uses.iter().all(is_known) {
            continue;
        }
        for used in Arc::make_mut(&mut input.sds).uses.iter_mut().filter(|used| !is_known(used)) {
            out.push(report::unknown("context", &used.value, used.span, others()));
            if let Some(meant) = nearest(&used.value, others()) {
                used.value = meant.into();
            }
        }
    }
}

/// The folder behind `specs`, which names the context.
fn slug_of(path: &str) -> String {
    let mut parts = path.split('/').skip_while(|part| *part != "specs").skip(1);
    parts.next().unwrap_or("").to_owned()
}

fn first_span(file: &SeaFile) -> Option<Span> {
    file.declarations.first().map(|declaration| declaration.span.at_start())
}

/// Names of crates that every emitted workspace or every Rust program has.
const RESERVED: &[&str] =
    &["kernel", "evidence-log", "node", "std", "core", "alloc", "test", "proc-macro", "self", "super", "crate"];

/// Whether a context may have this name: small letters, digits and `-`, a letter first, and no crate's that is there
/// anyway.
pub fn is_context_name(slug: &str) -> bool {
    !RESERVED.contains(&slug) && is_plain(slug)
}

fn is_plain(slug: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    slug.starts_with(|c: char| c.is_ascii_lowercase()) && slug.chars().all(plain)
}

/// The SDS must say the name of the folder it stands in, and that name must do for a crate.
fn check_head(slug: &str, tree: &SdsFile, out: &mut Vec<Diagnostic>) {
    let place = tree.bounded_context.as_ref().map_or(tree.span.at_start(), |name| name.span);
    if RESERVED.contains(&slug) {
        out.push(report::reserved_context(place, slug));
    } else if !is_plain(slug) {
        out.push(report::context_slug(place, slug));
    }
    if let Some(name) = &tree.bounded_context
        && name.value != slug
    {
        out.push(report::context_name(name.span, &name.value, slug));
    }
}

/// A SEA file that names its namespace must name the one of its context.
fn check_namespace(slug: &str, tree: &SeaFile, out: &mut Vec<Diagnostic>) {
    for item in &tree.header {
        if item.key.value == "namespace" && item.value.value != format!("system.{slug}") {
            out.push(report::namespace(item.value.span, &item.value.value, slug));
        }
    }
}
