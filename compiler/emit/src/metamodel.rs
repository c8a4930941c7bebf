//! A compiler out of its own specs: the tables it is built from, the schema of its formats, its reference.
//!
//! What is made here is checked in beside the code that uses it, so that the compiler builds without having been built.
//! It is printed by [`rust::print`] like everything else; paths are relative to the workspace.

mod claims;
mod cli;
mod cli_page;
mod format;
mod lints;
mod page;
mod projections;
mod schema;
mod tables;

use crate::rust::code::Code;
use crate::{EmitError, FileSet, Origin, OutputFile, generated, names, origin, rust};
use seac_model::Model;
use seac_model::metamodel::Metamodel;
use seac_model::metamodel::cli::Cli;

/// Where the tables of SDS YAML and of diagnostics go.
const SYNTAX: &str = "compiler/syntax/src/gen";
/// Where lints go.
const ANALYSIS: &str = "compiler/analysis/src/gen";
/// Where formats of files go.
const WORKSPACE: &str = "compiler/workspace/src/gen";
/// Where the command line goes.
const CLI: &str = "compiler/cli/src/gen";
/// Where the table of gaps goes.
const EMIT: &str = "compiler/emit/src/gen";
/// Where the vocabulary of assertions goes.
const ASSERTIONS: &str = "compiler/assertions/src/gen";
/// The vocabulary that lints have levels for.
const PROFILES: &str = "PROFILES";
/// The vocabulary of what projections say something of.
const PROJECTED: &str = "PROJECTED";
/// Where the pages go.
const REFERENCE: &str = "docs/reference";

/// The files that a compiler's metamodel asks for, by path relative to the workspace; none if no context has one.
///
/// # Errors
/// See [`EmitError`].
pub fn emit(model: &Model) -> Result<FileSet, EmitError> {
    let mut files = FileSet::default();
    for context in model.contexts.values() {
        if let Some(metamodel) = &context.metamodel {
            Files { metamodel, files: &mut files, origins: vec![origin(&metamodel.origin)] }.all()?;
        }
    }
    Ok(files)
}

struct Files<'a> {
    metamodel: &'a Metamodel,
    files: &'a mut FileSet,
    origins: Vec<Origin>,
}

impl Files<'_> {
    fn all(mut self) -> Result<(), EmitError> {
        let metamodel = self.metamodel;
        self.rust(SYNTAX, "mod", tables::modules(&["codes", "shapes", "words"]))?;
        self.rust(SYNTAX, "codes", tables::codes(&metamodel.rules))?;
        self.rust(SYNTAX, "shapes", tables::shapes(&metamodel.shapes))?;
        self.rust(SYNTAX, "words", tables::words(&metamodel.vocabularies))?;
        self.rust(EMIT, "mod", tables::modules(&["gap_kinds", "projections"]))?;
        self.rust(EMIT, "gap_kinds", tables::gap_kinds(&metamodel.gaps))?;
        let schema = format!("{:#}\n", schema::schema(metamodel));
        self.text(&format!("{SYNTAX}/sds.schema.json"), schema.clone())?;
        self.text(&format!("{REFERENCE}/schema/sds.json"), schema)?;
        self.text(&format!("{REFERENCE}/diagnostics.md"), page::diagnostics(&metamodel.rules))?;
        self.text(&format!("{REFERENCE}/templates.md"), page::templates())?;
        self.text(&format!("{REFERENCE}/sds.md"), page::sds(metamodel))?;
        self.lints()?;
        self.projections()?;
        self.formats()?;
        self.claims()?;
        metamodel.cli.as_ref().map_or(Ok(()), |cli| self.cli(cli))
    }

    fn lints(&mut self) -> Result<(), EmitError> {
        let Metamodel { lints, vocabularies, .. } = self.metamodel;
        let profiles = vocabularies.iter().find(|vocabulary| vocabulary.name == PROFILES);
        self.rust(ANALYSIS, "mod", tables::modules(&["lints"]))?;
        self.rust(ANALYSIS, "lints", lints::table(lints, profiles.map_or(&[], |known| &known.words)))
    }

    fn projections(&mut self) -> Result<(), EmitError> {
        let Metamodel { projections, vocabularies, origin, .. } = self.metamodel;
        let kinds = vocabularies.iter().find(|vocabulary| vocabulary.name == PROJECTED);
        let kinds: &[String] = kinds.map_or(&[], |known| &known.words);
        self.rust(EMIT, "projections", projections::table(projections, kinds))?;
        self.text(&format!("{REFERENCE}/projections.md"), projections::list(projections, &origin.file))?;
        projections.iter().try_for_each(|projection| {
            let path = format!("{REFERENCE}/projections/{}.md", projection.name);
            self.text(&path, projections::page(projection, &origin.file))
        })
    }

    fn formats(&mut self) -> Result<(), EmitError> {
        let formats = &self.metamodel.formats;
        let names: Vec<&str> = formats.iter().map(|format| format.name.as_str()).collect();
        self.rust(WORKSPACE, "mod", tables::modules(&names))?;
        formats.iter().try_for_each(|format| self.rust(WORKSPACE, &format.name, format::types(format)))
    }

    fn claims(&mut self) -> Result<(), EmitError> {
        let Metamodel { claims, vocabularies, origin, .. } = self.metamodel;
        self.rust(ASSERTIONS, "mod", tables::modules(&["table"]))?;
        self.rust(ASSERTIONS, "table", claims::table(claims, vocabularies))?;
        self.text(&format!("{REFERENCE}/assertions.md"), claims::page(claims, &origin.file))
    }

    fn cli(&mut self, cli: &Cli) -> Result<(), EmitError> {
        let commands = cli.commands.iter().map(|command| (names::snake_text(&command.name), command));
        let commands: Vec<_> = commands.collect();
        let modules = ["args", "exit"].into_iter().chain(commands.iter().map(|(name, _)| name.as_str()));
        self.rust(CLI, "mod", tables::modules(&modules.collect::<Vec<_>>()))?;
        self.rust(CLI, "args", cli::args(cli))?;
        self.rust(CLI, "exit", cli::exit(&cli.exits))?;
        for (name, command) in &commands {
            self.rust(CLI, name, cli::command(command))?;
        }
        self.text(&format!("{REFERENCE}/cli.md"), cli_page::page(cli, &self.metamodel.origin.file))
    }

    fn rust(&mut self, folder: &str, name: &str, tokens: Code) -> Result<(), EmitError> {
        let path = format!("{folder}/{name}.rs");
        let spec = &self.metamodel.origin.file;
        let header =
            format!("// Generated by seac from {spec}. Changes belong there; an edit here is undone by the next run.");
        let (text, _) = rust::print(&header, &tokens);
        rust::prove(&path, &tokens, &text)?;
        self.text(&path, text)
    }

    fn text(&mut self, path: &str, text: String) -> Result<(), EmitError> {
        let file: OutputFile = generated(text, "emit::metamodel", self.origins.clone());
        Ok(self.files.insert(path, file)?)
    }
}
