//! `seac generate`

mod json;
mod text;

use super::{counted, show, verdict, workspace};
use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::progress::Progress;
use crate::reference;
use crate::terminal;
use crate::timings::Timings;
use rayon::ThreadPoolBuilder;
use seac_emit::{EmitError, FileSet, OutputFile, Zone};
use seac_syntax::diagnostic::nearest;
use seac_workspace::load::Loaded;
use seac_workspace::memo::{self, Memo, Seen, Unchanged};
use seac_workspace::own::{self, Drift};
use seac_workspace::{
    Compilation, Plan, Session, UnknownContext, Workspace, apply, compile, history, load, lock, scaffold,
};

pub use json::schema;

/// Arguments of `generate`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Files in the zone `gen` belong to the compiler. An edit in one of them is refused, not \
                        overwritten; extension files are written once and never touched again.\n\n\
                        With `--only`, what contexts share stays as it is: `Cargo.lock`, the kernel, the node, and in \
                        `MANIFEST.json` all that is about other files. A full run is still needed before the service is \
                        built or checked in.")]
pub struct Args {
    /// Write nothing; list what differs from the specs and exit with 1 if anything does
    #[arg(long, conflicts_with_all = ["diff", "dry_run"])]
    check: bool,
    /// Write nothing; print what would change as a patch and exit with 1 if anything would
    #[arg(long, conflicts_with = "dry_run")]
    diff: bool,
    /// Write nothing; list what would be done
    #[arg(long)]
    dry_run: bool,
    /// Write, compare and list the files of this context and no others; may be repeated
    #[arg(long, value_name = "CONTEXT", conflicts_with = "release")]
    only: Vec<String>,
    /// Replace or remove generated files although they were edited, and what stands in their way
    #[arg(long)]
    overwrite: bool,
    /// Release what the specs say now: from here on, changes to tables and events are further migrations
    #[arg(long, conflicts_with_all = ["check", "diff", "dry_run"])]
    release: bool,
    /// How many threads may work; the bytes are the same with any number [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// How to say what was done
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// Print how long each stage took
    #[arg(long)]
    timings: bool,
}

/// The formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Text
    #[default]
    Human,
    /// One object on stdout, by `seac schema generate`
    Json,
}

/// What a run has found out and done.
pub struct Outcome {
    /// The workspace.
    pub workspace: Workspace,
    /// Its specs.
    pub compilation: Compilation,
    /// What they ask for; empty if they have errors.
    pub files: FileSet,
    /// What they ask for as well, and was not made because it is there.
    unchanged: Unchanged,
    /// How it ended.
    pub exit: Exit,
    /// What has, or would have, to happen to the output folder.
    plan: Plan,
    /// What has, or would have, to happen to the compiler itself.
    drift: Drift,
    /// Whether the output folder is now as the specs say.
    applied: bool,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let mut timings = Timings::start();
    threads(args)?;
    let prepared = Prepared::new(workspace(global, None)?, args, &mut timings)?;
    if let Some(unchanged) = prepared.unchanged()? {
        timings.ended("compare");
        text::unchanged(&prepared.workspace, unchanged, args);
        return finish(Exit::Clean, args, &timings);
    }
    let mut outcome = prepared.generate(args, None, &mut timings)?;
    if args.release && outcome.exit == Exit::Clean && release(&outcome)? {
        // What was released is an input, so the output says so.
        outcome = generate(outcome.workspace, args, None, &mut timings)?;
    }
    if args.format == Format::Json {
        terminal::print(&json::render(&outcome, args, &timings)?);
        return Ok(outcome.exit);
    }
    finish(outcome.exit, args, &timings)
}

fn threads(args: &Args) -> Result<(), Failure> {
    let Some(jobs) = args.jobs else { return Ok(()) };
    let built = ThreadPoolBuilder::new().num_threads(jobs.into()).build_global();
    built.map_err(|error| Failure::new(Exit::Outside, format!("cannot start {jobs} threads: {error}")))
}

