//! What stands in `quote!`, as code that writes it.

use crate::text::{Operators, brackets, said};
use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, TokenStream, TokenTree};
use std::iter::Peekable;

type Tokens = Peekable<proc_macro::token_stream::IntoIter>;

/// `{ let mut __code = Code::default(); …; __code }`.
pub fn expand(input: TokenStream) -> TokenStream {
    let mut writer = Writer::default();
    writer.all(input);
    let mut body = parse("let mut __code = crate::rust::code::Code::default();");
    if writer.repeats {
        body.extend(parse("use crate::rust::code::{EachIn as _, EachOf as _};"));
    }
    body.extend(writer.finish());
    body.extend(parse("__code"));
    TokenStream::from(TokenTree::from(Group::new(Delimiter::Brace, body)))
}

/// The statements that write what was seen.
#[derive(Default)]
struct Writer {
    statements: TokenStream,
    /// Lines that are known now and not yet in a statement.
    fixed: String,
    operators: Operators,
    /// The variables that were named.
    variables: Vec<Ident>,
    /// Whether something is repeated.
    repeats: bool,
}

impl Writer {
    fn all(&mut self, input: TokenStream) {
        let mut tokens = input.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == '#' => self.hole(&mut tokens),
                TokenTree::Punct(mark) => self.operators.push(&mark, &mut self.fixed),
                TokenTree::Group(group) => self.group(&group),
                TokenTree::Ident(ident) => self.line(&ident.to_string()),
                TokenTree::Literal(literal) => self.line(&literal.to_string()),
            }
        }
        self.operators.end(&mut self.fixed);
    }

    fn line(&mut self, text: &str) {
        assert!(!text.contains('\n'), "a token on one line: {text}");
        self.operators.end(&mut self.fixed);
        self.fixed.push_str(text);
        self.fixed.push('\n');
    }

    fn group(&mut self, group: &Group) {
        let (open, close) = brackets(group.delimiter());
        self.operators.end(&mut self.fixed);
        self.fixed.push_str(open);
        self.all(group.stream());
        self.fixed.push_str(close);
    }

    /// What follows a `#`: a variable, a repetition, or an attribute.
    fn hole(&mut self, tokens: &mut Tokens) {
        match tokens.peek() {
            Some(TokenTree::Ident(_)) => {
                let Some(TokenTree::Ident(name)) = tokens.next() else { return };
                self.call("put", &name);
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                let body = group.stream();
                tokens.next();
                self.repetition(body, tokens);
            }
            Some(TokenTree::Punct(inner)) if inner.as_char() == '!' => {
                tokens.next();
                self.attribute("#\n!\n", "inner_doc", tokens);
            }
            _ => self.attribute("#\n", "doc", tokens),
        }
    }

    /// An attribute: one that is a comment becomes one.
    fn attribute(&mut self, marks: &str, method: &str, tokens: &mut Tokens) {
        self.operators.end(&mut self.fixed);
        let Some(TokenTree::Group(group)) = tokens.next() else { return };
        match comment(&group) {
            Some(TokenTree::Ident(name)) => self.call(method, &name),
            Some(TokenTree::Literal(literal)) => {
                let slashes = if method == "doc" { "///" } else { "//!" };
                let text = said(&literal).unwrap_or_default();
                text.split('\n').for_each(|line| self.line(&format!("{slashes}{}", line.trim_end())));
            }
            _ => {
                self.fixed.push_str(marks);
                self.group(&group);
            }
        }
    }

    /// `__code.method(&name);`
    fn call(&mut self, method: &str, name: &Ident) {
        self.flush();
        let argument = [TokenTree::from(Punct::new('&', Spacing::Alone)), TokenTree::from(name.clone())];
        self.statements.extend(parse(&format!("__code.{method}")));
        self.statements.extend([
            TokenTree::from(Group::new(Delimiter::Parenthesis, argument.into_iter().collect())),
            TokenTree::from(Punct::new(';', Spacing::Alone)),
        ]);
        self.variables.push(name.clone());
    }

    /// `for (round, (a, b)) in a.each().zip(b.each()).enumerate() { … }`
    fn repetition(&mut self, body: TokenStream, tokens: &mut Tokens) {
        self.flush();
        self.repeats = true;
        let separator = separator(tokens);
        let mut inner = Self::default();
        inner.all(body);
        let variables = std::mem::take(&mut inner.variables);
        let mut names: Vec<Ident> = Vec::new();
        for name in &variables {
            if !names.iter().any(|known| known.to_string() == name.to_string()) {
                names.push(name.clone());
            }
        }
        let mut round = TokenStream::new();
        if !separator.is_empty() {
            let fixed = TokenTree::from(Literal::string(&separator));
            round.extend(parse("if __round > 0"));
            round.extend(braces(calls("__code.fixed", fixed)));
        }
        round.extend(inner.finish());
        self.statements.extend(parse("for"));
        self.statements.extend(parenthesis(pattern(&names)));
        self.statements.extend(parse("in"));
        self.statements.extend(iterators(&names));
        self.statements.extend(parse(".enumerate()"));
        self.statements.extend(braces(round));
        self.variables.extend(names);
    }

    fn flush(&mut self) {
        self.operators.end(&mut self.fixed);
        if !self.fixed.is_empty() {
            let fixed = TokenTree::from(Literal::string(&std::mem::take(&mut self.fixed)));
            self.statements.extend(calls("__code.fixed", fixed));
        }
    }

    fn finish(mut self) -> TokenStream {
        self.flush();
        self.statements
    }
}

