//! Writes a tree while it walks it. Derived code hands over the members of an object in the order of their declaration,
//! but they are written in the order of their letters; so an object is walked once for the names of its members, then
//! once for each of them, passing by the others. The depth of the recursion is the nesting that the parser bounds.

use super::places::Places;
use crate::sea::ast::SeaFile;
use crate::source::SourceFile;
use serde::Serialize;
use serde::ser::{self, Impossible, Serializer};
use std::fmt::{self, Display};
use std::io::{self, Write};

/// Where a tree is written to.
pub struct Writer<'w, 's> {
    out: &'w mut dyn Write,
    places: Places<'s>,
    indent: usize,
}

/// What a walk over a value did.
enum Seen {
    Written,
    /// The value is an object with these members, of this variant of an enum if it is one.
    Object(Option<&'static str>, Vec<&'static str>),
    /// The value is a place with these offsets.
    Place(u32, u32),
}

/// Writing failed.
#[derive(Debug)]
struct Failed(io::Error);

impl Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failed {}

impl ser::Error for Failed {
    fn custom<T: Display>(message: T) -> Self {
        Self(io::Error::other(message.to_string()))
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self(error)
    }
}

type Result<T = ()> = std::result::Result<T, Failed>;

impl<'w, 's> Writer<'w, 's> {
    /// Writes trees of `source`, whose places it looks up, inside of so many levels of other values.
    pub fn new(out: &'w mut dyn Write, source: &'s SourceFile, indent: usize) -> Self {
        Self { out, places: Places::new(source), indent }
    }

    /// Writes a tree.
    pub fn tree(&mut self, tree: &SeaFile) -> io::Result<()> {
        self.value(tree).map_err(|failed| failed.0)
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        match value.serialize(Walk { writer: self, only: None })? {
            Seen::Written => Ok(()),
            Seen::Place(start, end) => self.place(start, end),
            Seen::Object(None, members) => self.object(value, members),
            Seen::Object(Some(variant), members) => self.tagged(variant, |writer| writer.object(value, members)),
        }
    }

    fn object<T: Serialize + ?Sized>(&mut self, value: &T, mut members: Vec<&'static str>) -> Result {
        members.sort_unstable();
        self.out.write_all(b"{")?;
        self.indent += 1;
        for (at, member) in members.iter().enumerate() {
            self.next(at == 0)?;
            write!(self.out, "\"{member}\": ")?;
            value.serialize(Walk { writer: self, only: Some(member) })?;
        }
        self.close(members.is_empty(), b"}")
    }

    /// An object with one member.
    fn tagged(&mut self, variant: &'static str, content: impl FnOnce(&mut Self) -> Result) -> Result {
        self.out.write_all(b"{")?;
        self.indent += 1;
        self.next(true)?;
        write!(self.out, "\"{variant}\": ")?;
        content(self)?;
        self.close(false, b"}")
    }

    fn place(&mut self, start: u32, end: u32) -> Result {
        // Found in the order of the text, written in that of the letters.
        let (from, to) = (self.places.position(start), self.places.position(end));
        let point =
            |offset: u32, at: crate::source::Position| [("column", at.column), ("line", at.line), ("offset", offset)];
        let ends = [("end", point(end, to)), ("start", point(start, from))];
        self.out.write_all(b"{")?;
        self.indent += 1;
        for (at, (name, members)) in ends.into_iter().enumerate() {
            self.next(at == 0)?;
            write!(self.out, "\"{name}\": {{")?;
            self.indent += 1;
            for (at, (name, number)) in members.into_iter().enumerate() {
                self.next(at == 0)?;
                write!(self.out, "\"{name}\": {number}")?;
            }
            self.close(false, b"}")?;
        }
        self.close(false, b"}")
    }

    /// Begins the line of the next item.
    fn next(&mut self, first: bool) -> Result {
        self.out.write_all(if first { b"\n" } else { b",\n" })?;
        self.margin()
    }

    fn close(&mut self, empty: bool, bracket: &[u8]) -> Result {
        self.indent -= 1;
        if !empty {
            self.out.write_all(b"\n")?;
            self.margin()?;
        }
        Ok(self.out.write_all(bracket)?)
    }

    fn margin(&mut self) -> Result {
        const SPACES: &[u8] = &[b' '; 64];
        let mut rest = 2 * self.indent;
        while rest > 0 {
            let some = rest.min(SPACES.len());
            self.out.write_all(&SPACES[..some])?;
            rest -= some;
        }
        Ok(())
    }
}

/// One walk over a value.
struct Walk<'a, 'w, 's> {
    writer: &'a mut Writer<'w, 's>,
    /// The member to write of an object; without it, its members are only listed.
    only: Option<&'static str>,
}

impl<'a, 'w, 's> Walk<'a, 'w, 's> {
    fn members(self, name: &'static str, variant: Option<&'static str>) -> Members<'a, 'w, 's> {
        Members { walk: self, variant, names: Vec::new(), place: (name == "Span").then_some((0, 0)) }
    }

    fn text(self, text: impl Display) -> Result<Seen> {
        write!(self.writer.out, "{text}")?;
        Ok(Seen::Written)
    }

    fn items(self, tagged: bool) -> Result<Items<'a, 'w, 's>> {
        self.writer.out.write_all(b"[")?;
        self.writer.indent += 1;
        Ok(Items { writer: self.writer, first: true, tagged })
    }
}

