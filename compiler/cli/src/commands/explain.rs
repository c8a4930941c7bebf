//! `seac explain`

use crate::exit::{Exit, Failure};
use crate::generated::explain::{Args, Format};
use crate::terminal;
use anstyle::Style;
use seac_syntax::Code;
use seac_syntax::diagnostic::explain::{self, severity};
use seac_syntax::diagnostic::nearest;

const BOLD: Style = Style::new().bold();

/// Runs it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let md = args.format == Some(Format::Md);
    match &args.code {
        Some(name) if md => terminal::print(&explain::markdown(find(name)?.info())),
        Some(name) => terminal::print(&explanation(find(name)?)),
        None if md => terminal::print(&page()),
        None => terminal::print(&Code::ALL.iter().map(|code| row(*code)).collect::<String>()),
    }
    Ok(Exit::Clean)
}

fn page() -> String {
    let rules: Vec<_> = Code::ALL.iter().map(|code| *code.info()).collect();
    explain::page(&rules)
}

fn find(name: &str) -> Result<Code, Failure> {
    Code::from_name(name).ok_or_else(|| {
        let failure = Failure::new(Exit::Usage, format!("there is no code `{name}`"));
        match nearest(name, Code::ALL.iter().map(|code| code.name())) {
            Some(near) => failure.with_help(format!("did you mean `{near}`?")),
            None => failure.with_help("`seac explain --list` names them all"),
        }
    })
}

fn row(code: Code) -> String {
    let info = code.info();
    format!("{BOLD}{:<8}{BOLD:#} {:<8} {}\n", info.name, severity(info.severity), info.title)
}

fn explanation(code: Code) -> String {
    let info = code.info();
    let head = format!("{BOLD}{} ({}): {}{BOLD:#}", info.name, severity(info.severity), info.title);
    let body = wrap(info.explanation, terminal::width().min(100));
    format!("{head}\n\n{body}\n\nFails:\n\n{}\n\nMended:\n\n{}\n", indent(info.failing), indent(&info.mended_shown()))
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// Fills lines of at most `width` characters.
fn wrap(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_string());
        }
    }
    lines.join("\n")
}
