//! `seac generate`

use super::{counted, show, verdict, workspace};
use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::reference;
use crate::terminal;
use crate::timings::Timings;
use seac_emit::{EmitError, FileSet, OutputFile, Zone};
use seac_syntax::Diagnostic;
use seac_workspace::load::Loaded;
use seac_workspace::memo::{self, Unchanged};
use seac_workspace::own::{self, Drift};
use seac_workspace::reconcile::FindingKind;
use seac_workspace::{Action, Compilation, Plan, Workspace, apply, compile, diff, history, load, lock, scaffold};

/// Arguments of `generate`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Files in the zone `gen` belong to the compiler. An edit in one of them is refused, not \
                        overwritten; extension files are written once and never touched again.")]
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
    /// Replace or remove generated files although they were edited, and what stands in their way
    #[arg(long)]
    overwrite: bool,
    /// Release what the specs say now: from here on, changes to tables and events are further migrations
    #[arg(long, conflicts_with_all = ["check", "diff", "dry_run"])]
    release: bool,
    /// Print how long each stage took
    #[arg(long)]
    timings: bool,
}

/// What a run has found out and done.
pub struct Outcome {
    /// The workspace.
    pub workspace: Workspace,
    /// Its specs.
    pub compilation: Compilation,
    /// What they ask for; empty if they have errors.
    pub files: FileSet,
    /// How it ended.
    pub exit: Exit,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let mut timings = Timings::start();
    let prepared = Prepared::new(workspace(global, None)?, args, &mut timings)?;
    if let Some(unchanged) = prepared.unchanged(args)? {
        timings.ended("compare");
        prepared.say(unchanged, args);
        return finish(Exit::Clean, args, &timings);
    }
    let mut outcome = prepared.generate(args, &mut timings)?;
    if args.release && outcome.exit == Exit::Clean && release(&outcome)? {
        // What was released is an input, so the output says so.
        outcome = generate(outcome.workspace, args, &mut timings)?;
    }
    finish(outcome.exit, args, &timings)
}

fn finish(exit: Exit, args: &Args, timings: &Timings) -> Result<Exit, Failure> {
    if args.timings {
        terminal::findings(&format!("{}\n", timings.table()));
    }
    Ok(exit)
}

/// The whole chain, stopped where `args` says.
pub fn generate(workspace: Workspace, args: &Args, timings: &mut Timings) -> Result<Outcome, Failure> {
    Prepared::new(workspace, args, timings)?.generate(args, timings)
}

impl Args {
    fn writes(&self) -> bool {
        !(self.check || self.diff || self.dry_run)
    }
}

