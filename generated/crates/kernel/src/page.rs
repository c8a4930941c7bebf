//! Lists a page at a time: rows in one total order, and cursors that nobody else can make.
//!
//! A cursor says behind which row the next page begins, so rows that come or go meanwhile neither repeat nor hide others. It
//! is text without a meaning to callers: its version, a message authentication code, and the values that the last row is
//! sorted by. The code also covers what was asked, so that a cursor only leads on in the list that it was given out for. Its
//! secret is in the database, made when the tables are: it is the same for every node over one store and comes back with a
//! backup.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::Sha256;

use crate::canonical::{self, CanonicalError};
use crate::operation::{FailureKind, Rejection};
use crate::store::{Migration, SqlValue, StoreError, Tx, Value};

pub(crate) const SCHEMA: Migration = Migration {
    context: "kernel.page",
    number: 1,
    name: "cursor_key",
    sqlite: include_str!("../migrations/sqlite/page_0001_cursor_key.sql"),
    postgres: include_str!("../migrations/postgres/page_0001_cursor_key.sql"),
    checks: &[],
    released: true,
};

/// The first byte of every cursor.
const VERSION: u8 = 1;
/// How many bytes of the authentication code a cursor carries.
const TAG: usize = 16;
/// Members of the input that say how much of the list is shown, and not which list it is.
const CONTROLS: [&str; 3] = ["after", "limit", "sort"];

/// A column that rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// What callers call it.
    pub name: &'static str,
    /// What it is called in SQL, quoted.
    pub sql: &'static str,
    /// Whether a row may have no value; such rows come before all others.
    pub optional: bool,
}

/// A list, as it is declared.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// The qualified operation.
    pub operation: &'static str,
    /// What tells rows apart, and decides between rows that are otherwise equal.
    pub key: Column,
    /// What else callers may sort by.
    pub columns: &'static [Column],
    /// The order where callers name none: a column, `-` before it if it falls; by key if empty.
    pub order: &'static str,
    /// Most rows of a page.
    pub limit: u64,
}

/// What a caller says about the page it wants.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// A column, `-` before it if values are to fall.
    pub sort: Option<&'a str>,
    /// How many rows.
    pub limit: Option<i64>,
    /// The cursor that the page before ended with.
    pub after: Option<&'a str>,
}

/// A page of a list, before its rows are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    column: Option<Column>,
    key: Column,
    falling: bool,
    /// Behind which row it begins: the value of the column, if rows are sorted by one, and the key.
    behind: Option<Vec<Value>>,
    limit: u64,
    /// What was asked, in the order that was chosen.
    question: Vec<u8>,
}

impl Listing {
    /// The page that a caller asks for with this input.
    ///
    /// # Errors
    /// A [`FailureKind::Cursor`] rejection when the cursor was not given out for this question; when the store fails.
    pub async fn page<I: Serialize>(&self, tx: &mut dyn Tx, input: &I, asked: Asked<'_>) -> Result<Page, Rejection> {
        let order = asked.sort.unwrap_or(self.order);
        let (falling, name) = match order.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, order),
        };
        let column = self.columns.iter().find(|column| column.name == name).copied();
        let known = name.is_empty() || name == self.key.name || column.is_some();
        if !known {
            // The input's own constraints let nothing else through.
            return Err(Rejection::internal(format!("{} does not sort by what was asked for", self.operation)));
        }
        let limit = asked.limit.and_then(|limit| u64::try_from(limit).ok()).unwrap_or(self.limit).clamp(1, self.limit);
        let question = self.question(input, order)?;
        let mut page = Page { column, key: self.key, falling, behind: None, limit, question };
        if let Some(cursor) = asked.after {
            let secret = secret(tx).await?;
            page.behind = Some(page.read(&secret, cursor).ok_or_else(invalid)?);
        }
        Ok(page)
    }

    /// Operation, filters and order: what a cursor is bound to.
    fn question<I: Serialize>(&self, input: &I, order: &str) -> Result<Vec<u8>, CanonicalError> {
        let mut filters = serde_json::to_value(input)?;
        if let Some(members) = filters.as_object_mut() {
            CONTROLS.iter().for_each(|control| drop(members.remove(*control)));
        }
        canonical::to_vec(&(self.operation, order, filters))
    }
}

fn invalid() -> Rejection {
    let kind = FailureKind::Cursor;
    Rejection::new(kind, kind.default_code(), "begin again without `after`, or ask as you did when it was given out")
}

impl Page {
    /// Adds the condition, the order and the limit of the page to a query that ends in a condition: one row more than the
    /// page has, which [`Page::cut`] takes away.
    pub fn extend(&self, sql: &mut String, values: &mut Vec<Value>) {
        if let Some(behind) = &self.behind {
            self.condition(behind, sql, values);
        }
        let order: Vec<String> = self.columns().map(|column| self.ordered(column)).collect();
        values.push(self.limit.saturating_add(1).to_value());
        sql.push_str(&format!(" ORDER BY {} LIMIT ${}", order.join(", "), values.len()));
    }

