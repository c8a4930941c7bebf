//! The command line: its names are unique where they meet, and what excludes or requires something names it.

use super::{expect, unique};
use crate::report;
use seac_model::metamodel::cli::{Argument, ArgumentType, Cli, Command, Exit};
use seac_syntax::Diagnostic;
use seac_syntax::sds::ast::{ScalarKind, Text};
use seac_syntax::sds::metamodel::cli as sds;
use seac_syntax::sds::words::ARGUMENT_TYPES;

/// Lowers it.
pub fn lower(written: &sds::Cli, out: &mut Vec<Diagnostic>) -> Cli {
    unique("exit code", written.exits.iter().filter_map(|exit| exit.name.as_ref()), out);
    unique("command", written.commands.iter().map(|command| &command.name), out);
    Cli {
        about: written.about.value.to_string(),
        exits: written.exits.iter().map(|exit| self::exit(exit, out)).collect(),
        options: arguments(&[&written.options], &written.options, out),
        environment: pairs(&written.environment),
        commands: written.commands.iter().map(|command| self::command(command, out)).collect(),
    }
}

fn exit(written: &sds::CliExit, out: &mut Vec<Diagnostic>) -> Exit {
    let code = u8::try_from(written.code.value).unwrap_or_else(|_| {
        out.push(report::mismatch(written.code.span, "a number up to 255", &written.code.value.to_string()));
        u8::MAX
    });
    Exit { code, name: text(written.name.as_ref()).unwrap_or_default(), doc: written.doc.value.to_string() }
}

fn command(written: &sds::Command, out: &mut Vec<Diagnostic>) -> Command {
    unique("command", written.actions.iter().map(|action| &action.name), out);
    let both = [written.arguments.as_slice(), &written.options];
    unique("argument", both.iter().copied().flatten().map(|argument| &argument.name), out);
    Command {
        name: written.name.value.to_string(),
        about: written.about.value.to_string(),
        note: text(written.note.as_ref()),
        exits: written.exits.iter().map(|exit| self::exit(exit, out)).collect(),
        arguments: arguments(&both, &written.arguments, out),
        options: arguments(&both, &written.options, out),
        actions: written.actions.iter().map(|action| command(action, out)).collect(),
        environment: pairs(&written.environment),
        examples: pairs(&written.examples),
    }
}

/// Lowers arguments; `all` of the command are what they may refer to.
fn arguments(all: &[&[sds::Argument]], written: &[sds::Argument], out: &mut Vec<Diagnostic>) -> Vec<Argument> {
    let known: Vec<&str> = all.iter().copied().flatten().map(|argument| argument.name.value.as_str()).collect();
    written.iter().map(|argument| self::argument(argument, &known, out)).collect()
}

fn argument(written: &sds::Argument, known: &[&str], out: &mut Vec<Diagnostic>) -> Argument {
    for name in written.conflicts.iter().chain(&written.requires).chain(&written.unless) {
        if !known.contains(&name.value.as_str()) {
            out.push(report::unknown("argument", &name.value, name.span, known.iter().copied()));
        }
    }
    Argument {
        name: written.name.value.to_string(),
        short: short(written, out),
        alias: text(written.alias.as_ref()),
        ty: ty(written, out),
        value: text(written.value.as_ref()),
        many: written.many,
        required: written.required,
        last: written.last,
        hidden: written.hidden,
        default: default(written, out),
        conflicts: texts(&written.conflicts),
        requires: texts(&written.requires),
        unless: texts(&written.unless),
        doc: written.doc.value.to_string(),
    }
}

fn short(written: &sds::Argument, out: &mut Vec<Diagnostic>) -> Option<char> {
    let short = written.short.as_ref()?;
    let mut letters = short.value.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Some(letter),
        _ => {
            out.push(report::mismatch(short.span, "one letter", &format!("`{}`", short.value)));
            None
        }
    }
}

fn ty(written: &sds::Argument, out: &mut Vec<Diagnostic>) -> ArgumentType {
    let Some(ty) = &written.ty else {
        unique("value", written.values.iter().map(|value| &value.name), out);
        let words = written.values.iter().map(|value| (value.name.value.to_string(), text(value.doc.as_ref())));
        return ArgumentType::Words(words.collect());
    };
    expect(ty, ARGUMENT_TYPES, out);
    let bound = |bound: &Option<seac_syntax::Spanned<u64>>| bound.as_ref().map(|bound| bound.value);
    match ty.value.as_str() {
        "flag" => ArgumentType::Flag,
        "path" => ArgumentType::Path,
        "raw" => ArgumentType::Raw,
        "place" => ArgumentType::Place,
        "moment" => ArgumentType::Moment,
        "count" => ArgumentType::Count {
            min: bound(&written.min).unwrap_or(0),
            max: bound(&written.max).unwrap_or(i64::MAX.unsigned_abs()),
        },
        "shell" => ArgumentType::Shell,
        _ => ArgumentType::Text,
    }
}

/// As it would be typed; one of the words, if there are any.
fn default(written: &sds::Argument, out: &mut Vec<Diagnostic>) -> Option<String> {
    let default = written.default.as_ref()?;
    let text = match &default.kind {
        ScalarKind::Null => return None,
        ScalarKind::Bool(value) => value.to_string(),
        ScalarKind::Number(text) | ScalarKind::String(text) => text.clone(),
    };
    let words: Vec<&str> = written.values.iter().map(|value| value.name.value.as_str()).collect();
    if !words.is_empty() && !words.contains(&text.as_str()) {
        out.push(report::word(default.span, &text, &words));
    }
    Some(text)
}

fn text(written: Option<&Text>) -> Option<String> {
    written.map(|text| text.value.to_string())
}

fn texts(written: &[Text]) -> Vec<String> {
    written.iter().map(|text| text.value.to_string()).collect()
}

fn pairs(written: &[sds::Named]) -> Vec<(String, String)> {
    written.iter().map(|item| (item.name.value.to_string(), text(item.doc.as_ref()).unwrap_or_default())).collect()
}
