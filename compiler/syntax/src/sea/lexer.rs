//! Text to tokens. The lexer never stops: what it cannot read becomes [`Kind::Unknown`] and the parser says what it
//! wanted instead; what is wrong inside a token (a string, a number) is reported here, once.

use super::words;
use crate::diagnostic::Diagnostic;
use crate::report;
use crate::source::{FileId, Span};

/// What a token is. Keywords are identifiers here: most of them are contextual, so only the parser can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ident,
    Number,
    /// `"…"`.
    Str,
    /// `"""…"""`.
    RawStr,
    /// `v1.2.3`.
    Version,
    LBrace,
    RBrace,
    LParen,
    RParen,
    LBracket,
    RBracket,
    Comma,
    Colon,
    Dot,
    At,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Plus,
    Minus,
    Star,
    Slash,
    Arrow,
    /// An operator of other languages: `==`, `&&`, `||`.
    Foreign,
    Unknown,
    Eof,
}

/// One token, by its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
    /// Nothing but white space stands in front of it on its line: the parser resynchronises only at such tokens.
    pub line_start: bool,
}

/// A comment, by its bytes, and the index of the token that follows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comment {
    pub start: u32,
    pub end: u32,
    pub next_token: u32,
    /// `///`, but not `////`.
    pub doc: bool,
}

/// The tokens of a text, ending with [`Kind::Eof`], with its comments and the findings inside tokens.
pub(crate) struct Lexed {
    pub tokens: Vec<Token>,
    pub comments: Vec<Comment>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Splits `text`; spans are moved by `base`.
pub(crate) fn lex(file: FileId, text: &str, base: usize) -> Lexed {
    let mut lexer = Lexer {
        file,
        text,
        base,
        at: 0,
        line_start: true,
        // Hardly any text has shorter tokens; room that is not used is never touched.
        tokens: Vec::with_capacity(text.len() / 4),
        comments: Vec::new(),
        diagnostics: Vec::new(),
    };
    if base == 0 && text.starts_with('\u{feff}') {
        lexer.at = '\u{feff}'.len_utf8();
    }
    while lexer.step() {}
    Lexed { tokens: lexer.tokens, comments: lexer.comments, diagnostics: lexer.diagnostics }
}

/// Whether an identifier may begin with it.
pub(crate) fn starts_ident(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

/// Whether an identifier may go on with it.
pub(crate) fn continues_ident(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

struct Lexer<'t> {
    file: FileId,
    text: &'t str,
    base: usize,
    at: usize,
    line_start: bool,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
    diagnostics: Vec<Diagnostic>,
}

impl Lexer<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn char(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.base + start, self.base + end)
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let line_start = std::mem::replace(&mut self.line_start, false);
        self.tokens.push(Token { kind, start: start as u32, end: self.at as u32, line_start });
    }

