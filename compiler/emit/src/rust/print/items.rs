//! What stands on lines of its own: items, statements, fields, variants, arms.

use super::page::Page;
use super::token::{Group, Kind, Token};

/// How far the content of a group is moved in.
pub const STEP: u32 = 4;

/// What was printed last among its like.
#[derive(Clone, Copy, Default)]
struct Before<'a> {
    /// The word that tells what it is: `use`, `fn`, a name.
    word: &'a str,
    /// The mark it ended with.
    end: &'a str,
}

impl<'a> Page<'a> {
    /// The tokens of a group, or of the file, each part on lines of its own.
    pub fn parts(&mut self, mut from: usize, to: usize, indent: u32, group: Group) {
        let mut before: Option<Before<'a>> = None;
        while self.at(from, to).starts_with("//!") {
            self.line(indent);
            self.flat(from, from + 1);
            from += 1;
            before = Some(Before { word: "//!", end: "" });
        }
        while from < to {
            let head = self.skip_head(from, to);
            let end = self.end_of_part(head, to, group);
            let word = self.at(self.skip_visibility(head, to), to);
            if before.is_some_and(|before| self.stands_apart(from, head, word, before)) {
                self.blank();
            }
            self.part(from, head, end, indent, group);
            before = Some(Before { word, end: self.tokens[end - 1].text });
            from = end;
        }
    }

    /// Whether an item is set off by an empty line from the one before; imports and modules stand together.
    fn stands_apart(&self, from: usize, head: usize, word: &str, before: Before<'_>) -> bool {
        let together = word == before.word && matches!(word, "use" | "mod") && before.end == ";";
        let first = (from..head).find(|at| self.tokens[*at].kind != Kind::Mark).unwrap_or(head);
        let begins_item =
            matches!(self.tokens[first].text, "#" | "pub" | "fn" | "async" | "impl" | "use") || first < head;
        before.word == "//!" || matches!(before.end, "}" | ";") && begins_item && !together
    }

    /// The first token behind marks, comments and attributes.
    fn skip_head(&self, mut at: usize, to: usize) -> usize {
        while at < to {
            match self.tokens[at].kind {
                Kind::Doc | Kind::Mark => at += 1,
                _ if self.tokens[at].text == "#" => at = self.tokens[at + 1].partner + 1,
                _ => break,
            }
        }
        at
    }

    fn skip_visibility(&self, at: usize, to: usize) -> usize {
        match (self.at(at, to), self.at(at + 1, to)) {
            ("pub", "(") => self.tokens[at + 1].partner + 1,
            ("pub", _) => at + 1,
            _ => at,
        }
    }

    /// The token behind a part that begins at `at`, with the mark that ends it.
    fn end_of_part(&self, head: usize, to: usize, group: Group) -> usize {
        let word = self.at(self.skip_visibility(head, to), to);
        let ends_with_braces = matches!(
            word,
            "fn" | "impl" | "trait" | "mod" | "struct" | "enum" | "if" | "match" | "for" | "while" | "async" | "{"
        );
        let mut at = head;
        while at < to {
            let token = self.tokens[at];
            match (group, token.kind) {
                (Group::Block, Kind::Operator) if token.text == ";" => return at + 1,
                (Group::Block, Kind::Open(Group::Block | Group::Arms | Group::Fields)) if ends_with_braces => {
                    let next = token.partner + 1;
                    match self.at(next, to) {
                        "else" | "." | "?" => at = next,
                        ";" => return next + 1,
                        _ => return next,
                    }
                }
                (Group::Block, Kind::Comma) => at += 1,
                (_, Kind::Comma) => return at + 1,
                (Group::Arms, Kind::Open(Group::Block)) if self.tokens[at - 1].text == "=>" => {
                    let next = token.partner + 1;
                    return if self.at(next, to) == "," { next + 1 } else { next };
                }
                (_, Kind::Open(_)) => at = token.partner + 1,
                _ => at += 1,
            }
        }
        to
    }

    /// A part: what it was made from, comments, attributes, itself, and the mark that ends it.
    fn part(&mut self, from: usize, head: usize, end: usize, indent: u32, group: Group) {
        let start = self.line_number() + 1;
        let mut at = from;
        while at < head {
            let next = match self.tokens[at].kind {
                Kind::Doc | Kind::Mark => at + 1,
                _ => self.tokens[at + 1].partner + 1,
            };
            match self.tokens[at].kind {
                Kind::Mark => {}
                Kind::Doc => {
                    self.line(indent);
                    self.flat(at, next);
                }
                _ => {
                    self.line(indent);
                    self.expression(at, next, indent, 0);
                }
            }
            at = next;
        }
        self.line(indent);
        let last = end - 1;
        let body = if matches!(self.tokens[last].text, "," | ";") { last } else { end };
        match group {
            Group::Arms => self.arm(head, body, indent),
            _ => {
                let mark = self.end_mark(head, body, end, group);
                self.expression(head, body, indent, u32::from(!mark.is_empty()));
                self.push(mark);
            }
        }
        for at in (from..head).rev() {
            if self.tokens[at].kind == Kind::Mark {
                self.made(self.tokens[at].text, start);
            }
        }
    }

    /// What ends a part: lists on several lines have a comma behind the last one, too.
    fn end_mark(&self, head: usize, body: usize, end: usize, group: Group) -> &'static str {
        match group {
            Group::Block => {
                if body < end {
                    ";"
                } else {
                    ""
                }
            }
            Group::Arguments if body == end => "",
            Group::Value if self.tokens[head].text == ".." => "",
            _ => ",",
        }
    }

    /// `pattern => value,`; a value that fits on a line of its own, and not on this one, gets braces around it.
    fn arm(&mut self, head: usize, end: usize, indent: u32) {
        let value = self.find(head, end, |token| token.text == "=>").map_or(head, |arrow| arrow + 1);
        self.flat(head, value);
        self.push(" ");
        let breaks = |token: &Token<'_>| token.text == "." || matches!(token.kind, Kind::Open(_));
        if self.tokens[value].kind == Kind::Open(Group::Block) {
            self.expression(value, end, indent, 0);
        } else if self.fits(value, end, 1)
            || !self.would_fit(value, end, indent + STEP, 0) && self.find(value, end, breaks).is_some()
        {
            self.expression(value, end, indent, 1);
            self.push(",");
        } else {
            self.push("{");
            self.line(indent + STEP);
            self.flat(value, end);
            self.line(indent);
            self.push("}");
        }
    }

    /// A group in braces, on lines of its own.
    pub fn braces(&mut self, open: usize, indent: u32, group: Group) {
        let close = self.tokens[open].partner;
        self.push("{");
        if open + 1 < close {
            self.parts(open + 1, close, indent + STEP, group);
            self.line(indent);
        }
        self.push("}");
    }
}
