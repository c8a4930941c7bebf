//! How names of specs are written in Protobuf: ASCII identifiers in the style that `buf lint` asks for.

use crate::names;
use hashbrown::{HashMap, HashSet};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The name of a message, an enum, a service or a method: `place_order` as `PlaceOrder`.
pub fn pascal(name: &str) -> String {
    names::pascal_text(&ascii(name))
}

/// The name of a field or a part of a package: `OrderId` as `order_id`.
pub fn snake(name: &str) -> String {
    let text = names::snake_text(&ascii(name));
    if text.starts_with(|c: char| c.is_ascii_digit()) { format!("n{text}") } else { text }
}

/// The name of an enum's value, or what stands in front of it: `OrderStatus` as `ORDER_STATUS`.
pub fn upper(name: &str) -> String {
    names::snake_text(&ascii(name)).to_ascii_uppercase()
}

/// The name in ASCII. Letters lose their marks; those that have no ASCII letter below them are told by their code point,
/// which keeps them apart. Everything else but letters and digits is a border between words.
fn ascii(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    let mut text = String::with_capacity(name.len());
    for letter in name.nfd().filter(|letter| !is_combining_mark(*letter)) {
        match letter {
            letter if letter.is_ascii() => text.push(letter),
            letter if letter.is_alphanumeric() => text.push_str(&format!("_u{:x}_", u32::from(letter))),
            _ => text.push('_'),
        }
    }
    text
}

/// Names that are taken in one scope. Names that differ in case or `_` alone count as one, as they do in JSON and in the
/// languages that code is made for.
#[derive(Default)]
pub struct Names {
    taken: HashSet<Vec<u8>>,
    /// The number behind the last name that was told apart from others, by what stands in front of it.
    last: HashMap<String, u32>,
}

impl Names {
    /// Takes a name; whether it was free.
    pub fn take(&mut self, name: &str) -> bool {
        self.taken.insert(folded(name))
    }

    /// Whether a name is free.
    pub fn is_free(&self, name: &str) -> bool {
        !self.taken.contains(&folded(name))
    }

    /// Takes the name if it is free, or else the second one, or else the first one with a number behind it.
    pub fn first_free(
        &mut self,
        wanted: String,
        otherwise: impl FnOnce() -> Option<String>,
        separator: &str,
    ) -> String {
        if self.take(&wanted) {
            return wanted;
        }
        if let Some(name) = otherwise().filter(|name| self.take(name)) {
            return name;
        }
        let mut number = self.last.get(&wanted).copied().unwrap_or(1);
        loop {
            number += 1;
            let name = format!("{wanted}{separator}{number}");
            if self.take(&name) {
                self.last.insert(wanted, number);
                return name;
            }
        }
    }
}

fn folded(name: &str) -> Vec<u8> {
    let mut folded = name.as_bytes().to_ascii_lowercase();
    folded.retain(|byte| *byte != b'_');
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ascii_identifiers_in_the_style_of_their_place() {
        assert_eq!(
            (pascal("place_order"), snake("OrderId"), upper("OrderStatus")),
            ("PlaceOrder".into(), "order_id".into(), "ORDER_STATUS".into())
        );
        assert_eq!(
            (pascal("Größe"), snake("Café au lait"), pascal("注文")),
            ("GroUdfE".into(), "cafe_au_lait".into(), "U6ce8U6587".into())
        );
        assert_eq!((pascal("1st"), snake("1st"), snake("\"; option")), ("N1st".into(), "n1st".into(), "option".into()));
        assert_eq!((pascal(""), snake("✂")), ("Unnamed".into(), "unnamed".into()));
    }

    #[test]
    fn names_that_collapse_are_told_apart_by_numbers() {
        let mut names = Names::default();
        assert_eq!(names.first_free("a_1".into(), || None, "_"), "a_1");
        assert_eq!(names.first_free("a1".into(), || None, "_"), "a1_2");
        assert_eq!(names.first_free("A1".into(), || Some("b".into()), "_"), "b");
        assert_eq!(names.first_free("a1".into(), || Some("b".into()), "_"), "a1_3");
        assert!(!names.is_free("A_1") && names.is_free("c"));
    }
}
