//! How numbers are given, to fields and to values alike.

use super::wire::{Reserved, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// What is to be numbered, after what was.
pub struct Numbering<'a> {
    /// What was released, by its name in the specs: name in Protobuf and number.
    pub released: BTreeMap<&'a str, (&'a str, u32)>,
    /// What was given up before.
    pub reserved: &'a BTreeSet<Reserved>,
    /// Names of the specs and what they would be in Protobuf, in order of declaration.
    pub wanted: Vec<(&'a str, String)>,
    /// The names that were released for what is called otherwise now.
    pub old_names: BTreeMap<&'a str, &'a str>,
}

/// What has a number now.
pub struct Numbered<'a> {
    /// By names of the specs, in order of declaration.
    pub slots: Vec<(&'a str, Slot)>,
    /// What is given up.
    pub reserved: BTreeSet<Reserved>,
    /// Names that were given up and are wanted again.
    pub reused: Vec<String>,
}

/// Gives numbers: what was released keeps its own, and what is new comes behind all that ever had one. `take` takes a name if
/// it is free.
pub fn slots<'a>(numbering: Numbering<'a>, take: &mut dyn FnMut(&String) -> bool) -> Numbered<'a> {
    let Numbering { mut released, reserved, wanted, old_names } = numbering;
    let mut reserved = reserved.clone();
    let numbers = released.values().map(|(_, number)| *number).chain(reserved.iter().filter_map(|gone| gone.number));
    let mut last = numbers.max().unwrap_or(0);
    // Those that were released first: they keep their names.
    let mut slots: Vec<(&str, Option<Slot>)> = Vec::with_capacity(wanted.len());
    for (key, _) in &wanted {
        let kept = released.remove(key).map(|(name, number)| Slot { name: name.to_owned(), number });
        if let Some(slot) = &kept {
            take(&slot.name);
        }
        slots.push((*key, kept));
    }
    let mut moved = BTreeMap::new();
    for (key, _) in slots.iter().filter(|(_, kept)| kept.is_none()) {
        if let Some((name, number)) = old_names.get(key).and_then(|old| released.remove(old)) {
            reserved.insert(Reserved { number: None, name: name.to_owned() });
            moved.insert(*key, number);
        }
    }
    reserved.extend(released.values().map(|(name, number)| reserve(name, *number)));
    let mut reused = Vec::new();
    for gone in &reserved {
        take(&gone.name);
    }
    for ((key, slot), (_, name)) in slots.iter_mut().zip(wanted).filter(|((_, slot), _)| slot.is_none()) {
        if reserved.iter().any(|gone| gone.name == name) {
            reused.push((*key).to_owned());
        }
        let number = moved.get(key).copied().unwrap_or_else(|| {
            last = after(last);
            last
        });
        *slot = Some(Slot { name: free(&name, take), number });
    }
    let slots = slots.into_iter().filter_map(|(key, slot)| slot.map(|slot| (key, slot))).collect();
    Numbered { slots, reserved, reused }
}

/// The number behind one; the format keeps some for itself.
fn after(number: u32) -> u32 {
    if number == 18_999 { 20_000 } else { number + 1 }
}

fn free(name: &str, take: &mut dyn FnMut(&String) -> bool) -> String {
    let wanted = name.to_owned();
    if take(&wanted) {
        return wanted;
    }
    (2_u32..).map(|number| format!("{name}_{number}")).find(|name| take(name)).unwrap_or(wanted)
}

/// A name that is given up with its number.
pub fn reserve(name: &str, number: u32) -> Reserved {
    Reserved { number: Some(number), name: name.to_owned() }
}
