//! Changes in the words of an engine.

use super::Dialect;
use super::change::{Change, Rows, Value};
use super::schema::{Column, Storage, Table};
use crate::names::sql;

/// The lines of a script.
pub type Lines = Vec<Line>;

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// Table and column it is about: no column for a table as a whole, nothing for an empty line.
    pub about: Option<(String, Option<String>)>,
}

/// The script that makes `changes`, in order.
pub fn script(changes: &[Change], dialect: Dialect) -> Lines {
    let mut lines = Lines::new();
    for change in changes {
        if !lines.is_empty() {
            lines.push(Line { text: String::new(), about: None });
        }
        match change {
            Change::Create { table, rows } => create(&mut lines, table, rows.as_ref(), dialect),
            Change::Drop { table } => push(&mut lines, table, format!("DROP TABLE {};", sql(&table.name))),
            Change::Alter { from, to, values } => match dialect {
                Dialect::Sqlite => rebuild(&mut lines, from, to, values),
                Dialect::Postgres => alter(&mut lines, from, to, values),
            },
        }
    }
    lines
}

/// The changes that undo `changes`, last first. What was dropped comes back without what was in it.
pub fn reverse(changes: &[Change]) -> Vec<Change> {
    changes.iter().rev().map(undo).collect()
}

fn undo(change: &Change) -> Change {
    match change {
        Change::Create { table, .. } => Change::Drop { table: table.clone() },
        Change::Drop { table } => Change::Create { table: table.clone(), rows: None },
        Change::Alter { from, to, values } => {
            let back = |column: &Column| {
                let becomes = |value: &&(&Column, &Value)| matches!(value.1, Value::Old { column: old, .. } if *old == column.name);
                let pairs: Vec<(&Column, &Value)> = to.columns.iter().zip(values).collect();
                match pairs.iter().find(becomes) {
                    Some((now, _)) => Value::Old {
                        column: now.name.clone(),
                        storage: now.storage,
                        otherwise: (column.required && !now.required).then(|| zero(column)),
                    },
                    None if column.required => Value::Constant(zero(column)),
                    None => Value::Nothing,
                }
            };
            Change::Alter { from: to.clone(), to: from.clone(), values: from.columns.iter().map(back).collect() }
        }
    }
}

/// What stands for a value that is lost for good.
fn zero(column: &Column) -> String {
    match column.storage {
        Storage::Int => "0".to_owned(),
        Storage::Bool => "false".to_owned(),
        Storage::Bytes | Storage::Text => String::new(),
    }
}

fn push(lines: &mut Lines, table: &Table, text: String) {
    lines.push(Line { text, about: Some((table.name.clone(), None)) });
}

fn create(lines: &mut Lines, table: &Table, rows: Option<&Rows>, dialect: Dialect) {
    push(lines, table, format!("CREATE TABLE {} (", sql(&table.name)));
    definition(lines, table, dialect);
    if let Some(rows) = rows {
        let filled = |(column, value): &(&Column, &Value)| match value {
            Value::Old { column: from, otherwise: None, .. } if column.required => {
                Some(format!("{} IS NOT NULL", sql(from)))
            }
            _ => None,
        };
        let conditions: Vec<String> = table.columns.iter().zip(&rows.values).filter_map(|pair| filled(&pair)).collect();
        let condition =
            if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
        copy(lines, table, &table.name, &rows.from, &rows.values, dialect, &condition);
    }
    indexes(lines, table, dialect);
}

/// Columns, key and the end of a table's definition.
fn definition(lines: &mut Lines, table: &Table, dialect: Dialect) {
    for column in &table.columns {
        let null = if column.required { " NOT NULL" } else { "" };
        let text = format!("    {} {}{null},", sql(&column.name), column_type(column.storage, dialect));
        lines.push(Line { text, about: Some((table.name.clone(), Some(column.name.clone()))) });
    }
    let strict = if dialect == Dialect::Sqlite { " STRICT" } else { "" };
    if table.derived {
        push(lines, table, format!("    {} {} NOT NULL,", sql(GENERATION), column_type(Storage::Int, dialect)));
    }
    push(lines, table, format!("    PRIMARY KEY ({}{})", generation(table), sql(&table.key)));
    push(lines, table, format!("){strict};"));
}

fn indexes(lines: &mut Lines, table: &Table, dialect: Dialect) {
    for column in &table.unique {
        push(lines, table, create_index(table, column));
    }
    for column in &table.ordered {
        push(lines, table, create_order(table, column, dialect));
    }
}

