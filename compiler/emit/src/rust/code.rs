//! Code that is being made: tokens, each on a line of its own.
//!
//! That is all a token needs to be until it is printed: pieces are put together by copying their text. Multi-character
//! operators are one token, so are lifetimes; comments of documentation are one token for each line of theirs. No token
//! has a line break in it. `quote!` makes code out of what it is given; what stands in its holes is a [`Piece`].

use std::fmt::{self, Display, Write as _};

/// A piece of Rust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code(String);

/// A name: one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident(String);

/// What can stand in a hole of `quote!`.
pub trait Piece {
    /// Puts its tokens behind those of `code`.
    fn put(&self, code: &mut Code);
}

impl Code {
    /// The tokens.
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens(&self.0)
    }

    /// How many bytes the tokens have, line breaks included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds lines that are tokens already.
    pub fn fixed(&mut self, lines: &str) {
        self.0.push_str(lines);
    }

    /// Adds a piece.
    pub fn put<P: Piece + ?Sized>(&mut self, piece: &P) {
        piece.put(self);
    }

    /// Adds one token.
    pub fn token(&mut self, text: impl Display) {
        // Writing to memory does not fail.
        let _ = writeln!(self.0, "{text}");
    }

    /// Adds a comment about what follows; every line of the text is one.
    pub fn doc(&mut self, text: &impl AsRef<str>) {
        self.comment("///", text.as_ref());
    }

    /// Adds a comment about what it stands in.
    pub fn inner_doc(&mut self, text: &impl AsRef<str>) {
        self.comment("//!", text.as_ref());
    }

    fn comment(&mut self, slashes: &str, text: &str) {
        for line in text.split('\n') {
            self.0.push_str(slashes);
            // No bare carriage return may stand in a comment.
            line.trim_end().split('\r').for_each(|part| self.0.push_str(part));
            self.0.push('\n');
        }
    }
}

/// The tokens of some code.
pub struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    // A token has five letters on average: a loop finds its end sooner than `str::lines` does.
    fn next(&mut self) -> Option<&'a str> {
        let end = self.0.bytes().position(|byte| byte == b'\n')?;
        let token = &self.0[..end];
        self.0 = &self.0[end + 1..];
        Some(token)
    }
}

impl FromIterator<Code> for Code {
    fn from_iter<I: IntoIterator<Item = Code>>(pieces: I) -> Self {
        Self(pieces.into_iter().map(|piece| piece.0).collect())
    }
}

impl Ident {
    /// A name that is one in Rust; see [`crate::names`] for names of specs.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Piece for Code {
    fn put(&self, code: &mut Code) {
        code.0.push_str(&self.0);
    }
}

impl Piece for Ident {
    fn put(&self, code: &mut Code) {
        code.0.push_str(&self.0);
        code.0.push('\n');
    }
}

/// Text is a literal that says it.
impl Piece for str {
    fn put(&self, code: &mut Code) {
        let text = &mut code.0;
        text.push('"');
        // Most letters stand for themselves, and most texts have no others.
        let is_plain = |letter: char| matches!(letter, ' '..='~') && !matches!(letter, '"' | '\\');
        let mut rest = self;
        loop {
            let (plain, behind) = rest.split_at(rest.find(|letter| !is_plain(letter)).unwrap_or(rest.len()));
            text.push_str(plain);
            let Some(letter) = behind.chars().next() else { break };
            match letter {
                '\0' => text.push_str("\\u{0}"),
                _ => text.extend(letter.escape_debug()),
            }
            rest = &behind[letter.len_utf8()..];
        }
        text.push_str("\"\n");
    }
}

impl Piece for String {
    fn put(&self, code: &mut Code) {
        self.as_str().put(code);
    }
}

impl Piece for char {
    fn put(&self, code: &mut Code) {
        let escaped: String = if *self == '"' { "\"".to_owned() } else { self.escape_debug().collect() };
        code.token(format_args!("'{escaped}'"));
    }
}

impl<P: Piece + ?Sized> Piece for &P {
    fn put(&self, code: &mut Code) {
        (**self).put(code);
    }
}

/// Nothing is no token.
impl<P: Piece> Piece for Option<P> {
    fn put(&self, code: &mut Code) {
        if let Some(piece) = self {
            piece.put(code);
        }
    }
}

/// Numbers are literals without a suffix.
macro_rules! shown {
    ($($ty:ty),*) => {
        $(impl Piece for $ty {
            fn put(&self, code: &mut Code) {
                code.token(self);
            }
        })*
    };
}

shown!(bool, u8, u32, u64, u128, usize, i64, i128);

/// Variables that a repetition of `quote!` goes through: iterators, which it uses up.
pub trait EachOf: Iterator + Sized {
    /// The items.
    fn each(self) -> Self {
        self
    }
}

impl<I: Iterator> EachOf for I {}

/// Variables that a repetition of `quote!` goes through: lists, which it borrows.
pub trait EachIn<T> {
    /// The items.
    fn each(&self) -> std::slice::Iter<'_, T>;
}

impl<T> EachIn<T> for [T] {
    fn each(&self) -> std::slice::Iter<'_, T> {
        self.iter()
    }
}
