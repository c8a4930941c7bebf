//! The declared command line is the one that is read: tests of what is generated.

use crate::generated::args::Args;
use clap::{Command, CommandFactory, Parser};

const PAGE: &str = include_str!("../../../docs/reference/cli.md");

/// Every command and action, by what is typed.
fn commands() -> Vec<(String, Command)> {
    let mut root = Args::command();
    root.build();
    let mut all = Vec::new();
    for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("seac {}", command.get_name());
        let actions = command.get_subcommands().filter(|action| action.get_name() != "help");
        all.extend(actions.map(|action| (format!("{name} {}", action.get_name()), action.clone())));
        all.push((name, command.clone()));
    }
    all
}

#[test]
fn clap_finds_nothing_wrong_with_it() {
    Args::command().debug_assert();
}

#[test]
fn every_example_can_be_typed() {
    let helps: Vec<String> =
        commands().iter().filter_map(|(_, command)| command.get_after_help()).map(ToString::to_string).collect();
    let examples: Vec<&str> = helps
        .iter()
        .flat_map(|help| help.lines())
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| line.starts_with("seac "))
        .collect();
    assert!(examples.len() > 15, "{examples:?}");
    for example in examples {
        // `--help` ends without arguments, and is an example only behind `--`.
        assert!(Args::try_parse_from(example.split_whitespace()).is_ok(), "{example}");
        assert!(PAGE.contains(&format!("| `{example}` |")), "{example}");
    }
}

#[test]
fn the_reference_has_the_usage_and_the_options_of_the_help() {
    for (name, command) in commands() {
        let usage = command.clone().render_usage().to_string();
        assert!(PAGE.contains(&format!("\n{}\n", usage.trim_start_matches("Usage: "))), "{usage}");
        let shown = command.get_arguments().filter(|arg| !arg.is_hide_set() && !arg.is_global_set());
        for long in shown.filter_map(|arg| arg.get_long()).filter(|long| *long != "help") {
            assert!(PAGE.contains(&format!("--{long}")), "{name} --{long}");
        }
    }
}
