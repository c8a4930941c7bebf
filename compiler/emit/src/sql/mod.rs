//! SQL: the tables of a context for both engines, and the way there from what was released before.
//!
//! [`schema`] says what tables the model asks for, [`history`] which ones databases have, [`change`] what lies between, and
//! [`render`] puts that into the words of an engine.

mod change;
pub mod history;
mod render;
pub mod schema;

use crate::file_set::{Origin, Region};
use crate::names;
use crate::proto::Wire;
use change::{Change, Difference};
pub use change::{Obstacle, ObstacleKind};
pub use history::{Histories, History};
use schema::Schema;
use seac_model::{Concurrency, Context, Effect, Entity, TypeId};
use std::collections::BTreeMap;

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded.
    Sqlite,
    /// Served.
    Postgres,
}

impl Dialect {
    /// Both, in the order of their folders.
    pub const ALL: [Self; 2] = [Self::Postgres, Self::Sqlite];

    /// Name of its folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// The migrations of a context: those that were released, and the one that leads on from there.
pub struct Migrations {
    /// First to last.
    pub all: Vec<Migration>,
    /// What the specs ask for that cannot be done, or not unless they say so.
    pub obstacles: Vec<Obstacle>,
}

/// One of them.
pub struct Migration {
    /// From 1.
    pub number: usize,
    /// A few words, as in its file's name.
    pub name: String,
    /// Tables whose rows have to satisfy more than before.
    pub checks: Vec<String>,
    /// Whether it was released; one that was not may still change.
    pub released: bool,
    apply: BTreeMap<&'static str, Script>,
    revert: BTreeMap<&'static str, Script>,
}

/// The text for one engine, and which of its lines come from where.
#[derive(Clone, Default)]
pub struct Script {
    /// The text.
    pub text: String,
    /// Its regions, sorted.
    pub regions: Vec<Region>,
}

impl Migration {
    /// `0001_initial`.
    pub fn stem(&self) -> String {
        format!("{:04}_{}", self.number, self.name)
    }

    /// What it does on an engine.
    pub fn apply(&self, dialect: Dialect) -> Script {
        self.apply.get(dialect.folder()).cloned().unwrap_or_default()
    }

    /// What undoes it there, for development.
    pub fn revert(&self, dialect: Dialect) -> Script {
        self.revert.get(dialect.folder()).cloned().unwrap_or_default()
    }

    /// It as part of the history.
    fn release(&self) -> history::Migration {
        let texts = |scripts: &BTreeMap<&'static str, Script>| {
            let lines = |script: &Script| script.text.lines().map(str::to_owned).collect();
            scripts.iter().map(|(engine, script)| ((*engine).to_owned(), lines(script))).collect()
        };
        history::Migration {
            name: self.name.clone(),
            apply: texts(&self.apply),
            revert: texts(&self.revert),
            checks: self.checks.clone(),
        }
    }
}

/// The migrations of a context with this history.
pub fn migrations(slug: &str, context: &Context, history: &History) -> Migrations {
    let wanted = schema::schema(slug, context);
    let difference = change::difference(&history.tables, &wanted, context);
    let mut all: Vec<Migration> = history.migrations.iter().enumerate().map(released).collect();
    if !difference.is_empty() && difference.obstacles.is_empty() {
        all.push(next(slug, context, all.len() + 1, &wanted, &difference));
    }
    let mut obstacles = difference.obstacles;
    for (event, change) in history.broken_events(context) {
        if !context.evolution.accepted.contains_key(&event) {
            obstacles.push(Obstacle { element: event, kind: ObstacleKind::Event { change } });
        }
    }
    obstacles.sort();
    Migrations { all, obstacles }
}

/// The history of a context once what its specs say now is released; `wire` is what goes over the wire then.
pub fn release(slug: &str, context: &Context, history: &History, wire: Wire) -> History {
    let migrations = migrations(slug, context, history);
    History {
        format: history::FORMAT,
        context: slug.to_owned(),
        migrations: migrations.all.iter().map(Migration::release).collect(),
        tables: schema::schema(slug, context),
        events: history.next_events(context),
        wire,
    }
}

