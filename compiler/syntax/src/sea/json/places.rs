//! Lines and columns of offsets that mostly follow each other.

use crate::source::{Position, SourceFile};

/// Finds the places in a text one after the other. It counts from the place before where that is on the same line, so
/// that a line of a million characters is not counted from its beginning for each.
pub struct Places<'s> {
    source: &'s SourceFile,
    last: (u32, Position),
}

impl<'s> Places<'s> {
    /// At the beginning of the text.
    pub fn new(source: &'s SourceFile) -> Self {
        Self { source, last: (0, Position { line: 1, column: 1 }) }
    }

    /// As [`SourceFile::position`].
    pub fn position(&mut self, offset: u32) -> Position {
        let (from, at) = self.last;
        let between = |a: u32, b: u32| {
            let text = self.source.text.get(a as usize..b as usize)?;
            let line = !text.contains(['\n', '\r']);
            line.then(|| u32::try_from(text.chars().count()).unwrap_or(u32::MAX))
        };
        let near = if offset >= from {
            between(from, offset).map(|more| at.column.saturating_add(more))
        } else {
            between(offset, from).and_then(|less| at.column.checked_sub(less))
        };
        let position = match near {
            Some(column) => Position { column, ..at },
            None => self.source.position(offset),
        };
        self.last = (offset, position);
        position
    }
}
