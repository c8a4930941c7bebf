//! `seac check`

mod fix;

use super::{counted, prefix, verdict, workspace};
use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::render::{Report, github, human, json, sarif};
use crate::terminal;
use seac_analysis::sea::{Clock, Options};
use seac_syntax::{Diagnostic, FileId, Sources, diagnostic, sea};
use seac_workspace::models::{Models, STDIN};
use seac_workspace::{Compilation, Workspace, compile};
use std::path::PathBuf;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Text goes to stderr, every other format to stdout. Warnings alone exit with 0.")]
pub struct Args {
    /// How to print the findings
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// Make the changes that need no judgement, and check again
    #[arg(long)]
    fix: bool,
    /// With `--fix`: write nothing, print the changes as a patch and exit with 1 if there are any
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// Which compiler the models are for
    #[arg(long, value_name = "DIALECT", default_value = "seac")]
    dialect: Dialect,
    /// In a workspace: show only findings in these files and folders; all specs are read all the same.
    /// Elsewhere: the SEA models to check, as files, folders, or `-` for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The time that windows (`over last`) of models look back from, e.g. 2025-12-31T23:59:59Z
    #[arg(long, value_name = "TIME", value_parser = super::models::clock)]
    at: Option<Clock>,
}

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Text with the places marked
    Human,
    /// An array of findings
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
}

/// The dialects of SEA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Dialect {
    /// The whole language
    Seac,
    /// What the reference compiler reads; everything beyond it gets a warning
    Reference,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    if super::models::stand_alone(&args.paths)? {
        return models(global, args);
    }
    let workspace = workspace(global, args.paths.first().map(PathBuf::as_path))?;
    let wanted = wanted(&workspace, &args.paths)?;
    let compile = || {
        let mut compilation = compile(&workspace)?;
        if args.dialect == Dialect::Reference {
            let found = extensions(&compilation.sources, |path| path.starts_with("specs/"));
            compilation.diagnostics.extend(found);
            diagnostic::sort(&mut compilation.diagnostics);
        }
        Ok(compilation)
    };
    let compilation = if args.fix && !args.dry_run {
        let (compilation, _) = fix::until_done(compile, |compilation, view| {
            view(&checked(compilation, &split(compilation, &wanted).0, &|file| path(&workspace, compilation, file)))
        })?;
        compilation
    } else {
        compile()?
    };
    if args.dry_run {
        let (shown, _) = split(&compilation, &wanted);
        return Ok(fix::preview(&checked(&compilation, &shown, &|file| path(&workspace, &compilation, file))));
    }
    let (shown, hidden) = split(&compilation, &wanted);
    let prefix = prefix(&workspace);
    let report = Report { sources: &compilation.sources, diagnostics: &shown, prefix: &prefix };
    print(args.format, &report);
    if hidden > 0 {
        terminal::note(&format!("{} elsewhere, not shown", counted(hidden, "finding")));
    } else if args.format == Format::Human && shown.is_empty() {
        terminal::status(
            "Checked",
            &format!("{}, nothing to complain about", counted(compilation.specs().count(), "spec file")),
        );
    }
    Ok(verdict(&shown))
}

fn checked<'a>(
    compilation: &'a Compilation,
    diagnostics: &'a [Diagnostic],
    path: &'a dyn Fn(FileId) -> Option<PathBuf>,
) -> fix::Checked<'a> {
    fix::Checked { sources: &compilation.sources, diagnostics, path }
}

/// The file of a spec; embedded packages and generated files are not ours to mend.
fn path(workspace: &Workspace, compilation: &Compilation, file: FileId) -> Option<PathBuf> {
    let path = &compilation.sources.get(file).path;
    path.starts_with("specs/").then(|| workspace.root.join(path))
}

/// What only seac understands in the models at `wanted` paths.
fn extensions(sources: &Sources, wanted: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
    let models = sources.iter().filter(|(_, source)| source.path.ends_with(".sea") && wanted(&source.path));
    models.flat_map(|(id, source)| sea::dialect::extensions(&sea::parse(id, &source.text).0)).collect()
}

/// Checks models that stand outside of specs.
fn models(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let options = Options { now: args.at, ..Options::default() };
    let check = || -> Result<Models, Failure> {
        let mut models = seac_workspace::models::check(&args.paths, global.root.as_deref(), &options)?;
        if args.dialect == Dialect::Reference {
            let found = extensions(&models.sources, |path| path != STDIN);
            models.analysis.diagnostics.extend(found);
            diagnostic::sort(&mut models.analysis.diagnostics);
        }
        Ok(models)
    };
    let path = |models: &Models, file: FileId| {
        let path = &models.sources.get(file).path;
        let path = models.root.join(path);
        path.is_file().then_some(path)
    };
    let models = if args.fix && !args.dry_run {
        let view = |models: &Models, make: &mut dyn FnMut(&fix::Checked<'_>) -> Result<usize, Failure>| {
            let diagnostics = &models.analysis.diagnostics;
            make(&fix::Checked { sources: &models.sources, diagnostics, path: &|file| path(models, file) })
        };
        fix::until_done(check, view)?.0
    } else {
        check()?
    };
    if args.dry_run {
        let diagnostics = &models.analysis.diagnostics;
        let checked = fix::Checked { sources: &models.sources, diagnostics, path: &|file| path(&models, file) };
        return Ok(fix::preview(&checked));
    }
    let prefix = super::models::prefix(&models);
    let diagnostics = &models.analysis.diagnostics;
    print(args.format, &Report { sources: &models.sources, diagnostics, prefix: &prefix });
    if args.format == Format::Human && diagnostics.is_empty() {
        terminal::status("Checked", &format!("{}, nothing to complain about", counted(models.count, "model")));
    }
    Ok(verdict(diagnostics))
}

fn print(format: Format, report: &Report<'_>) {
    match format {
        Format::Human => terminal::findings(&human::render(report, terminal::width())),
        Format::Json => terminal::print(&json::render(report)),
        Format::Sarif => terminal::print(&sarif::render(report)),
        Format::Github => terminal::print(&github::render(report)),
    }
}

/// The paths relative to the root; empty where everything is wanted.
fn wanted(workspace: &Workspace, paths: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let relative = paths.iter().map(|path| {
        let full = path.canonicalize().map_err(|error| {
            let failure = Failure::outside(format!("cannot read {}", path.display()), &error);
            if error.kind() == std::io::ErrorKind::NotFound {
                Failure { exit: Exit::Usage, ..failure }
            } else {
                failure
            }
        })?;
        let inside = full.strip_prefix(&workspace.root).map_err(|_| {
            let root = workspace.root.display();
            Failure::new(Exit::Usage, format!("{} is not in the workspace {root}", path.display()))
        })?;
        let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        Ok(parts.join("/"))
    });
    let relative: Vec<String> = relative.collect::<Result<_, Failure>>()?;
    Ok(if relative.iter().any(String::is_empty) { Vec::new() } else { relative })
}

/// The findings in the wanted paths, and how many others there are.
fn split(compilation: &Compilation, wanted: &[String]) -> (Vec<Diagnostic>, usize) {
    let is_wanted = |diagnostic: &Diagnostic| {
        let path = &compilation.sources.get(diagnostic.primary.span.file).path;
        let below = |folder: &String| {
            path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        wanted.is_empty() || wanted.iter().any(below)
    };
    let shown: Vec<_> = compilation.diagnostics.iter().filter(|d| is_wanted(d)).cloned().collect();
    let hidden = compilation.diagnostics.len() - shown.len();
    (shown, hidden)
}
