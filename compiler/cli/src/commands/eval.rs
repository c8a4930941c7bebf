//! `seac eval`

use super::{models, verdict, workspace};
use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::render::{Report, eval, human};
use crate::terminal;
use seac_analysis::sea::{Clock, Options, Verdict};
use seac_syntax::Code;
use std::path::PathBuf;

/// Arguments of `eval`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Results go to stdout, findings to stderr. A violated or undecided policy exits with 1.")]
pub struct Args {
    /// How to print the results
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// The time that windows (`over last`) look back from, e.g. 2025-12-31T23:59:59Z
    #[arg(long, visible_alias = "now", value_name = "TIME", value_parser = models::clock)]
    at: Option<Clock>,
    /// SEA models: files, folders, or `-` for standard input [default: the contexts of the workspace]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One line for each policy and metric
    Human,
    /// An array of models
    Json,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let options = Options { now: args.at, ..Options::default() };
    let evaluated = if models::stand_alone(&args.paths)? {
        seac_workspace::models::check(&args.paths, global.root.as_deref(), &options)?
    } else {
        let workspace = workspace(global, args.paths.first().map(PathBuf::as_path))?;
        seac_workspace::models::contexts(&workspace, &options)?
    };
    let prefix = models::prefix(&evaluated);
    let diagnostics = &evaluated.analysis.diagnostics;
    let report = Report { sources: &evaluated.sources, diagnostics, prefix: &prefix };
    match args.format {
        Format::Human => {
            terminal::findings(&human::render(&report, terminal::width()));
            terminal::print(&eval::human(&report, &evaluated.analysis.models));
        }
        Format::Json => terminal::print(&eval::json(&report, &evaluated.analysis.models)),
    }
    // Without a clock nothing is wrong with the model, but it is not decided.
    let policies = || evaluated.analysis.models.iter().flat_map(|model| &model.policies);
    let undecided = policies().any(|policy| policy.verdict == Verdict::Unknown)
        || diagnostics.iter().any(|finding| finding.code == Code::NoClock);
    Ok(if undecided { Exit::Findings } else { verdict(diagnostics) })
}
