//! Events to tree, on an explicit stack: the depth of a text is never the depth of the call stack.

use super::places::Places;
use super::{Entry, MAX_DEPTH, MAX_NODES, Node, NodeKind, Scalar, ScalarValue, Style, typed};
use crate::diagnostic::Diagnostic;
use crate::report;
use crate::source::{FileId, Span, Spanned};
use crate::text::Text;
use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::BTreeMap;

/// A collection that is still open.
enum Open {
    Sequence { start: Span, items: Vec<Node> },
    Mapping { start: Span, entries: Vec<Entry>, seen: BTreeMap<String, Span>, key: Option<Key> },
}

/// A key whose value is awaited.
enum Key {
    Good(Spanned<Text>),
    /// Reported; its value is dropped.
    Bad,
}

struct Builder<'t> {
    file: FileId,
    text: &'t str,
    base: usize,
    places: Places<'t>,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    /// How many collections deeper than the limit we are; what is in them is dropped.
    too_deep: usize,
    diagnostics: Vec<Diagnostic>,
}

pub(super) fn tree(file: FileId, text: &str, base: usize) -> (Option<Node>, Vec<Diagnostic>) {
    // A byte-order mark is a character for `saphyr`'s columns but no content.
    let (text, base) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest, base + '\u{feff}'.len_utf8()),
        None => (text, base),
    };
    let mut builder = Builder {
        file,
        text,
        base,
        places: Places::new(text),
        open: Vec::new(),
        root: None,
        nodes: 0,
        too_deep: 0,
        diagnostics: Vec::new(),
    };
    if text.len() > crate::sea::MAX_BYTES {
        let finding = report::yaml_too_large(Span::new(file, base, base), text.len(), crate::sea::MAX_BYTES);
        return (None, vec![finding]);
    }
    builder.run();
    (builder.root, builder.diagnostics)
}

