//! Gaps between the specs and the output folder.

use super::{Drift, Evidence, Gap, Kind, Place, element};
use crate::{FileSet, Origin, OutputFile, Zone};
use seac_model::{Context, Model, PortKind};
use std::collections::{BTreeMap, BTreeSet};

/// All of them; elements in `known` have a gap already that explains why nothing comes from them.
pub fn gaps(evidence: &Evidence<'_>, known: &BTreeSet<String>) -> Vec<Gap> {
    let Some(files) = evidence.files else { return Vec::new() };
    let tree = Tree { evidence, files, producers: producers(files) };
    let mut gaps = Vec::new();
    let mut explained: BTreeSet<&str> = BTreeSet::new();
    for (slug, context) in &evidence.model.contexts {
        for part in parts(slug, context).into_iter().filter(|part| !known.contains(&part.element)) {
            if let Some(gap) = tree.part(&part, &mut explained) {
                gaps.push(gap.in_context(slug));
            }
        }
    }
    gaps.extend(evidence.disk.drift.iter().filter_map(|(path, drift)| {
        let gap = tree.file(path, drift, &explained)?;
        Some(match context_of(evidence.model, path) {
            Some(slug) => gap.in_context(slug),
            None => gap,
        })
    }));
    gaps
}

/// A part of the design that something has to be made of.
struct Part {
    element: String,
    what: &'static str,
    origin: Origin,
    place: Place,
}

/// Everything in a context that becomes an artifact of its own.
fn parts(slug: &str, context: &Context) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |what: &'static str, name: &str, origin: &seac_model::Origin| {
        let place = Place::from(origin);
        parts.push(Part { element: element(context, name), what, origin: crate::origin(origin), place });
    };
    context.enums.iter().for_each(|(name, item)| add("enum", name, &item.origin));
    context.value_objects.iter().for_each(|(name, item)| add("value object", name, &item.origin));
    // Input and output that stand in the operation are part of it.
    let inline = |origin: &seac_model::Origin| context.operations.values().any(|operation| operation.origin == *origin);
    let records = context.records.iter().filter(|(_, record)| !inline(&record.origin));
    records.for_each(|(name, item)| add("record", name, &item.origin));
    let stateful = context.entities.iter().filter(|(_, entity)| !entity.fields.is_empty());
    stateful.for_each(|(name, item)| add("entity", name, &item.origin));
    context.operations.iter().for_each(|(name, item)| add("operation", name, &item.origin));
    context.events.iter().for_each(|(name, item)| add("event", name, &item.origin));
    context.consumers.iter().for_each(|(name, item)| add("consumer", name, &item.origin));
    context.connectors.iter().for_each(|(name, item)| add("connector", name, &item.origin));
    // That nothing checks one is a gap of the design.
    let probed = context.invariants.iter().filter(|(_, invariant)| invariant.probe.is_some());
    probed.for_each(|(name, item)| add("invariant", name, &item.origin));
    for operation in context.operations.values() {
        for id in operation.policies.iter().map(|bound| &bound.policy).filter(|id| id.context == slug) {
            if let Some(policy) = context.policies.get(&id.name) {
                add("policy", &id.name, &policy.origin);
            }
        }
    }
    for (name, port) in &context.outbound_ports {
        // Bytes are kept by the kernel.
        if !matches!(port.kind, PortKind::BlobStore) {
            add("port", name, &port.origin);
        }
    }
    parts
}

type Producers<'a> = BTreeMap<&'a Origin, Vec<(&'a str, &'a OutputFile)>>;

fn producers(files: &FileSet) -> Producers<'_> {
    let mut producers = Producers::new();
    for (path, file) in files.iter().filter(|(_, file)| file.zone == Zone::Gen) {
        for origin in &file.origins {
            producers.entry(origin).or_default().push((path, file));
        }
    }
    producers
}

struct Tree<'a> {
    evidence: &'a Evidence<'a>,
    files: &'a FileSet,
    producers: Producers<'a>,
}

