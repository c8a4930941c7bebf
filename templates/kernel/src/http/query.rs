//! Query strings into the same types that JSON bodies decode into.
//!
//! The type decides what a text means: `limit=10` becomes a number where a number is wanted and stays text where text is.
//! Repeated names make lists (`tag=a&tag=b`), dots make nested records (`price.amount=1&price.unit=USD`).

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{self, DeserializeOwned, IntoDeserializer, Visitor};

/// Why a query string does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// Where, as a JSON pointer into the input.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

/// Decodes a query string.
///
/// # Errors
/// When a value is missing, unknown, or not what its type wants.
pub fn from_query<T: DeserializeOwned>(query: &str) -> Result<T, QueryError> {
    let mut root = Node::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        root.at(&name).values.push(value.into_owned());
    }
    serde_path_to_error::deserialize(root).map_err(|error| QueryError {
        pointer: super::endpoint::json_pointer(error.path()),
        message: error.into_inner().0,
    })
}

/// The values given for one name, and what lies below it.
#[derive(Debug, Default)]
struct Node {
    values: Vec<String>,
    members: BTreeMap<String, Node>,
}

/// More dots than this are taken as part of the name; no declared input is nested so deeply.
const DEPTH: usize = 8;

impl Node {
    fn at(&mut self, name: &str) -> &mut Self {
        name.splitn(DEPTH, '.').fold(self, |node, part| node.members.entry(part.to_owned()).or_default())
    }

    fn single(mut self) -> Result<String, Wrong> {
        match (self.values.len(), self.members.is_empty()) {
            (1, true) => Ok(self.values.remove(0)),
            (0, _) => Err(Wrong("expected a single value, found a record".to_owned())),
            _ => Err(Wrong("expected a single value, found several".to_owned())),
        }
    }

    fn parse<T: std::str::FromStr>(self, what: &str) -> Result<T, Wrong> {
        self.single()?.parse().map_err(|_| Wrong(format!("expected {what}")))
    }
}

#[derive(Debug)]
struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl<'de> IntoDeserializer<'de, Wrong> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed {
    ($($method:ident => $visit:ident, $type:ty, $what:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            visitor.$visit(self.parse::<$type>($what)?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Node {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match (self.values.len(), self.members.is_empty()) {
            (0, _) => self.deserialize_map(visitor),
            (1, true) => visitor.visit_string(self.single()?),
            _ => self.deserialize_seq(visitor),
        }
    }

    parsed! {
        deserialize_bool => visit_bool, bool, "true or false";
        deserialize_i8 => visit_i8, i8, "an integer";
        deserialize_i16 => visit_i16, i16, "an integer";
        deserialize_i32 => visit_i32, i32, "an integer";
        deserialize_i64 => visit_i64, i64, "an integer";
        deserialize_u8 => visit_u8, u8, "an integer that is not negative";
        deserialize_u16 => visit_u16, u16, "an integer that is not negative";
        deserialize_u32 => visit_u32, u32, "an integer that is not negative";
        deserialize_u64 => visit_u64, u64, "an integer that is not negative";
        deserialize_f32 => visit_f32, f32, "a number";
        deserialize_f64 => visit_f64, f64, "a number";
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if !self.members.is_empty() {
            return Err(Wrong("expected a list, found a record".to_owned()));
        }
        let one = |value| Node { values: vec![value], members: BTreeMap::new() };
        visitor.visit_seq(SeqDeserializer::new(self.values.into_iter().map(one)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if !self.values.is_empty() {
            return Err(Wrong("expected a record: name its members with a dot".to_owned()));
        }
        visitor.visit_map(MapDeserializer::new(self.members.into_iter()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.deserialize_map(visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match (self.values.as_slice(), self.members.is_empty()) {
            ([], true) => visitor.visit_unit(),
            _ => Err(Wrong("this takes no parameters".to_owned())),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let text: StringDeserializer<Wrong> = self.single()?.into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit_struct tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Decimal, Quantity, Timestamp, Unit};
    use serde::Deserialize;

    #[derive(Debug)]
    struct Usd;
    impl Unit for Usd {
        const SYMBOL: &'static str = "USD";
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum State {
        Open,
        Closed,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Input {
        name: String,
        limit: Option<i64>,
        #[serde(default)]
        flag: bool,
        #[serde(default)]
        tags: Vec<String>,
        state: Option<State>,
        price: Option<Quantity<Usd>>,
        rate: Option<Decimal>,
        since: Option<Timestamp>,
    }

    #[test]
    fn the_type_decides_what_a_text_means() {
        let query = "name=10&limit=10&flag=true&tags=a&tags=b%20c&state=open&price.amount=12.50&price.unit=USD\
            &rate=0.5&since=2026-11-22T09:30:00%2B00:00";
        let input: Input = from_query(query).unwrap();
        assert_eq!((input.name.as_str(), input.limit, input.flag), ("10", Some(10), true));
        assert_eq!(input.tags, ["a", "b c"]);
        assert_eq!(input.state, Some(State::Open));
        assert_eq!(input.price.map(|p| p.to_string()).as_deref(), Some("12.5 USD"));
        assert_eq!(input.rate.map(|r| r.to_string()).as_deref(), Some("0.5"));
        assert!(input.since.is_some());
        assert_eq!(from_query::<Input>("name=x&tags=one").unwrap().tags, ["one"]);
        assert_eq!(from_query::<()>(""), Ok(()));
    }

    #[test]
    fn errors_say_where() {
        for (query, pointer, part) in [
            ("name=x&limit=ten", "/limit", "integer"),
            ("name=x&name=y", "/name", "a string"),
            ("name=x&state=ajar", "/state", "ajar"),
            ("name=x&price.amount=1&price.unit=EUR", "/price", "EUR"),
            ("limit=1", "", "name"),
            ("name=x&nmae=y", "/nmae", "unknown field"),
            ("name.first=x", "/name", "a string"),
        ] {
            let error = from_query::<Input>(query).unwrap_err();
            assert_eq!(error.pointer, pointer, "{query}: {error}");
            assert!(error.message.contains(part), "{query}: {error}");
        }
    }
}