    fn columns(&self) -> impl Iterator<Item = &Column> {
        self.column.iter().chain([&self.key])
    }

    /// Rows without a value come first, on every engine.
    fn ordered(&self, column: &Column) -> String {
        match (self.falling, column.optional) {
            (false, false) => column.sql.to_owned(),
            (true, false) => format!("{} DESC", column.sql),
            (false, true) => format!("{} ASC NULLS FIRST", column.sql),
            (true, true) => format!("{} DESC NULLS LAST", column.sql),
        }
    }

    fn condition(&self, behind: &[Value], sql: &mut String, values: &mut Vec<Value>) {
        let beyond = if self.falling { "<" } else { ">" };
        let key = self.key.sql;
        let mut place = |value: &Value| {
            values.push(value.clone());
            format!("${}", values.len())
        };
        let condition = match (behind, &self.column) {
            ([last, at], Some(Column { sql, optional, .. })) => match (last, optional) {
                (Value::Null, _) => {
                    let at = place(at);
                    let others = if self.falling { "" } else { &format!("{sql} IS NOT NULL OR ") };
                    format!("({others}{sql} IS NULL AND {key} {beyond} {at})")
                }
                (_, false) => {
                    let (last, at) = (place(last), place(at));
                    format!("({sql}, {key}) {beyond} ({last}, {at})")
                }
                (_, true) => {
                    let (last, at) = (place(last), place(at));
                    let others = if self.falling { &format!(" OR {sql} IS NULL") } else { "" };
                    format!("({sql} {beyond} {last} OR ({sql} = {last} AND {key} {beyond} {at}){others})")
                }
            },
            ([at], _) => format!("{key} {beyond} {}", place(at)),
            // `read` lets no other number of values through.
            _ => "FALSE".to_owned(),
        };
        sql.push_str(" AND ");
        sql.push_str(&condition);
    }

    /// Takes away the row too many, and says where the next page begins if there is one; `value` gives a column of a row by
    /// the name that callers know.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cut<T: Sync>(
        &self,
        tx: &mut dyn Tx,
        rows: &mut Vec<T>,
        value: impl Fn(&T, &str) -> Value + Send,
    ) -> Result<Option<String>, Rejection> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let Some(last) = rows.last().filter(|_| more) else { return Ok(None) };
        let values: Vec<Value> = self.columns().map(|column| value(last, column.name)).collect();
        let secret = secret(tx).await?;
        self.write(&secret, &values).map(Some)
    }

    fn write(&self, secret: &[u8], values: &[Value]) -> Result<String, Rejection> {
        let values: Vec<serde_json::Value> = values.iter().map(to_json).collect();
        let values = serde_json::to_vec(&values).map_err(CanonicalError::from)?;
        let tag = self.mac(secret, &values).map(|mac| mac.finalize().into_bytes());
        let Some(tag) = tag else { return Err(Rejection::internal("the secret of cursors is no key")) };
        let cursor: Vec<u8> = [VERSION].iter().chain(&tag[..TAG]).chain(&values).copied().collect();
        Ok(URL_SAFE_NO_PAD.encode(cursor))
    }

    /// The values that a cursor carries; none if it is not one of ours, or one for another question.
    fn read(&self, secret: &[u8], cursor: &str) -> Option<Vec<Value>> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (&[version, ref tag @ ..], values) = bytes.split_first_chunk::<{ 1 + TAG }>()?;
        if version != VERSION {
            return None;
        }
        self.mac(secret, values)?.verify_truncated_left(tag).ok()?;
        let values: Vec<serde_json::Value> = serde_json::from_slice(values).ok()?;
        let values: Vec<Value> = values.into_iter().map(of_json).collect::<Option<_>>()?;
        (values.len() == self.columns().count()).then_some(values)
    }

    /// The code over version, question and values; the length keeps question and values apart.
    fn mac(&self, secret: &[u8], values: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
        mac.update(&[VERSION]);
        mac.update(&u64::try_from(self.question.len()).ok()?.to_be_bytes());
        mac.update(&self.question);
        mac.update(values);
        Some(mac)
    }
}

async fn secret(tx: &mut dyn Tx) -> Result<Vec<u8>, StoreError> {
    let row = tx.query_opt("SELECT secret FROM cursor_key WHERE id = 1", &[]).await?;
    let text: String = row.ok_or_else(|| StoreError::Corrupt("the secret of cursors is gone".to_owned()))?.at(0)?;
    Ok(text.into_bytes())
}

/// What rows are sorted by is never bytes: nothing sorts by them.
fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null | Value::Bytes(_) => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
    }
}

fn of_json(value: serde_json::Value) -> Option<Value> {
    Some(match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(flag),
        serde_json::Value::Number(number) => Value::Int(number.as_i64()?),
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
    })
}
