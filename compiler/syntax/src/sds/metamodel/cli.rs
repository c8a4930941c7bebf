//! `metamodel.cli`: the command line.

use crate::generated::shapes;
use crate::sds::ast::{Scalar, Text};
use crate::sds::reader::Reader;
use crate::source::{Span, Spanned};
use crate::yaml::Node;
use serde::Serialize;

/// `metamodel.cli`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cli {
    /// The group as a whole.
    pub span: Span,
    /// What the program does.
    pub about: Text,
    /// Every exit code.
    pub exits: Vec<CliExit>,
    /// Options of every command.
    pub options: Vec<Argument>,
    /// What every command reads from the environment.
    pub environment: Vec<Named>,
    /// In the order of the help.
    pub commands: Vec<Command>,
}

/// An exit code.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CliExit {
    /// The item.
    pub span: Span,
    /// The number.
    pub code: Spanned<u64>,
    /// What the compiler calls it.
    pub name: Option<Text>,
    /// When a command ends with it.
    pub doc: Text,
}

/// A name, or something that is typed, and what it means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    /// As it is written.
    pub name: Text,
    /// What it means.
    pub doc: Option<Text>,
}

/// A command, or an action of one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Command {
    /// The item.
    pub span: Span,
    /// As it is typed.
    pub name: Text,
    /// What it does.
    pub about: Text,
    /// What stands below the options.
    pub note: Option<Text>,
    /// Exit codes that say something special here.
    pub exits: Vec<CliExit>,
    /// What is known by its place.
    pub arguments: Vec<Argument>,
    /// What is known by its name.
    pub options: Vec<Argument>,
    /// Commands within it.
    pub actions: Vec<Command>,
    /// What it reads from the environment.
    pub environment: Vec<Named>,
    /// What is typed, and what comes of it.
    pub examples: Vec<Named>,
}

/// An argument or an option.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Argument {
    /// The item.
    pub span: Span,
    /// For an option, as it is typed behind `--`.
    pub name: Text,
    /// One letter that stands for it.
    pub short: Option<Text>,
    /// Another name for it.
    pub alias: Option<Text>,
    /// What it takes, if that is not one of `values`.
    pub ty: Option<Text>,
    /// The words it takes.
    pub values: Vec<Named>,
    /// What stands for its value in the help.
    pub value: Option<Text>,
    /// Whether it may be given more than once.
    pub many: bool,
    /// Whether nothing works without it.
    pub required: bool,
    /// Whether it is what stands behind `--`.
    pub last: bool,
    /// Whether the help is silent about it.
    pub hidden: bool,
    /// What holds where it is not given.
    pub default: Option<Scalar>,
    /// The smallest number.
    pub min: Option<Spanned<u64>>,
    /// The largest number.
    pub max: Option<Spanned<u64>>,
    /// What excludes it.
    pub conflicts: Vec<Text>,
    /// What it makes no sense without.
    pub requires: Vec<Text>,
    /// It is required, unless one of these is given.
    pub unless: Vec<Text>,
    /// What it is for.
    pub doc: Text,
}

impl Reader<'_> {
    pub(super) fn cli(&mut self, node: &Node) -> Option<Cli> {
        let map = self.map(node, &shapes::CLI)?;
        let about = self.text(map, "about");
        let exits = self.list(map, "exits", Self::cli_exit);
        let options = self.list(map, "options", Self::argument);
        let environment = self.list(map, "environment", Self::variable);
        let commands = self.list(map, "commands", Self::cli_command);
        Some(Cli { span: map.span, about: about?, exits, options, environment, commands })
    }

    fn cli_exit(&mut self, node: &Node) -> Option<CliExit> {
        let map = self.map(node, &shapes::CLI_EXIT)?;
        let (code, name, doc) = (self.count(map, "code"), self.text(map, "name"), self.text(map, "doc"));
        Some(CliExit { span: map.span, code: code?, name, doc: doc? })
    }

    fn variable(&mut self, node: &Node) -> Option<Named> {
        let map = self.map(node, &shapes::CLI_VARIABLE)?;
        let (name, doc) = (self.text(map, "name"), self.text(map, "doc"));
        Some(Named { name: name?, doc })
    }

    fn value(&mut self, node: &Node) -> Option<Named> {
        let map = self.map(node, &shapes::CLI_VALUE)?;
        let (name, doc) = (self.text(map, "name"), self.text(map, "doc"));
        Some(Named { name: name?, doc })
    }

    fn example(&mut self, node: &Node) -> Option<Named> {
        let map = self.map(node, &shapes::CLI_EXAMPLE)?;
        let (name, doc) = (self.text(map, "run"), self.text(map, "doc"));
        Some(Named { name: name?, doc })
    }

    fn cli_command(&mut self, node: &Node) -> Option<Command> {
        let map = self.map(node, &shapes::CLI_COMMAND)?;
        let (name, about, note) = (self.text(map, "name"), self.text(map, "about"), self.text(map, "note"));
        let exits = self.list(map, "exits", Self::cli_exit);
        let arguments = self.list(map, "arguments", Self::argument);
        let options = self.list(map, "options", Self::argument);
        let actions = self.list(map, "actions", Self::cli_command);
        let environment = self.list(map, "environment", Self::variable);
        let examples = self.list(map, "examples", Self::example);
        Some(Command {
            span: map.span,
            name: name?,
            about: about?,
            note,
            exits,
            arguments,
            options,
            actions,
            environment,
            examples,
        })
    }

    fn argument(&mut self, node: &Node) -> Option<Argument> {
        let map = self.map(node, &shapes::CLI_ARGUMENT)?;
        let (name, doc) = (self.text(map, "name"), self.text(map, "doc"));
        Some(Argument {
            span: map.span,
            short: self.text(map, "short"),
            alias: self.text(map, "alias"),
            ty: self.text(map, "type"),
            values: self.list(map, "values", Self::value),
            value: self.text(map, "value"),
            many: self.flag(map, "many"),
            required: self.flag(map, "required"),
            last: self.flag(map, "last"),
            hidden: self.flag(map, "hidden"),
            default: map.get("default").and_then(|node| self.scalar(node)),
            min: self.count(map, "min"),
            max: self.count(map, "max"),
            conflicts: self.texts(map, "conflicts"),
            requires: self.texts(map, "requires"),
            unless: self.texts(map, "unless"),
            name: name?,
            doc: doc?,
        })
    }
}
