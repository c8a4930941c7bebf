//! `seac verify`: attacks the promise that the same specs give the same bytes.

use super::{counted, show, verdict, workspace};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::verify::Args;
use crate::progress::Progress;
use crate::terminal;
use seac_emit::FileSet;
use seac_workspace::{Compilation, Workspace, compile, verify};
use std::env;
use std::process::Command;

/// Surroundings that must not show: locale, time zone, home, threads, width of the terminal, working directory.
const SURROUNDINGS: &[&[(&str, &str)]] = &[
    &[("LC_ALL", "C"), ("TZ", "UTC"), ("RAYON_NUM_THREADS", "1")],
    &[("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8"), ("TZ", "Pacific/Kiritimati"), ("COLUMNS", "20")],
    &[("LC_ALL", "de_DE.ISO-8859-1"), ("TZ", "America/St_Johns"), ("HOME", "/nonexistent"), ("RAYON_NUM_THREADS", "7")],
];

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let workspace = workspace(global, None)?;
    let mut compilation = compile(&workspace)?;
    if compilation.has_errors() {
        show(&workspace, &compilation, &compilation.diagnostics);
        return Ok(verdict(&compilation.diagnostics));
    }
    let files = match compilation.emit() {
        Ok(files) => files,
        Err(error) => {
            compilation.explain(error)?;
            show(&workspace, &compilation, &compilation.diagnostics);
            return Ok(verdict(&compilation.diagnostics));
        }
    };
    if args.digest {
        terminal::print(&format!("{}\n", verify::digest(&files)));
        return Ok(Exit::Clean);
    }
    let progress = Progress::start();
    let mut runs = 1;
    runs += same_in_this_process(&compilation, &files, &progress)?;
    runs += same_elsewhere(&workspace, &files, &progress)?;
    drop(progress);
    let what = counted(files.len(), "file");
    terminal::status("Verified", &format!("{what}: {runs} runs gave the same bytes"));
    same_on_disk(&workspace, &mut compilation, &files)
}

/// Permuted specs and other numbers of threads.
fn same_in_this_process(compilation: &Compilation, files: &FileSet, progress: &Progress) -> Result<usize, Failure> {
    let variations = verify::variations(compilation.specs().count());
    for variation in &variations {
        progress.stage(format!("generating again: {}", variation.name));
        let varied = verify::run(compilation, variation);
        let varied = varied.map_err(|error| differs(&variation.name, &error.to_string()))?;
        if let Some(path) = verify::first_difference(files, &varied) {
            return Err(differs(&variation.name, &format!("{path} is another")));
        }
    }
    Ok(variations.len())
}

/// Processes of their own, each with its own hash seeds, in other surroundings and another folder.
fn same_elsewhere(workspace: &Workspace, files: &FileSet, progress: &Progress) -> Result<usize, Failure> {
    let own = env::current_exe().map_err(|error| Failure::outside("cannot find seac itself", &error))?;
    let expected = verify::digest(files);
    for surroundings in SURROUNDINGS {
        let name = surroundings.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ");
        progress.stage(format!("generating again: {name}"));
        let mut command = Command::new(&own);
        command.args(["verify", "--digest", "--root"]).arg(&workspace.root).current_dir(env::temp_dir());
        command.envs(surroundings.iter().copied());
        let output = command.output().map_err(|error| Failure::outside("cannot start seac again", &error))?;
        if String::from_utf8_lossy(&output.stdout).trim() != expected {
            return Err(differs(&name, String::from_utf8_lossy(&output.stderr).trim()));
        }
    }
    Ok(SURROUNDINGS.len())
}

fn differs(variation: &str, how: &str) -> Failure {
    let failure = Failure::new(Exit::Bug, format!("generation is not deterministic: {variation}: {how}"));
    failure.with_help("this is a bug of ours; please report it with the specs that show it")
}

/// The tree on disk is what was verified, and the manifest says so.
fn same_on_disk(workspace: &Workspace, compilation: &mut Compilation, files: &FileSet) -> Result<Exit, Failure> {
    let plan = compilation.plan(workspace, files, false)?;
    let output = &workspace.config.output;
    if plan.is_clean() {
        terminal::status("Verified", &format!("{output} is what the specs say"));
        return Ok(Exit::Clean);
    }
    terminal::note(&format!("{output} is not what the specs say: `seac generate --check` lists what differs"));
    Ok(Exit::Findings)
}
