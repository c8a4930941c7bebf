//! The command line. Its help texts are the reference: they are checked against transcripts.

use clap::{Parser, Subcommand};
use std::path::PathBuf;

use crate::commands::{
    ast, blame, check, completions, diff, emit_sea, eval, explain, fmt, gap_report, generate, model, new, run, schema,
    templates, trace, verify, watch,
};

/// Compile SDS YAML and SEA-DSL into a running, governed service.
#[derive(Debug, Parser)]
#[command(name = "seac", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 clean, 1 findings or drift, 2 usage or configuration, 3 the outside world \
                        failed, 101 a bug of ours.")]
pub struct Args {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The workspace: the folder that contains `specs/` [default: the nearest one upwards from here]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub root: Option<PathBuf>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: clap::ColorChoice,
    /// Print findings and errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new workspace from the orders example
    New(new::Args),
    /// Read the specs and say what is wrong with them
    Check(check::Args),
    /// Put SEA models into their canonical form
    Fmt(fmt::Args),
    /// Decide the policies of SEA models and measure their metrics
    Eval(eval::Args),
    /// Check the specs and generate what they describe
    Generate(generate::Args),
    /// Generate many times in different ways and compare the bytes
    Verify(verify::Args),
    /// Print what the specs mean, as canonical JSON
    Model(model::Args),
    /// Print the JSON Schema of a format
    Schema(schema::Args),
    /// Print the syntax trees of SEA models
    Ast(ast::Args),
    /// Say what changed between two SEA models, on meaning
    Diff(diff::Args),
    /// Say in SEA what an SDS declares
    EmitSea(emit_sea::Args),
    /// Generate whenever a spec is saved
    Watch(watch::Args),
    /// List what is specified and not yet true
    GapReport(gap_report::Args),
    /// List, copy and compare the templates that files are made from
    Templates(templates::Args),
    /// Show which spec lines a generated line was made from
    Blame(blame::Args),
    /// Show everything that was made from a spec line
    Trace(trace::Args),
    /// Explain a diagnostic code, with an example
    Explain(explain::Args),
    /// Generate, build and start the service
    Run(run::Args),
    /// Print completions for a shell
    Completions(completions::Args),
}
