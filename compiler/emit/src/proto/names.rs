//! How names of specs are written in Protobuf: ASCII identifiers in the style that `buf lint` asks for.

use crate::names;
use std::collections::BTreeSet;
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
pub struct Names(BTreeSet<String>);

impl Names {
    /// Takes a name; whether it was free.
    pub fn take(&mut self, name: &str) -> bool {
        self.0.insert(folded(name))
    }

    /// Whether a name is free.
    pub fn is_free(&self, name: &str) -> bool {
        !self.0.contains(&folded(name))
    }

    /// Takes the first of the names that is free, or else the first one with a number behind it.
    pub fn first_free<const N: usize>(&mut self, wanted: [String; N], separator: &str) -> String {
        for name in &wanted {
            if self.take(name) {
                return name.clone();
            }
        }
        let base = wanted.first().map_or("Unnamed", String::as_str);
        (2_u32..).map(|number| format!("{base}{separator}{number}")).find(|name| self.take(name)).unwrap_or_default()
    }
}

fn folded(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
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
        assert_eq!(names.first_free(["a_1".into()], "_"), "a_1");
        assert_eq!(names.first_free(["a1".into()], "_"), "a1_2");
        assert_eq!(names.first_free(["A1".into(), "b".into()], "_"), "b");
        assert!(!names.is_free("A_1") && names.is_free("c"));
    }
}
