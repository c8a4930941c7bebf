//! The value types a specification can name: exact, canonical in text, the same in JSON and in SQL.

mod bytes;
mod decimal;
mod object;
mod quantity;
mod timestamp;

pub use bytes::Bytes;
pub use decimal::{Decimal, ParseDecimalError};
pub use object::Object;
pub use quantity::{Quantity, Unit};
pub use timestamp::{ParseTimestampError, Timestamp};
pub use uuid::Uuid;
