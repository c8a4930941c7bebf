//! `seac eval`

use super::{models, verdict, workspace};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::eval::{Args, Format};
use crate::render::{Report, eval, human};
use crate::terminal;
use seac_analysis::sea::{Options, Verdict};
use seac_syntax::Code;
use std::path::PathBuf;

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let options = Options { now: args.at, ..Options::default() };
    let evaluated = if models::stand_alone(&args.paths)? {
        models::check(&args.paths, global.root.as_deref(), &options)?
    } else {
        let workspace = workspace(global, args.paths.first().map(PathBuf::as_path))?;
        seac_workspace::models::contexts(&workspace, &options)?
    };
    let prefix = models::prefix(&evaluated);
    let diagnostics = &evaluated.analysis.diagnostics;
    let report = Report { sources: &evaluated.sources, diagnostics, prefix: &prefix };
    match args.format {
        Format::Human => {
            terminal::findings(&human::render(&report, terminal::view()));
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
