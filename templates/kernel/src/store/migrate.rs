//! Schema migrations: numbered per context, checksummed, applied once, never changed.

use std::collections::BTreeMap;

use futures_util::FutureExt as _;

use super::{Dialect, SqlValue, Store, StoreError, TableCheck, Tx, Value};
use crate::canonical::Digest;
use crate::types::Timestamp;

/// One step of a context's schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The bounded context it belongs to.
    pub context: &'static str,
    /// Its number within the context: 1, 2, 3, … without gaps.
    pub number: u32,
    /// A few words, as in the file's name.
    pub name: &'static str,
    /// The statements, for SQLite.
    pub sqlite: &'static str,
    /// The statements, for PostgreSQL.
    pub postgres: &'static str,
    /// Tables whose rows have to satisfy more than before.
    pub checks: &'static [TableCheck],
    /// False while its statements may still change.
    pub released: bool,
}

impl Migration {
    /// The statements, as a database understands them.
    pub fn sql(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }

    /// SHA-256 of the statements, so that a released migration cannot change unnoticed.
    pub fn checksum(&self, dialect: Dialect) -> Digest {
        Digest::of(self.sql(dialect).as_bytes())
    }

    fn refuse(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Migration { context: self.context.to_owned(), number: self.number, reason: reason.into() }
    }
}

/// A migration and whether it still has to be applied.
#[derive(Debug, Clone, Copy)]
pub struct Planned {
    /// The migration.
    pub migration: Migration,
    /// True when the database does not have it yet.
    pub pending: bool,
}

const RECORDS: &str = "CREATE TABLE kernel_migrations (
    context TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at TEXT NOT NULL,
    PRIMARY KEY (context, number))";

/// Compares the migrations with what the database has, changing nothing but the (empty) table of records.
///
/// # Errors
/// When a recorded migration was changed, or is unknown to this binary, or a number is missing.
pub async fn plan(store: &Store, migrations: &[Migration]) -> Result<Vec<Planned>, StoreError> {
    check_numbers(migrations)?;
    let wanted = migrations.to_vec();
    store
        .transact(move |tx| {
            let wanted = wanted.clone();
            async move {
                make_records(tx).await?;
                compare(tx, &wanted).await
            }
            .boxed()
        })
        .await
}

/// As [`plan`], without changing anything: where nothing was ever applied, that is an error.
///
/// # Errors
/// As [`plan`].
pub async fn state(store: &Store, migrations: &[Migration]) -> Result<Vec<Planned>, StoreError> {
    check_numbers(migrations)?;
    let wanted = migrations.to_vec();
    store
        .read(move |tx| {
            let wanted = wanted.clone();
            async move { compare(tx, &wanted).await }.boxed()
        })
        .await
}

/// Whoever may only use the tables must not need the right to make any.
async fn make_records(tx: &mut dyn Tx) -> Result<(), StoreError> {
    let there = match tx.dialect() {
        Dialect::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE name = 'kernel_migrations'",
        Dialect::Postgres => "SELECT count(to_regclass('kernel_migrations'))",
    };
    let there: i64 = tx.query_opt(there, &[]).await?.map_or(Ok(0), |row| row.at(0))?;
    if there == 0 {
        tx.execute(RECORDS, &[]).await?;
    }
    Ok(())
}

/// Applies what is pending, all migrations of a context in one transaction; returns the ones applied.
///
/// # Errors
/// As [`plan`], when a statement fails, and when what is kept does not satisfy a check; that context is then as it was.
pub async fn apply(store: &Store, migrations: &[Migration]) -> Result<Vec<Migration>, StoreError> {
    let pending: Vec<Migration> =
        plan(store, migrations).await?.into_iter().filter(|p| p.pending).map(|p| p.migration).collect();
    let mut applied = Vec::new();
    for context in pending.chunk_by(|a, b| a.context == b.context) {
        let (wanted, context) = (migrations.to_vec(), context[0].context);
        applied.extend(store.transact(move |tx| apply_context(tx, wanted.clone(), context).boxed()).await?);
    }
    for Migration { context, number, name, released, .. } in &applied {
        tracing::info!(context, number, name, released, "migrated");
    }
    Ok(applied)
}

