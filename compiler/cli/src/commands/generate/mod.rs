//! `seac generate`

mod json;
mod text;

use super::{counted, show, verdict, workspace};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::generate::Format;
use crate::progress::Progress;
use crate::terminal;
use crate::timings::Timings;
use rayon::ThreadPoolBuilder;
use seac_emit::FileSet;
use seac_syntax::diagnostic::nearest;
use seac_workspace::load::Loaded;
use seac_workspace::memo::{self, Memo, Unchanged};
use seac_workspace::own::{self, Drift};
use seac_workspace::seen::Seen;
use seac_workspace::{
    Compilation, Plan, Session, UnknownContext, Workspace, apply, compile, history, load, lock, scaffold,
};

pub use crate::generated::generate::Args;
pub use json::schema;

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
    let exit = outcome.exit;
    if args.format == Format::Json {
        terminal::print(&json::render(&outcome, args, &timings)?);
    } else {
        finish(exit, args, &timings)?;
    }
    // The process ends, which gives back everything at once.
    std::mem::forget(outcome);
    Ok(exit)
}

fn threads(args: &Args) -> Result<(), Failure> {
    let Some(jobs) = args.jobs.and_then(|jobs| usize::try_from(jobs).ok()) else { return Ok(()) };
    let built = ThreadPoolBuilder::new().num_threads(jobs).build_global();
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
        let own = if args.only.is_empty() { compilation.emit_own()? } else { FileSet::default() };
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
            memo::remember(&outcome.workspace, silent.then_some(&inputs), &keys, &outcome.plan);
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

    /// Gives what was understood and written to the next run of the process.
    pub fn leave_to(self, session: &mut Session) {
        session.keep(self.compilation, self.applied.then_some(self.plan));
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
