//! Amounts with a unit that the type system knows.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Decimal, Object};
use crate::store::{SqlValue, Value, ValueError};

/// A unit of measure, as a type. Emitted code declares one empty struct per unit.
pub trait Unit: Send + Sync + 'static {
    /// The symbol on the wire, for instance `USD` or `kg`.
    const SYMBOL: &'static str;
}

/// An exact amount of `U`. In JSON `{"amount":"12.5","unit":"USD"}`; in SQL the amount alone, since the column has one unit.
pub struct Quantity<U> {
    amount: Decimal,
    unit: PhantomData<fn() -> U>,
}

impl<U: Unit> Quantity<U> {
    /// So much of the unit.
    pub fn new(amount: Decimal) -> Self {
        Self { amount, unit: PhantomData }
    }

    /// How much.
    pub fn amount(&self) -> Decimal {
        self.amount
    }

    /// The unit's symbol.
    pub fn unit(&self) -> &'static str {
        U::SYMBOL
    }

    /// The same amount, where the same unit is another type: every context has types of its own for its units.
    pub fn retyped<V: Unit>(self) -> Quantity<V> {
        const { assert!(same(U::SYMBOL, V::SYMBOL), "an amount keeps its unit") };
        Quantity::new(self.amount)
    }

    /// Each of these as [`Quantity::retyped`].
    pub fn retyped_all<V: Unit>(amounts: Vec<Self>) -> Vec<Quantity<V>> {
        amounts.into_iter().map(Self::retyped).collect()
    }
}

/// Whether two texts are the same, at compile time.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

impl<U> Clone for Quantity<U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<U> Copy for Quantity<U> {}

impl<U> PartialEq for Quantity<U> {
    fn eq(&self, other: &Self) -> bool {
        self.amount == other.amount
    }
}

impl<U> Eq for Quantity<U> {}

impl<U> PartialOrd for Quantity<U> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<U> Ord for Quantity<U> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.amount.cmp(&other.amount)
    }
}

impl<U> Hash for Quantity<U> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.amount.hash(state);
    }
}

impl<U: Unit> fmt::Display for Quantity<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, U::SYMBOL)
    }
}

impl<U: Unit> fmt::Debug for Quantity<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    amount: Decimal,
    unit: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct OwnedWire {
    amount: Decimal,
    unit: String,
}

impl<U: Unit> Serialize for Quantity<U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire { amount: self.amount, unit: U::SYMBOL }.serialize(serializer)
    }
}

impl<'de, U: Unit> Deserialize<'de> for Quantity<U> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = OwnedWire::deserialize(Object(deserializer))?;
        if wire.unit != U::SYMBOL {
            let text = format!("expected a quantity in \"{}\", found one in \"{}\"", U::SYMBOL, wire.unit);
            return Err(serde::de::Error::custom(text));
        }
        Ok(Self::new(wire.amount))
    }
}

impl<U: Unit> SqlValue for Quantity<U> {
    fn to_value(&self) -> Value {
        self.amount.to_value()
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        Decimal::from_value(value).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Usd;
    impl Unit for Usd {
        const SYMBOL: &'static str = "USD";
    }

    #[test]
    fn wire_form_names_the_unit_and_a_wrong_one_is_refused() {
        let price: Quantity<Usd> = serde_json::from_str(r#"{"amount":"12.50","unit":"USD"}"#).unwrap();
        assert_eq!(serde_json::to_string(&price).unwrap(), r#"{"amount":"12.5","unit":"USD"}"#);
        let error = serde_json::from_str::<Quantity<Usd>>(r#"{"amount":"1","unit":"EUR"}"#).unwrap_err().to_string();
        assert!(error.contains("\"USD\"") && error.contains("\"EUR\""), "{error}");
    }
}
