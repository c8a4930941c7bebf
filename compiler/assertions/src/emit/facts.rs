//! Claims, put together by what they are about.

use crate::assertion::{Claim, Object};
use crate::subject::{Item, Subject};
use seac_syntax::Text;
use std::collections::BTreeMap;

/// What is said of one subject.
#[derive(Default)]
pub struct Facts<'a> {
    claims: Vec<&'a Claim>,
}

impl<'a> Facts<'a> {
    /// Whether a flag is set.
    pub fn has(&self, predicate: &str) -> bool {
        self.object(predicate).is_some()
    }

    /// The object of a predicate that has one.
    pub fn text(&self, predicate: &str) -> Option<&'a str> {
        self.object(predicate).map(Object::text)
    }

    /// A predicate without which the subject is not whole: then it is there.
    pub fn required(&self, predicate: &str) -> &'a str {
        self.text(predicate).unwrap_or_default()
    }

    /// The texts of a list.
    pub fn list(&self, predicate: &str) -> &'a [Text] {
        self.object(predicate).map(Object::list).unwrap_or_default()
    }

    /// All objects of a predicate, in the order of another claim, if there is one.
    pub fn many(&self, predicate: &str) -> Vec<&'a str> {
        let of = self.claims.iter().filter(|claim| claim.predicate == predicate);
        let mut texts: Vec<&str> = of.map(|claim| claim.object.text()).collect();
        arrange(&mut texts, self.list(&format!("{predicate} order")), |text| ((*text).into(), 1));
        texts
    }

    /// The annotations: keys, sorted, each with what stands behind it.
    pub fn annotations(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let claims = self.claims.iter().filter(|claim| claim.predicate.starts_with('@'));
        claims.map(|claim| (claim.predicate.as_str(), claim.object.text()))
    }

    fn object(&self, predicate: &str) -> Option<&'a Object> {
        self.claims.iter().find(|claim| claim.predicate == predicate).map(|claim| &claim.object)
    }
}

/// Sorts by name and number, but what a list names comes first, in its order; the second of one name is where the list
/// has it for the second time.
fn arrange<T>(items: &mut [T], order: &[Text], name: impl Fn(&T) -> (Text, u32)) {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, text) in order.iter().enumerate() {
        places.entry(text).or_default().push(at);
    }
    items.sort_by_cached_key(|item| {
        let (name, ordinal) = name(item);
        let place = places.get(name.as_str()).and_then(|places| places.get(ordinal as usize - 1));
        (place.copied().unwrap_or(usize::MAX), name, ordinal)
    });
}

/// A declaration with its parts.
pub struct Declared<'a> {
    /// What it is.
    pub subject: Subject,
    /// What is said of the whole.
    pub facts: Facts<'a>,
    parts: Vec<(Item, Facts<'a>)>,
}

impl<'a> Declared<'a> {
    /// Its parts of one kind, in their order.
    pub fn parts(&self, kind: &str) -> Vec<(&Item, &Facts<'a>)> {
        let of = self.parts.iter().filter(|(item, _)| item.kind.name == kind);
        let mut parts: Vec<(&Item, &Facts<'a>)> = of.map(|(item, facts)| (item, facts)).collect();
        arrange(&mut parts, self.facts.list(&format!("{kind} order")), |(item, _)| order_name(item));
        parts
    }

    /// Everything that is said of it and its parts.
    pub fn claims(&self) -> impl Iterator<Item = &'a Claim> {
        self.facts.claims.iter().chain(self.parts.iter().flat_map(|(_, facts)| &facts.claims)).copied()
    }
}

/// How a part is called in the list that orders it.
fn order_name(item: &Item) -> (Text, u32) {
    let name = match item.names.as_slice() {
        [kind, name] => crate::extract::rule_name(kind, name),
        _ => item.name().into(),
    };
    (name, item.ordinal)
}

/// A whole model.
pub struct Model<'a> {
    /// Header and imports.
    pub heads: Vec<Declared<'a>>,
    /// Everything else, by kind and name.
    pub declarations: Vec<Declared<'a>>,
}

impl<'a> Model<'a> {
    /// Puts claims together; they come in any order.
    pub fn of(claims: impl IntoIterator<Item = &'a Claim>) -> Self {
        let mut claims: Vec<&Claim> = claims.into_iter().collect();
        claims.sort();
        claims.dedup();
        let mut all: Vec<Declared<'a>> = Vec::new();
        for claim in claims {
            let Subject { whole, part } = &claim.subject;
            if all.last().is_none_or(|last| last.subject.whole != *whole) {
                let subject = Subject { whole: whole.clone(), part: None };
                all.push(Declared { subject, facts: Facts::default(), parts: Vec::new() });
            }
            if let Some(last) = all.last_mut() {
                last.add(part.as_ref(), claim);
            }
        }
        let is_head = |declared: &Declared<'_>| matches!(declared.subject.whole.kind.name, "model" | "import");
        let (heads, declarations) = all.into_iter().partition(is_head);
        Self { heads, declarations }
    }
}

impl<'a> Declared<'a> {
    fn add(&mut self, part: Option<&Item>, claim: &'a Claim) {
        let Some(part) = part else { return self.facts.claims.push(claim) };
        if self.parts.last().is_none_or(|(last, _)| last != part) {
            self.parts.push((part.clone(), Facts::default()));
        }
        if let Some((_, facts)) = self.parts.last_mut() {
            facts.claims.push(claim);
        }
    }
}