fn finish(exit: Exit, args: &Args, timings: &Timings) -> Result<Exit, Failure> {
    if args.timings {
        terminal::findings(&format!("{}\n", timings.table()));
    }
    Ok(exit)
}

/// The whole chain, stopped where `args` says; in a process that goes through it again and again, with its `session`.
pub fn generate(
    workspace: Workspace,
    args: &Args,
    session: Option<&mut Session>,
    timings: &mut Timings,
) -> Result<Outcome, Failure> {
    Prepared::new(workspace, args, timings)?.generate(args, session, timings)
}

impl Args {
    fn writes(&self) -> bool {
        !(self.check || self.diff || self.dry_run)
    }

    /// Whether the run is about all there is, and only about what differs: what a memo can answer for.
    fn is_plain(&self) -> bool {
        self.only.is_empty() && !(self.overwrite || self.release || self.diff || self.dry_run)
    }
}

/// A workspace that nobody else writes to, and its texts.
struct Prepared {
    workspace: Workspace,
    loaded: Loaded,
    /// A digest of all that was read.
    inputs: String,
    /// What the last run left, if it can be relied on.
    memo: Option<Memo>,
    _lock: Option<lock::Lock>,
}

impl Prepared {
    fn new(workspace: Workspace, args: &Args, timings: &mut Timings) -> Result<Self, Failure> {
        let lock = if args.writes() { Some(lock::acquire(&workspace.state())?) } else { None };
        if args.writes() && apply::recover(&workspace)? {
            terminal::note("an earlier run was interrupted; what it had begun was undone");
        }
        let loaded = load::load(&workspace)?;
        let inputs = memo::inputs(&workspace, &loaded);
        // A memo does not know what JSON tells of files.
        let memo = if args.is_plain() && args.format == Format::Human { Memo::read(&workspace)? } else { None };
        timings.ended("load");
        Ok(Self { workspace, loaded, inputs, memo, _lock: lock })
    }

    /// What there is, if nothing has changed since a run that had nothing to say.
    fn unchanged(&self) -> Result<Option<Unchanged>, Failure> {
        let Some(memo) = &self.memo else { return Ok(None) };
        Ok(memo.unchanged(&self.workspace, &self.inputs)?)
    }

    fn generate(
        self,
        args: &Args,
        mut session: Option<&mut Session>,
        timings: &mut Timings,
    ) -> Result<Outcome, Failure> {
        let Self { workspace, loaded, inputs, memo, _lock } = self;
        let progress = if args.format == Format::Json { Progress::none() } else { Progress::start() };
        progress.stage(format!("understanding {}", counted(loaded.sources.iter().count(), "text")));
        let mut compilation = match session.as_deref_mut() {
            Some(session) => compile::analyse_in(session, &workspace, loaded),
            None => compile::analyse(&workspace, loaded),
        };
        timings.ended("analyse");
        if compilation.has_errors() {
            drop(progress);
            return Ok(Outcome::without_files(workspace, compilation, args));
        }
        compilation.select(&args.only)?;
        let keys = compilation.keys();
        let nothing = Seen::default();
        let seen = session.as_ref().map_or(&nothing, |session| &session.seen);
        let unchanged = memo.map(|memo| memo.untouched(&workspace, &keys, seen)).transpose()?.unwrap_or_default();
        if !unchanged.contexts.is_empty() {
            compilation.pass_over(unchanged.contexts.clone());
        }
        timings.ended("recall");
        progress.stage("emitting");
        let files = match compilation.emit() {
            Ok(files) => files,
            Err(error) => {
                compilation.explain(error)?;
                drop(progress);
                return Ok(Outcome::without_files(workspace, compilation, args));
            }
        };
        let own = if args.only.is_empty() { own_files(&compilation)? } else { FileSet::default() };
        timings.ended("emit");
        progress.stage(format!("comparing {} with the disk", counted(files.len(), "file")));
        let plan = compilation.plan(&workspace, &files, args.overwrite)?;
        let drift = own::compare(&workspace, &own)?;
        timings.ended("reconcile");
        let exit = verdict(&compilation.diagnostics);
        let mut outcome = Outcome { workspace, compilation, files, unchanged, exit, plan, drift, applied: false };
        progress.aside(|| outcome.show_findings(args));
        progress.stage(if args.writes() { "writing" } else { "listing" });
        outcome.settle(&own, args)?;
        drop(progress);
        if outcome.applied && args.only.is_empty() {
            // What a compiler is made from is not part of the output, and findings have to be said again.
            let silent = own.is_empty() && outcome.compilation.diagnostics.is_empty();
            memo::remember(&outcome.workspace, silent.then_some(&inputs), &keys, &outcome.plan.left);
        }
        if args.format == Format::Human {
            text::outcome(&outcome, args)?;
        }
        timings.ended(if args.writes() { "apply" } else { "print" });
        Ok(outcome)
    }
}