/// The operator in front of the star, as a line; nothing if there is none.
fn separator(tokens: &mut Tokens) -> String {
    let (mut text, mut operators) = (String::new(), Operators::default());
    for token in tokens.by_ref() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '*' => break,
            TokenTree::Punct(mark) => operators.push(&mark, &mut text),
            other => panic!("`{other}` between a repetition and its star"),
        }
    }
    operators.end(&mut text);
    text
}

/// The value of `[doc = value]`.
fn comment(group: &Group) -> Option<TokenTree> {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(name), TokenTree::Punct(_), hash @ TokenTree::Punct(_), value @ TokenTree::Ident(_)]
            if name.to_string() == "doc" && hash.to_string() == "#" =>
        {
            Some(value.clone())
        }
        [TokenTree::Ident(name), TokenTree::Punct(_), value @ TokenTree::Literal(_)] if name.to_string() == "doc" => {
            Some(value.clone())
        }
        _ => None,
    }
}

/// `__round, (a, (b, c))`
fn pattern(names: &[Ident]) -> TokenStream {
    let mut pattern = parse("__round,");
    pattern.extend(nested(names));
    pattern
}

fn nested(names: &[Ident]) -> TokenStream {
    match names {
        [] => panic!("a repetition of nothing"),
        [only] => TokenTree::from(only.clone()).into(),
        [first, rest @ ..] => {
            let mut pair = TokenStream::from(TokenTree::from(first.clone()));
            pair.extend(parse(","));
            pair.extend(nested(rest));
            parenthesis(pair)
        }
    }
}

/// `a.each().zip(b.each().zip(c.each()))`
fn iterators(names: &[Ident]) -> TokenStream {
    let [first, rest @ ..] = names else { return TokenStream::new() };
    let mut iterator = TokenStream::from(TokenTree::from(first.clone()));
    iterator.extend(parse(".each()"));
    if !rest.is_empty() {
        iterator.extend(parse(".zip"));
        iterator.extend(parenthesis(iterators(rest)));
    }
    iterator
}

fn calls(method: &str, argument: TokenTree) -> TokenStream {
    let mut call = parse(method);
    call.extend(parenthesis(argument.into()));
    call.extend(parse(";"));
    call
}

fn braces(inner: TokenStream) -> TokenStream {
    TokenTree::from(Group::new(Delimiter::Brace, inner)).into()
}

fn parenthesis(inner: TokenStream) -> TokenStream {
    TokenTree::from(Group::new(Delimiter::Parenthesis, inner)).into()
}

fn parse(text: &str) -> TokenStream {
    text.parse().expect("tokens of our own")
}
