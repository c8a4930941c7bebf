//! What can stand on one line or on several: whatever fits is left on one.

use super::items::STEP;
use super::page::Page;
use super::token::{Group, Kind, Token};

/// A root of a chain up to this length has its first call on the same line.
const SHORT: u32 = 4;
/// A last call of a chain with so many lines stays on the line of the others.
const TALL: u32 = 5;
/// Parts of an array up to this length stand beside one another.
const NARROW: u32 = 10;

impl Page<'_> {
    /// The first token that is `wanted`, not looking into groups.
    pub fn find(&self, from: usize, to: usize, wanted: impl Fn(&Token<'_>) -> bool) -> Option<usize> {
        let mut at = from;
        while at < to {
            let token = &self.tokens[at];
            if wanted(token) {
                return Some(at);
            }
            at = if matches!(token.kind, Kind::Open(_)) { token.partner + 1 } else { at + 1 };
        }
        None
    }

    /// An expression, statement, item or type: on the line it is on, if it fits, with `reserve` columns behind it.
    pub fn expression(&mut self, from: usize, to: usize, indent: u32, reserve: u32) {
        let tight = self.ends_in_question(from, to);
        if from >= to || self.fits(from, to, reserve + if tight { 2 } else { 0 }) {
            return self.flat(from, to);
        }
        match self.tokens[from].text {
            "|" | "||" | "move" => self.closure(from, to, indent, reserve),
            "return" => self.behind(from, from + 1, to, indent, reserve),
            "if" | "match" | "for" | "while" | "loop" | "async" | "unsafe" | "{" | "pub" | "fn" | "impl" | "trait"
            | "mod" | "struct" | "enum"
                if self.first_braces(from, to).is_some() =>
            {
                self.structure(from, to, indent);
            }
            _ => self.broken(from, to, indent, reserve),
        }
    }

    /// Whether it is a chain with a `?` behind it, which `rustfmt` leaves two columns less.
    fn ends_in_question(&self, from: usize, to: usize) -> bool {
        let question = to.checked_sub(1).is_some_and(|last| self.tokens[last].text == "?");
        question && self.find(from, to, |token| token.text == ".").is_some()
    }

    fn broken(&mut self, from: usize, to: usize, indent: u32, reserve: u32) {
        if let Some(at) = self.find(from, to, |token| token.text == "=") {
            return self.assignment(from, at, to, indent, reserve);
        }
        if self.find(from, to, |token| token.text == "fn").is_some() {
            return self.signature(from, to, indent);
        }
        if self.at(from + 1, to) == ":" && self.tokens[from].kind == Kind::Operand {
            return self.behind(from, from + 2, to, indent, reserve);
        }
        if self.find(from + 1, to, |token| matches!(token.text, "&&" | "||")).is_some() {
            return self.conditions(from, to, indent);
        }
        if matches!(self.tokens[from].text, "&" | "!" | "*") {
            self.flat(from, from + 1);
            return self.expression(from + 1, to, indent, reserve);
        }
        if self.find(from, to, |token| token.text == ".").is_some() {
            return self.chain(from, to, indent, reserve);
        }
        self.segment(from, to, indent, reserve);
    }

    /// Something short, a space, and an expression.
    fn behind(&mut self, from: usize, value: usize, to: usize, indent: u32, reserve: u32) {
        self.flat(from, value);
        self.push(" ");
        self.expression(value, to, indent, reserve);
    }

    fn closure(&mut self, from: usize, to: usize, indent: u32, reserve: u32) {
        let last = |token: &Token<'_>| token.text == "||" || (token.text == "|" && token.kind == Kind::End);
        let body = self.find(from, to, last).map_or(to, |at| at + 1);
        self.flat(from, body);
        self.push(" ");
        let first = self.find(body, to, |token| matches!(token.kind, Kind::Open(_)));
        let is_one = first.is_some_and(|open| self.tokens[open].partner + 1 == to && self.tokens[open].text == "{");
        if is_one || self.fits(body, to, reserve) {
            self.expression(body, to, indent, reserve);
        } else {
            self.push("{");
            self.line(indent + STEP);
            self.expression(body, to, indent + STEP, 0);
            self.line(indent);
            self.push("}");
        }
    }

    /// The first braces on this level that hold statements, items, arms or declarations.
    fn first_braces(&self, from: usize, to: usize) -> Option<usize> {
        self.find(from, to, |token| matches!(token.kind, Kind::Open(Group::Block | Group::Arms | Group::Fields)))
    }

    /// What has braces behind it, and perhaps an `else`.
    fn structure(&mut self, from: usize, to: usize, indent: u32) {
        let Some(open) = self.first_braces(from, to) else { return self.flat(from, to) };
        let Kind::Open(group) = self.tokens[open].kind else { return };
        let start = self.line_number();
        if from < open {
            if self.fits(from, open, 2) {
                self.flat(from, open);
            } else if matches!(self.tokens[from].text, "if" | "match" | "while") {
                self.behind(from, from + 1, open, indent, 2);
            } else {
                self.broken(from, open, indent, 2);
            }
            if self.line_number() > start && self.tokens[from].text == "if" {
                self.line(indent);
            } else {
                self.push(" ");
            }
        }
        self.braces(open, indent, group);
        let rest = self.tokens[open].partner + 1;
        if self.at(rest, to) == "else" {
            self.push(" else ");
            self.structure(rest + 1, to, indent);
        } else {
            self.flat(rest, to);
        }
    }

    /// The head of a function, each parameter on a line.
    fn signature(&mut self, from: usize, to: usize, indent: u32) {
        let Some(open) = self.find(from, to, |token| token.text == "(") else { return self.flat(from, to) };
        let close = self.tokens[open].partner;
        self.flat(from, open);
        self.vertical(open, indent);
        if close + 1 < to {
            self.push(" ");
            self.flat(close + 1, to);
        }
    }

    /// `place = value`, perhaps with what is done otherwise.
    fn assignment(&mut self, from: usize, equals: usize, to: usize, indent: u32, reserve: u32) {
        self.flat(from, equals + 1);
        let otherwise = self.find(equals, to, |token| token.text == "else");
        let (end, reserve) = match otherwise {
            Some(at) if self.tokens[from].text == "let" => (at, 7),
            _ => (to, reserve),
        };
        let value = equals + 1;
        let is_whole = |token: &Token<'_>| token.text == "." || matches!(token.kind, Kind::Open(_));
        // As rustfmt does: the value of an attribute stays beside its name.
        let is_attribute = equals == from + 1;
        let below = self.would_fit(value, end, indent + STEP, reserve) || self.find(value, end, is_whole).is_none();
        if below && !is_attribute && !self.fits(value, end, reserve + 1) {
            self.line(indent + STEP);
            self.flat(value, end);
        } else {
            self.push(" ");
            self.expression(value, end, indent, reserve);
        }
        if end < to {
            self.push(" else ");
            self.structure(end + 1, to, indent);
        }
    }

    /// `a && b`, each on a line.
    fn conditions(&mut self, from: usize, to: usize, indent: u32) {
        let mut part = from;
        while let Some(at) = self.find(part + 1, to, |token| matches!(token.text, "&&" | "||")) {
            self.expression(part, at, indent, 0);
            self.line(indent + STEP);
            self.flat(at, at + 1);
            self.push(" ");
            part = at + 1;
        }
        self.expression(part, to, indent, 0);
    }

    /// `root.call().call()`: the last call behind the others if that is all there is to break, else each on a line.
    fn chain(&mut self, from: usize, to: usize, indent: u32, reserve: u32) {
        let mut dots = Vec::new();
        let mut at = from;
        while let Some(dot) = self.find(at, to, |token| token.text == ".") {
            dots.push(dot);
            at = dot + 1;
        }
        let Some(last) = dots.last().copied() else { return self.segment(from, to, indent, reserve) };
        let (place, start) = (self.place(), self.line_number());
        if self.arguments(last, to).is_some() && self.fits(from, last, 0) {
            self.flat(from, last);
            self.segment(last, to, indent, reserve);
            let lines = self.line_number() - start + 1;
            if lines >= TALL || !self.would_fit(last, to, indent + STEP, reserve) {
                return;
            }
            self.back_to(place);
        }
        let short = SHORT.saturating_sub(self.column().saturating_sub(indent));
        let first = dots.iter().position(|dot| self.width(from, *dot) > short).unwrap_or(dots.len());
        let ends = dots[first..].iter().copied().chain([to]).collect::<Vec<_>>();
        let alone = |at: usize| if at == to { reserve } else { 0 };
        self.segment(from, ends[0], indent, alone(ends[0]));
        let indent = if self.line_number() > start { indent } else { indent + STEP };
        for pair in ends.windows(2) {
            self.line(indent);
            self.segment(pair[0], pair[1], indent, alone(pair[1]));
        }
    }

    /// The last group that has something in it.
    fn arguments(&self, from: usize, to: usize) -> Option<usize> {
        let (mut at, mut found) = (from, None);
        while let Some(open) = self.find(at, to, |token| matches!(token.kind, Kind::Open(_))) {
            at = self.tokens[open].partner + 1;
            if open + 2 <= self.tokens[open].partner {
                found = Some(open);
            }
        }
        found
    }

    /// `name(arguments)?`: on one line, or the arguments on several.
    fn segment(&mut self, from: usize, to: usize, indent: u32, reserve: u32) {
        if self.fits(from, to, reserve) {
            return self.flat(from, to);
        }
        let Some(open) = self.arguments(from, to) else { return self.flat(from, to) };
        let Kind::Open(group) = self.tokens[open].kind else { return };
        let end = self.tokens[open].partner + 1;
        self.flat(from, open);
        if self.tokens[open].spaced && from < open {
            self.push(" ");
        }
        match group {
            Group::List | Group::Arguments => self.list(open, indent, reserve + self.width(end, to)),
            Group::Imports => self.flat(open, end),
            Group::Value | Group::Fields | Group::Arms | Group::Block => self.braces(open, indent, group),
        }
        self.flat(end, to);
    }

    /// The arguments of a call, the parts of an array or a tuple.
    fn list(&mut self, open: usize, indent: u32, reserve: u32) {
        let close = self.tokens[open].partner;
        let mut parts = vec![open + 1];
        let mut at = open + 1;
        while let Some(comma) = self.find(at, close, |token| token.kind == Kind::Comma) {
            at = comma + 1;
            parts.push(at);
        }
        let last = parts.last().copied().unwrap_or(open + 1);
        if self.fits(open, last, 1) && self.can_hang(open, last, parts.len()) {
            self.flat(open, last);
            if parts.len() > 1 {
                self.push(" ");
            }
            self.expression(last, close, indent, reserve + 1);
            self.flat(close, close + 1);
        } else if self.tokens[open].text == "[" && self.is_narrow(&parts, close) {
            self.filled(open, &parts, indent);
        } else {
            self.vertical(open, indent);
        }
    }

    /// Whether the last part of a list may begin on the line of the list and end on one of its own.
    fn can_hang(&self, open: usize, from: usize, count: usize) -> bool {
        let (first, close) = (self.tokens[from], self.tokens[open].partner);
        match first.kind {
            Kind::Operator if matches!(first.text, "|" | "||") => true,
            Kind::Keyword if first.text == "move" => true,
            Kind::Open(Group::Block) => true,
            _ if count > 1 => false,
            Kind::Doc | Kind::Mark => false,
            Kind::Operator if first.text == "&" => self.can_hang(open, from + 1, count),
            Kind::Keyword => first.text == "match",
            _ if self.find(from, close, |token| token.text == ".").is_some() => self.has_short_name(open),
            _ => self.arguments(from, close).is_some_and(|inner| self.tokens[inner].partner + 1 == close),
        }
    }

    /// Whether what is called has a name of up to three letters, or none, as an array.
    fn has_short_name(&self, open: usize) -> bool {
        let name = open.checked_sub(1).filter(|_| !self.tokens[open].spaced).map(|at| self.tokens[at]);
        let is_path = open.checked_sub(2).is_some_and(|at| self.tokens[at].text == "::");
        name.is_none_or(|name| name.kind != Kind::Operand || !is_path && name.text.len() < SHORT as usize)
    }

    fn is_narrow(&self, parts: &[usize], close: usize) -> bool {
        let ends = parts.iter().skip(1).map(|next| next - 1).chain([close]);
        parts.len() > 1
            && parts.iter().zip(ends).all(|(from, to)| self.is_soft(*from, to) && self.width(*from, to) <= NARROW)
    }

    /// As many parts on a line as fit.
    fn filled(&mut self, open: usize, parts: &[usize], indent: u32) {
        let close = self.tokens[open].partner;
        self.push("[");
        self.line(indent + STEP);
        for (i, from) in parts.iter().enumerate() {
            let to = parts.get(i + 1).map_or(close, |next| next - 1);
            if i > 0 && self.fits(*from, to, 2) {
                self.push(" ");
            } else if i > 0 {
                self.line(indent + STEP);
            }
            self.flat(*from, to);
            self.push(",");
        }
        self.line(indent);
        self.push("]");
    }

    /// Each part on lines of its own.
    fn vertical(&mut self, open: usize, indent: u32) {
        let Token { text, kind, partner: close, .. } = self.tokens[open];
        let group = if kind == Kind::Open(Group::Arguments) { Group::Arguments } else { Group::List };
        self.push(text);
        self.parts(open + 1, close, indent + STEP, group);
        self.line(indent);
        self.flat(close, close + 1);
    }
}
