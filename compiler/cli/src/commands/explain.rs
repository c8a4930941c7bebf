//! `seac explain`

use crate::exit::{Exit, Failure};
use crate::terminal;
use anstyle::Style;
use seac_syntax::Code;
use seac_syntax::diagnostic::{Severity, nearest};

const BOLD: Style = Style::new().bold();

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The code, such as `SEA001`
    #[arg(value_name = "CODE", required_unless_present = "list")]
    code: Option<String>,
    /// List all codes
    #[arg(long, conflicts_with = "code")]
    list: bool,
}

/// Runs it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.code {
        Some(name) => terminal::print(&explanation(find(name)?)),
        None => terminal::print(&Code::ALL.iter().map(|code| row(*code)).collect::<String>()),
    }
    Ok(Exit::Clean)
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
    format!("{BOLD}{:<8}{BOLD:#} {:<8} {}\n", info.name, word(info.severity), info.title)
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "remark",
    }
}

fn explanation(code: Code) -> String {
    let info = code.info();
    let head = format!("{BOLD}{} ({}): {}{BOLD:#}", info.name, word(info.severity), info.title);
    let body = wrap(info.explanation, terminal::width().min(100));
    format!("{head}\n\n{body}\n\nFails:\n\n{}\n\nMended:\n\n{}\n", indent(info.failing), indent(info.mended))
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
