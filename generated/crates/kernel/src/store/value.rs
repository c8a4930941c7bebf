//! Values that go into statements and come out of rows.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use crate::types::Uuid;

/// A value of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A boolean.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// Text. Decimals, timestamps and UUIDs are stored in their canonical text form.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// The text.
    ///
    /// # Errors
    /// When it is something else.
    pub fn text(&self) -> Result<&str, ValueError> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(ValueError::kind("text", other)),
        }
    }

    /// A value parsed from text that must be in its canonical spelling: other bytes never mean the same value.
    pub(crate) fn canonical<T: std::str::FromStr + std::fmt::Display>(&self) -> Result<T, ValueError> {
        let text = self.text()?;
        let parsed = text.parse::<T>().ok().filter(|value| value.to_string() == text);
        parsed.ok_or_else(|| ValueError::new("not in canonical form"))
    }

    /// What it is, for messages that must not tell what it holds.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        }
    }
}

/// A stored value is not what was expected. Never contains the value itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ValueError(String);

impl ValueError {
    /// In the caller's own words.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    /// One kind was expected, another one found.
    pub fn kind(expected: &str, found: &Value) -> Self {
        Self(format!("expected {expected}, found {}", found.kind()))
    }
}

/// A type that has a place in SQL.
pub trait SqlValue: Sized {
    /// The value to bind.
    fn to_value(&self) -> Value;

    /// The value from a column.
    ///
    /// # Errors
    /// When the column holds something else.
    fn from_value(value: &Value) -> Result<Self, ValueError>;
}

impl SqlValue for bool {
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        match value {
            Value::Bool(flag) => Ok(*flag),
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            other => Err(ValueError::kind("a boolean", other)),
        }
    }
}

impl SqlValue for i64 {
    fn to_value(&self) -> Value {
        Value::Int(*self)
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        match value {
            Value::Int(number) => Ok(*number),
            other => Err(ValueError::kind("an integer", other)),
        }
    }
}

/// Counters and sequences: stored as 64-bit integers, never negative.
impl SqlValue for u64 {
    fn to_value(&self) -> Value {
        Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        u64::try_from(i64::from_value(value)?).map_err(|_| ValueError::new("expected a number that is not negative"))
    }
}

impl SqlValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        value.text().map(str::to_owned)
    }
}

impl SqlValue for Uuid {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        value.canonical()
    }
}

impl<T: SqlValue> SqlValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// A value kept as JSON text: lists and nested records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned> SqlValue for Json<T> {
    fn to_value(&self) -> Value {
        // A value without a JSON form becomes NULL, which a NOT NULL column then refuses.
        crate::canonical::to_string(&self.0).map_or(Value::Null, Value::Text)
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        serde_json::from_str(value.text()?).map(Self).map_err(|e| ValueError::new(e.to_string()))
    }
}

/// One row of a result.
#[derive(Debug, Clone)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// A row as an adapter makes it.
    pub fn new(columns: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// The value of a column, by name.
    ///
    /// # Errors
    /// When there is no such column or it holds something else.
    pub fn get<T: SqlValue>(&self, column: &str) -> Result<T, StoreError> {
        let index = self.columns.iter().position(|name| name == column);
        let value = index.and_then(|index| self.values.get(index));
        let value = value.ok_or_else(|| StoreError::Misuse(format!("no column \"{column}\" in the result")))?;
        T::from_value(value).map_err(|e| StoreError::Value { column: column.to_owned(), reason: e.to_string() })
    }

    /// The value of a column, by position from 0.
    ///
    /// # Errors
    /// When there is no such column or it holds something else.
    pub fn at<T: SqlValue>(&self, index: usize) -> Result<T, StoreError> {
        let value = self.value(index)?;
        let column = || self.columns.get(index).cloned().unwrap_or_default();
        T::from_value(value).map_err(|e| StoreError::Value { column: column(), reason: e.to_string() })
    }

    /// All values but that of one column, as they came.
    #[cfg(feature = "embedded")]
    pub(crate) fn without(&self, column: &str) -> Vec<Value> {
        let named = self.columns.iter().zip(&self.values);
        named.filter(|(name, _)| *name != column).map(|(_, value)| value.clone()).collect()
    }

    /// The value of a column as it came, by position from 0.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn value(&self, index: usize) -> Result<&Value, StoreError> {
        self.values.get(index).ok_or_else(|| StoreError::Misuse(format!("no column {index} in the result")))
    }
}
