//! `seac gap-report`

use super::{counted, prefix, show, verdict, workspace};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::gap_report::{Args, FailOn, Format};
use crate::render::gaps;
use crate::terminal;
use seac_emit::gap::{self, Baseline, Report, Severity};
use seac_syntax::Diagnostic;
use seac_workspace::gap::GapError;
use seac_workspace::{compile, gap as workspace_gap};
use std::path::Path;

impl From<FailOn> for Severity {
    fn from(limit: FailOn) -> Self {
        match limit {
            FailOn::Critical => Self::Critical,
            FailOn::High => Self::High,
            FailOn::Medium => Self::Medium,
            FailOn::Low => Self::Low,
        }
    }
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let workspace = workspace(global, None)?;
    let baseline = args.baseline.as_deref().map(baseline).transpose()?;
    let compilation = compile(&workspace)?;
    let report = workspace_gap::report(&workspace, &compilation, baseline.as_ref()).map_err(|error| match error {
        GapError::Load(error) => Failure::from(error),
        GapError::Emit(error) => Failure::from(error),
    })?;
    // Mistakes that are gaps stand in the report; the others keep it from being whole.
    if !report.compared {
        let mistakes: Vec<Diagnostic> = compilation.diagnostics.clone();
        show(&workspace, &compilation, &mistakes);
    }
    terminal::print(&rendered(&report, args, &prefix(&workspace)));
    terminal::status("Found", &format!("{}{}", counted(report.gaps.len(), "gap"), changes(&report)));
    if !report.compared {
        return Ok(verdict(&compilation.diagnostics));
    }
    let fails = args.fail_on.is_some_and(|limit| report.fails(limit.into()));
    Ok(if fails { Exit::Findings } else { Exit::Clean })
}

fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let failure = Failure::outside(format!("cannot read {shown}"), &error);
        Failure { exit: Exit::Usage, ..failure }
    })?;
    Baseline::parse(&text).map_err(|reason| {
        Failure::new(Exit::Usage, format!("{shown} cannot be the baseline: {reason}"))
            .with_help("make one with `seac gap-report --format json`")
    })
}

fn rendered(report: &Report, args: &Args, prefix: &str) -> String {
    match args.format {
        Format::Md => gap::markdown(report, &args.link_base),
        Format::Html => gap::html(report, &args.link_base),
        Format::Sarif => gaps::sarif(report, prefix),
        Format::Json => {
            let text = serde_json::to_string_pretty(report).expect("strings and numbers always serialise");
            format!("{text}\n")
        }
    }
}

/// E.g. `: 2 new, 1 closed, 7 still open`.
fn changes(report: &Report) -> String {
    match &report.trend {
        Some(trend) => {
            format!(": {} new, {} closed, {} still open", trend.new.len(), trend.closed.len(), trend.open)
        }
        None => String::new(),
    }
}
