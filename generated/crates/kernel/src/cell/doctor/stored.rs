//! What is in the database: whether it is sound, of this build, and lets this node do what it must and nothing else.

use futures_util::FutureExt as _;

use crate::cell::Cell;
use crate::ledger;
use crate::store::{self, Dialect, Row, Store, StoreError, Tx};
use crate::types::Timestamp;

/// The database finds nothing wrong with its files, nor with what guards the ledger.
pub(super) async fn sound(store: &Store) -> Result<String, String> {
    match store.integrity().await {
        Ok(problems) if problems.is_empty() => Ok("its files are sound; `verify` looks at the ledger".to_owned()),
        Ok(problems) => Err(problems.join("; ")),
        Err(error) => Err(error.to_string()),
    }
}

/// The database is that of this build.
pub(super) async fn schema(cell: &Cell, store: &Store) -> Result<String, String> {
    let planned = store::state(store, &cell.migrations()).await.map_err(|e| e.to_string())?;
    let pending = planned.iter().filter(|planned| planned.pending).map(|planned| planned.migration);
    let pending: Vec<String> = pending.map(|m| format!("{} {:04}", m.context, m.number)).collect();
    if pending.is_empty() {
        return Ok(format!("{} migrations, all applied", planned.len()));
    }
    Err(format!("not applied yet: {}; `serve` and `migrate` do it", pending.join(", ")))
}

/// The clock is not behind the last entry: times in the ledger would run backwards.
pub(super) async fn clock(store: &Store, now: Timestamp) -> Result<String, String> {
    let last = store.read(|tx| {
        async move {
            let (sequence, _) = ledger::head(tx).await?;
            Ok(ledger::get(tx, sequence).await?.map(|entry| entry.recorded_at))
        }
        .boxed()
    });
    match last.await.map_err(|e: StoreError| e.to_string())? {
        Some(last) if last > now => Err(format!("it is {now}, but the last entry is of {last}: set the clock right")),
        _ => Ok(now.to_string()),
    }
}

/// The role may read and add everywhere, and may neither change nor remove what the ledger has. In a file, whoever can write
/// may do everything: there it is the data directory that is looked at.
pub(super) async fn rights(store: &Store) -> Result<String, String> {
    let found: Result<Option<(Role, Vec<String>)>, StoreError> = store.read(|tx| role_and_rights(tx).boxed()).await;
    match found.map_err(|error| error.to_string())? {
        None => Ok("those of the data directory".to_owned()),
        Some((role, wrong)) if !wrong.is_empty() => Err(format!("role {}: {}", role.name, wrong.join("; "))),
        Some((Role { name, boundless: true }, _)) => {
            Ok(format!("role {name} is a superuser: only triggers guard the ledger from it"))
        }
        Some((Role { name, .. }, _)) => Ok(format!("role {name} may do what it must, and not change the ledger")),
    }
}

/// Who works with the database.
struct Role {
    name: String,
    /// Nothing is denied to it.
    boundless: bool,
}

/// What is written once and stays.
const KEPT: &str = "'ledger_entries', 'ledger_controls', 'ledger_redactions', 'ledger_tiles', 'ledger_checkpoints', \
    'ledger_keys', 'ledger_cosignatures'";

/// Rights that are missing, and rights that are too many. Who may not note migrations leaves them to somebody else.
const WRONG: &str = "SELECT c.relname::text, r.name, r.wanted FROM pg_class c \
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema() \
    JOIN (VALUES ('SELECT', TRUE), ('INSERT', TRUE), ('UPDATE', FALSE), ('DELETE', FALSE), ('TRUNCATE', FALSE)) \
        AS r (name, wanted) ON CASE WHEN r.name = 'SELECT' THEN TRUE WHEN r.wanted THEN c.relname <> 'kernel_migrations' \
        WHEN r.name = 'UPDATE' THEN c.relname IN ({KEPT}) ELSE c.relname IN ({KEPT}) OR c.relname = 'ledger_head' END \
    WHERE c.relkind = 'r' AND has_table_privilege(c.oid, r.name) <> r.wanted ORDER BY r.wanted DESC, 2, 1";

async fn role_and_rights(tx: &mut dyn Tx) -> Result<Option<(Role, Vec<String>)>, StoreError> {
    if tx.dialect() == Dialect::Sqlite {
        return Ok(None);
    }
    let sql = "SELECT rolname::text, rolsuper FROM pg_roles WHERE rolname = current_user";
    let Some(row) = tx.query_opt(sql, &[]).await? else { return Ok(None) };
    let role = Role { name: row.at(0)?, boundless: row.at(1)? };
    if role.boundless {
        return Ok(Some((role, Vec::new())));
    }
    let rows = tx.query(&WRONG.replace("{KEPT}", KEPT), &[]).await?;
    let wrong: Result<Vec<String>, StoreError> = rows.iter().map(said).collect();
    Ok(Some((role, wrong?)))
}

fn said(row: &Row) -> Result<String, StoreError> {
    let (table, right, wanted): (String, String, bool) = (row.at(0)?, row.at(1)?, row.at(2)?);
    Ok(match wanted {
        true => format!("may not {right} on {table}: grant it"),
        false => format!("may {right} on {table}: revoke it"),
    })
}