/// Applies what a context lacks, as it is now: another node may have been faster.
async fn apply_context(
    tx: &mut dyn Tx,
    wanted: Vec<Migration>,
    context: &'static str,
) -> Result<Vec<Migration>, StoreError> {
    let pending = compare(tx, &wanted).await?.into_iter().filter(|p| p.pending && p.migration.context == context);
    let pending: Vec<Migration> = pending.map(|p| p.migration).collect();
    let mut checks: BTreeMap<&str, (Migration, TableCheck)> = BTreeMap::new();
    for migration in pending.iter().copied() {
        apply_one(tx, migration).await?;
        checks.extend(migration.checks.iter().map(|check| (check.table, (migration, *check))));
    }
    // Rows are checked by today's rules, so once at the end is enough.
    for (migration, check) in checks.into_values() {
        if let Some(reason) = check.first_fault(tx).await? {
            return Err(migration.refuse(reason));
        }
    }
    Ok(pending)
}

async fn apply_one(tx: &mut dyn Tx, migration: Migration) -> Result<(), StoreError> {
    let sql = migration.sql(tx.dialect());
    let words: Vec<String> = sql.split_whitespace().map(str::to_lowercase).collect();
    if words.windows(2).any(|pair| pair[0] == "initially" && pair[1].starts_with("deferred")) {
        // It would fail at the commit, which many transactions share, instead of in the one that broke it.
        return Err(migration.refuse("a deferred constraint would take a whole batch of transactions along"));
    }
    tx.script(sql).await.map_err(|e| migration.refuse(e.to_string()))?;
    let values = [
        Value::Text(migration.context.to_owned()),
        u64::from(migration.number).to_value(),
        Value::Text(migration.name.to_owned()),
        Value::Text(migration.checksum(tx.dialect()).to_hex()),
        Timestamp::now().to_value(),
    ];
    let insert =
        "INSERT INTO kernel_migrations (context, number, name, checksum, applied_at) VALUES ($1, $2, $3, $4, $5)";
    tx.execute(insert, &values).await.map(drop)
}

async fn compare(tx: &mut dyn Tx, wanted: &[Migration]) -> Result<Vec<Planned>, StoreError> {
    let dialect = tx.dialect();
    let rows =
        tx.query("SELECT context, number, checksum FROM kernel_migrations ORDER BY context, number", &[]).await?;
    let mut planned: Vec<_> = wanted.iter().map(|m| Planned { migration: *m, pending: true }).collect();
    for row in rows {
        let (context, number): (String, u64) = (row.at(0)?, row.at(1)?);
        let known =
            planned.iter_mut().find(|p| p.migration.context == context && u64::from(p.migration.number) == number);
        match known {
            Some(p) if p.migration.checksum(dialect).to_hex() == row.at::<String>(2)? => p.pending = false,
            Some(p) => {
                return Err(p.migration.refuse(match p.migration.released {
                    true => "it was changed after it had been applied; add a new migration instead",
                    false => "it was applied before it was released, and has changed since: undo it by the script beside it, \
                              or begin with an empty data directory",
                }));
            }
            None => {
                let reason = "the database has it, this binary does not: it was migrated by a newer build".to_owned();
                return Err(StoreError::Migration { context, number: u32::try_from(number).unwrap_or(0), reason });
            }
        }
    }
    Ok(planned)
}

fn check_numbers(migrations: &[Migration]) -> Result<(), StoreError> {
    for (index, migration) in migrations.iter().enumerate() {
        let before = migrations[..index].iter().filter(|m| m.context == migration.context).count();
        if usize::try_from(migration.number).ok() != before.checked_add(1) {
            return Err(migration.refuse(format!("expected number {} here", before + 1)));
        }
    }
    Ok(())
}