/// The index of a list that is sorted by a column, and by the key among equal values; it is read in both directions. Rows
/// without a value come first, as they do on SQLite anyway.
fn create_order(table: &Table, column: &str, dialect: Dialect) -> String {
    let optional = table.column(column).is_some_and(|column| !column.required);
    let first = if optional && dialect == Dialect::Postgres { " NULLS FIRST" } else { "" };
    let (name, table_name, key) = (order_index(table, column), sql(&table.name), sql(&table.key));
    format!("CREATE INDEX {name} ON {table_name} ({}{}{first}, {key});", generation(table), sql(column))
}

/// The column that tells the generations of rows apart.
const GENERATION: &str = "_generation";

/// What stands before the columns of a key or an index: rows of several generations stand beside each other.
fn generation(table: &Table) -> String {
    if table.derived { format!("{}, ", sql(GENERATION)) } else { String::new() }
}

fn order_index(table: &Table, column: &str) -> String {
    sql(&format!("{}_{}_order", table.name, crate::names::snake_text(column)))
}

fn create_index(table: &Table, column: &str) -> String {
    let (name, table_name) = (index(table, column), sql(&table.name));
    format!("CREATE UNIQUE INDEX {name} ON {table_name} ({}{});", generation(table), sql(column))
}

fn index(table: &Table, column: &str) -> String {
    sql(&format!("{}_{}_unique", table.name, crate::names::snake_text(column)))
}

fn copy(lines: &mut Lines, to: &Table, into: &str, from: &str, values: &[Value], dialect: Dialect, condition: &str) {
    let columns: Vec<String> = to.columns.iter().map(|column| sql(&column.name)).collect();
    let values: Vec<String> =
        to.columns.iter().zip(values).map(|(column, value)| select(column, value, dialect)).collect();
    push(lines, to, format!("INSERT INTO {} ({})", sql(into), columns.join(", ")));
    push(lines, to, format!("    SELECT {} FROM {}{condition};", values.join(", "), sql(from)));
}

/// The value of a column, taken from a row of the table it comes from.
fn select(column: &Column, value: &Value, dialect: Dialect) -> String {
    match value {
        Value::Nothing => "NULL".to_owned(),
        Value::Constant(text) => constant(column.storage, text, dialect),
        Value::Old { column: from, storage, otherwise } => {
            let from = sql(from);
            let value = if *storage == column.storage { from } else { cast(&from, column.storage, dialect) };
            match otherwise {
                Some(text) => format!("COALESCE({value}, {})", constant(column.storage, text, dialect)),
                None => value,
            }
        }
    }
}

fn cast(value: &str, storage: Storage, dialect: Dialect) -> String {
    format!("CAST({value} AS {})", column_type(storage, dialect))
}

fn constant(storage: Storage, text: &str, dialect: Dialect) -> String {
    match (storage, dialect) {
        (Storage::Int, _) => text.to_owned(),
        (Storage::Bool, Dialect::Sqlite) => u8::from(text == "true").to_string(),
        (Storage::Bool, Dialect::Postgres) => text.to_uppercase(),
        (Storage::Bytes, Dialect::Sqlite) => "x''".to_owned(),
        (Storage::Bytes, Dialect::Postgres) => "''::bytea".to_owned(),
        (Storage::Text, _) => format!("'{}'", text.replace('\'', "''")),
    }
}

fn column_type(storage: Storage, dialect: Dialect) -> &'static str {
    match (storage, dialect) {
        (Storage::Int | Storage::Bool, Dialect::Sqlite) => "INTEGER",
        (Storage::Int, Dialect::Postgres) => "BIGINT",
        (Storage::Bool, Dialect::Postgres) => "BOOLEAN",
        (Storage::Bytes, Dialect::Sqlite) => "BLOB",
        (Storage::Bytes, Dialect::Postgres) => "BYTEA",
        (Storage::Text, _) => "TEXT",
    }
}

/// SQLite changes little about a table in place, so the rows move to a new one, which then takes the name.
fn rebuild(lines: &mut Lines, from: &Table, to: &Table, values: &[Value]) {
    let beside = format!("{}_new", to.name);
    push(lines, to, format!("CREATE TABLE {} (", sql(&beside)));
    definition(lines, to, Dialect::Sqlite);
    copy(lines, to, &beside, &from.name, values, Dialect::Sqlite, "");
    push(lines, to, format!("DROP TABLE {};", sql(&from.name)));
    push(lines, to, format!("ALTER TABLE {} RENAME TO {};", sql(&beside), sql(&to.name)));
    indexes(lines, to, Dialect::Sqlite);
}

