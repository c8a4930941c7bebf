//! A file as it grows, line by line.

use super::token::Token;
use crate::file_set::{Origin, Region};

/// The width that lines are kept within where they can be broken.
const WIDTH: u32 = 120;
/// What lines are indented with, many at once.
const SPACES: &str = "                                                                ";

/// What stands there so far, and the tokens that more is made of.
pub struct Page<'a> {
    /// All tokens of the file.
    pub tokens: Vec<Token<'a>>,
    text: String,
    /// Where the last line begins.
    begin: usize,
    /// The number of the last line.
    lines: u32,
    regions: Vec<Region>,
}

/// A place in a page that can be gone back to.
#[derive(Clone, Copy)]
pub struct Place {
    text: usize,
    begin: usize,
    lines: u32,
    regions: usize,
}

impl<'a> Page<'a> {
    /// A page with a header on it.
    pub fn new(header: &str, tokens: Vec<Token<'a>>) -> Self {
        let mut text = String::with_capacity(tokens.len() * 8);
        text.push_str(header.trim_end());
        let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
        Self { tokens, text, begin: 0, lines, regions: Vec::new() }
    }

    /// The token at `at`, if it is before `end`.
    pub fn at(&self, at: usize, end: usize) -> &'a str {
        self.tokens[..end].get(at).map_or("", |token| token.text)
    }

    /// Whether the tokens from `from` to `to` can stand on the last line, with `reserve` columns for what follows.
    pub fn fits(&self, from: usize, to: usize, reserve: u32) -> bool {
        self.is_soft(from, to) && self.column() + self.width(from, to) + reserve <= WIDTH
    }

    /// Whether the tokens fit on a line that begins in column `indent`.
    pub fn would_fit(&self, from: usize, to: usize, indent: u32, reserve: u32) -> bool {
        self.is_soft(from, to) && indent + self.width(from, to) + reserve <= WIDTH
    }

    /// Whether nothing among the tokens asks for lines of its own.
    pub fn is_soft(&self, from: usize, to: usize) -> bool {
        let hard = |at: usize| at.checked_sub(1).map_or(0, |at| self.tokens[at].hard);
        hard(to) == hard(from)
    }

    /// How many columns the tokens take on one line.
    pub fn width(&self, from: usize, to: usize) -> u32 {
        if from < to { self.tokens[to - 1].end - self.tokens[from].start } else { 0 }
    }

    /// The column in which the next letter will stand, from 0.
    pub fn column(&self) -> u32 {
        let line = &self.text[self.begin..];
        u32::try_from(if line.is_ascii() { line.len() } else { line.chars().count() }).unwrap_or(u32::MAX / 2)
    }

    /// The number of the last line, from 1.
    pub fn line_number(&self) -> u32 {
        self.lines
    }

    /// Adds text to the last line.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds tokens to the last line.
    pub fn flat(&mut self, from: usize, to: usize) {
        for at in from..to {
            let token = self.tokens[at];
            if token.spaced && at > from {
                self.text.push(' ');
            }
            self.text.push_str(token.text);
        }
    }

    /// Begins a line.
    pub fn line(&mut self, indent: u32) {
        self.blank();
        let mut left = indent as usize;
        while left > 0 {
            let some = left.min(SPACES.len());
            self.text.push_str(&SPACES[..some]);
            left -= some;
        }
    }

    /// Ends the last line; with [`Self::line`] behind it, there will be an empty one.
    pub fn blank(&mut self) {
        self.text.push('\n');
        self.begin = self.text.len();
        self.lines += 1;
    }

    /// Notes that the lines from `start` up to now were made from what a mark tells: `@file:line`.
    pub fn made(&mut self, mark: &str, start: u32) {
        let Some((file, line)) = mark.trim_start_matches('@').rsplit_once(':') else { return };
        let known = self.regions.last().map(|last| &last.origin.file).filter(|known| ***known == *file);
        let file = known.cloned().unwrap_or_else(|| file.into());
        let origin = Origin { file, line: line.parse().unwrap_or(0) };
        self.regions.push(Region { start, end: self.lines, origin });
    }

    /// Where the page ends now.
    pub fn place(&self) -> Place {
        Place { text: self.text.len(), begin: self.begin, lines: self.lines, regions: self.regions.len() }
    }

    /// Takes back what was added since.
    pub fn back_to(&mut self, place: Place) {
        self.text.truncate(place.text);
        self.regions.truncate(place.regions);
        (self.begin, self.lines) = (place.begin, place.lines);
    }

    /// The text, and which lines of it were made from what.
    pub fn finish(mut self) -> (String, Vec<Region>) {
        self.text.push('\n');
        self.regions.sort();
        self.regions.shrink_to_fit();
        (self.text, self.regions)
    }
}