/// A workspace that nobody else writes to, and its texts.
struct Prepared {
    workspace: Workspace,
    loaded: Loaded,
    /// A digest of all that was read.
    inputs: String,
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
        timings.ended("load");
        Ok(Self { workspace, loaded, inputs, _lock: lock })
    }

    /// Whether nothing has changed since a run that had nothing to say.
    fn unchanged(&self, args: &Args) -> Result<Option<Unchanged>, Failure> {
        if args.overwrite || args.release || args.diff || args.dry_run {
            return Ok(None);
        }
        Ok(memo::unchanged(&self.workspace, &self.inputs)?)
    }

    fn say(&self, unchanged: Unchanged, args: &Args) {
        let output = &self.workspace.config.output;
        if args.check {
            return terminal::status("Checked", &format!("{output} is what the specs say"));
        }
        let Unchanged { generated, kept } = unchanged;
        let files = counted(generated + kept, "file");
        let summary = format!("0 written, {kept} kept, {generated} unchanged, 0 removed");
        terminal::status("Generated", &format!("{files} in {output}: {summary}"));
    }

    fn generate(self, args: &Args, timings: &mut Timings) -> Result<Outcome, Failure> {
        let Self { workspace, loaded, inputs, _lock } = self;
        let mut compilation = compile::analyse(&workspace, loaded);
        timings.ended("analyse");
        if compilation.has_errors() {
            show(&workspace, &compilation, &compilation.diagnostics);
            let exit = verdict(&compilation.diagnostics);
            return Ok(Outcome { workspace, compilation, files: FileSet::default(), exit });
        }
        let files = compilation.emit()?;
        let own = own_files(&compilation)?;
        timings.ended("emit");
        let plan = compilation.plan(&workspace, &files, args.overwrite)?;
        let drift = own::compare(&workspace, &own)?;
        timings.ended("reconcile");
        show(&workspace, &compilation, &compilation.diagnostics);
        let mut exit = if args.writes() {
            write(&workspace, &files, &plan, &compilation.diagnostics)?
        } else {
            preview(&workspace, &plan, &compilation.diagnostics, args)?
        };
        if exit != Exit::Usage && !drift.is_empty() {
            exit = renew(&workspace, &own, &drift, args.writes() && exit == Exit::Clean, args.dry_run)?;
        }
        // What a compiler is made from is not part of the output, and findings have to be said again.
        if args.writes() && exit == Exit::Clean && own.is_empty() && compilation.diagnostics.is_empty() {
            memo::remember(&workspace, &inputs);
        }
        timings.ended(if args.writes() { "apply" } else { "print" });
        Ok(Outcome { workspace, compilation, files, exit })
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

fn write(workspace: &Workspace, files: &FileSet, plan: &Plan, found: &[Diagnostic]) -> Result<Exit, Failure> {
    let exit = verdict(found);
    if plan.blocked() || exit != Exit::Clean {
        terminal::note("nothing was written");
        return Ok(if exit == Exit::Clean { Exit::Findings } else { exit });
    }
    apply::apply(workspace, plan)?;
    // Only editors need it: a run does not fail for it.
    let _ = scaffold::schema(&workspace.root);
    terminal::status(
        "Generated",
        &format!("{} in {}: {}", counted(files.len(), "file"), workspace.config.output, summary(plan)),
    );
    Ok(Exit::Clean)
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

/// What a compiler generates into itself; it has to be built again to say what it says then.
fn renew(workspace: &Workspace, own: &FileSet, drift: &Drift, writes: bool, dry_run: bool) -> Result<Exit, Failure> {
    if writes {
        let failed = |error| Failure::outside("cannot write what the compiler is built from".to_owned(), &error);
        own::write(workspace, own, drift).map_err(failed)?;
        let count = counted(drift.stale.len() + drift.left_over.len(), "file");
        terminal::status("Renewed", &format!("{count} of the compiler itself: build it again"));
        return Ok(Exit::Clean);
    }
    let line = |verb: &str, path: &String| format!("{verb:<8} {path}\n");
    let stale = drift.stale.iter().map(|path| line("replace", path));
    terminal::print(&stale.chain(drift.left_over.iter().map(|path| line("remove", path))).collect::<String>());
    Ok(if dry_run { Exit::Clean } else { Exit::Findings })
}

/// E.g. `2 written, 1 kept, 40 unchanged, 0 removed`.
fn summary(plan: &Plan) -> String {
    let written = plan.count(|action| matches!(action, Action::Create(_) | Action::Replace(_)));
    let kept = plan.count(|action| *action == Action::Keep);
    let unchanged = plan.count(|action| *action == Action::Unchanged);
    let removed = plan.count(|action| *action == Action::Remove);
    format!("{written} written, {kept} kept, {unchanged} unchanged, {removed} removed")
}

fn preview(workspace: &Workspace, plan: &Plan, found: &[Diagnostic], args: &Args) -> Result<Exit, Failure> {
    if args.diff {
        terminal::print(&diff::unified(workspace, plan)?);
    } else {
        terminal::print(&listing(workspace, plan));
    }
    let exit = verdict(found);
    if exit != Exit::Clean || (plan.is_clean() && !args.dry_run) {
        if exit == Exit::Clean {
            terminal::status("Checked", &format!("{} is what the specs say", workspace.config.output));
        }
        return Ok(exit);
    }
    Ok(if args.dry_run { Exit::Clean } else { Exit::Findings })
}

/// One line for every path that would change or be refused.
fn listing(workspace: &Workspace, plan: &Plan) -> String {
    let output = &workspace.config.output;
    let line = |verb: &str, path: &str| format!("{verb:<8} {output}/{path}\n");
    let mut text = String::new();
    for step in &plan.steps {
        match step.action {
            Action::Create(_) => text.push_str(&line("create", &step.path)),
            Action::Replace(_) => text.push_str(&line("replace", &step.path)),
            Action::Remove => text.push_str(&line("remove", &step.path)),
            Action::Refuse => text.push_str(&line("refuse", &step.path)),
            Action::Unchanged | Action::Keep => {}
        }
    }
    for finding in plan.findings.iter().filter(|finding| finding.kind == FindingKind::Foreign) {
        text.push_str(&line("foreign", &finding.path));
    }
    if plan.manifest.is_some() {
        text.push_str(&line("write", seac_workspace::manifest::FILE));
    }
    text
}
