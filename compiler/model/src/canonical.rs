//! RFC 8785 canonical JSON in one pass, for values without floats.
//!
//! `serde_json` writes strings and whole numbers as the RFC wants them; what is left are the members of objects, which come in
//! the order of declaration and go by the UTF-16 code units of their names. They are sorted where they lie in the output, most
//! of them being in order already. Control characters never stand in JSON, so that three of them tell the sink where objects
//! and members begin and end.

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::cmp::Ordering;
use std::io;

const OBJECT: &[u8] = b"\x01";
const MEMBER: &[u8] = b"\x02";
const END: &[u8] = b"\x03";

/// The canonical JSON of a value.
///
/// # Errors
/// If it has a float, or a map whose keys are no texts.
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut sink = Sink::default();
    value.serialize(&mut Serializer::with_formatter(&mut sink, Marked))?;
    Ok(sink.out)
}

/// Compact JSON with marks for the sink.
struct Marked;

impl Formatter for Marked {
    fn begin_object<W: io::Write + ?Sized>(&mut self, sink: &mut W) -> io::Result<()> {
        sink.write_all(OBJECT)
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, sink: &mut W, _first: bool) -> io::Result<()> {
        sink.write_all(MEMBER)
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, sink: &mut W) -> io::Result<()> {
        sink.write_all(END)
    }

    fn write_f32<W: io::Write + ?Sized>(&mut self, _sink: &mut W, value: f32) -> io::Result<()> {
        Err(float(value.into()))
    }

    fn write_f64<W: io::Write + ?Sized>(&mut self, _sink: &mut W, value: f64) -> io::Result<()> {
        Err(float(value))
    }
}

fn float(value: f64) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{value} is a float"))
}

#[derive(Default)]
struct Sink {
    out: Vec<u8>,
    /// Where the members of all open objects begin, each with the comma before it.
    members: Vec<usize>,
    /// How many of them there were when each open object began.
    objects: Vec<usize>,
    /// What is being put in order.
    scratch: Vec<u8>,
}

impl Sink {
    fn member(&mut self) {
        if self.objects.last().is_some_and(|first| self.members.len() > *first) {
            self.out.push(b',');
        }
        self.members.push(self.out.len());
    }

    fn end(&mut self) {
        let first = self.objects.pop().unwrap_or_default();
        if !self.members[first..].is_sorted_by(|a, b| order(&self.out[*a..], &self.out[*b..]).is_lt()) {
            self.sort(first);
        }
        self.members.truncate(first);
        self.out.push(b'}');
    }

    /// Puts the members from the `first` one on in order.
    fn sort(&mut self, first: usize) {
        let Self { out, members, scratch, .. } = self;
        let members = &members[first..];
        let Some(begin) = members.first().copied() else { return };
        scratch.clear();
        scratch.extend_from_slice(&out[begin..]);
        let ends = members.iter().skip(1).map(|next| next - 1).chain([out.len()]);
        let mut texts: Vec<&[u8]> =
            members.iter().zip(ends).map(|(at, end)| &scratch[at - begin..end - begin]).collect();
        texts.sort_by(|a, b| order(a, b));
        out.truncate(begin);
        for (index, text) in texts.into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(text);
        }
    }
}

impl io::Write for &mut Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match bytes {
            OBJECT => {
                self.out.push(b'{');
                self.objects.push(self.members.len());
            }
            MEMBER => self.member(),
            END => self.end(),
            text => self.out.extend_from_slice(text),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The order of two members, texts that begin with their names.
fn order(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (name(a), name(b));
    let plain = |name: &[u8]| name.iter().all(|byte| byte.is_ascii() && *byte != b'\\');
    if plain(a) && plain(b) { a.cmp(b) } else { units(a).cmp(&units(b)) }
}

/// The name at the beginning of a text, as it is written, without its quotes.
fn name(text: &[u8]) -> &[u8] {
    let text = text.get(1..).unwrap_or_default();
    let mut escaped = false;
    let end = text.iter().position(|byte| {
        let end = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        end
    });
    &text[..end.unwrap_or(text.len())]
}

fn units(name: &[u8]) -> Vec<u16> {
    let quoted = [b"\"", name, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).unwrap_or_default().encode_utf16().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn json() -> impl Strategy<Value = Value> {
        let name = "[a-c\"\\\\\u{1}\n\u{7f}é\u{e000}\u{ffff}\u{10000}]{0,3}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((name, inner), 0..6).prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    /// A map that keeps its members in the order they are given in.
    struct Unsorted(Vec<(String, Value)>);

    impl Serialize for Unsorted {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_another_implementation(value in json()) {
            prop_assert_eq!(canonical(&value).unwrap(), serde_json_canonicalizer::to_vec(&value).unwrap());
        }

        #[test]
        fn members_in_any_order_give_the_same(
            members in prop::collection::btree_map("[a\"\\\\é\u{e000}\u{10000}]{0,3}", json(), 0..6)
                .prop_map(|members| members.into_iter().collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let sorted: Value = members.iter().cloned().collect();
            prop_assert_eq!(canonical(&Unsorted(members)).unwrap(), canonical(&sorted).unwrap());
        }
    }

    #[test]
    fn floats_are_refused() {
        assert!(canonical(&json!([1.5])).is_err());
    }
}