impl Builder<'_> {
    fn run(&mut self) {
        let mut documents = 0;
        for event in Parser::new_from_str(self.text) {
            let (event, place) = match event {
                Ok(event) => event,
                Err(error) => {
                    let at = self.places.offset(error.marker().line(), error.marker().col());
                    let span = self.one_character(at);
                    self.diagnostics.push(report::yaml_syntax(span, error.info()));
                    return self.cut_off(at);
                }
            };
            let start = self.places.offset(place.start.line(), place.start.col());
            let end = self.places.offset(place.end.line(), place.end.col()).max(start);
            let span = Span::new(self.file, self.base + start, self.base + end);
            if matches!(event, Event::DocumentStart(_)) {
                documents += 1;
                if documents > 1 {
                    return self.diagnostics.push(report::several_documents(span));
                }
            }
            if !self.event(event, span, start..end) {
                return self.cut_off(start);
            }
        }
    }

    /// False if a limit is reached and the rest shall not be read.
    fn event(&mut self, event: Event<'_>, span: Span, range: std::ops::Range<usize>) -> bool {
        match event {
            Event::Scalar(text, style, _, tag) => {
                let range = range.start..range.start + self.text[range.clone()].trim_end().len();
                let span = Span { end: span.start + (range.end - range.start) as u32, ..span };
                self.tag(tag.is_some(), span);
                let node = Node { span, kind: NodeKind::Scalar(scalar(text.into_owned(), style)), complete: true };
                self.add(node);
            }
            Event::Alias(_) => {
                self.diagnostics.push(report::yaml_alias(span));
                self.add(Node { span, kind: NodeKind::Unusable, complete: true });
            }
            Event::SequenceStart(_, tag) => {
                self.tag(tag.is_some(), span);
                self.push(Open::Sequence { start: span, items: Vec::new() });
            }
            Event::MappingStart(_, tag) => {
                self.tag(tag.is_some(), span);
                self.push(Open::Mapping { start: span, entries: Vec::new(), seen: BTreeMap::new(), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            _ => {}
        }
        if self.nodes > MAX_NODES {
            self.diagnostics.push(report::too_many_nodes(span, MAX_NODES));
            return false;
        }
        true
    }

    fn one_character(&self, at: usize) -> Span {
        let length = self.text[at..].chars().next().filter(|c| !c.is_control()).map_or(0, char::len_utf8);
        Span::new(self.file, self.base + at, self.base + at + length)
    }

    fn tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            self.diagnostics.push(report::yaml_tag(span));
        }
    }

    fn push(&mut self, open: Open) {
        if self.open.len() >= MAX_DEPTH {
            if self.too_deep == 0 {
                let (Open::Sequence { start, .. } | Open::Mapping { start, .. }) = open;
                self.diagnostics.push(report::yaml_too_deep(start, MAX_DEPTH));
                self.too_deep = 1;
                self.add_to_parent(Node { span: start, kind: NodeKind::Unusable, complete: true });
            } else {
                self.too_deep += 1;
            }
            return;
        }
        self.open.push(open);
    }

    fn close(&mut self, end: Span) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if let Some(open) = self.open.pop() {
            // The end of a collection in brackets reaches over the white space and comments behind the bracket.
            let at = end.start as usize - self.base;
            let bracket = matches!(self.text.as_bytes().get(at), Some(b'}' | b']')) && end.end > end.start;
            let node = finished(open, bracket.then(|| Span { end: end.start + 1, ..end }));
            self.add(node);
        }
    }

    /// Closes what is open where the text cannot be read on.
    fn cut_off(&mut self, at: usize) {
        let end = Span::new(self.file, self.base + at, self.base + at);
        self.too_deep = 0;
        while let Some(open) = self.open.pop() {
            let mut node = finished(open, None);
            node.span = node.span.to(end);
            node.complete = false;
            self.add(node);
        }
    }

    fn add(&mut self, node: Node) {
        self.nodes += 1;
        if self.too_deep == 0 {
            self.add_to_parent(node);
        }
    }

    fn add_to_parent(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping { entries, seen, key, .. }) => match key.take() {
                None => *key = Some(as_key(node, seen, &mut self.diagnostics)),
                Some(Key::Good(key)) => entries.push(Entry { key, value: node }),
                Some(Key::Bad) => {}
            },
        }
    }
}

/// Makes a key of a node; one that is no scalar, or was there before, is reported.
fn as_key(node: Node, seen: &mut BTreeMap<String, Span>, diagnostics: &mut Vec<Diagnostic>) -> Key {
    let NodeKind::Scalar(scalar) = node.kind else {
        if node.kind != NodeKind::Unusable {
            diagnostics.push(report::yaml_key(node.span));
        }
        return Key::Bad;
    };
    if let Some(first) = seen.get(&scalar.text) {
        diagnostics.push(report::duplicate_key(&scalar.text, node.span, *first));
        return Key::Bad;
    }
    seen.insert(scalar.text.clone(), node.span);
    Key::Good(Spanned::new(scalar.text.into(), node.span))
}

fn scalar(text: String, style: ScalarStyle) -> Scalar {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    let value = if style == Style::Plain { typed(&text) } else { ScalarValue::String };
    Scalar { value, text, style }
}

/// A collection in brackets ends with its bracket, one by indentation with its last item.
fn finished(open: Open, bracket: Option<Span>) -> Node {
    let (start, kind, last) = match open {
        Open::Sequence { start, items } => {
            let last = items.last().map(|item| item.span);
            (start, NodeKind::Sequence(items), last)
        }
        Open::Mapping { start, entries, .. } => {
            let last = entries.last().map(|entry| entry.key.span.to(entry.value.span));
            (start, NodeKind::Mapping(entries), last)
        }
    };
    let span = match (bracket, last) {
        (Some(end), _) => start.to(end),
        (None, Some(last)) => start.to(last),
        (None, None) => start,
    };
    Node { span, kind, complete: true }
}