/// Postgres changes tables in place.
fn alter(lines: &mut Lines, from: &Table, to: &Table, values: &[Value]) {
    if from.name != to.name {
        push(lines, to, format!("ALTER TABLE {} RENAME TO {};", sql(&from.name), sql(&to.name)));
    }
    let source = |value: &Value| match value {
        Value::Old { column, .. } => Some(column.clone()),
        _ => None,
    };
    let kept: Vec<String> = values.iter().filter_map(source).collect();
    for column in &from.unique {
        if from.name != to.name || !to.unique.contains(column) || !keeps_name(to, values, column) {
            push(lines, to, format!("DROP INDEX {};", index(from, column)));
        }
    }
    let same_order = |column: &String| same_order(from, to, values, column);
    for column in from.ordered.iter().filter(|column| !same_order(column)) {
        push(lines, to, format!("DROP INDEX {};", order_index(from, column)));
    }
    for column in from.columns.iter().filter(|column| !kept.contains(&column.name)) {
        push(lines, to, format!("ALTER TABLE {} DROP COLUMN {};", sql(&to.name), sql(&column.name)));
    }
    for (column, value) in to.columns.iter().zip(values) {
        let about = Some((to.name.clone(), Some(column.name.clone())));
        let before = source(value).and_then(|name| from.column(&name));
        lines.extend(
            alter_column(to, column, value, before).into_iter().map(|text| Line { text, about: about.clone() }),
        );
    }
    for column in &to.unique {
        if from.name != to.name || !from.unique.contains(column) || !keeps_name(to, values, column) {
            push(lines, to, create_index(to, column));
        }
    }
    for column in to.ordered.iter().filter(|column| !same_order(column)) {
        push(lines, to, create_order(to, column, Dialect::Postgres));
    }
}

/// Whether the index of a sorted list stays what it is.
fn same_order(from: &Table, to: &Table, values: &[Value], column: &String) -> bool {
    let required = |table: &Table| table.column(column).map(|column| column.required);
    let kept = |column: &str| keeps_name(to, values, column);
    from.name == to.name
        && from.key == to.key
        && from.ordered.contains(column)
        && to.ordered.contains(column)
        && required(from) == required(to)
        && kept(column)
        && kept(&to.key)
}

/// Whether a column comes from one of the same name.
fn keeps_name(to: &Table, values: &[Value], column: &str) -> bool {
    let mut pairs = to.columns.iter().zip(values);
    pairs.any(|(now, value)| now.name == column && matches!(value, Value::Old { column: old, .. } if old == column))
}

fn alter_column(table: &Table, column: &Column, value: &Value, before: Option<&Column>) -> Vec<String> {
    let dialect = Dialect::Postgres;
    let (name, table) = (sql(&column.name), sql(&table.name));
    let change = |what: String| format!("ALTER TABLE {table} {what};");
    let Some(before) = before else {
        let mut lines = vec![change(format!("ADD COLUMN {name} {}", column_type(column.storage, dialect)))];
        if let Value::Constant(text) = value {
            lines.push(format!("UPDATE {table} SET {name} = {};", constant(column.storage, text, dialect)));
        }
        lines.extend(column.required.then(|| change(format!("ALTER COLUMN {name} SET NOT NULL"))));
        return lines;
    };
    let mut lines = Vec::new();
    if before.name != column.name {
        lines.push(change(format!("RENAME COLUMN {} TO {name}", sql(&before.name))));
    }
    if before.storage != column.storage {
        let ty = column_type(column.storage, dialect);
        lines.push(change(format!("ALTER COLUMN {name} TYPE {ty} USING {}", cast(&name, column.storage, dialect))));
    }
    if let Value::Old { otherwise: Some(text), .. } = value {
        lines.push(format!(
            "UPDATE {table} SET {name} = {} WHERE {name} IS NULL;",
            constant(column.storage, text, dialect)
        ));
    }
    match (before.required, column.required) {
        (false, true) => lines.push(change(format!("ALTER COLUMN {name} SET NOT NULL"))),
        (true, false) => lines.push(change(format!("ALTER COLUMN {name} DROP NOT NULL"))),
        _ => {}
    }
    lines
}
