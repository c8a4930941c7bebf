//! `seac gap-report`

use super::{counted, prefix, show, verdict, workspace};
use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::render::gaps;
use crate::terminal;
use seac_emit::gap::{self, Baseline, Report, Severity};
use seac_syntax::Diagnostic;
use seac_workspace::gap::GapError;
use seac_workspace::{compile, gap as workspace_gap};
use std::path::{Path, PathBuf};

/// Arguments of `gap-report`.
#[derive(Debug, clap::Args)]
#[command(after_help = "The report goes to stdout. A test covers an element if `// covers: SDS-003/CollectEvidence` \
                        stands above it; failure paths are named `SDS-003/CollectEvidence/not_a_collector`, connector \
                        cases `SDS-003/github/push`.\n\nTo follow a trend, keep a report with `--format json` and pass \
                        it as `--baseline`: then `--fail-on` counts new gaps only.")]
pub struct Args {
    /// How to print the gaps
    #[arg(long, value_name = "FORMAT", default_value = "md")]
    format: Format,
    /// Exit with 1 if a gap weighs this much or more
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<Limit>,
    /// Compare with an earlier report in JSON
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// What stands in front of paths in links, such as `https://github.com/me/shop/blob/main/`
    #[arg(long, value_name = "URL", default_value = "", hide_default_value = true)]
    link_base: String,
}

/// The formats.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// Markdown, for a pull request
    Md,
    /// One object with all that is known; a later run can compare with it
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// One page for people, with nothing outside of it
    Html,
}

/// The severities.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Limit {
    /// What is promised does not hold, and nobody would notice
    Critical,
    /// What is promised does not hold
    High,
    /// It may hold, but nothing shows it
    Medium,
    /// Worth closing
    Low,
}

impl From<Limit> for Severity {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::Critical => Self::Critical,
            Limit::High => Self::High,
            Limit::Medium => Self::Medium,
            Limit::Low => Self::Low,
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
