//! Records in JSON: objects, and nothing else.

use serde::Deserializer;
use serde::de::Visitor;

/// Reads a record from an object only. Code that serde derives takes a list for a record, too, its members by position; no
/// contract says so, and a caller who sends one has made a mistake.
#[derive(Debug)]
pub struct Object<D>(pub D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Object<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Makes a struct a record that is read from objects only. It derives `Serialize` and `Deserialize` with
/// `#[serde(remote = "Self")]`, which leaves the traits themselves to this macro, and `expecting = "an object"` so that its own
/// name does not show in errors.
#[macro_export]
macro_rules! record {
    ($record:ident) => {
        impl $crate::serde::Serialize for $record {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $record::serialize(self, serializer)
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $record {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $record::deserialize($crate::types::Object(deserializer))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::{from_str, json, to_value};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(remote = "Self", deny_unknown_fields)]
    struct Line {
        sku: String,
        count: Option<u8>,
    }
    crate::record!(Line);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(remote = "Self")]
    struct Order {
        first: Line,
        more: Vec<Line>,
    }
    crate::record!(Order);

    #[test]
    fn only_objects_are_records_at_any_depth() {
        let line = |count| Line { sku: "A".to_owned(), count };
        let order = Order { first: line(None), more: vec![line(Some(2))] };
        let text = r#"{"first":{"sku":"A"},"more":[{"sku":"A","count":2}]}"#;
        assert_eq!(from_str::<Order>(text).unwrap(), order);
        let written = json!({"first": {"sku": "A", "count": null}, "more": [{"sku": "A", "count": 2}]});
        assert_eq!(to_value(&order).unwrap(), written);
        for text in [
            r#"[{"sku":"A"},[]]"#,
            r#"{"first":["A",null],"more":[]}"#,
            r#"{"first":{"sku":"A"},"more":[["A",2]]}"#,
            r#"{"first":{"sku":"A","x":1},"more":[]}"#,
            "null",
        ] {
            assert!(from_str::<Order>(text).is_err(), "{text}");
        }
    }
}
