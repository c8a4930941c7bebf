//! The command line as types of clap: what is declared is what a command is handed, and nothing is looked up by name.

use crate::names;
use crate::rust::code::{Code, Ident};
use seac_model::metamodel::cli::{Argument, ArgumentType, Cli, Command, Exit};
use seac_quote::quote;

/// `args.rs`: the whole line, the options of every command, and the commands.
pub fn args(cli: &Cli) -> Code {
    let (about, note) = (doc(&cli.about), after_help(&help(None, &cli.exits, &cli.environment, &[])));
    let (fields, words) = fields("", &[], &cli.options, true);
    let commands = cli.commands.iter().map(|command| {
        let (about, name, module) = (doc(&command.about), names::variant(&command.name), names::snake(&command.name));
        quote!(#about #name(super::#module::Args))
    });
    quote! {
        #![doc = " The command line as a whole."]
        #about
        #[derive(Debug, clap::Parser)]
        #[command(name = "seac", version, max_term_width = 100)]
        #note
        pub struct Args {
            #[doc = " What holds for every command."]
            #[command(flatten)]
            pub global: Global,
            #[doc = " What to do."]
            #[command(subcommand)]
            pub command: Command,
        }

        #[doc = " Options of every command."]
        #[derive(Debug, clap::Args)]
        #[command(next_help_heading = "Global options")]
        pub struct Global { #fields }

        #words

        #[doc = " The commands."]
        #[derive(Debug, clap::Subcommand)]
        pub enum Command { #(#commands,)* }
    }
}

/// The file of one command.
pub fn command(command: &Command) -> Code {
    let head = format!(" `seac {}`: {}.", command.name, command.about);
    let note = after_help(&help(command.note.as_deref(), &command.exits, &command.environment, &command.examples));
    let variables = command.environment.iter().map(|(name, doc)| {
        let (name_const, doc) = (names::ident(name), format!(" {doc}."));
        quote!(#[doc = #doc] pub const #name_const: &str = #name;)
    });
    if !command.actions.is_empty() {
        let actions = self::actions(&command.actions);
        return quote! {
            #![doc = #head]
            #[doc = " What it is told."]
            #[derive(Debug, clap::Args)]
            #note
            pub struct Args {
                #[doc = " What to do."]
                #[command(subcommand)]
                pub action: Action,
            }
            #actions
        };
    }
    let structure = structure("Args", "", command, &note);
    quote! {
        #![doc = #head]
        #structure
        #(#variables)*
    }
}

fn actions(actions: &[Command]) -> Code {
    let variants = actions.iter().map(|action| {
        let (about, name) = (doc(&action.about), names::variant(&action.name));
        quote!(#about #name(#name))
    });
    let structures = actions.iter().map(|action| {
        let name = names::variant(&action.name).to_string();
        let note = after_help(&help(action.note.as_deref(), &action.exits, &[], &action.examples));
        structure(&name, &name, action, &note)
    });
    quote! {
        #[doc = " The actions."]
        #[derive(Debug, clap::Subcommand)]
        pub enum Action { #(#variants,)* }
        #(#structures)*
    }
}

/// The structure of a command, and its enums, whose names begin with `prefix`.
fn structure(name: &str, prefix: &str, command: &Command, note: &Code) -> Code {
    let name = names::ident(name);
    let (fields, words) = fields(prefix, &command.arguments, &command.options, false);
    let all = || command.arguments.iter().chain(&command.options);
    let default = all().all(starts_as_rust_does).then(|| quote!(Default,));
    quote! {
        #[doc = " What it is told."]
        #[derive(Debug, #default clap::Args)]
        #note
        pub struct #name { #fields }
        #words
    }
}

/// Whether an argument that is not given is what `Default` makes of its type.
fn starts_as_rust_does(argument: &Argument) -> bool {
    let words = matches!(argument.ty, ArgumentType::Words(_));
    !argument.required && argument.unless.is_empty() && (argument.default.is_none() || words)
}

fn fields(prefix: &str, arguments: &[Argument], options: &[Argument], global: bool) -> (Code, Code) {
    let fields = arguments.iter().map(|argument| (argument, false)).chain(options.iter().map(|option| (option, true)));
    let fields = fields.map(|(argument, named)| field(prefix, argument, named, global));
    let words = arguments.iter().chain(options).filter_map(|argument| words(prefix, argument));
    (quote!(#(#fields,)*), quote!(#(#words)*))
}

fn field(prefix: &str, argument: &Argument, named: bool, global: bool) -> Code {
    let (name, doc) = (names::snake(&argument.name), doc(&argument.doc));
    let (ty, attributes) = (ty(prefix, argument), attributes(argument, named, global));
    quote!(#doc #[arg(#(#attributes),*)] pub #name: #ty)
}

fn attributes(argument: &Argument, named: bool, global: bool) -> Vec<Code> {
    let mut all = Vec::new();
    if named {
        let name = &argument.name;
        all.extend(argument.short.map(|short| quote!(short = #short)));
        all.push(quote!(long = #name));
        all.extend(argument.alias.as_ref().map(|alias| quote!(visible_alias = #alias)));
    }
    all.extend(global.then(|| quote!(global = true)));
    all.extend(argument.value.as_ref().map(|value| quote!(value_name = #value)));
    all.extend(argument.last.then(|| quote!(last = true)));
    // An argument that is not optional is required by its type; a list and a flag are not.
    all.extend(argument.required.then(|| quote!(required = true)));
    all.extend(argument.hidden.then(|| quote!(hide = true)));
    all.extend(argument.default.as_ref().map(|default| quote!(default_value = #default)));
    all.extend(argument.default.as_ref().filter(|text| text.is_empty()).map(|_| quote!(hide_default_value = true)));
    all.extend(parser(argument));
    all.extend(references("conflicts_with_all", &argument.conflicts));
    all.extend(argument.requires.iter().map(|name| id(name)).map(|name| quote!(requires = #name)));
    all.extend(references("required_unless_present_any", &argument.unless));
    all
}

fn parser(argument: &Argument) -> Option<Code> {
    match argument.ty {
        ArgumentType::Moment => Some(quote!(value_parser = crate::commands::models::clock)),
        ArgumentType::Count { min, max } => Some(quote!(value_parser = clap::value_parser!(u64).range(#min..=#max))),
        _ => None,
    }
}

fn references(attribute: &str, names: &[String]) -> Option<Code> {
    let (attribute, ids) = (names::ident(attribute), names.iter().map(|name| id(name)));
    (!names.is_empty()).then(|| quote!(#attribute = [#(#ids),*]))
}

/// What clap calls the argument: as its field.
fn id(name: &str) -> String {
    names::snake(name).to_string()
}

fn ty(prefix: &str, argument: &Argument) -> Code {
    let one = match &argument.ty {
        ArgumentType::Flag => return quote!(bool),
        ArgumentType::Text => quote!(String),
        ArgumentType::Path => quote!(std::path::PathBuf),
        ArgumentType::Raw => quote!(std::ffi::OsString),
        ArgumentType::Place => quote!(crate::commands::place::Place),
        ArgumentType::Moment => quote!(seac_analysis::sea::Clock),
        ArgumentType::Count { .. } => quote!(u64),
        ArgumentType::Shell => quote!(clap_complete::Shell),
        ArgumentType::Words(_) => {
            let name = words_name(prefix, argument);
            quote!(#name)
        }
    };
    match (argument.many, argument.required || argument.default.is_some()) {
        (true, _) => quote!(Vec<#one>),
        (false, true) => one,
        (false, false) => quote!(Option<#one>),
    }
}

fn words_name(prefix: &str, argument: &Argument) -> Ident {
    names::ident(&format!("{prefix}{}", names::variant(&argument.name)))
}

/// The enum of an argument that takes one of some words.
fn words(prefix: &str, argument: &Argument) -> Option<Code> {
    let ArgumentType::Words(words) = &argument.ty else { return None };
    let name = words_name(prefix, argument);
    let variants = words.iter().map(|(word, meaning)| {
        let (variant, meaning) = (names::variant(word), meaning.as_deref().map(doc));
        let default = (argument.default.as_ref() == Some(word)).then(|| quote!(#[default]));
        quote!(#meaning #default #[value(name = #word)] #variant)
    });
    let default = argument.default.is_some().then(|| quote!(Default,));
    let head = format!(" What `{}` takes.", argument.name);
    Some(quote! {
        #[doc = #head]
        #[derive(Clone, Copy, Debug, #default PartialEq, Eq, clap::ValueEnum)]
        pub enum #name { #(#variants,)* }
    })
}

/// `exit.rs`: how a command ends.
pub fn exit(exits: &[Exit]) -> Code {
    let variants = exits.iter().map(|exit| {
        let (doc, name, code) = (doc(&exit.doc), names::variant(&exit.name), exit.code);
        quote!(#doc #name = #code)
    });
    quote! {
        #![doc = " The exit codes."]
        #[doc = " How a command ends; the same for all of them."]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Exit { #(#variants,)* }

        impl From<Exit> for std::process::ExitCode {
            fn from(exit: Exit) -> Self {
                Self::from(exit as u8)
            }
        }
    }
}

fn doc(text: &str) -> Code {
    let lines = text.lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

fn after_help(text: &str) -> Code {
    if text.is_empty() { Code::default() } else { quote!(#[command(after_help = #text)]) }
}

/// What stands below the options: the note, exit codes, the environment, examples.
fn help(note: Option<&str>, exits: &[Exit], environment: &[(String, String)], examples: &[(String, String)]) -> String {
    let mut parts: Vec<String> = note.map(str::to_owned).into_iter().collect();
    if let Some(exits) = exit_codes(exits) {
        // One paragraph with a note of one.
        match parts.last_mut().filter(|note| !note.contains('\n')) {
            Some(note) => note.push_str(&format!(" {exits}")),
            None => parts.push(exits),
        }
    }
    let list = |head: &str, rows: &[(String, String)]| {
        let rows = rows.iter().map(|(name, doc)| format!("\n  {name}\n      {doc}"));
        (rows.len() > 0).then(|| format!("{head}:{}", rows.collect::<String>()))
    };
    parts.extend(list("Environment", environment));
    parts.extend(list("Examples", examples));
    parts.join("\n\n")
}

/// `Exit codes: 0 clean, 1 findings.`
pub fn exit_codes(exits: &[Exit]) -> Option<String> {
    let codes: Vec<String> = exits.iter().map(|exit| format!("{} {}", exit.code, exit.doc)).collect();
    (!codes.is_empty()).then(|| format!("Exit codes: {}.", codes.join(", ")))
}
