//! Protobuf: the types and operations of a model as proto3 files, with numbers that never change their meaning.
//!
//! [`shape`] says what becomes a message, [`wire`] gives names and numbers (after what was released), [`items`] makes the
//! [`tree`] of each context, [`layout`] puts the trees into files without circles of imports, and [`print`] writes them
//! down. What a constraint becomes is in [`rules`]; what may be asked for in [`options`].

mod circles;
pub mod compare;
mod governance;
mod items;
mod kept;
mod layout;
mod names;
mod numbering;
mod options;
mod print;
pub mod read;
mod regex;
mod rules;
pub mod schema;
mod shape;
pub mod tree;
pub mod wire;

pub use options::{OptionError, Options};
pub use wire::{Reused, Wire};

use layout::Layout;
use rayon::prelude::*;
use schema::Schema;
use seac_model::{Context, Model, Origin, TypeId};
use shape::{Shapes, Uses};
use std::collections::{BTreeMap, BTreeSet};
use tree::{File, Item};

/// What a model becomes.
pub struct Projected {
    /// Files, in the order of their paths.
    pub files: Vec<File>,
    /// Their texts, in the same order.
    pub texts: Vec<String>,
    /// What the files do not say.
    pub notes: Vec<Note>,
    /// Names that were given up and are wanted again.
    pub reused: Vec<(String, Reused)>,
    layout: Layout,
}

impl Projected {
    /// What it is compared as.
    pub fn schema(&self) -> Schema {
        Schema::of(&self.files, &self.layout)
    }
}

/// What was released, as it is compared, and as files: without comments and rules, which the lock does not keep.
pub fn released(wires: &BTreeMap<String, Wire>, options: &Options) -> (Schema, Vec<(String, String)>) {
    let by_context = wires.keys().map(|slug| (slug.clone(), kept::items(wires, slug, options))).collect();
    let mut layout = Layout::new(options, by_context);
    let file = |unit: &mut layout::Unit| File {
        path: unit.path.clone(),
        package: unit.package.clone(),
        header: Vec::new(),
        imports: unit.imports.iter().cloned().collect(),
        options: options.of_file(&unit.package),
        items: std::mem::take(&mut unit.items),
    };
    let files: Vec<File> = layout.units.iter_mut().map(file).collect();
    let text = |(at, file): (usize, &File)| (file.path.clone(), print::print(file, &layout.view(at)));
    let texts = files.iter().enumerate().map(text).collect();
    (Schema::of(&files, &layout), texts)
}

/// Something that the files do not say, or only in a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The context.
    pub context: String,
    /// The element in it.
    pub element: String,
    /// What is not said.
    pub what: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// The records that become requests and responses alone, which are named after their operations.
pub fn unnamed(model: &Model) -> Vec<TypeId> {
    let uses = Uses::of(model);
    let records =
        model.contexts.iter().flat_map(|(slug, context)| context.records.keys().map(move |name| (slug, name)));
    records.map(|(slug, name)| TypeId::new(slug, name)).filter(|record| uses.is_only_part(record)).collect()
}

/// The names and numbers of all contexts of a model, after those that were released.
pub fn wires(model: &Model, released: &BTreeMap<String, Wire>) -> (BTreeMap<String, Wire>, Vec<(String, Reused)>) {
    assign(&shapes(model), released)
}

/// Every context with what it brings.
type Brought<'m> = Vec<(&'m String, &'m Context, Shapes<'m>)>;

fn shapes(model: &Model) -> Brought<'_> {
    let uses = Uses::of(model);
    model.contexts.iter().map(|(slug, context)| (slug, context, shape::of(model, &uses, slug, context))).collect()
}

fn assign(shapes: &Brought<'_>, released: &BTreeMap<String, Wire>) -> (BTreeMap<String, Wire>, Vec<(String, Reused)>) {
    let nothing = Wire::default();
    let (mut wires, mut reused) = (BTreeMap::new(), Vec::new());
    for (slug, context, shapes) in shapes {
        let before = released.get(*slug).unwrap_or(&nothing);
        let (wire, again) = wire::assign(shapes, slug, context, before);
        reused.extend(again.into_iter().map(|reused| ((*slug).clone(), reused)));
        wires.insert((*slug).clone(), wire);
    }
    (wires, reused)
}

/// The files of a model.
pub fn project(model: &Model, released: &BTreeMap<String, Wire>, options: &Options) -> Projected {
    let shapes = shapes(model);
    let (wires, reused) = assign(&shapes, released);
    let world = items::World { model, wires: &wires, options };
    let services = shapes.par_iter().filter(|(_, context, _)| context.metamodel.is_none());
    let made = services.map(|(slug, context, shapes)| ((*slug).clone(), items::of(&world, slug, context, shapes)));
    let made: Vec<_> = made.collect();
    let (mut by_context, mut notes) = (BTreeMap::new(), Vec::new());
    for (slug, (items, found)) in made {
        by_context.insert(slug, items);
        notes.extend(found);
    }
    if !options.only.is_empty() {
        layout::keep(&mut by_context, &options.only);
        notes.retain(|note| by_context.contains_key(&note.context));
    }
    let mut layout = Layout::new(options, by_context);
    let files: Vec<File> = (0..layout.units.len()).map(|at| file(model, options, &mut layout, at)).collect();
    let texts = files.par_iter().enumerate().map(|(at, file)| print::print(file, &layout.view(at))).collect();
    Projected { files, texts, notes, reused, layout }
}

/// The file at this place; its items move from the layout into it.
fn file(model: &Model, options: &Options, layout: &mut Layout, at: usize) -> File {
    let rule = layout.option(rules::OPTION);
    let unit = &mut layout.units[at];
    let mut items = std::mem::take(&mut unit.items);
    if rule != rules::OPTION {
        rename_rules(&mut items, &rule);
    }
    let contexts = unit.contexts.iter().filter_map(|slug| model.contexts.get(slug));
    let specs: BTreeSet<&str> = contexts.clone().map(|context| &*context.origin.file).collect();
    let specs: Vec<&str> = specs.into_iter().filter(|spec| !spec.is_empty()).collect();
    let from = if specs.is_empty() { String::new() } else { format!(" from {}", specs.join(", ")) };
    let mut header = vec![format!("Generated by seac{from}. Changes belong there.")];
    if options.governance {
        for lines in contexts.map(governance::context).filter(|lines| !lines.is_empty()) {
            header.push(" ".to_owned());
            header.extend(lines);
        }
    }
    File {
        path: unit.path.clone(),
        package: unit.package.clone(),
        header,
        imports: unit.imports.iter().cloned().collect(),
        options: options.of_file(&unit.package),
        items,
    }
}

fn rename_rules(items: &mut [Item], name: &str) {
    for item in items {
        let Item::Message(message) = item else { continue };
        for option in message.fields.iter_mut().flat_map(|field| &mut field.options) {
            if option.0 == rules::OPTION {
                name.clone_into(&mut option.0);
            }
        }
    }
}
