//! The tokens of a text with what the layout decided about each of them.

use crate::sea::ast::{Ident, Name, Version};
use crate::sea::lexer::{Comment, Kind, Lexed, Token, lex};
use crate::sea::words;
use crate::source::{FileId, Span};
use std::ops::Range;

/// The white space in front of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// What the kinds of the two tokens ask for.
    Default,
    None,
    Space,
    /// A space, or a new line if the group is broken.
    Soft,
    /// Nothing, or a new line if the group is broken.
    SoftNone,
    /// A new line in any case; one blank line in front of it is kept.
    Line,
}

/// A token and its layout.
#[derive(Debug)]
pub(super) struct Slot {
    /// The spelling, where it is not the text of the token.
    pub spelling: Option<Box<str>>,
    pub gap: Gap,
    /// A new line here is indented as the group is outside: a closing bracket.
    pub outer: bool,
    /// A new line here is indented this much more than the group.
    pub extra: u8,
    /// The indents of the groups that begin here, from the outside in.
    pub opens: Vec<u8>,
    /// How many groups end here.
    pub closes: u16,
    /// The groups that begin here are broken if the one that ended just before is.
    pub follows: bool,
    /// The token is not printed: a comma in front of a closing bracket.
    pub dropped: bool,
    /// A blank line stands in front of the token.
    pub blank: bool,
    /// Indices of the comments on lines of their own in front of it.
    pub leading: Vec<u32>,
    /// The comment behind it on its line.
    pub trailing: Option<u32>,
}

/// Units of tokens that trade places: `range` becomes the concatenation of `units`.
struct Move {
    range: Range<usize>,
    units: Vec<Range<usize>>,
}

pub(super) struct Page<'t> {
    file: FileId,
    pub text: &'t str,
    pub tokens: Vec<Token>,
    pub comments: Vec<Comment>,
    /// Whether a blank line stands in front of a comment.
    pub blank_comments: Vec<bool>,
    pub slots: Vec<Slot>,
    moves: Vec<Move>,
}

impl<'t> Page<'t> {
    pub fn new(file: FileId, text: &'t str) -> Self {
        let Lexed { tokens, comments, .. } = lex(file, text, 0);
        let slots = tokens.iter().map(|token| plain_slot(text, *token)).collect();
        let mut page = Self { file, text, tokens, comments, blank_comments: Vec::new(), slots, moves: Vec::new() };
        page.attach_comments();
        page.find_blank_lines();
        page
    }

    /// A comment belongs to the token it follows on its line, or else to the next one.
    fn attach_comments(&mut self) {
        for (index, comment) in self.comments.iter().enumerate() {
            let next = comment.next_token as usize;
            let before = next.checked_sub(1).filter(|before| {
                let end = self.tokens[*before].end;
                end <= comment.start && !breaks_line(&self.text[end as usize..comment.start as usize])
            });
            match before {
                Some(before) => self.slots[before].trailing = Some(index as u32),
                None => self.slots[next].leading.push(index as u32),
            }
        }
    }

    fn find_blank_lines(&mut self) {
        let mut end = 0;
        let mut comments = self.comments.iter().peekable();
        for (token, slot) in self.tokens.iter().zip(&mut self.slots) {
            while let Some(comment) = comments.next_if(|comment| comment.start < token.start) {
                self.blank_comments.push(blank_line(&self.text[end..comment.start as usize]));
                end = comment.end as usize;
            }
            slot.blank = blank_line(&self.text[end..token.start as usize]);
            end = token.end as usize;
        }
        self.blank_comments.extend(comments.map(|_| false));
    }

    // Finding tokens.

    pub fn kind(&self, index: usize) -> Kind {
        self.tokens[index].kind
    }

