//! Taking parts out of an SDS without touching a byte of the rest.

use seac_syntax::yaml::{self, Entry, Node, NodeKind};
use seac_syntax::{FileId, Span};

/// The groups that SEA can take over.
const GROUPS: [&str; 2] = ["domain", "cqrs"];

/// The text of an SDS without these items of `domain` and `cqrs`. Lists and groups that lose everything go as well.
pub fn without(text: &str, moved: &[Span]) -> String {
    let (root, _) = yaml::parse(FileId(0), text, 0);
    let Some(NodeKind::Mapping(entries)) = root.map(|root| root.kind) else { return text.to_owned() };
    let mut cuts = Vec::new();
    for group in entries.iter().filter(|entry| GROUPS.contains(&entry.key.value.as_str())) {
        collect(group, moved, &mut cuts);
    }
    cuts.sort_by_key(|cut| (cut.0, cut.1));
    let mut text = text.to_owned();
    // From behind, so that places in front stay true.
    cuts.iter().rev().for_each(|(start, end)| cut(&mut text, *start, *end));
    text
}

type Range = (usize, usize);

/// The largest parts of a group of which nothing is left.
fn collect(group: &Entry, moved: &[Span], cuts: &mut Vec<Range>) {
    let NodeKind::Mapping(lists) = &group.value.kind else { return };
    let is_moved = |item: &&Node| moved.iter().any(|span| span.range() == item.span.range());
    let mut inner = Vec::new();
    let mut whole = 0;
    for list in lists {
        let NodeKind::Sequence(items) = &list.value.kind else { continue };
        let gone: Vec<Range> =
            items.iter().filter(is_moved).map(|item| (item.span.start as usize, item.span.end as usize)).collect();
        if gone.len() == items.len() {
            whole += 1;
            inner.push(entry_range(list));
        } else {
            inner.extend(gone);
        }
    }
    if whole == lists.len() { cuts.push(entry_range(group)) } else { cuts.extend(inner) }
}

fn entry_range(entry: &Entry) -> Range {
    (entry.key.span.start as usize, entry.value.span.end as usize)
}

/// Removes a part: with its lines where they hold nothing else, with a comma where it stands among others.
fn cut(text: &mut String, start: usize, end: usize) {
    let end = start + text[start..end].trim_end().len();
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    let alone_before = matches!(text[line_start..start].trim(), "" | "-");
    let behind = text[end..line_end].trim();
    if alone_before && (behind.is_empty() || behind.starts_with('#')) {
        text.replace_range(line_start..line_end, "");
        return;
    }
    let rest = &text[end..];
    let follows = rest.trim_start();
    if let Some(after) = follows.strip_prefix(',') {
        let next = text.len() - after.trim_start().len();
        text.replace_range(start..next, "");
        return;
    }
    let before = text[..start].trim_end();
    let from = before.strip_suffix(',').map_or(start, str::len);
    text.replace_range(from..end, "");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cuts the items with these names.
    fn after(text: &str, names: &[&str]) -> String {
        let (sds, _) = seac_syntax::sds::parse(FileId(0), text);
        let objects = sds.value_objects.iter().map(|object| (&object.name.value, object.span));
        let events = sds.events.iter().map(|event| (&event.name.value, event.span));
        let moved: Vec<Span> =
            objects.chain(events).filter(|(name, _)| names.contains(&name.as_str())).map(|(_, span)| span).collect();
        without(text, &moved)
    }

    const BLOCK: &str = "\
title: T # kept
domain:
  valueObjects:
    # about A
    - name: A
      members: [x] # gone
    - { name: B, members: [y] }
cqrs:
  events: [ { name: E }, { name: F }, { name: G } ]
ports: {}
";

    #[test]
    fn items_go_with_their_lines_or_their_comma() {
        assert_eq!(after(BLOCK, &["A"]), BLOCK.replace("    - name: A\n      members: [x] # gone\n", ""));
        assert_eq!(after(BLOCK, &["E"]), BLOCK.replace("{ name: E }, ", ""));
        assert_eq!(after(BLOCK, &["F", "G"]), BLOCK.replace(", { name: F }, { name: G }", ""));
    }

    #[test]
    fn what_is_empty_then_goes_as_well() {
        let none = after(BLOCK, &["A", "B", "E", "F", "G"]);
        assert_eq!(none, "title: T # kept\nports: {}\n");
        assert_eq!(after(BLOCK, &[]), BLOCK);
    }
}