impl<'a> Tree<'a> {
    /// The gap of a part that is nowhere in the output folder; paths that it explains are added to `explained`.
    fn part(&self, part: &Part, explained: &mut BTreeSet<&'a str>) -> Option<Gap> {
        let made: &[_] = self.producers.get(&part.origin).map_or(&[], Vec::as_slice);
        let (what, element) = (part.what, &part.element);
        let gap = |message, closes: &str| {
            Some(Gap::new(Kind::NotEmitted, element.clone(), part.place.clone(), message, closes.to_owned()))
        };
        if made.is_empty() {
            let message = format!("this version of seac makes nothing of the {what}");
            return gap(message, "write the code by hand, or wait for a version that emits it");
        }
        let missing = |path: &str| self.evidence.disk.drift.get(path) == Some(&Drift::Missing);
        if made.iter().all(|(path, _)| missing(path)) {
            explained.extend(made.iter().map(|(path, _)| *path));
            return gap(format!("the {what} is not in `{}` yet", self.evidence.output), "run `seac generate`");
        }
        if made.iter().any(|(path, file)| self.is_behind(path, file, &part.origin)) {
            let message = format!("the {what} was changed since `{}` was generated", self.evidence.output);
            return gap(message, "run `seac generate`");
        }
        None
    }

    /// Whether the file on disk is of an earlier run and does not have the lines that come from the origin.
    fn is_behind(&self, path: &str, file: &OutputFile, origin: &Origin) -> bool {
        let Some(Drift::Outdated(old)) = self.evidence.disk.drift.get(path) else { return false };
        let new = String::from_utf8_lossy(&file.bytes);
        let lines: Vec<&str> = new.split_inclusive('\n').collect();
        let regions = file.regions.iter().filter(|region| region.origin == *origin);
        let mut texts = regions.map(|region| {
            let (start, end) = (region.start.saturating_sub(1) as usize, (region.end as usize).min(lines.len()));
            lines.get(start..end).unwrap_or_default().concat()
        });
        texts.any(|text| !old.contains(text.trim_end()))
    }

    fn file(&self, path: &str, drift: &Drift, explained: &BTreeSet<&str>) -> Option<Gap> {
        let shown = format!("{}/{path}", self.evidence.output);
        let place = Place::file(&shown);
        let gap = |kind, message: String, closes: &str| {
            Some(Gap::new(kind, &shown, place.clone(), message, closes.to_owned()))
        };
        match drift {
            Drift::Missing if explained.contains(path) || !self.evidence.disk.generated => None,
            // The extension checks speak about code of yours.
            Drift::Missing if self.files.get(path).is_none_or(|file| file.zone == Zone::Ext) => None,
            Drift::Missing => gap(Kind::NotEmitted, format!("`{shown}` is not there"), "run `seac generate`"),
            Drift::Outdated(_) => None,
            Drift::Edited => gap(
                Kind::EditedFile,
                format!("`{shown}` was edited by hand"),
                "put the change into the spec or into a file of yours, then run `seac generate --overwrite`",
            ),
            Drift::Orphan { edited: false } => {
                gap(Kind::OrphanFile, format!("no spec asks for `{shown}` any more"), "run `seac generate`")
            }
            Drift::Orphan { edited: true } => gap(
                Kind::OrphanFile,
                format!("no spec asks for `{shown}` any more, but it was edited by hand"),
                "save what is needed of it and run `seac generate --overwrite`",
            ),
            Drift::Foreign => gap(
                Kind::ForeignFile,
                format!("`{shown}` was not made by seac"),
                "move it out of the generated zone, or remove it",
            ),
        }
    }
}

/// The context whose crate a path lies in.
fn context_of<'m>(model: &'m Model, path: &str) -> Option<&'m String> {
    let (_, rest) = path.split_once('/')?;
    let folder = rest.split(['/', '.']).next()?;
    model.contexts.keys().find(|slug| *slug == folder)
}