    /// Reads white space, a comment or a token; false at the end.
    fn step(&mut self) -> bool {
        let start = self.at;
        if start >= self.text.len() {
            self.push(Kind::Eof, start);
            return false;
        }
        match self.byte(0) {
            b'\n' | b'\r' => {
                self.at += 1;
                self.line_start = true;
            }
            b' ' | b'\t' => self.at += 1,
            b'/' if self.byte(1) == b'/' => self.comment(),
            b'"' => self.string(),
            b'0'..=b'9' => self.number(),
            b'v' | b'V' if self.version_length() > 0 => {
                self.at += self.version_length();
                self.push(Kind::Version, start);
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.ident(),
            byte if byte < 0x80 => self.punctuation(byte),
            _ => match self.char() {
                Some(c) if starts_ident(c) => self.ident(),
                other => {
                    self.at += other.map_or(1, char::len_utf8);
                    self.push(Kind::Unknown, start);
                }
            },
        }
        true
    }

    fn comment(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        self.at = start + length;
        let doc = rest.starts_with("///") && !rest.starts_with("////");
        let end = start + rest[..length].trim_end().len();
        self.comments.push(Comment { start: start as u32, end: end as u32, next_token: self.tokens.len() as u32, doc });
    }

    fn ident(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        self.at += rest.find(|c: char| !continues_ident(c)).unwrap_or(rest.len());
        self.push(Kind::Ident, start);
    }

    /// The length of `v1.2.3` at the cursor, with a pre-release and build part if there is one; 0 if there is none.
    fn version_length(&self) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        let mut length = 1;
        for part in 0..3 {
            if part > 0 {
                if rest.get(length) != Some(&b'.') {
                    return 0;
                }
                length += 1;
            }
            let digits = rest[length.min(rest.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 {
                return 0;
            }
            length += digits;
        }
        for sign in [b'-', b'+'] {
            if rest.get(length) == Some(&sign) {
                let tail =
                    rest[length + 1..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'.' || **b == b'-');
                length += 1 + tail.count();
            }
        }
        length
    }

    /// Takes in everything a person would call one number, so that `1__0`, `1e5` and `5kg` are one finding.
    fn number(&mut self) {
        let start = self.at;
        let mut dots = 0;
        while let Some(c) = self.char() {
            let fraction = c == '.' && dots == 0 && self.byte(1).is_ascii_digit();
            if !continues_ident(c) && !fraction {
                break;
            }
            dots += usize::from(fraction);
            self.at += c.len_utf8();
        }
        if !well_formed_number(&self.text[start..self.at]) {
            self.diagnostics.push(report::malformed_number(self.span(start, self.at), &self.text[start..self.at]));
        }
        self.push(Kind::Number, start);
    }

    fn string(&mut self) {
        if self.byte(1) == b'"' && self.byte(2) == b'"' {
            return self.raw_string();
        }
        let start = self.at;
        self.at += 1;
        loop {
            match self.char() {
                None | Some('\n' | '\r') => {
                    self.diagnostics.push(report::unclosed_string(self.span(start, self.at)));
                    break;
                }
                Some('"') => {
                    self.at += 1;
                    break;
                }
                Some('\\') => self.escape(),
                Some(c) if c.is_control() => {
                    let end = self.at + c.len_utf8();
                    self.diagnostics.push(report::control_character(self.span(self.at, end), c));
                    self.at = end;
                }
                Some(c) => self.at += c.len_utf8(),
            }
        }
        self.push(Kind::Str, start);
    }

    /// Checks one escape; the value is made when the parser asks for it.
    fn escape(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        let (length, valid) = escape_length(rest);
        self.at += length;
        if !valid {
            self.diagnostics.push(report::unknown_escape(self.span(start, self.at), &rest[..length]));
        }
    }

    fn raw_string(&mut self) {
        let start = self.at;
        self.at += 3;
        match self.text[self.at..].find("\"\"\"") {
            Some(length) => self.at += length + 3,
            None => {
                self.diagnostics.push(report::unclosed_raw_string(self.span(start, start + 3)));
                self.at = self.text.len();
            }
        }
        self.push(Kind::RawStr, start);
    }

    fn punctuation(&mut self, byte: u8) {
        let start = self.at;
        let (kind, length) = match (byte, self.byte(1)) {
            (b'!', b'=') => (Kind::Ne, 2),
            (b'<', b'=') => (Kind::Le, 2),
            (b'>', b'=') => (Kind::Ge, 2),
            (b'-', b'>') => (Kind::Arrow, 2),
            (b'=', b'=') | (b'&', b'&') | (b'|', b'|') => (Kind::Foreign, 2),
            (b'{', _) => (Kind::LBrace, 1),
            (b'}', _) => (Kind::RBrace, 1),
            (b'(', _) => (Kind::LParen, 1),
            (b')', _) => (Kind::RParen, 1),
            (b'[', _) => (Kind::LBracket, 1),
            (b']', _) => (Kind::RBracket, 1),
            (b',', _) => (Kind::Comma, 1),
            (b':', _) => (Kind::Colon, 1),
            (b'.', _) => (Kind::Dot, 1),
            (b'@', _) => (Kind::At, 1),
            (b'=', _) => (Kind::Eq, 1),
            (b'<', _) => (Kind::Lt, 1),
            (b'>', _) => (Kind::Gt, 1),
            (b'+', _) => (Kind::Plus, 1),
            (b'-', _) => (Kind::Minus, 1),
            (b'*', _) => (Kind::Star, 1),
            (b'/', _) => (Kind::Slash, 1),
            _ => (Kind::Unknown, 1),
        };
        self.at += length;
        self.push(kind, start);
    }
}

/// The length of the escape `rest` begins with, and whether it is one of the language.
pub(crate) fn escape_length(rest: &str) -> (usize, bool) {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\' | '"' | 'n' | 'r' | 't')) => (2, true),
        Some((_, 'u')) => {
            let digits = rest[2..]
                .strip_prefix('{')
                .map_or("", |hex| &hex[..hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len())]);
            let closed = rest[2..].starts_with('{') && rest[3 + digits.len()..].starts_with('}');
            let length = if closed { 4 + digits.len() } else { 2 };
            (length, closed && words::unicode_escape(digits).is_some())
        }
        // A line end is not part of the escape: it ends the string.
        Some((_, '\n' | '\r')) | None => (1, false),
        Some((at, c)) => (at + c.len_utf8(), false),
    }
}

/// `digits[.digits]` with single `_` between digits.
fn well_formed_number(text: &str) -> bool {
    text.split('.').all(|part| part.split('_').all(|run| !run.is_empty() && run.bytes().all(|b| b.is_ascii_digit())))
}
