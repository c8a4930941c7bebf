//! Lines and columns to byte offsets.

/// Characters between two entries of the table.
const STEP: usize = 64;

/// Where the characters of a text begin.
///
/// `saphyr-parser` counts in characters. Its running index is not used, because one wrong step would shift everything
/// behind it; line and column start afresh on each line.
pub(super) struct Places<'t> {
    text: &'t str,
    /// The number of the first character of each line.
    lines: Vec<usize>,
    /// The offset of every 64th character; empty if every character is one byte.
    offsets: Vec<usize>,
}

impl<'t> Places<'t> {
    pub fn new(text: &'t str) -> Self {
        let ascii = text.is_ascii();
        let (mut lines, mut offsets) = (vec![0], Vec::new());
        let mut chars = text.char_indices().enumerate().peekable();
        while let Some((number, (offset, c))) = chars.next() {
            if !ascii && number % STEP == 0 {
                offsets.push(offset);
            }
            let crlf = c == '\r' && chars.peek().is_some_and(|(_, (_, next))| *next == '\n');
            if (c == '\n' || c == '\r') && !crlf {
                lines.push(number + 1);
            }
        }
        Self { text, lines, offsets }
    }

    /// The offset of a line counted from 1 and a column counted from 0, moved back to the end of the text.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let Some(start) = self.lines.get(line.saturating_sub(1)) else { return self.text.len() };
        let number = start + column;
        if self.offsets.is_empty() {
            return number.min(self.text.len());
        }
        let Some(near) = self.offsets.get(number / STEP) else { return self.text.len() };
        let mut rest = self.text[*near..].char_indices().map(|(offset, _)| near + offset);
        rest.nth(number % STEP).unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn columns_are_characters_and_offsets_are_bytes() {
        let text = format!("é: {}\r\nb\rç\n", "ü".repeat(200));
        let places = Places::new(&text);
        assert_eq!(places.offset(1, 1), 2);
        assert_eq!(places.offset(1, 103), 4 + 200);
        assert_eq!(&text[places.offset(2, 0)..places.offset(2, 1)], "b");
        assert_eq!(&text[places.offset(3, 0)..places.offset(3, 1)], "ç");
        assert_eq!(places.offset(99, 0), text.len());
    }
}
