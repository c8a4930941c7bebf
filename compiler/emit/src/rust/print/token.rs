//! The tokens of a file, each with what the printer has to know of it: where its group ends, whether a space stands in
//! front of it, and in which column it would stand if everything were one line.

use crate::rust::code::Code;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or literal, something an expression can end with.
    Operand,
    /// A word that something has to follow.
    Keyword,
    /// `,` between parts of a group.
    Comma,
    /// `,` between angle brackets or the parameters of a closure.
    InnerComma,
    /// A comment about what follows, or what it stands in.
    Doc,
    /// Where what follows was made from.
    Mark,
    /// The beginning of a group.
    Open(Group),
    /// The end of a group.
    Close,
    /// The `>` of a type, the `|` behind the parameters of a closure: ends that are no groups.
    End,
    /// All other marks.
    Operator,
}

/// What a group holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// `(…)` or `[…]`: parts with commas.
    List,
    /// The arguments of a macro: a list to which nothing is added.
    Arguments,
    /// `{…}` of a value: fields.
    Value,
    /// `{…}` of an import.
    Imports,
    /// `{…}` of a type's declaration: fields or variants.
    Fields,
    /// `{…}` of a `match`.
    Arms,
    /// `{…}` of statements or items.
    Block,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// Its text.
    pub text: &'a str,
    /// What it is.
    pub kind: Kind,
    /// The other bracket of its group, for brackets.
    pub partner: usize,
    /// Whether a space stands in front of it, on one line.
    pub spaced: bool,
    /// Its first column, if everything stood on one line.
    pub start: u32,
    /// The column behind it.
    pub end: u32,
    /// How many tokens up to this one cannot share a line with what follows them.
    pub hard: u32,
    /// Whether nothing is put between it and what follows.
    glued: bool,
}

/// Reads what was made; a comma in front of a closing bracket is left out. No tuple has only one part.
pub fn read(code: &Code) -> Vec<Token<'_>> {
    let mut reader = Reader { tokens: Vec::with_capacity(code.len() / 6), levels: vec![Level::default()] };
    code.tokens().for_each(|text| reader.push(text));
    reader.tokens
}

/// Whether an operand follows the word. Those that are operands themselves, like `self`, are not among them.
fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "as" | "async"
            | "break"
            | "const"
            | "continue"
            | "dyn"
            | "else"
            | "enum"
            | "fn"
            | "for"
            | "if"
            | "impl"
            | "in"
            | "let"
            | "loop"
            | "match"
            | "mod"
            | "move"
            | "mut"
            | "pub"
            | "ref"
            | "return"
            | "static"
            | "struct"
            | "trait"
            | "type"
            | "unsafe"
            | "use"
            | "where"
            | "while"
    )
}

/// A group that is still open.
#[derive(Default)]
struct Level {
    open: usize,
    /// What braces hold next, because of the word in front of them.
    next: Option<Group>,
    angles: u32,
    in_closure: bool,
    in_attribute: bool,
}

struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    levels: Vec<Level>,
}

impl<'a> Reader<'a> {
    fn push(&mut self, text: &'a str) {
        let first = text.as_bytes().first().copied().unwrap_or_default();
        match first {
            b'/' if text.len() > 2 => self.add(text, Kind::Doc, true, true),
            b'@' if text.len() > 1 => self.add(text, Kind::Mark, true, true),
            b'(' | b'[' | b'{' => self.open(text),
            b')' | b']' | b'}' => self.close(text),
            b'\'' if !text.ends_with('\'') => self.add(text, Kind::Keyword, false, false),
            b'"' | b'\'' | b'_' | 0x80.. => self.add(text, Kind::Operand, false, false),
            b'-' if text.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => {
                self.add(text, Kind::Operand, false, false);
            }
            _ if first.is_ascii_alphanumeric() => self.word(text),
            _ => self.operator(text),
        }
    }

    fn add(&mut self, text: &'a str, kind: Kind, left: bool, right: bool) {
        let (spaced, column, hard) =
            self.tokens.last().map_or((false, 0, 0), |last| (!(last.glued || left), last.end, last.hard));
        let is_hard = matches!(kind, Kind::Doc | Kind::Mark);
        let start = column + u32::from(spaced);
        let width = if text.is_ascii() { text.len() } else { text.chars().count() };
        let end = start + u32::try_from(width).unwrap_or(u32::MAX / 2);
        let hard = hard + u32::from(is_hard);
        self.tokens.push(Token { text, kind, partner: 0, spaced, start, end, hard, glued: right });
    }

    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn word(&mut self, text: &'a str) {
        let next = match text {
            "match" => Some(Group::Arms),
            "struct" | "enum" => Some(Group::Fields),
            "if" | "while" | "for" | "loop" | "else" | "fn" | "impl" | "trait" | "mod" | "unsafe" | "async" => {
                Some(Group::Block)
            }
            _ => None,
        };
        if next.is_some() {
            self.level().next = next;
        }
        self.add(text, if is_keyword(text) { Kind::Keyword } else { Kind::Operand }, false, false);
    }

