//! Where to go on after a mistake, and the comments passed on the way.

use super::{Kind, Parser, Token, words};
use crate::source::{Span, Spanned};
use crate::text::Text;

impl Parser<'_> {
    /// Whether a declaration begins at the token `ahead`: its keyword, and behind it what that keyword calls for.
    /// That is exact enough for the keywords to stay usable as names.
    pub(super) fn starts_declaration(&self, ahead: usize) -> bool {
        let token = self.peek(ahead);
        if token.kind != Kind::Ident {
            return false;
        }
        let word = self.text_of(token);
        let (next, behind) = (self.peek(ahead + 1), self.peek(ahead + 2));
        if word.eq_ignore_ascii_case("export") {
            return next.kind == Kind::Ident && words::canonical(words::DECLARATIONS, self.text_of(next)).is_some();
        }
        let is = |token: Token, word: &str| token.kind == Kind::Ident && self.text_of(token).eq_ignore_ascii_case(word);
        match words::canonical(words::DECLARATIONS, word) {
            None => false,
            Some("record" | "enum" | "operation") => next.kind == Kind::Ident && behind.kind == Kind::LBrace,
            Some("Instance") => next.kind == Kind::Ident && is(behind, "of"),
            Some("Policy") => {
                next.kind == Kind::Ident
                    && (is(behind, "per") || is(behind, "as") || matches!(behind.kind, Kind::At | Kind::Version))
            }
            Some(_) => matches!(next.kind, Kind::Str | Kind::RawStr),
        }
    }

    /// Whether to go on reading here after a mistake: a declaration keyword at the start of a line, unless what stands
    /// behind it shows that it is the name of a field.
    pub(super) fn resumes_here(&self) -> bool {
        let token = self.token();
        if !token.line_start || token.kind != Kind::Ident {
            return false;
        }
        let word = self.text_of(token);
        let known = words::canonical(words::DECLARATIONS, word).is_some()
            || ["export", "import"].iter().any(|known| known.eq_ignore_ascii_case(word));
        known && matches!(self.peek(1).kind, Kind::Str | Kind::RawStr | Kind::Ident | Kind::LBrace | Kind::Star)
    }

    /// Skips to the next declaration, at least past the token with index `start`.
    pub(super) fn recover(&mut self, start: usize) {
        if self.at == start {
            self.bump();
        }
        while self.kind() != Kind::Eof && !self.resumes_here() {
            self.bump();
        }
    }

    /// The doc comments in front of the current token. All other comments up to here become plain ones.
    pub(super) fn take_docs(&mut self) -> Option<Spanned<Text>> {
        let mut docs: Option<Spanned<Text>> = None;
        while let Some(comment) = self.comments.get(self.next_comment).copied() {
            if comment.next_token as usize > self.at {
                break;
            }
            self.next_comment += 1;
            let span = Span::new(self.file, self.base + comment.start as usize, self.base + comment.end as usize);
            let text = &self.text[comment.start as usize..comment.end as usize];
            if !comment.doc || (comment.next_token as usize) < self.at {
                self.plain_comments.push(Spanned::new(text.into(), span));
                continue;
            }
            let line = text[3..].strip_prefix(' ').unwrap_or(&text[3..]);
            match &mut docs {
                None => docs = Some(Spanned::new(line.into(), span)),
                Some(docs) => {
                    docs.value.push('\n');
                    docs.value.push_str(line);
                    docs.span = docs.span.to(span);
                }
            }
        }
        docs
    }
}
