//! What the database says of its own condition, and whether the guards of the kernel's tables stand.

use std::collections::BTreeMap;

use deadpool_postgres::ClientWrapper;

use super::errors::translate;
use crate::store::StoreError;

/// Problems; empty when there are none.
pub(super) async fn problems(client: &ClientWrapper) -> Result<Vec<String>, StoreError> {
    let mut problems = list(client, INDEXES).await?;
    let found: Vec<String> = list(client, GUARDS).await?.iter().map(|guard| one_line(guard)).collect();
    let wanted = guards(crate::cell::kernel_migrations().iter().map(|migration| migration.postgres));
    let missing = wanted.into_iter().filter(|(_, text)| !found.contains(text));
    problems.extend(missing.map(|(name, _)| format!("the {name} has been changed, disabled or removed")));
    Ok(problems)
}

/// Indexes that the server itself knows to be unfinished or wrong.
const INDEXES: &str = "SELECT 'the index ' || c.relname || ' is not valid' \
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname = current_schema() AND NOT (i.indisvalid AND i.indisready AND i.indislive)";

/// Triggers that fire, and the functions they may call, in the words of [`guards`].
const GUARDS: &str = "SELECT pg_get_triggerdef(t.oid, true) \
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname = current_schema() AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') \
    UNION ALL SELECT 'FUNCTION ' || p.proname || ' ' || p.prosrc \
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = current_schema()";

async fn list(client: &ClientWrapper, sql: &str) -> Result<Vec<String>, StoreError> {
    let rows = client.query(sql, &[]).await.map_err(|e| translate(&e).error)?;
    rows.iter().map(|row| row.try_get(0).map_err(|e| translate(&e).error)).collect()
}

/// The triggers and functions that scripts make, by kind and name; a later script goes before an earlier one.
fn guards<'s>(scripts: impl Iterator<Item = &'s str>) -> BTreeMap<String, String> {
    let mut guards = BTreeMap::new();
    for script in scripts {
        for statement in script.split("\nCREATE ").skip(1) {
            let statement = statement.strip_prefix("OR REPLACE ").unwrap_or(statement);
            if let Some(rest) = statement.strip_prefix("TRIGGER ") {
                let text = rest.split_once(';').map_or(rest, |(text, _)| text);
                let name = rest.split_whitespace().next().unwrap_or_default();
                guards.insert(format!("trigger {name}"), one_line(&format!("CREATE TRIGGER {text}")));
            } else if let Some(rest) = statement.strip_prefix("FUNCTION ") {
                let name = rest.split('(').next().unwrap_or_default();
                let body = rest.split("$$").nth(1).unwrap_or_default();
                guards.insert(format!("function {name}"), one_line(&format!("FUNCTION {name} {body}")));
            }
        }
        for statement in script.split("\nDROP TRIGGER ").skip(1) {
            let name = statement.split_whitespace().next().unwrap_or_default();
            guards.remove(&format!("trigger {name}"));
        }
    }
    guards
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
