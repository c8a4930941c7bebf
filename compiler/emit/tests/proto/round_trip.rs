//! Every message of the examples, filled, goes over the wire and comes back.

use crate::common::{compile, examples, project};
use crate::whole;
use prost_reflect::prost::Message;
use prost_reflect::{Cardinality, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

/// A message with something in every field, as deep as it is asked for.
fn filled(message: &MessageDescriptor, depth: u32) -> DynamicMessage {
    let mut filled = DynamicMessage::new(message.clone());
    for field in message.fields().filter(|field| depth > 0 || field.kind().as_message().is_none()) {
        let one = value(&field, depth);
        let value =
            if field.cardinality() == Cardinality::Repeated { Value::List(vec![one.clone(), one]) } else { one };
        filled.set_field(&field, value);
    }
    filled
}

fn value(field: &FieldDescriptor, depth: u32) -> Value {
    match field.kind() {
        Kind::String => Value::String(format!("é {}", field.name())),
        Kind::Int64 => Value::I64(i64::MIN + i64::from(field.number())),
        Kind::Bool => Value::Bool(true),
        Kind::Bytes => Value::Bytes(vec![0, 255, 7].into()),
        Kind::Enum(kind) => Value::EnumNumber(kind.values().last().unwrap().number()),
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Timestamp" => {
                let mut time = DynamicMessage::new(message);
                time.set_field_by_name("seconds", Value::I64(1_700_000_000));
                time.set_field_by_name("nanos", Value::I32(123_456_000));
                Value::Message(time)
            }
            "google.protobuf.Value" => {
                let mut any = DynamicMessage::new(message);
                any.set_field_by_name("string_value", Value::String("x".to_owned()));
                Value::Message(any)
            }
            _ => Value::Message(filled(&message, depth - 1)),
        },
        other => panic!("no emitted field is {other:?}"),
    }
}

#[test]
fn every_message_of_the_examples_comes_back_in_binary_and_in_json() {
    let pool = compile(&project(&examples(), &whole()));
    let mut count = 0;
    for message in pool.all_messages().filter(|message| message.package_name().starts_with("system.")) {
        let sent = filled(&message, 4);
        let back = DynamicMessage::decode(message.clone(), sent.encode_to_vec().as_slice()).unwrap();
        assert_eq!(back, sent, "{}", message.full_name());
        let json = serde_json::to_string(&sent).unwrap();
        let back =
            DynamicMessage::deserialize(message.clone(), &mut serde_json::Deserializer::from_str(&json)).unwrap();
        assert_eq!(back, sent, "{}: {json}", message.full_name());
        count += 1;
    }
    assert!(count > 20, "{count} messages");
}