impl Outcome {
    /// What a run comes to whose specs have errors.
    fn without_files(workspace: Workspace, compilation: Compilation, args: &Args) -> Self {
        let (files, unchanged, plan, drift) = Default::default();
        let exit = verdict(&compilation.diagnostics);
        let outcome = Self { workspace, compilation, files, unchanged, exit, plan, drift, applied: false };
        outcome.show_findings(args);
        outcome
    }

    fn show_findings(&self, args: &Args) {
        if args.format == Format::Human {
            show(&self.workspace, &self.compilation, &self.compilation.diagnostics);
        }
    }

    /// Whether a person has to decide something before anything can be written.
    fn is_blocked(&self) -> bool {
        self.plan.blocked() || verdict(&self.compilation.diagnostics) != Exit::Clean
    }

    /// Makes the disk as the specs say, if `args` ask for it and nothing is in the way, and finds the exit code.
    fn settle(&mut self, own: &FileSet, args: &Args) -> Result<(), Failure> {
        if args.writes() && !self.is_blocked() {
            self.write(own, args)?;
        } else if self.exit == Exit::Clean && !args.dry_run {
            let same = self.plan.is_clean() && self.drift.is_empty();
            self.exit = if same { Exit::Clean } else { Exit::Findings };
        }
        Ok(())
    }

    fn write(&mut self, own: &FileSet, args: &Args) -> Result<(), Failure> {
        apply::apply(&self.workspace, &self.plan)?;
        if args.only.is_empty() {
            // Only editors need it: a run does not fail for it.
            let _ = scaffold::schema(&self.workspace.root);
        }
        let failed = |error| Failure::outside("cannot write what the compiler is built from".to_owned(), &error);
        own::write(&self.workspace, own, &self.drift).map_err(failed)?;
        self.applied = true;
        Ok(())
    }
}

impl From<UnknownContext> for Failure {
    fn from(unknown: UnknownContext) -> Self {
        let help = match nearest(&unknown.name, unknown.known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the contexts are {}", unknown.known.join(", ")),
        };
        Self::new(Exit::Usage, unknown.to_string()).with_help(help)
    }
}

/// Writes the histories; whether there was anything new in them.
fn release(outcome: &Outcome) -> Result<bool, Failure> {
    let _lock = lock::acquire(&outcome.workspace.state())?;
    let written = history::release(&outcome.workspace, &outcome.compilation)?;
    if written.is_empty() {
        terminal::status("Released", "nothing new");
    }
    for path in &written {
        terminal::status("Released", path);
    }
    Ok(!written.is_empty())
}

/// What the compiler's specs ask for in the compiler, and the page about this command line.
fn own_files(compilation: &Compilation) -> Result<FileSet, Failure> {
    let mut files = compilation.emit_own()?;
    if !files.is_empty() {
        let (bytes, template) = (reference::page().into_bytes(), "cli::reference".to_owned());
        let page = OutputFile { bytes, zone: Zone::Gen, template, origins: Vec::new(), regions: Vec::new() };
        files.insert(reference::PATH, page).map_err(EmitError::from)?;
    }
    Ok(files)
}
