//! Comments that people wrote inside a declaration, carried to the text that takes its place.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// The comments at `places` in `old`, in front of `new`.
pub fn in_front(old: &str, places: &[Range<usize>], new: &str) -> String {
    let comments = places.iter().filter_map(|place| old.get(place.clone()));
    let lines = comments.map(|comment| plain(comment.trim_end())).chain([new]);
    lines.collect::<Vec<_>>().join("\n")
}

/// `new` with the comments at `places` in `old`. A line that both have keeps what stands in front of it and behind it;
/// comments at a line that is gone stand where it was.
pub fn carried(old: &str, places: &[Range<usize>], new: &str) -> String {
    let old = Commented::read(old, places);
    let new: Vec<&str> = new.lines().collect();
    let code: Vec<&str> = new.iter().map(|line| line.trim()).collect();
    let mut merged = Merged { out: Vec::new(), new: &new, at: 0 };
    for op in capture_diff_slices(Algorithm::Myers, &old.code, &code) {
        let (olds, news) = match op {
            DiffOp::Equal { old_index, new_index, len } => (old_index..old_index + len, new_index..new_index + len),
            DiffOp::Delete { old_index, old_len, new_index } => (old_index..old_index + old_len, new_index..new_index),
            DiffOp::Insert { old_index, new_index, new_len } => (old_index..old_index, new_index..new_index + new_len),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                (old_index..old_index + old_len, new_index..new_index + new_len)
            }
        };
        for (line, _) in news.clone().zip(olds.clone()) {
            let place = olds.start + (line - news.start);
            merged.comments(&old.before[place]);
            merged.line(old.behind[place]);
        }
        for place in olds.clone().skip(news.len()) {
            merged.comments(&old.before[place]);
            merged.comments(old.behind[place].as_slice());
        }
        news.skip(olds.len()).for_each(|_| merged.line(None));
    }
    merged.out.join("\n")
}

/// The lines of a declaration, taken apart.
struct Commented<'t> {
    /// Without comments and without what is blank.
    code: Vec<&'t str>,
    /// The comments in front of each line of code.
    before: Vec<Vec<&'t str>>,
    /// The comment behind it.
    behind: Vec<Option<&'t str>>,
}

impl<'t> Commented<'t> {
    fn read(text: &'t str, places: &[Range<usize>]) -> Self {
        let mut read = Self { code: Vec::new(), before: Vec::new(), behind: Vec::new() };
        let mut places =
            places.iter().filter_map(|place| text.get(place.clone()).map(|comment| (place.start, comment)));
        let mut next = places.next();
        let (mut above, mut start) = (Vec::new(), 0);
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let found = next.filter(|(at, _)| *at < end);
            let code = found.map_or(line, |(at, _)| &text[start..at]).trim();
            match (code, found) {
                ("", Some((_, comment))) => above.push(comment.trim_end()),
                ("", None) => {}
                (code, found) => {
                    read.code.push(code);
                    read.before.push(std::mem::take(&mut above));
                    read.behind.push(found.map(|(_, comment)| comment.trim_end()));
                }
            }
            if found.is_some() {
                next = places.next();
            }
            start = end;
        }
        read
    }
}

/// The new text as it grows. Its last line stays the last, without a comment: other text may follow behind it.
struct Merged<'n> {
    out: Vec<String>,
    new: &'n [&'n str],
    /// The next line of the new text.
    at: usize,
}

impl Merged<'_> {
    /// Comments on lines of their own, as far in as what they stand in front of.
    fn comments<'c>(&mut self, comments: impl IntoIterator<Item = &'c &'c str>) {
        let lines = [self.at, self.at.wrapping_sub(1)].map(|at| self.new.get(at).copied().unwrap_or_default());
        let [next, last] = lines;
        let line = if next.is_empty() || next.trim_start().starts_with('}') { last } else { next };
        let indent = &line[..line.len() - line.trim_start().len()];
        let place = if self.at < self.new.len() { self.out.len() } else { self.out.len().saturating_sub(1) };
        let comments = comments.into_iter().map(|comment| format!("{indent}{}", plain(comment)));
        self.out.splice(place..place, comments.collect::<Vec<_>>());
    }

    /// The next line of the new text, with a comment behind it.
    fn line(&mut self, behind: Option<&str>) {
        let line = self.new.get(self.at).copied().unwrap_or_default();
        let is_last = self.at + 1 == self.new.len();
        self.comments(behind.as_ref().filter(|_| is_last));
        let behind = behind.filter(|_| !is_last);
        self.out.push(behind.map_or_else(|| line.to_owned(), |comment| format!("{line} {}", plain(comment))));
        self.at += 1;
    }
}

/// A doc comment that belonged to nothing would belong to what follows it now.
fn plain(comment: &str) -> &str {
    if comment.starts_with("///") && !comment.starts_with("////") { &comment[1..] } else { comment }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(old: &str, new: &str) -> String {
        let comments = old.match_indices("//").filter(|(at, _)| !old[..*at].ends_with('/'));
        let places: Vec<_> = comments.map(|(at, _)| at..at + old[at..].find('\n').unwrap_or(old.len() - at)).collect();
        carried(old, &places, new)
    }

    #[test]
    fn comments_stay_with_their_lines_and_none_is_lost() {
        let old = "Entity \"E\" { // head\n    // the key\n    key id: uuid // chosen by us\n\n    // old\n    gone: int // here\n    \
                   total: int // cents\n    // end\n}";
        let new = "Entity \"E\" {\n    key id: uuid\n    first: bool\n    total: decimal\n}";
        let wanted = "Entity \"E\" { // head\n    // the key\n    key id: uuid // chosen by us\n    // old\n    \
                      first: bool // here\n    total: decimal // cents\n    // end\n}";
        assert_eq!(merged(old, new), wanted);
    }

    #[test]
    fn no_comment_stands_behind_the_last_line() {
        assert_eq!(merged("Role // who\n\"A\"", "Role \"A\" @x"), "// who\nRole \"A\" @x");
        assert_eq!(merged("A {\n a // b\n // c\n}", "A {}"), "// b\n// c\nA {}");
    }

    #[test]
    fn what_is_written_otherwise_keeps_its_comments_in_their_order() {
        let old = "Entity \"E\" { key id: uuid // one\n a: int /// two\n }";
        let new = "Entity \"E\" {\n    key id: uuid\n    b: int\n}";
        let wanted = "Entity \"E\" { // one\n    key id: uuid // two\n    b: int\n}";
        assert_eq!(merged(old, new), wanted);
    }
}
