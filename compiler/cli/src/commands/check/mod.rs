//! `seac check`

mod fix;

use super::{counted, prefix, verdict, workspace};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::check::{self as generated, Args, Dialect, Format};
use crate::render::{Report, github, human, json, sarif};
use crate::terminal;
use seac_analysis::Profile;
use seac_analysis::sea::Options;
use seac_syntax::{Diagnostic, Sources, diagnostic, sea};
use seac_workspace::models::STDIN_SOURCE;
use seac_workspace::{Compilation, Workspace, compile};
use std::path::PathBuf;

/// What was checked, wherever it stands.
struct Checked {
    sources: Sources,
    /// The findings to show, in their order.
    shown: Vec<Diagnostic>,
    /// How many others there are.
    hidden: usize,
    /// What the paths of the sources are relative to.
    root: PathBuf,
    /// The way from the current folder to the root.
    prefix: String,
    /// What was read, in words.
    what: String,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let workspace = match super::models::stand_alone(&args.paths)? {
        true => None,
        false => Some(chosen(global, args)?),
    };
    let check = || match &workspace {
        Some(workspace) => specs(workspace, args),
        None => models(global, args),
    };
    if args.dry_run {
        return Ok(fix::preview(&check()?));
    }
    let checked = if args.fix { fix::until_done(check)? } else { check()? };
    show(args.format, &checked);
    Ok(verdict(&checked.shown))
}

/// The workspace, with the profile of the command line.
fn chosen(global: &Global, args: &Args) -> Result<Workspace, Failure> {
    let mut workspace = workspace(global, args.paths.first().map(PathBuf::as_path))?;
    workspace.config.profile = args.profile.map_or(workspace.config.profile, Into::into);
    Ok(workspace)
}

impl From<generated::Profile> for Profile {
    fn from(profile: generated::Profile) -> Self {
        match profile {
            generated::Profile::Warn => Self::Warn,
            generated::Profile::Strict => Self::Strict,
        }
    }
}

/// Checks a workspace.
fn specs(workspace: &Workspace, args: &Args) -> Result<Checked, Failure> {
    let wanted = wanted(workspace, &args.paths)?;
    let mut compilation = compile(workspace)?;
    if args.dialect == Dialect::Reference {
        let found = extensions(&compilation.sources, |path| path.starts_with("specs/"));
        compilation.diagnostics.extend(found);
        diagnostic::sort(&mut compilation.diagnostics);
    }
    let (shown, hidden) = split(&compilation, &wanted);
    let what = counted(compilation.specs().count(), "spec file");
    let (root, prefix) = (workspace.root.clone(), prefix(workspace));
    Ok(Checked { sources: compilation.sources, shown, hidden, root, prefix, what })
}

/// Checks models that stand outside of specs.
fn models(global: &Global, args: &Args) -> Result<Checked, Failure> {
    let profile = args.profile.map_or(Profile::default(), Into::into);
    let options = Options { now: args.at, profile, ..Options::default() };
    let models = super::models::check(&args.paths, global.root.as_deref(), &options)?;
    let prefix = super::models::prefix(&models);
    let mut shown = models.analysis.diagnostics;
    if args.dialect == Dialect::Reference {
        shown.extend(extensions(&models.sources, |path| !path.starts_with("seac:")));
        diagnostic::sort(&mut shown);
    }
    let what = counted(models.count, "model");
    Ok(Checked { sources: models.sources, shown, hidden: 0, root: models.root, prefix, what })
}

/// What only seac understands in the models at `wanted` paths.
fn extensions(sources: &Sources, wanted: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
    let is_model = |path: &str| path.ends_with(".sea") || path == STDIN_SOURCE;
    let models = sources.iter().filter(|(_, source)| is_model(&source.path) && wanted(&source.path));
    models.flat_map(|(id, source)| sea::dialect::extensions(&sea::parse(id, &source.text).0)).collect()
}

fn show(format: Format, checked: &Checked) {
    let report = Report { sources: &checked.sources, diagnostics: &checked.shown, prefix: &checked.prefix };
    match format {
        Format::Human => terminal::findings(&human::render(&report, terminal::view())),
        Format::Json => terminal::print(&json::render(&report)),
        Format::Sarif => terminal::print(&sarif::render(&report)),
        Format::Github => terminal::print(&github::render(&report)),
    }
    if checked.hidden > 0 {
        terminal::note(&format!("{} elsewhere, not shown", counted(checked.hidden, "finding")));
    } else if format == Format::Human && checked.shown.is_empty() {
        terminal::status("Checked", &format!("{}, nothing to complain about", checked.what));
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
