//! `seac`: compile SDS YAML and SEA-DSL into a running, governed service.

mod commands;
mod exit;
#[rustfmt::skip]
#[path = "gen/mod.rs"]
mod generated;
mod progress;
mod render;
#[cfg(test)]
mod surface;
mod terminal;
mod timings;

use clap::Parser;
use exit::{Exit, Failure};
use generated::args::{Args, Command};
use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Emission makes and drops millions of tokens: the system's allocator takes two fifths of a run (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    exit::report_panics();
    let args = Args::parse();
    terminal::set_up(&args.global);
    let ended = run(&args).and_then(|exit| match terminal::lost() {
        Some(error) => Err(Failure::outside("cannot write to standard output", &error)),
        None => Ok(exit),
    });
    let exit = ended.unwrap_or_else(|failure| {
        terminal::failure(&failure);
        failure.exit
    });
    exit.into()
}

fn run(args: &Args) -> Result<Exit, Failure> {
    let global = &args.global;
    match &args.command {
        Command::New(new) => commands::new::run(global, new),
        Command::Init(init) => commands::init::run(global, init),
        Command::Check(check) => commands::check::run(global, check),
        Command::Fmt(fmt) => commands::fmt::run(global, fmt),
        Command::Eval(eval) => commands::eval::run(global, eval),
        Command::Generate(generate) => commands::generate::run(global, generate),
        Command::Verify(verify) => commands::verify::run(global, verify),
        Command::Model(model) => commands::model::run(global, model),
        Command::Schema(schema) => commands::schema::run(schema),
        Command::Ast(ast) => commands::ast::run(global, ast),
        Command::Diff(diff) => commands::diff::run(diff),
        Command::EmitSea(emit_sea) => commands::emit_sea::run(global, emit_sea),
        Command::Project(project) => commands::project::run(global, project),
        Command::Import(import) => commands::import::run(import),
        Command::ExtractAssertions(extract) => commands::extract_assertions::run(extract),
        Command::Watch(watch) => commands::watch::run(global, watch),
        Command::GapReport(gap_report) => commands::gap_report::run(global, gap_report),
        Command::Templates(templates) => commands::templates::run(global, templates),
        Command::Blame(blame) => commands::blame::run(global, blame),
        Command::Trace(trace) => commands::trace::run(global, trace),
        Command::Explain(explain) => commands::explain::run(explain),
        Command::Run(run) => commands::run::run(global, run),
        Command::Completions(completions) => commands::completions::run(completions),
    }
}
