//! The fidelity report: what of a model a format cannot carry, element by element.

use super::{Element, Format, Kind};
use seac_model::Context;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The aspect of what is lost as a whole.
pub const ALL: &str = "all";

/// Something that is lost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fidelity {
    /// The id of the element, such as `orders.Order.total`.
    pub element: String,
    /// What kind of element it is.
    pub kind: Kind,
    /// What of it is lost: `all`, `part`, or a part by name, such as `min`.
    pub aspect: String,
    /// What the format does not say, and why.
    pub why: String,
}

/// What a module finds lost of single elements, besides what its mapping says of their kinds.
#[derive(Debug, Default)]
pub struct Losses(BTreeSet<(String, Kind, String, String)>);

impl Losses {
    /// Notes that a part of an element is lost.
    pub fn add(&mut self, kind: Kind, element: impl Into<String>, aspect: &str, why: impl Into<String>) {
        self.0.insert((element.into(), kind, aspect.to_owned(), why.into()));
    }

    /// Notes that nobody is kept apart by what they did before: a request says who calls, and not what they have done.
    pub fn separation(&mut self, slug: &str, context: &Context) {
        for (name, _) in context.operations.iter().filter(|(_, operation)| !operation.separated.is_empty()) {
            let why = "A request does not say what its caller did before.";
            self.add(Kind::Operation, format!("{slug}.{name}"), "separation of duties", why);
        }
    }

    /// The whole report, sorted: what the mapping says of the kinds of `elements`, and what was noted.
    pub(super) fn report(self, format: Format, elements: &[Element]) -> Vec<Fidelity> {
        // Of what is lost as a whole, there is no part to speak of.
        let gone: BTreeSet<(Kind, &str)> =
            self.0.iter().filter(|(.., aspect, _)| aspect == ALL).map(|(id, kind, ..)| (*kind, id.as_str())).collect();
        let kept = elements.iter().filter(|element| !gone.contains(&(element.kind, &element.id)));
        let by_kind = kept.filter_map(|element| {
            let row = format.row(element.kind);
            let aspect = if row.becomes.is_some() { "part" } else { ALL };
            let (element, kind) = (element.id.clone(), element.kind);
            row.lost.map(|why| Fidelity { element, kind, aspect: aspect.to_owned(), why: why.to_owned() })
        });
        let mut all: Vec<Fidelity> = by_kind.collect();
        let noted = self.0.into_iter();
        all.extend(noted.map(|(element, kind, aspect, why)| Fidelity { element, kind, aspect, why }));
        all.sort();
        all
    }
}

impl Fidelity {
    /// A report for people: what is lost of whole kinds in one line each, of single elements one by one.
    pub fn text(format: Format, report: &[Self]) -> String {
        let mut lost: BTreeMap<(Kind, &str, &str), Vec<&str>> = BTreeMap::new();
        for Self { element, kind, aspect, why } in report {
            lost.entry((*kind, aspect, why)).or_default().push(element);
        }
        let mut text = format!("{}: ", format.info().title);
        if lost.is_empty() {
            text.push_str("nothing is lost\n");
            return text;
        }
        text.push_str("what is lost\n");
        for ((kind, aspect, why), elements) in lost {
            let _ = writeln!(text, "\n  {}, {aspect}: {why}", kind.word());
            for element in elements {
                let _ = writeln!(text, "    {element}");
            }
        }
        text
    }
}
