//! `seac completions`

use crate::exit::{Exit, Failure};
use crate::generated::completions::Args;
use crate::terminal;
use clap::CommandFactory;

/// Runs it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut crate::generated::args::Args::command(), "seac", &mut text);
    terminal::data(&text);
    Ok(Exit::Clean)
}
