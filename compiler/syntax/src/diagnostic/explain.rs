//! The table of codes as pages: what `seac explain` shows, and the reference.

use super::Severity;
use super::codes::CodeInfo;

/// Longer mended examples are shown as the lines that change.
const LONG: usize = 12;
/// Lines shown around those that change.
const CONTEXT: usize = 2;

impl CodeInfo<'_> {
    /// The mended example; of a long one, the lines that go (`-`) and come (`+`), with those around them.
    pub fn mended_shown(&self) -> String {
        if self.mended.lines().count() <= LONG {
            return self.mended.to_owned();
        }
        let (old, new): (Vec<&str>, Vec<&str>) = (self.failing.lines().collect(), self.mended.lines().collect());
        let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let rest = old[same..].iter().rev().zip(new[same..].iter().rev());
        let same_at_end = rest.take_while(|(a, b)| a == b).count();
        let mut lines = Vec::new();
        let mut push = |mark: char, part: &[&str]| lines.extend(part.iter().map(|line| format!("{mark} {line}")));
        push(' ', &old[same.saturating_sub(CONTEXT)..same]);
        push('-', &old[same..old.len() - same_at_end]);
        push('+', &new[same..new.len() - same_at_end]);
        let after = new.len() - same_at_end;
        push(' ', &new[after..(after + CONTEXT).min(new.len())]);
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

/// How a severity is called in documentation.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "remark",
    }
}

/// One code as Markdown.
pub fn markdown(info: &CodeInfo<'_>) -> String {
    let mended = info.mended_shown();
    let language = if mended.lines().count() < info.mended.lines().count() { "diff" } else { "text" };
    format!(
        "## {}: {}\n\n*{}.* {}\n\nFails:\n\n{}\nMended:\n\n{}",
        info.name,
        info.title,
        capital(severity(info.severity)),
        info.explanation,
        fenced("text", info.failing),
        fenced(language, &mended),
    )
}

/// A whole table as one page.
pub fn page(rules: &[CodeInfo<'_>]) -> String {
    let mut text = String::from(
        "# Diagnostics\n\nEvery code, why its rule exists, an example that breaks it and the same example mended. Generated \
         from the compiler's own specs; the same is shown by `seac explain CODE`.\n\nAn example is one text, or several \
         files, each behind a line `--- path`. `=== command` is done in between. Each example is run in the tests.\n\n\
         | code | severity | rule |\n|---|---|---|\n",
    );
    for info in rules {
        let anchor = anchor(info);
        let severity = severity(info.severity);
        text.push_str(&format!("| [{}](#{anchor}) | {severity} | {} |\n", info.name, info.title));
    }
    for info in rules {
        text.push('\n');
        text.push_str(&markdown(info));
    }
    text
}

/// The anchor GitHub gives the heading of a code.
fn anchor(info: &CodeInfo<'_>) -> String {
    let heading = format!("{}: {}", info.name, info.title).to_lowercase();
    heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn fenced(language: &str, text: &str) -> String {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("```{language}\n{text}{end}```\n")
}
