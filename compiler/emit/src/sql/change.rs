//! From one schema to the next: the changes that lead there, or what stands in their way.

use super::schema::{Column, Schema, Storage, Table, default_of};
use seac_model::{Context, Evolution, Split};
use std::collections::{BTreeMap, BTreeSet};

/// One step from a schema to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A table that was not there, and what of another one becomes its first rows.
    Create {
        /// The table.
        table: Table,
        /// Its first rows.
        rows: Option<Rows>,
    },
    /// A table that nobody asks for any more.
    Drop {
        /// The table.
        table: Table,
    },
    /// A table that becomes another one and keeps its rows.
    Alter {
        /// What it was.
        from: Table,
        /// What it becomes.
        to: Table,
        /// Where the value of each column comes from, in the order of `to`.
        values: Vec<Value>,
    },
}

/// Rows of a new table, one for each row of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The other table.
    pub from: String,
    /// Where the value of each column comes from. A row that lacks a required value is left out.
    pub values: Vec<Value>,
}

/// Where a column's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// The column that had it, and what stands in for a value it lacks.
    Old {
        /// Its name then.
        column: String,
        /// How it was stored.
        storage: Storage,
        /// In place of nothing.
        otherwise: Option<String>,
    },
    /// The same for every row.
    Constant(String),
    /// There is none.
    Nothing,
}

/// Something the specs ask for that cannot be done to what is kept, or not unless they say so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Obstacle {
    /// `Entity` or `Entity.field`, as in the specs.
    pub element: String,
    /// What is the matter.
    pub kind: ObstacleKind,
}

/// What can be the matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObstacleKind {
    /// It is gone, and with it what is kept in it.
    Lost,
    /// It is required, and what is kept has no value for it.
    NoValue,
    /// What is kept cannot become this.
    Unconvertible {
        /// Its type so far.
        from: String,
        /// The type asked for.
        to: String,
    },
    /// Rows are identified by something else.
    Key {
        /// The key so far.
        from: String,
        /// The key asked for.
        to: String,
    },
    /// Consumers of an event that was released would no longer understand it.
    Event {
        /// What has changed, in words.
        change: String,
    },
}

/// The changes from `old` to `new`, and the entities whose rows have to satisfy more than before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// In the order in which they have to be made.
    pub changes: Vec<Change>,
    /// Names of entities, sorted.
    pub checks: BTreeSet<String>,
    /// What stands in the way; while there is something, the changes are not complete.
    pub obstacles: Vec<Obstacle>,
}

impl Difference {
    /// Whether nothing has to be done.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.checks.is_empty()
    }
}

/// Compares. Names and values that only people can know are in the context's [`Evolution`].
pub fn difference(old: &Schema, new: &Schema, context: &Context) -> Difference {
    let mut comparison = Comparison { old, new, context, found: Difference::default() };
    comparison.tables();
    comparison.found
}

struct Comparison<'a> {
    old: &'a Schema,
    new: &'a Schema,
    context: &'a Context,
    found: Difference,
}

