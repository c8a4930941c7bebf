//! Tokens to tree: recursive descent over declarations, a flat fold for expressions, recovery at declarations.
//!
//! Every reading method returns `Err(Skip)` after it has reported what is wrong; the caller that owns a boundary (a
//! block, a file) resynchronises there. No method recurses without passing [`Parser::nested`], which bounds the depth.

mod application;
mod block;
mod declarations;
mod expression;
mod look_alikes;
mod mapping;
mod names;
mod operand;
mod policies;
mod recovery;
mod values;

use super::ast::{Comment, Ident, SeaFile};
use super::lexer::{Kind, Lexed, Token, lex};
use super::words;
use crate::diagnostic::Diagnostic;
use crate::report::{self, Expected};
use crate::source::{FileId, Span, Spanned};

/// How deep expressions and values may be nested.
///
/// The parser uses three frames per level and the tree has at most eight levels of nodes per level of nesting, so
/// that everything that walks a tree recursively stays within a small stack.
pub const MAX_NESTING: u32 = 128;

/// The largest text that is read.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// After so many findings in one file the rest is left out: nobody reads on, and memory is bounded.
pub const MAX_FINDINGS: usize = 1000;

/// Something could not be read, and a diagnostic says so.
pub(super) struct Skip;

pub(super) type Parsed<T> = Result<T, Skip>;

/// What the text is, for words in messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    File,
    /// A piece of another text.
    Embedded,
}

pub(super) struct Parser<'t> {
    file: FileId,
    part: Part,
    text: &'t str,
    base: usize,
    tokens: Vec<Token>,
    comments: Vec<super::lexer::Comment>,
    /// Index into `comments`: those before it were handed out or passed by.
    next_comment: usize,
    plain_comments: Vec<Comment>,
    at: usize,
    depth: u32,
    /// What was asked for at the current token, for the message if nothing fits.
    expected: Vec<Expected>,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Parser<'t> {
    fn new(file: FileId, text: &'t str, base: usize, part: Part) -> Self {
        let Lexed { tokens, comments, diagnostics } = lex(file, text, base);
        Self {
            file,
            part,
            text,
            base,
            tokens,
            comments,
            next_comment: 0,
            plain_comments: Vec::new(),
            at: 0,
            depth: 0,
            expected: Vec::new(),
            diagnostics,
        }
    }

    /// The findings, in the order of the text.
    pub fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        crate::diagnostic::sort(&mut self.diagnostics);
        if self.diagnostics.len() > MAX_FINDINGS {
            self.diagnostics.truncate(MAX_FINDINGS);
            let end = self.span_of(self.tokens[self.tokens.len() - 1]);
            self.diagnostics.push(report::too_many_findings(end, MAX_FINDINGS));
        }
        self.diagnostics
    }

    // Looking.

    fn token(&self) -> Token {
        self.tokens[self.at]
    }

    fn peek(&self, ahead: usize) -> Token {
        self.tokens[(self.at + ahead).min(self.tokens.len() - 1)]
    }

    fn kind(&self) -> Kind {
        self.token().kind
    }

    fn text_of(&self, token: Token) -> &'t str {
        &self.text[token.start as usize..token.end as usize]
    }

    fn span_of(&self, token: Token) -> Span {
        Span::new(self.file, self.base + token.start as usize, self.base + token.end as usize)
    }

    fn here(&self) -> Span {
        self.span_of(self.token())
    }

    /// From the token with index `start` to the last one read.
    fn span_since(&self, start: usize) -> Span {
        let first = self.span_of(self.tokens[start]);
        if self.at > start { first.to(self.span_of(self.tokens[self.at - 1])) } else { first.at_start() }
    }

    /// Whether the token `ahead` is this word, in any case; not remembered as an expectation.
    fn is_word(&self, ahead: usize, word: &str) -> bool {
        let token = self.peek(ahead);
        token.kind == Kind::Ident && self.text_of(token).eq_ignore_ascii_case(word)
    }

    // Asking, which remembers what was asked for.

    fn want(&mut self, expected: Expected) {
        self.expected.push(expected);
    }

    fn at_kind(&mut self, kind: Kind, expected: Expected) -> bool {
        self.want(expected);
        self.kind() == kind
    }

    fn at_word(&mut self, word: &'static str) -> bool {
        self.want(Expected::Word(word));
        self.is_word(0, word)
    }

    // Reading.

    fn bump(&mut self) -> Token {
        let token = self.token();
        if token.kind != Kind::Eof {
            self.at += 1;
        }
        self.expected.clear();
        token
    }

    fn bump_ident(&mut self) -> Ident {
        let token = self.bump();
        Spanned::new(self.text_of(token).into(), self.span_of(token))
    }

    fn eat_kind(&mut self, kind: Kind, expected: Expected) -> Option<Span> {
        self.at_kind(kind, expected).then(|| {
            let token = self.bump();
            self.span_of(token)
        })
    }

    fn eat_word(&mut self, word: &'static str) -> Option<Span> {
        self.at_word(word).then(|| {
            let token = self.bump();
            self.span_of(token)
        })
    }

    fn need_kind(&mut self, kind: Kind, expected: Expected) -> Parsed<Span> {
        self.eat_kind(kind, expected).map_or_else(|| self.unexpected(), Ok)
    }

    fn need_word(&mut self, word: &'static str) -> Parsed<Span> {
        self.eat_word(word).map_or_else(|| self.unexpected(), Ok)
    }

    fn colon(&mut self) -> Parsed<()> {
        self.need_kind(Kind::Colon, Expected::Word(":")).map(drop)
    }

    /// Reports that the current token is none of what was asked for.
    fn unexpected<T>(&mut self) -> Parsed<T> {
        let token = self.token();
        let eof = token.kind == Kind::Eof;
        let text = match self.part {
            _ if !eof => self.text_of(token),
            Part::File => "the end of the file",
            Part::Embedded => "the end",
        };
        let found = report::Found { text, eof, line_start: token.line_start };
        let finding = report::unexpected(self.here(), &self.expected, &found);
        self.diagnostics.push(finding);
        self.expected.clear();
        Err(Skip)
    }

    fn fail<T>(&mut self, finding: Diagnostic) -> Parsed<T> {
        self.expected.clear();
        self.diagnostics.push(finding);
        Err(Skip)
    }

    /// Runs `read` one level deeper, or reports that the limit is reached.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.deeper()?;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// One level deeper; the caller remembers the depth it came from.
    fn deeper(&mut self) -> Parsed<()> {
        if self.depth >= MAX_NESTING {
            return self.fail(report::nested_too_deep(self.here(), MAX_NESTING));
        }
        self.depth += 1;
        Ok(())
    }
}

