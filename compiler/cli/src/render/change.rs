//! A change that would mend a finding, as lines that go and lines that come.

use super::Report;
use super::human::{Window, window};
use annotate_snippets::normalize_untrusted_str as clean;
use anstyle::{AnsiColor, Style};
use seac_syntax::{Edit, FileId, Fix};

/// At most this many lines are shown.
const MOST: usize = 24;

const HELP: Style = AnsiColor::BrightCyan.on_default().bold();
const GUTTER: Style = AnsiColor::BrightBlue.on_default().bold();
const GOES: Style = AnsiColor::BrightRed.on_default();
const COMES: Style = AnsiColor::BrightGreen.on_default();

/// A line of a change: its number, what happens to it, its text.
type Line = (u32, char, String);

/// The title and the changed lines; `shown` is the text the reader is looking at.
pub fn render(report: &Report<'_>, fix: &Fix, shown: FileId) -> String {
    let mut places = Vec::new();
    let (mut count, mut rest) = (0, 0);
    for edits in fix.edits.chunk_by(|a, b| one_place(report, a, b)) {
        if count >= MOST {
            rest += edits.len();
        } else {
            let lines = lines(report, edits);
            count += lines.len();
            places.push((edits[0].span.file, lines));
        }
    }
    let numbers = places.iter().flat_map(|(_, lines)| lines).map(|(number, ..)| *number);
    let width = numbers.max().unwrap_or(1).to_string().len();
    let edge = format!("{:width$} {GUTTER}|{GUTTER:#}\n", "");
    let mut text = format!("{HELP}help{HELP:#}: {}\n{edge}", clean(&fix.title));
    for (file, lines) in &places {
        if *file != shown {
            let line = lines.first().map_or(1, |(number, ..)| *number);
            text.push_str(&format!("{:width$}{GUTTER}-->{GUTTER:#} {}:{line}\n", "", report.path(*file)));
        }
        text.extend(lines.iter().map(|line| one_line(line, width)));
        text.push_str(&edge);
    }
    if rest > 0 {
        text.push_str(&format!("{:width$} {GUTTER}={GUTTER:#} and {rest} more changes\n", ""));
    }
    text
}

/// Whether two edits that follow each other touch the same line or neighbours.
fn one_place(report: &Report<'_>, a: &Edit, b: &Edit) -> bool {
    a.span.file == b.span.file && report.positions(a.span).1.line + 1 >= report.positions(b.span).0.line
}

fn lines(report: &Report<'_>, edits: &[Edit]) -> Vec<Line> {
    let window = window(report.sources.get(edits[0].span.file), edits.iter().map(|edit| edit.span.range()));
    let new = applied(&window, edits);
    let (old, new): (Vec<&str>, Vec<&str>) = (window.text.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old[same..].iter().rev().zip(new[same..].iter().rev());
    let same_at_end = rest.take_while(|(a, b)| a == b).count();
    let numbered = |mark, lines: &[&str]| -> Vec<Line> {
        let lines = lines[same..lines.len() - same_at_end].iter().zip(window.first_line + same as u32..);
        lines.map(|(line, number)| (number, mark, clean(line))).collect()
    };
    [cut(numbered('-', &old)), cut(numbered('+', &new))].concat()
}

/// The window's text with the edits made.
fn applied(window: &Window<'_>, edits: &[Edit]) -> String {
    let mut text = window.text.to_string();
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    for edit in edits.into_iter().rev() {
        text.replace_range(window.range(edit.span.range()), &edit.replacement);
    }
    text
}

/// Not more lines than anyone reads.
fn cut(mut lines: Vec<Line>) -> Vec<Line> {
    if lines.len() > MOST {
        let rest = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push((lines[MOST - 1].0 + 1, lines[MOST - 1].1, format!("… and {rest} more lines")));
    }
    lines
}

fn one_line((number, mark, text): &Line, width: usize) -> String {
    let style = if *mark == '-' { GOES } else { COMES };
    let text = format!("{mark} {text}");
    format!("{GUTTER}{number:>width$}{GUTTER:#} {style}{}{style:#}\n", text.trim_end())
}
