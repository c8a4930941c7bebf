//! Where things stand in a `.proto` file, and what is written over them.

use prost_types::FileDescriptorProto;
use prost_types::source_code_info::Location;
use seac_syntax::{FileId, Span};

/// The places of a file; a descriptor set without its texts has none.
pub struct Places<'a> {
    file: FileId,
    text: &'a str,
    locations: &'a [Location],
}

/// A position in a list as paths have it.
pub fn number(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}

impl<'a> Places<'a> {
    pub fn of(file: FileId, text: &'a str, descriptor: &'a FileDescriptorProto) -> Self {
        let locations = descriptor.source_code_info.as_ref().map_or(&[][..], |info| &info.location);
        Self { file, text, locations }
    }

    fn location(&self, path: &[i32]) -> Option<&'a Location> {
        self.locations.iter().find(|location| location.path == path)
    }

    /// Where the element at this path stands; the beginning of the text, if that is not known.
    pub fn span(&self, path: &[i32]) -> Span {
        let span = self.location(path).map_or(&[][..], |location| &location.span);
        let (start, end) = match span {
            [line, from, to] => (self.offset(*line, *from), self.offset(*line, *to)),
            [line, from, last, to] => (self.offset(*line, *from), self.offset(*last, *to)),
            _ => (0, 0),
        };
        Span::new(self.file, start, end.max(start))
    }

    /// The byte at a line and a column, both from 0; columns are bytes.
    fn offset(&self, line: i32, column: i32) -> usize {
        let line = usize::try_from(line).unwrap_or(0);
        let begin: usize = self.text.split_inclusive('\n').take(line).map(str::len).sum();
        let at = begin.saturating_add(usize::try_from(column).unwrap_or(0)).min(self.text.len());
        (at..=self.text.len()).find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }

    /// The comment over an element, or else the one behind it.
    pub fn comment(&self, path: &[i32]) -> String {
        let Some(location) = self.location(path) else { return String::new() };
        let comment = location.leading_comments.as_ref().or(location.trailing_comments.as_ref());
        let lines = comment.map(String::as_str).unwrap_or_default().lines();
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
}
