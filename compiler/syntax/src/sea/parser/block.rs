//! Braces: lists of things between `{` and `}`, with recovery inside, so that one wrong line costs one line.

use super::{Kind, Parsed, Parser};
use crate::report::{self, Expected};
use crate::source::Span;

/// What shows that a closing brace was forgotten.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// The end of the file or a declaration at the start of a line.
    AtDeclaration,
    /// Only the end of the file: the items look like declarations themselves.
    AtFileEnd,
}

impl Parser<'_> {
    /// Items without separators, one after the other: fields, clauses, rules.
    pub(super) fn lines<T>(&mut self, open: Span, ends: Ends, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Vec<T> {
        let mut items = Vec::new();
        loop {
            if self.block_ends(open, ends) {
                // Trees are what most of the memory of a run is for.
                items.shrink_to_fit();
                return items;
            }
            let start = self.at;
            match item(self) {
                Ok(value) => items.push(value),
                Err(_) => self.recover_line(start),
            }
        }
    }

    /// Items with commas between them; one behind the last is allowed.
    pub(super) fn listed<T>(&mut self, open: Span, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Vec<T> {
        let mut items = Vec::new();
        loop {
            if self.block_ends(open, Ends::AtDeclaration) {
                return items;
            }
            let start = self.at;
            match item(self) {
                Ok(value) => items.push(value),
                Err(_) => {
                    self.recover_line(start);
                    continue;
                }
            }
            if self.eat_kind(Kind::Comma, Expected::Word(",")).is_some() || self.kind() == Kind::RBrace {
                continue;
            }
            if self.kind() != Kind::Eof && !self.resumes_here() {
                self.want(Expected::Word("}"));
                let (start, here) = (self.at, self.token());
                let _reported: Parsed<()> = self.unexpected();
                // A comma forgotten at the end of a line: the next line is fine as it is.
                if !here.line_start {
                    self.recover_line(start);
                }
            }
        }
    }

    /// Reads `}`, or reports that it is missing where the file or the next declaration shows that it is.
    fn block_ends(&mut self, open: Span, ends: Ends) -> bool {
        if self.eat_kind(Kind::RBrace, Expected::Word("}")).is_some() {
            return true;
        }
        let declares = ends == Ends::AtDeclaration && self.token().line_start && self.starts_declaration(0);
        if self.kind() == Kind::Eof || declares {
            self.expected.clear();
            let finding = report::unclosed_brace(self.here(), open);
            // One place, one finding, however many braces are open.
            if self
                .diagnostics
                .last()
                .is_none_or(|last| last.message != finding.message || last.primary != finding.primary)
            {
                self.diagnostics.push(finding);
            }
            return true;
        }
        false
    }

    /// Skips to the next line, the closing brace of this block or the next declaration; braces inside are skipped as
    /// pairs. Goes past the token with index `start` at least.
    pub(super) fn recover_line(&mut self, start: usize) {
        let mut open = 0_u32;
        loop {
            let token = self.token();
            let moved = self.at > start;
            match token.kind {
                Kind::Eof => return,
                Kind::RBrace if open == 0 => return,
                _ if moved && token.line_start && (open == 0 || self.starts_declaration(0)) => return,
                Kind::LBrace => open += 1,
                Kind::RBrace => open -= 1,
                _ => {}
            }
            self.bump();
        }
    }
}
