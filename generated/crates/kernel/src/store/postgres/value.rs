//! Values on their way to PostgreSQL and back, in its binary form.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::store::Value;

type Fault = Box<dyn Error + Sync + Send>;

/// A value as a parameter of whatever type the server asks for.
#[derive(Debug)]
pub(super) struct Bound<'v>(pub(super) &'v Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match (self.0, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Bool(flag), &Type::BOOL) => flag.to_sql(ty, out),
            (Value::Int(number), &Type::INT8) => number.to_sql(ty, out),
            (Value::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
            (Value::Int(number), &Type::INT2) => i16::try_from(*number)?.to_sql(ty, out),
            (Value::Text(text), ty) if is_text(ty) => text.as_str().to_sql(ty, out),
            (Value::Bytes(bytes), &Type::BYTEA) => bytes.as_slice().to_sql(ty, out),
            (value, ty) => Err(format!("{} where the statement wants {ty}", value.kind()).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value as it came.
pub(super) struct Found(pub(super) Value);

impl<'r> FromSql<'r> for Found {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> Result<Self, Fault> {
        Ok(Self(match *ty {
            Type::BOOL => Value::Bool(bool::from_sql(ty, raw)?),
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Value::Int(i16::from_sql(ty, raw)?.into()),
            Type::NUMERIC => Value::Int(whole(raw).ok_or("a number that is not a 64-bit integer")?),
            Type::BYTEA => Value::Bytes(raw.to_vec()),
            ref ty if is_text(ty) => Value::Text(<&str>::from_sql(ty, raw)?.to_owned()),
            ref ty => return Err(format!("of type {ty}, which no column may have").into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn is_text(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN)
}

/// A `numeric` (what `sum` over integers gives) that is a whole number: digits to the base of 10,000, the first of which
/// counts 10,000 to the power of the weight.
fn whole(raw: &[u8]) -> Option<i64> {
    let mut words = raw.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
    let (count, weight, sign) = (words.next()?, words.next()?, words.next()?);
    words.next()?;
    let mut number: i128 = 0;
    for place in 0..=weight.clamp(-1, 6) {
        let digit = if place < count { words.next()? } else { 0 };
        number = number.checked_mul(10_000)?.checked_add(digit.into())?;
    }
    // More digits than that stand behind the point, or before one that is too far away.
    if weight > 6 || count > weight.saturating_add(1) {
        return None;
    }
    match sign {
        0 => i64::try_from(number).ok(),
        0x4000 => i64::try_from(-number).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_whole_numbers_or_errors() {
        let numeric = |words: &[i16]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
        for (words, expected) in [
            (&[0, 0, 0, 0][..], Some(0)),
            (&[1, 0, 0, 0, 42], Some(42)),
            (&[1, 1, 0, 0, 3], Some(30_000)),
            (&[2, 1, 0x4000, 0, 1, 5], Some(-10_005)),
            (&[5, 4, 0, 0, 922, 3372, 368, 5477, 5807], Some(i64::MAX)),
            (&[5, 4, 0, 0, 922, 3372, 368, 5477, 5808], None),
            (&[1, -1, 0, 2, 5000], None),
            (&[2, 0, 0, 1, 1, 5000], None),
            (&[0, 0, -0x4000, 0], None),
            (&[1, 30, 0, 0, 1], None),
            (&[3, 2, 0, 0, 1], None),
        ] {
            assert_eq!(whole(&numeric(words)), expected, "{words:?}");
        }
    }
}