    pub fn token_text(&self, index: usize) -> &'t str {
        let token = self.tokens[index];
        &self.text[token.start as usize..token.end as usize]
    }

    /// The token a span begins with.
    pub fn first(&self, span: Span) -> usize {
        debug_assert_eq!(span.file, self.file);
        self.tokens.partition_point(|token| token.start < span.start)
    }

    /// The token a span ends with.
    pub fn last(&self, span: Span) -> usize {
        self.tokens.partition_point(|token| token.start < span.end).saturating_sub(1)
    }

    /// The tokens of a span.
    pub fn range(&self, span: Span) -> Range<usize> {
        self.first(span)..self.last(span) + 1
    }

    // Deciding.

    pub fn gap(&mut self, index: usize, gap: Gap) {
        self.slots[index].gap = gap;
    }

    /// Groups the tokens `first..=last`: they stand on one line, or every soft gap directly in the group becomes a new
    /// line. A group is made before the groups inside it.
    pub fn group(&mut self, first: usize, last: usize, indent: u8) {
        self.slots[first].opens.push(indent);
        self.slots[last].closes += 1;
    }

    /// A soft gap whose new line is indented, with everything up to `last`.
    pub fn continuation(&mut self, first: usize, last: usize) {
        self.gap(first, Gap::Soft);
        self.slots[first].extra = 4;
        self.group(first, last, 4);
    }

    pub fn spell(&mut self, index: usize, spelling: impl Into<Box<str>>) {
        self.slots[index].spelling = Some(spelling.into());
    }

    /// A name keeps its case; a word of a closed set has its canonical one in the tree.
    pub fn ident(&mut self, ident: &Ident) {
        let range = self.range(ident.span);
        if range.len() == 1 {
            return self.name(ident);
        }
        for index in range {
            let text = self.token_text(index);
            self.spell(index, text);
        }
    }

    /// A name that may be a string; strings were spelt by the lexer's value.
    pub fn name(&mut self, name: &Name) {
        let index = self.first(name.span);
        if self.kind(index) == Kind::Ident {
            self.spell(index, name.value.as_str());
        }
    }

    pub fn version(&mut self, version: &Version) {
        let index = self.first(version.span);
        self.spell(index, format!("v{}", version.value));
    }

    /// Brackets around elements, each given by its first token; they break into one line per element. There is no comma
    /// behind the last: we read one, but not everybody does.
    pub fn list(&mut self, open: usize, close: usize, elements: &[usize], padding: Gap) {
        self.group(open, close, 4);
        let Some(first) = elements.first() else {
            return self.gap(close, Gap::None);
        };
        for element in elements {
            self.gap(*element, Gap::Soft);
        }
        self.gap(*first, padding);
        self.gap(close, padding);
        self.slots[close].outer = true;
        if self.kind(close - 1) == Kind::Comma {
            self.drop_comma(close - 1);
        }
    }

    /// Its comments go to its neighbours.
    fn drop_comma(&mut self, index: usize) {
        let (mut leading, trailing) =
            (std::mem::take(&mut self.slots[index].leading), self.slots[index].trailing.take());
        self.slots[index].dropped = true;
        match trailing {
            Some(comment) if leading.is_empty() && self.slots[index - 1].trailing.is_none() => {
                self.slots[index - 1].trailing = Some(comment);
            }
            other => leading.extend(other),
        }
        let next = &mut self.slots[index + 1].leading;
        next.splice(0..0, leading);
    }

    /// A doc comment behind the token before belongs to what begins here: that is how it is read, and how it is shown.
    pub fn takes_docs(&mut self, index: usize) {
        let Some(before) = index.checked_sub(1) else { return };
        let is_doc = |comment: u32| self.comments[comment as usize].doc;
        if let Some(comment) = self.slots[before].trailing.filter(|comment| is_doc(*comment)) {
            self.slots[before].trailing = None;
            self.slots[index].leading.insert(0, comment);
        }
    }

    // Moving.

    /// Puts `front` before and `back` behind the other tokens of `range`; gives the token that is last then.
    pub fn carve(&mut self, range: Range<usize>, front: &[Range<usize>], back: &[Range<usize>]) -> usize {
        let mut carved: Vec<&Range<usize>> = front.iter().chain(back).collect();
        carved.sort_by_key(|unit| unit.start);
        let mut rest = Vec::new();
        let mut at = range.start;
        for unit in carved {
            rest.push(at..unit.start);
            at = unit.end;
        }
        rest.push(at..range.end);
        let units: Vec<_> = front.iter().cloned().chain(rest).chain(back.iter().cloned()).collect();
        let (old, new) = (range.end - 1, units.iter().rev().find(|unit| !unit.is_empty()).map(|unit| unit.end - 1));
        let new = new.unwrap_or(old);
        self.reorder(range, units);
        if new == old {
            return new;
        }
        // Behind the declaration, a doc comment would belong to the next one.
        if let Some(comment) = self.slots[new].trailing.take_if(|comment| self.comments[*comment as usize].doc) {
            self.slots[new].leading.push(comment);
        }
        if self.slots[new].trailing.is_none() {
            // What is said behind the whole stays behind the whole.
            self.slots[new].trailing = self.slots[old].trailing.take();
        }
        new
    }

    /// Puts the units, which make up `range`, into the order given. Moves inside a unit come before moves of it.
    pub fn reorder(&mut self, range: Range<usize>, units: Vec<Range<usize>>) {
        if !units.windows(2).all(|pair| pair[0].start <= pair[1].start) {
            self.moves.push(Move { range, units });
        }
    }

    /// The tokens that are printed, in their new order.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.tokens.len()).collect();
        for Move { range, units } in &self.moves {
            let moved: Vec<usize> = units.iter().flat_map(|unit| order[unit.clone()].iter().copied()).collect();
            order[range.clone()].copy_from_slice(&moved);
        }
        order.retain(|index| !self.slots[*index].dropped);
        order
    }
}

fn plain_slot(text: &str, token: Token) -> Slot {
    let written = &text[token.start as usize..token.end as usize];
    Slot {
        spelling: super::spelling::canonical(token.kind, written),
        gap: Gap::Default,
        outer: false,
        extra: 0,
        opens: Vec::new(),
        closes: 0,
        follows: false,
        dropped: false,
        blank: false,
        leading: Vec::new(),
        trailing: None,
    }
}

/// Whether white space has the end of a line in it.
fn breaks_line(space: &str) -> bool {
    space.contains(['\n', '\r'])
}

/// Whether white space has an empty line in it.
fn blank_line(space: &str) -> bool {
    let mut ends = 0;
    let mut after_cr = false;
    for byte in space.bytes() {
        ends += u32::from(byte == b'\r' || (byte == b'\n' && !after_cr));
        after_cr = byte == b'\r';
    }
    ends > 1
}

/// Whether a word begins declarations elsewhere: in an expression it must not begin a line.
pub(super) fn is_declaration_word(word: &str) -> bool {
    word.eq_ignore_ascii_case("export") || words::canonical(words::DECLARATIONS, word).is_some()
}
