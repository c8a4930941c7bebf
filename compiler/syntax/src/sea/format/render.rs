//! Slots to text: each group stands on one line if it fits, or else breaks at all its soft gaps. One pass over the
//! tokens measures, a second one prints; nothing recurses, so nothing depends on how deep a text is nested.

use super::WIDTH;
use super::page::{Gap, Page, Slot};
use crate::sea::lexer::Kind;

/// A token in its place.
struct Item {
    index: usize,
    gap: Gap,
    /// A comment makes the gap a new line.
    forced: bool,
    /// Columns from the beginning of the text to the end of this token, were everything on one line.
    end: usize,
    /// Columns from the end of this token to the next gap that may be a new line.
    tail: usize,
    /// How many gaps up to here are new lines whatever the groups do.
    lines: usize,
    /// How many tokens up to here span lines themselves.
    spanning: usize,
}

/// An open group while printing.
struct Frame {
    base: usize,
    inner: usize,
    broken: bool,
}

pub(super) fn render(page: &Page<'_>) -> String {
    let items = measure(page);
    let ends = group_ends(page, &items);
    let mut printer =
        Printer { page, items: &items, out: String::new(), column: 0, stack: Vec::new(), was_broken: false };
    let mut ends = ends.into_iter();
    for (position, item) in items.iter().enumerate() {
        printer.gap(position);
        for indent in &page.slots[item.index].opens {
            printer.open(position, *indent, ends.next().unwrap_or(position));
        }
        printer.token(position);
    }
    printer.out
}

fn measure(page: &Page<'_>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let (mut end, mut lines, mut spanning) = (0, 0, 0);
    for index in page.order() {
        let slot = &page.slots[index];
        let before = items.last();
        let gap = before.map_or(Gap::None, |before| resolved(page, before.index, index));
        let commented = before.is_some_and(|before| page.slots[before.index].trailing.is_some());
        let forced = commented || !slot.leading.is_empty();
        lines += usize::from(before.is_some() && (forced || gap == Gap::Line));
        let text = spelling(page, index);
        spanning += usize::from(text.contains('\n'));
        end += usize::from(matches!(gap, Gap::Space | Gap::Soft)) + columns(text);
        items.push(Item { index, gap, forced, end, tail: 0, lines, spanning });
    }
    for position in (1..items.len()).rev() {
        let (next, before) = (&items[position], &items[position - 1]);
        let stops = next.forced || matches!(next.gap, Gap::Line | Gap::Soft | Gap::SoftNone);
        items[position - 1].tail = if stops { 0 } else { next.end - before.end + next.tail };
    }
    items
}

fn columns(text: &str) -> usize {
    text.lines().next().map_or(0, |line| line.chars().count())
}

fn spelling<'p>(page: &'p Page<'_>, index: usize) -> &'p str {
    page.slots[index].spelling.as_deref().unwrap_or_else(|| page.token_text(index))
}

/// The position of the last token of each group, in the order in which the groups begin.
fn group_ends(page: &Page<'_>, items: &[Item]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut open = Vec::new();
    for (position, item) in items.iter().enumerate() {
        let slot = &page.slots[item.index];
        for _ in &slot.opens {
            open.push(ends.len());
            ends.push(position);
        }
        for _ in 0..slot.closes {
            if let Some(group) = open.pop() {
                ends[group] = position;
            }
        }
    }
    ends
}

/// The gap between two tokens that follow each other, where the layout has not decided.
fn resolved(page: &Page<'_>, before: usize, index: usize) -> Gap {
    match page.slots[index].gap {
        Gap::Default => default_gap(page.kind(before), page.kind(index)),
        decided => decided,
    }
}

fn default_gap(before: Kind, next: Kind) -> Gap {
    let tight_behind = matches!(before, Kind::LParen | Kind::LBracket | Kind::At | Kind::Dot);
    let tight_before =
        matches!(next, Kind::RParen | Kind::RBracket | Kind::Comma | Kind::Colon | Kind::Dot | Kind::Eof);
    // A minus in front of a number is its sign; the layout tells operators apart.
    let sign = before == Kind::Minus && next == Kind::Number;
    if tight_behind || tight_before || sign { Gap::None } else { Gap::Space }
}

struct Printer<'p, 't> {
    page: &'p Page<'t>,
    items: &'p [Item],
    out: String,
    /// How many columns the current line has so far.
    column: usize,
    stack: Vec<Frame>,
    /// Whether the group that ended last was broken.
    was_broken: bool,
}

impl Printer<'_, '_> {
    fn slot(&self, position: usize) -> &Slot {
        &self.page.slots[self.items[position].index]
    }

    /// The indents of a line in the current group: of its content, and of its closing bracket.
    fn indents(&self) -> (usize, usize) {
        self.stack.last().map_or((0, 0), |frame| (frame.inner, frame.base))
    }

    fn gap(&mut self, position: usize) {
        let item = &self.items[position];
        let slot = self.slot(position);
        let (inner, base) = self.indents();
        let inner = inner + usize::from(slot.extra);
        let indent = if slot.outer { base } else { inner };
        let broken = self.stack.last().is_some_and(|frame| frame.broken);
        let first = position == 0;
        let keeps_blank = item.gap == Gap::Line || first;
        let mut after_open = first || matches!(self.page.kind(self.items[position - 1].index), Kind::LBrace);
        for comment in slot.leading.clone() {
            let blank = keeps_blank && !after_open && self.page.blank_comments[comment as usize];
            self.new_line(blank, inner);
            self.comment(comment);
            after_open = false;
        }
        let last = matches!(self.page.kind(item.index), Kind::RBrace | Kind::Eof);
        let blank = self.slot(position).blank && keeps_blank && !after_open && !last;
        match item.gap {
            _ if first && item.forced => self.new_line(blank, indent),
            _ if first => {}
            _ if item.forced || item.gap == Gap::Line => self.new_line(blank, indent),
            Gap::Soft | Gap::SoftNone if broken => self.new_line(false, indent),
            Gap::Space | Gap::Soft => self.push(" "),
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        match text.rsplit_once('\n') {
            Some((_, line)) => self.column = line.chars().count(),
            None => self.column += text.chars().count(),
        }
    }

    fn new_line(&mut self, blank: bool, indent: usize) {
        if self.out.is_empty() {
            return;
        }
        self.out.push_str(if blank { "\n\n" } else { "\n" });
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    fn comment(&mut self, comment: u32) {
        let comment = self.page.comments[comment as usize];
        self.out.push_str(&self.page.text[comment.start as usize..comment.end as usize]);
    }

    fn open(&mut self, position: usize, indent: u8, end: usize) {
        let (base, _) = self.indents();
        let (first, last) = (&self.items[position], &self.items[end]);
        let start = position.checked_sub(1).map_or(0, |before| self.items[before].spanning);
        let width = last.end - first.end + columns(spelling(self.page, first.index));
        let fits = last.lines == first.lines && last.spanning == start && self.column + width + last.tail <= WIDTH;
        let follows = self.was_broken && self.slot(position).follows;
        let inner = base + usize::from(indent);
        self.stack.push(Frame { base, inner, broken: follows || !fits });
    }

    fn token(&mut self, position: usize) {
        let text = spelling(self.page, self.items[position].index);
        self.push(text);
        let (closes, trailing) = (self.slot(position).closes, self.slot(position).trailing);
        for _ in 0..closes {
            self.was_broken = self.stack.pop().is_some_and(|frame| frame.broken);
        }
        if let Some(comment) = trailing {
            self.push(" ");
            self.comment(comment);
        }
    }
}