impl<'a> Comparison<'a> {
    fn evolution(&self) -> &'a Evolution {
        &self.context.evolution
    }

    fn tables(&mut self) {
        let mut gone: BTreeMap<&String, &Table> = self.old.iter().collect();
        let mut alterations = Vec::new();
        for (entity, table) in self.new {
            let was = self.predecessor(entity);
            match was.and_then(|name| gone.remove(name).map(|from| (name.clone(), from))) {
                Some((name, from)) if from.derived || table.derived => self.make_anew(&name, entity, from, table),
                Some((name, from)) => alterations.push((name, entity, from, table)),
                None => self.create(entity, table),
            }
        }
        // New tables take their rows from old ones, so those are changed behind them.
        for (name, entity, from, to) in alterations {
            self.alter(&name, entity, from, to);
        }
        for (entity, table) in gone {
            if table.derived || self.accepted(entity) {
                self.found.changes.push(Change::Drop { table: table.clone() });
            } else {
                self.obstacle(entity, ObstacleKind::Lost);
            }
        }
    }

    /// A table made of events is made anew from them, so that nothing is lost with its rows. What was not made of events and
    /// is now would be.
    fn make_anew(&mut self, was: &str, entity: &str, from: &Table, to: &Table) {
        if !from.derived && !self.accepted(entity) {
            self.obstacle(was, ObstacleKind::Lost);
        }
        let narrower = |column: &Column| from.column(&column.name).is_none_or(|before| column.is_narrower_than(before));
        if differs(from, to) || from.derived != to.derived || to.columns.iter().any(narrower) {
            self.found.changes.push(Change::Drop { table: from.clone() });
            self.found.changes.push(Change::Create { table: to.clone(), rows: None });
        }
    }

    /// The entity that was released as what is now called `entity`.
    fn predecessor(&self, entity: &String) -> Option<&'a String> {
        if let Some((name, _)) = self.old.get_key_value(entity) {
            return Some(name);
        }
        let renamed = self.evolution().renames.iter().find(|(_, to)| *to == entity).map(|(from, _)| from)?;
        self.old.get_key_value(renamed).map(|(name, _)| name)
    }

    fn create(&mut self, entity: &str, table: &Table) {
        let split = self.evolution().splits.iter().find(|split| split.into == entity);
        let rows = split.and_then(|split| self.rows(entity, table, split));
        if rows.is_some() {
            self.found.checks.insert(entity.to_owned());
        }
        self.found.changes.push(Change::Create { table: table.clone(), rows });
    }

    fn rows(&mut self, entity: &str, table: &Table, split: &Split) -> Option<Rows> {
        let from = self.old.get(&split.from)?;
        let mut values = Vec::new();
        for column in &table.columns {
            let value = split.fields.get(&column.name).and_then(|name| from.column(name));
            values.push(self.value(entity, column, value));
        }
        Some(Rows { from: from.name.clone(), values })
    }

    fn alter(&mut self, was: &str, entity: &str, from: &Table, to: &Table) {
        let mut left: BTreeSet<&str> = from.columns.iter().map(|column| column.name.as_str()).collect();
        let mut values = Vec::new();
        let mut key = None;
        for column in &to.columns {
            let before = self.column_before(was, entity, from, column);
            if let Some(before) = before {
                left.remove(before.name.as_str());
                if column.name == to.key {
                    key = Some(before.name.clone());
                }
            }
            values.push(self.value(entity, column, before));
        }
        if key.as_ref() != Some(&from.key) {
            let kind = ObstacleKind::Key { from: from.key.clone(), to: to.key.clone() };
            self.obstacle(entity, kind);
        }
        for name in left {
            let moved = self
                .evolution()
                .splits
                .iter()
                .any(|split| split.from == was && split.fields.values().any(|f| f == name));
            if !moved && !self.accepted(&format!("{was}.{name}")) && !self.accepted(&format!("{entity}.{name}")) {
                self.obstacle(&format!("{was}.{name}"), ObstacleKind::Lost);
            }
        }
        if differs(from, to) {
            self.found.changes.push(Change::Alter { from: from.clone(), to: to.clone(), values });
        }
    }

    /// The column that was released as what is now `column`.
    fn column_before<'t>(&self, was: &str, entity: &str, from: &'t Table, column: &Column) -> Option<&'t Column> {
        let renamed = |prefix: &str| {
            let to = format!("{entity}.{}", column.name);
            let before = self.evolution().renames.iter().find(|(_, new)| **new == to).map(|(old, _)| old.clone())?;
            from.column(before.strip_prefix(prefix)?.strip_prefix('.')?)
        };
        from.column(&column.name).or_else(|| renamed(was)).or_else(|| renamed(entity))
    }

    /// Where the value of a column comes from; checks and obstacles are noted.
    fn value(&mut self, entity: &str, column: &Column, before: Option<&Column>) -> Value {
        let element = format!("{entity}.{}", column.name);
        let filled = self.evolution().backfill.get(&element).cloned().or_else(|| self.default(entity, &column.name));
        let Some(before) = before else {
            return match filled {
                Some(text) if column.required => {
                    self.found.checks.insert(entity.to_owned());
                    Value::Constant(text)
                }
                _ if column.required => {
                    self.obstacle(&element, ObstacleKind::NoValue);
                    Value::Nothing
                }
                _ => Value::Nothing,
            };
        };
        if !convertible(before, column) {
            let kind = ObstacleKind::Unconvertible { from: before.ty.clone(), to: column.ty.clone() };
            self.obstacle(&element, kind);
        }
        if column.is_narrower_than(before) {
            self.found.checks.insert(entity.to_owned());
        }
        let otherwise = filled.filter(|_| column.required && !before.required);
        Value::Old { column: before.name.clone(), storage: before.storage, otherwise }
    }

    fn default(&self, entity: &str, field: &str) -> Option<String> {
        let declared = self.context.entities.get(entity)?.fields.iter().find(|declared| declared.name == field)?;
        default_of(self.context, declared)
    }

    fn accepted(&self, element: &str) -> bool {
        self.evolution().accepted.contains_key(element)
    }

    fn obstacle(&mut self, element: &str, kind: ObstacleKind) {
        self.found.obstacles.push(Obstacle { element: element.to_owned(), kind });
    }
}

/// Whether the databases have to do anything to turn one into the other.
fn differs(from: &Table, to: &Table) -> bool {
    let shape = |table: &Table| -> Vec<(String, Storage, bool)> {
        table.columns.iter().map(|column| (column.name.clone(), column.storage, column.required)).collect()
    };
    from.name != to.name
        || from.key != to.key
        || from.unique != to.unique
        || from.ordered != to.ordered
        || shape(from) != shape(to)
}

/// Text stays text and whoever reads it checks its form; numbers can be written out. Amounts of another unit are other
/// amounts, and nothing else has an obvious meaning.
fn convertible(from: &Column, to: &Column) -> bool {
    let is_quantity = |column: &Column| column.ty.starts_with("quantity<");
    if is_quantity(from) && is_quantity(to) {
        return from.ty == to.ty;
    }
    from.storage == to.storage || (from.storage == Storage::Int && matches!(to.ty.as_str(), "string" | "decimal"))
}