fn released((index, migration): (usize, &history::Migration)) -> Migration {
    let script = |texts: &BTreeMap<String, Vec<String>>, dialect: Dialect| {
        let lines = texts.get(dialect.folder()).map(Vec::as_slice).unwrap_or_default();
        let text = lines.iter().map(|line| format!("{line}\n")).collect();
        (dialect.folder(), Script { text, regions: Vec::new() })
    };
    let scripts = |texts| Dialect::ALL.map(|dialect| script(texts, dialect)).into();
    Migration {
        number: index + 1,
        name: migration.name.clone(),
        checks: migration.checks.clone(),
        released: true,
        apply: scripts(&migration.apply),
        revert: scripts(&migration.revert),
    }
}

fn next(slug: &str, context: &Context, number: usize, wanted: &Schema, difference: &Difference) -> Migration {
    let script = |changes: &[Change], dialect: Dialect| {
        (dialect.folder(), traced(slug, context, &render::script(changes, dialect)))
    };
    let scripts = |changes: &[Change]| Dialect::ALL.map(|dialect| script(changes, dialect)).into();
    let checks = difference.checks.iter().filter_map(|entity| wanted.get(entity)).map(|table| table.name.clone());
    Migration {
        number,
        name: if number == 1 { "initial".to_owned() } else { describe(&difference.changes) },
        checks: checks.collect(),
        released: false,
        apply: scripts(&difference.changes),
        revert: scripts(&render::reverse(&difference.changes)),
    }
}

/// A few words for the name of a file: what happens, and to how many tables.
fn describe(changes: &[Change]) -> String {
    let (verb, table) = match changes {
        [] => return "check".to_owned(),
        [Change::Create { table, .. }, ..] => ("create", table),
        [Change::Drop { table }, ..] => ("drop", table),
        [Change::Alter { to, .. }, ..] => ("alter", to),
    };
    let more = if changes.len() > 1 { "_and_more" } else { "" };
    format!("{verb}_{}{more}", table.name)
}

/// The text of lines, each with the spec node of its column or table.
fn traced(slug: &str, context: &Context, lines: &[render::Line]) -> Script {
    let mut script = Script::default();
    let tables: BTreeMap<String, &Entity> =
        context.entities.iter().map(|(name, entity)| (names::table_name(slug, name), entity)).collect();
    for (number, line) in (1..).zip(lines) {
        script.text.push_str(&line.text);
        script.text.push('\n');
        let Some((table, column)) = &line.about else { continue };
        let Some(entity) = tables.get(table) else { continue };
        let field = column.as_ref().and_then(|name| entity.fields.iter().find(|field| field.name == *name));
        let origin = field.map_or(&entity.origin, |field| &field.origin);
        let origin = Origin { file: origin.file.clone(), line: origin.line };
        match script.regions.last_mut() {
            Some(last) if last.origin == origin && last.end + 1 == number => last.end = number,
            _ => script.regions.push(Region { start: number, end: number, origin }),
        }
    }
    script
}

/// Fields that no two entities share: declared so, or the unique key of an operation that creates them.
pub fn unique_fields(slug: &str, context: &Context, name: &str, entity: &Entity) -> Vec<String> {
    let keyed = context.operations.values().filter_map(|operation| match (&operation.effect, &operation.concurrency) {
        (Effect::Creates { entity }, Concurrency::UniqueKey { field })
            if entity.context == slug && entity.name == name =>
        {
            Some(field.clone())
        }
        _ => None,
    });
    let declared = entity.fields.iter().filter(|field| field.unique).map(|field| field.name.clone());
    let mut fields: Vec<String> = keyed.chain(declared).filter(|field| *field != entity.key).collect();
    fields.sort();
    fields.dedup();
    fields
}

/// Fields that lists of this context sort rows by. Values that no two rows share have an index already.
fn ordered_fields(slug: &str, context: &Context, name: &str, entity: &Entity) -> Vec<String> {
    let id = TypeId::new(slug, name);
    let lists = context.operations.values().filter_map(|operation| match &operation.effect {
        Effect::ListsEntities { entity, sort, order, .. } if *entity == id => Some((sort, order)),
        _ => None,
    });
    let mut fields: Vec<String> =
        lists.flat_map(|(sort, order)| sort.iter().chain(order.iter().map(|order| &order.field))).cloned().collect();
    let unique = unique_fields(slug, context, name, entity);
    fields.retain(|field| *field != entity.key && !unique.contains(field));
    fields.sort();
    fields.dedup();
    fields
}
