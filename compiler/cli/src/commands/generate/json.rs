//! What a run says to a program: one object, by a schema.

use super::{Args, Outcome};
use crate::commands::prefix;
use crate::exit::Failure;
use crate::render::Report;
use crate::render::json::{Finding, findings};
use crate::timings::Timings;
use schemars::{JsonSchema, Schema, schema_for};
use seac_emit::Zone;
use seac_syntax::Code;
use seac_workspace::reconcile::FindingKind;
use seac_workspace::{Action, diff, manifest};
use serde::Serialize;
use std::collections::BTreeMap;

/// One run.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Run")]
struct Run<'a> {
    /// What was asked for.
    mode: Mode,
    /// The contexts the run was about; null if it was about all there is.
    only: Option<&'a [String]>,
    /// Whether the output folder is now as the specs say. False if nothing was to be written, or a finding stands in the
    /// way of it.
    applied: bool,
    /// Every file that is generated or was before, sorted by path; empty if the specs have errors.
    files: Vec<File>,
    /// How many files there are for each action.
    summary: BTreeMap<Done, usize>,
    /// What a person has to look at, as from `seac check --format json`.
    findings: Vec<Finding<'a>>,
    /// With `--diff`: what would change.
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
    /// With `--timings`: the stages in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    timings: Option<Vec<Stage>>,
}

/// What a run is asked for.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// Files are written.
    Write,
    /// Nothing is written: what differs?
    Check,
    /// Nothing is written: what is the difference?
    Diff,
    /// Nothing is written: what would be done?
    DryRun,
}

/// One file.
#[derive(Serialize, JsonSchema)]
struct File {
    /// Relative to the workspace.
    path: String,
    /// What was done with it or, if nothing was to be written or could be, would be.
    action: Done,
    /// Whose it is; null if no run has made it.
    zone: Option<Owner>,
    /// The code of the finding about it; the last one, if there are several.
    finding: Option<Code>,
}

/// What can be done with a file.
#[derive(Clone, Copy, Serialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Done {
    /// Nothing was there.
    Create,
    /// Something else was there.
    Replace,
    /// It is as it shall be.
    Unchanged,
    /// It is the user's.
    Keep,
    /// It is no longer wanted.
    Remove,
    /// A finding stands in the way.
    Refuse,
    /// No run has made it, and it is left alone.
    Foreign,
}

/// Who owns a file.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Owner {
    /// The compiler.
    Gen,
    /// The user.
    Ext,
}

/// A stage of the run.
#[derive(Serialize, JsonSchema)]
struct Stage {
    /// Its name.
    name: &'static str,
    /// How long it took.
    milliseconds: f64,
}

/// The JSON Schema of what [`render`] gives.
pub fn schema() -> Schema {
    schema_for!(Run<'static>)
}

/// The run as indented JSON.
pub fn render(outcome: &Outcome, args: &Args, timings: &Timings) -> Result<String, Failure> {
    let diagnostics = &outcome.compilation.diagnostics;
    let report = Report { sources: &outcome.compilation.sources, diagnostics, prefix: &prefix(&outcome.workspace) };
    let files = files(outcome);
    let mut summary = BTreeMap::new();
    for file in &files {
        *summary.entry(file.action).or_default() += 1;
    }
    let run = Run {
        mode: mode(args),
        only: (!args.only.is_empty()).then_some(args.only.as_slice()),
        applied: outcome.applied,
        files,
        summary,
        findings: findings(&report),
        patch: args.diff.then(|| diff::unified(&outcome.workspace, &outcome.plan)).transpose()?,
        timings: args.timings.then(|| timings.stages().map(|(name, took)| stage(name, took)).collect()),
    };
    let text = serde_json::to_string_pretty(&run).expect("texts and numbers always serialise");
    Ok(format!("{text}\n"))
}

fn stage(name: &'static str, took: std::time::Duration) -> Stage {
    Stage { name, milliseconds: took.as_secs_f64() * 1000.0 }
}

fn mode(args: &Args) -> Mode {
    match (args.check, args.diff, args.dry_run) {
        (true, ..) => Mode::Check,
        (_, true, _) => Mode::Diff,
        (.., true) => Mode::DryRun,
        _ => Mode::Write,
    }
}

fn files(outcome: &Outcome) -> Vec<File> {
    let Outcome { workspace, plan, drift, .. } = outcome;
    let below = |path: &str| format!("{}/{path}", workspace.config.output);
    let findings: BTreeMap<&str, Code> = plan.findings.iter().map(|f| (f.path.as_str(), f.code())).collect();
    let mut files: Vec<File> = Vec::new();
    for step in &plan.steps {
        let finding = findings.get(step.path.as_str()).copied();
        files.push(File {
            path: below(&step.path),
            action: done(&step.action),
            zone: owner(outcome, &step.path),
            finding,
        });
    }
    for foreign in plan.findings.iter().filter(|finding| finding.kind == FindingKind::Foreign) {
        files.push(File {
            path: below(&foreign.path),
            action: Done::Foreign,
            zone: None,
            finding: Some(foreign.code()),
        });
    }
    let ours = |path: String, action| File { path, action, zone: Some(Owner::Gen), finding: None };
    files.extend(plan.manifest.iter().map(|_| ours(below(manifest::FILE), Done::Replace)));
    files.extend(drift.stale.iter().map(|path| ours(path.clone(), Done::Replace)));
    files.extend(drift.left_over.iter().map(|path| ours(path.clone(), Done::Remove)));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn done(action: &Action) -> Done {
    match action {
        Action::Create(_) => Done::Create,
        Action::Replace(_) => Done::Replace,
        Action::Unchanged => Done::Unchanged,
        Action::Keep => Done::Keep,
        Action::Remove => Done::Remove,
        Action::Refuse => Done::Refuse,
    }
}

/// Only the compiler's own files are ever removed, so a file that is no longer asked for is one of them.
fn owner(outcome: &Outcome, path: &str) -> Option<Owner> {
    Some(match outcome.files.get(path).map(|file| file.zone) {
        Some(Zone::Ext) => Owner::Ext,
        Some(Zone::Gen) | None => Owner::Gen,
    })
}
