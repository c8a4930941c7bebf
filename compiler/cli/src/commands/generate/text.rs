//! What a run says to a person.

use super::{Args, Outcome};
use crate::commands::counted;
use crate::exit::{Exit, Failure};
use crate::terminal;
use seac_workspace::memo::Unchanged;
use seac_workspace::own::Drift;
use seac_workspace::reconcile::FindingKind;
use seac_workspace::{Action, Plan, Workspace, diff, manifest};

/// Says that there was nothing to do.
pub fn unchanged(workspace: &Workspace, unchanged: Unchanged, args: &Args) {
    let output = &workspace.config.output;
    if args.check {
        return terminal::status("Checked", &format!("{output} is what the specs say"));
    }
    let files = counted(unchanged.generated + unchanged.kept, "file");
    terminal::status("Generated", &format!("{files} in {output}: {}", summary(&Plan::default(), &unchanged)));
}

/// Says what was, or would be, done; the findings have been shown.
pub fn outcome(outcome: &Outcome, args: &Args) -> Result<(), Failure> {
    if !args.writes() {
        return preview(outcome, args);
    }
    if !outcome.applied {
        terminal::note("nothing was written");
        return Ok(());
    }
    let Outcome { workspace, files, plan, drift, unchanged, .. } = outcome;
    let files = counted(files.len() + unchanged.generated + unchanged.kept, "file");
    let written = format!("{files} in {}: {}", workspace.config.output, summary(plan, unchanged));
    terminal::status("Generated", &written);
    note_what_is_left(args);
    if !drift.is_empty() {
        let count = counted(drift.stale.len() + drift.left_over.len(), "file");
        terminal::status("Renewed", &format!("{count} of the compiler itself: build it again"));
    }
    Ok(())
}

fn preview(outcome: &Outcome, args: &Args) -> Result<(), Failure> {
    let Outcome { workspace, plan, drift, .. } = outcome;
    let files = if args.diff { diff::unified(workspace, plan)? } else { listing(workspace, plan) };
    terminal::print(&(files + &own_listing(drift)));
    if outcome.exit == Exit::Clean && !args.dry_run {
        let what = if args.only.is_empty() { "" } else { " of these contexts" };
        terminal::status("Checked", &format!("{}{what} is what the specs say", workspace.config.output));
        note_what_is_left(args);
    }
    Ok(())
}

fn note_what_is_left(args: &Args) {
    if !args.only.is_empty() {
        terminal::note("what contexts share was left as it is; `seac generate` without `--only` is still needed");
    }
}

/// E.g. `2 written, 1 kept, 40 unchanged, 0 removed`.
fn summary(plan: &Plan, passed_over: &Unchanged) -> String {
    let written = plan.count(|action| matches!(action, Action::Create(_) | Action::Replace(_)));
    let kept = plan.count(|action| *action == Action::Keep) + passed_over.kept;
    let unchanged = plan.count(|action| *action == Action::Unchanged) + passed_over.generated;
    let removed = plan.count(|action| *action == Action::Remove);
    format!("{written} written, {kept} kept, {unchanged} unchanged, {removed} removed")
}

fn line(verb: &str, path: &str) -> String {
    format!("{verb:<8} {path}\n")
}

/// One line for every path that would change or be refused.
fn listing(workspace: &Workspace, plan: &Plan) -> String {
    let output = &workspace.config.output;
    let line = |verb: &str, path: &str| line(verb, &format!("{output}/{path}"));
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
        text.push_str(&line("write", manifest::FILE));
    }
    text
}

/// One line for every file of the compiler itself that would change.
fn own_listing(drift: &Drift) -> String {
    let stale = drift.stale.iter().map(|path| line("replace", path));
    stale.chain(drift.left_over.iter().map(|path| line("remove", path))).collect()
}