    fn last(&self) -> Option<&Token<'a>> {
        self.tokens.last()
    }

    /// Whether an expression could end with the last token.
    fn after_operand(&self) -> bool {
        self.last().is_some_and(|last| match last.kind {
            Kind::Operand | Kind::Close => true,
            Kind::End => last.text == ">",
            _ => last.text == "?",
        })
    }

    fn open(&mut self, text: &'a str) {
        let after = self.last().map_or("", |last| last.text);
        let is_macro = after == "!" && self.last().is_some_and(|last| !last.spaced && !last.glued);
        let mut in_attribute = self.level().in_attribute;
        let (group, left, right) = if text == "{" {
            let group = self.braces(after);
            (group, group == Group::Imports, group == Group::Imports)
        } else {
            in_attribute = in_attribute || after == "#" || (after == "!" && !is_macro);
            let is_call = text == "(" && is_macro;
            let group = if is_call || in_attribute { Group::Arguments } else { Group::List };
            (group, self.after_operand() || is_macro || after == "pub" || after == "fn", true)
        };
        self.add(text, Kind::Open(group), left, right);
        let open = self.tokens.len() - 1;
        self.levels.push(Level { open, in_attribute, ..Level::default() });
    }

    fn braces(&mut self, after: &str) -> Group {
        if after == "::" {
            return Group::Imports;
        }
        let value = self.after_operand() && !after.starts_with(')');
        let last_is_closed = matches!(after, "}" | "]" | ")");
        match self.level().next.take() {
            Some(group) => group,
            None if value && !last_is_closed => Group::Value,
            None => Group::Block,
        }
    }

    fn close(&mut self, text: &'a str) {
        if self.last().is_some_and(|last| last.kind == Kind::Comma) {
            self.tokens.pop();
        }
        let Level { open, .. } = self.levels.pop().unwrap_or_default();
        let is_empty = open + 1 == self.tokens.len();
        let Some(Kind::Open(group)) = self.tokens.get(open).map(|open| open.kind) else { return };
        let left = is_empty || !matches!(group, Group::Value | Group::Fields | Group::Arms | Group::Block);
        self.add(text, Kind::Close, left, false);
        let close = self.tokens.len() - 1;
        self.tokens[close].partner = open;
        self.tokens[open].partner = close;
        if !is_empty && matches!(group, Group::Fields | Group::Arms | Group::Block) {
            self.tokens[close].hard += 1;
        }
    }

    fn operator(&mut self, text: &'a str) {
        let operand = self.after_operand();
        let after = self.last().map_or("", |last| last.text);
        let (kind, left, right) = match text {
            "," => {
                let level = self.level();
                let inner = level.angles > 0 || level.in_closure;
                if !inner {
                    level.next = None;
                }
                (if inner { Kind::InnerComma } else { Kind::Comma }, true, false)
            }
            ";" | "=>" => {
                self.level().next = None;
                (Kind::Operator, text == ";", false)
            }
            "?" | ":" => (Kind::Operator, true, false),
            "." | "::" => (Kind::Operator, true, true),
            ".." | "..=" => (Kind::Operator, !matches!(after, "," | "{"), true),
            "#" => (Kind::Operator, false, true),
            "!" => (Kind::Operator, operand || after == "#", !operand),
            "*" if after == "::" => (Kind::Operand, true, false),
            "&" | "*" | "-" | "&&" => (Kind::Operator, false, !operand),
            "<" => return self.angle(text, after),
            ">" if self.level().angles > 0 => {
                self.level().angles -= 1;
                (Kind::End, true, false)
            }
            "|" if self.level().in_closure => {
                self.level().in_closure = false;
                (Kind::End, true, false)
            }
            "|" if !operand => {
                self.level().in_closure = true;
                (Kind::Operator, false, true)
            }
            _ => (Kind::Operator, false, false),
        };
        self.add(text, kind, left, right);
    }

    /// `<` begins the parameters of a type behind a name with a capital, `::`, `fn name`, `impl` and where no operand is.
    fn angle(&mut self, text: &'a str, after: &str) {
        let before_name = self.tokens.len().checked_sub(2).and_then(|at| self.tokens.get(at)).map_or("", |t| t.text);
        let of_type = after.starts_with(char::is_uppercase) || after == "::" || after == "impl" || before_name == "fn";
        if of_type || !self.after_operand() {
            self.level().angles += 1;
            self.add(text, Kind::Operator, of_type, true);
        } else {
            self.add(text, Kind::Operator, false, false);
        }
    }
}