/// Reads a whole file.
pub(super) fn file(file: FileId, text: &str) -> (SeaFile, Vec<Diagnostic>) {
    if text.len() > MAX_BYTES {
        let finding = report::file_too_large(Span::new(file, 0, 0), text.len(), MAX_BYTES);
        return (SeaFile::default(), vec![finding]);
    }
    let mut parser = Parser::new(file, text, 0, Part::File);
    let mut tree = SeaFile::default();
    while parser.kind() != Kind::Eof {
        let start = parser.at;
        if parser.item(&mut tree).is_err() {
            parser.recover(start);
        }
    }
    // Doc comments nothing follows are comments like others.
    parser.at = parser.tokens.len();
    parser.take_docs();
    tree.comments = std::mem::take(&mut parser.plain_comments);
    parser.warn_of_look_alikes(&tree);
    (tree, parser.into_diagnostics())
}

/// Reads one expression, which must be all of `text`.
pub(super) fn expression(file: FileId, text: &str, base: usize) -> (super::ast::Expr, Vec<Diagnostic>) {
    let mut parser = Parser::new(file, text, base, Part::Embedded);
    let whole = Span::new(file, base, base + text.len());
    let expr = parser.whole(Parser::expr);
    let missing = super::ast::Expr { span: whole, kind: super::ast::ExprKind::Missing };
    (expr.map_or(missing, |expr| *expr), parser.into_diagnostics())
}

/// Reads one type, which must be all of `text`.
pub(super) fn type_expr(file: FileId, text: &str, base: usize) -> (Option<super::ast::TypeExpr>, Vec<Diagnostic>) {
    let mut parser = Parser::new(file, text, base, Part::Embedded);
    let ty = parser.whole(Parser::type_expr);
    (ty, parser.into_diagnostics())
}

impl Parser<'_> {
    fn whole<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Option<T> {
        let value = read(self).ok()?;
        if self.at_kind(Kind::Eof, Expected::Thing("the end")) {
            return Some(value);
        }
        let _reported: Parsed<()> = self.unexpected();
        None
    }
}