macro_rules! numbers {
    ($($method:ident: $number:ty),*) => {
        $(fn $method(self, number: $number) -> Result<Seen> {
            self.text(number)
        })*
    };
}

impl<'a, 'w, 's> Serializer for Walk<'a, 'w, 's> {
    type Ok = Seen;
    type Error = Failed;
    type SerializeSeq = Items<'a, 'w, 's>;
    type SerializeTuple = Items<'a, 'w, 's>;
    type SerializeTupleStruct = Items<'a, 'w, 's>;
    type SerializeTupleVariant = Items<'a, 'w, 's>;
    type SerializeMap = Impossible<Seen, Failed>;
    type SerializeStruct = Members<'a, 'w, 's>;
    type SerializeStructVariant = Members<'a, 'w, 's>;

    numbers!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64);
    numbers!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64);
    numbers!(serialize_bool: bool);

    fn serialize_f32(self, _: f32) -> Result<Seen> {
        Err(ser::Error::custom("there are no floats in a tree"))
    }

    fn serialize_f64(self, _: f64) -> Result<Seen> {
        Err(ser::Error::custom("there are no floats in a tree"))
    }

    fn serialize_char(self, c: char) -> Result<Seen> {
        self.serialize_str(c.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<Seen> {
        serde_json::to_writer(&mut *self.writer.out, text).map_err(io::Error::from)?;
        Ok(Seen::Written)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Seen> {
        Err(ser::Error::custom("there are no bytes in a tree"))
    }

    fn serialize_none(self) -> Result<Seen> {
        self.text("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Seen> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Seen> {
        self.text("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Seen> {
        self.text("null")
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Seen> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Seen> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Seen> {
        self.writer.tagged(variant, |writer| writer.value(value))?;
        Ok(Seen::Written)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a, 'w, 's>> {
        self.items(false)
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'a, 'w, 's>> {
        self.items(false)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'a, 'w, 's>> {
        self.items(false)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items<'a, 'w, 's>> {
        self.writer.out.write_all(b"{")?;
        self.writer.indent += 1;
        self.writer.next(true)?;
        write!(self.writer.out, "\"{variant}\": ")?;
        self.items(true)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap> {
        Err(ser::Error::custom("there are no maps in a tree"))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Members<'a, 'w, 's>> {
        Ok(self.members(name, None))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members<'a, 'w, 's>> {
        Ok(self.members(name, Some(variant)))
    }
}

/// The items of a list.
struct Items<'a, 'w, 's> {
    writer: &'a mut Writer<'w, 's>,
    first: bool,
    /// Whether the list is the content of a variant.
    tagged: bool,
}

impl Items<'_, '_, '_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        self.writer.next(std::mem::take(&mut self.first))?;
        self.writer.value(value)
    }

    fn close(self) -> Result<Seen> {
        self.writer.close(self.first, b"]")?;
        if self.tagged {
            self.writer.close(false, b"}")?;
        }
        Ok(Seen::Written)
    }
}

macro_rules! lists {
    ($($list:ident: $add:ident),*) => {
        $(impl ser::$list for Items<'_, '_, '_> {
            type Ok = Seen;
            type Error = Failed;

            fn $add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
                self.item(value)
            }

            fn end(self) -> Result<Seen> {
                self.close()
            }
        })*
    };
}

lists!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);

/// The members of an object.
struct Members<'a, 'w, 's> {
    walk: Walk<'a, 'w, 's>,
    variant: Option<&'static str>,
    names: Vec<&'static str>,
    /// The offsets of a place.
    place: Option<(u32, u32)>,
}

impl Members<'_, '_, '_> {
    fn member<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result {
        if let Some((start, end)) = &mut self.place {
            let number = || serde_json::to_value(value).ok()?.as_u64()?.try_into().ok();
            match name {
                "start" => *start = number().unwrap_or(u32::MAX),
                "end" => *end = number().unwrap_or(u32::MAX),
                _ => {}
            }
            return Ok(());
        }
        match self.walk.only {
            None => self.names.push(name),
            Some(only) if only == name => self.walk.writer.value(value)?,
            Some(_) => {}
        }
        Ok(())
    }

    fn close(self) -> Result<Seen> {
        Ok(match (self.place, self.walk.only) {
            (Some((start, end)), _) => Seen::Place(start, end),
            (None, None) => Seen::Object(self.variant, self.names),
            (None, Some(_)) => Seen::Written,
        })
    }
}

macro_rules! objects {
    ($($object:ident),*) => {
        $(impl ser::$object for Members<'_, '_, '_> {
            type Ok = Seen;
            type Error = Failed;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result {
                self.member(name, value)
            }

            fn end(self) -> Result<Seen> {
                self.close()
            }
        })*
    };
}

objects!(SerializeStruct, SerializeStructVariant);
