//! `docs/reference/cli.md`: every command, what it is told, how it ends, and how it is used.

use super::cli::exit_codes;
use seac_model::metamodel::cli::{Argument, ArgumentType, Cli, Command};
use std::fmt::Write as _;

/// The page.
pub fn page(cli: &Cli, spec: &str) -> String {
    let mut text = format!(
        "# The command line\n\nGenerated from `{spec}`, like the types that `seac` reads its arguments into; \
         `seac COMMAND --help` shows the same.\n\n"
    );
    for Command { name, about, .. } in &cli.commands {
        line(&mut text, &format!("- [`seac {name}`](#seac-{name}): {about}"));
    }
    line(&mut text, "\n## Every command\n");
    table(&mut text, "option", &rows(&[], &cli.options));
    if let Some(codes) = exit_codes(&cli.exits) {
        line(&mut text, &format!("{codes}\n"));
    }
    environment(&mut text, &cli.environment);
    for command in &cli.commands {
        section(&mut text, command);
    }
    format!("{}\n", text.trim_end())
}

fn line(text: &mut String, line: &str) {
    let _ = writeln!(text, "{line}");
}

fn section(text: &mut String, command: &Command) {
    let name = format!("seac {}", command.name);
    head(text, "##", &name, &name, command);
    for action in &command.actions {
        head(text, "###", &action.name, &format!("{name} {}", action.name), action);
        rest(text, action);
    }
    rest(text, command);
}

/// What is it called, what does it do, what can be typed?
fn head(text: &mut String, level: &str, title: &str, typed: &str, command: &Command) {
    line(text, &format!("{level} {title}\n\n{}.\n\n```text\n{}\n```\n", command.about, usage(typed, command)));
    table(text, "option", &rows(&command.arguments, &command.options));
}

fn rows(arguments: &[Argument], options: &[Argument]) -> Vec<(String, String)> {
    let places = arguments.iter().map(|argument| (spelling(argument, false), argument));
    let names = options.iter().filter(|option| !option.hidden).map(|option| (spelling(option, true), option));
    // Others are named as they are typed.
    let named = |name: &String| match options.iter().any(|option| option.name == *name) {
        true => format!("`--{name}`"),
        false => format!("`{}`", name.to_uppercase()),
    };
    let with = |names: &[String]| names.iter().map(named).collect::<Vec<_>>().join(", ");
    let row = |(spelling, argument): (String, &Argument)| {
        let mut doc = meaning(argument);
        if !argument.conflicts.is_empty() {
            let _ = write!(doc, "; not with {}", with(&argument.conflicts));
        }
        if !argument.requires.is_empty() {
            let _ = write!(doc, "; only with {}", with(&argument.requires));
        }
        (format!("`{spelling}`"), doc)
    };
    places.chain(names).map(row).collect()
}

fn rest(text: &mut String, command: &Command) {
    if let Some(note) = &command.note {
        line(text, &format!("{note}\n"));
    }
    if let Some(codes) = exit_codes(&command.exits) {
        line(text, &format!("{codes}\n"));
    }
    environment(text, &command.environment);
    let examples: Vec<_> = command.examples.iter().map(|(run, doc)| (format!("`{run}`"), doc.clone())).collect();
    table(text, "example", &examples);
}

fn environment(text: &mut String, variables: &[(String, String)]) {
    let rows: Vec<_> = variables.iter().map(|(name, doc)| (format!("`{name}`"), doc.clone())).collect();
    table(text, "environment", &rows);
}

fn table(text: &mut String, what: &str, rows: &[(String, String)]) {
    if rows.is_empty() {
        return;
    }
    line(text, &format!("| {what} | what it does |\n|---|---|"));
    for (name, doc) in rows {
        line(text, &format!("| {name} | {} |", doc.replace('|', "\\|").replace('\n', " ")));
    }
    line(text, "");
}

/// As the help spells it: `seac emit-sea [OPTIONS] --from-sds [CONTEXT]...`.
fn usage(typed: &str, command: &Command) -> String {
    let mut usage = format!("{typed} [OPTIONS]");
    for option in command.options.iter().filter(|option| option.required) {
        let _ = write!(usage, " --{}", option.name);
        let _ = write!(usage, "{}", value(option).map(|value| format!(" <{value}>")).unwrap_or_default());
    }
    if !command.actions.is_empty() {
        usage.push_str(" <COMMAND>");
    }
    for argument in &command.arguments {
        let (value, dots) = (value(argument).unwrap_or_default(), if argument.many { "..." } else { "" });
        let _ = match (argument.last, argument.required) {
            (true, _) => write!(usage, " [-- <{value}>{dots}]"),
            (false, true) => write!(usage, " <{value}>{dots}"),
            (false, false) => write!(usage, " [{value}]{dots}"),
        };
    }
    usage
}

fn value(argument: &Argument) -> Option<&str> {
    argument.value.as_deref().filter(|_| argument.ty != ArgumentType::Flag)
}

/// What it is for, what it takes, and what holds where it is not given.
fn meaning(argument: &Argument) -> String {
    let mut doc = argument.doc.clone();
    if let ArgumentType::Words(words) = &argument.ty {
        let shown = words.iter().map(|(word, meaning)| match meaning {
            Some(meaning) => format!("`{word}` ({meaning})"),
            None => format!("`{word}`"),
        });
        let _ = write!(doc, ": {}", shown.collect::<Vec<_>>().join(", "));
    }
    if let Some(default) = argument.default.as_deref().filter(|default| !default.is_empty()) {
        let _ = write!(doc, " [default: {default}]");
    }
    doc
}

/// `-q, --quiet`, `--root FOLDER`, `--at, --now TIME`, `CONTEXT…`
fn spelling(argument: &Argument, named: bool) -> String {
    let value = value(argument).unwrap_or_default();
    if !named {
        return format!("{value}{}", if argument.many { "…" } else { "" });
    }
    let short = argument.short.map(|letter| format!("-{letter}"));
    let long = Some(&argument.name).into_iter().chain(&argument.alias).map(|name| format!("--{name}"));
    let names = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    if value.is_empty() { names } else { format!("{names} {value}") }
}
