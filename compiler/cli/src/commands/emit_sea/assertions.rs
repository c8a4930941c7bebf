//! `seac emit-sea ASSERTIONS…`

use crate::commands::{counted, read_inputs, show_inputs, unreadable, verdict};
use crate::exit::{Exit, Failure, bug};
use crate::generated::args::Global;
use crate::generated::emit_sea::{Args, Format};
use crate::terminal;
use seac_analysis::sea::Options;
use seac_assertions::assertion::digest_of;
use seac_assertions::check::{self, Checked};
use seac_assertions::date::Day;
use seac_assertions::edit::{self, Edited};
use seac_assertions::emit::{self, Emitted, Extras};
use seac_assertions::read::{self, Syntax};
use seac_assertions::select::{Selection, Wanted, select};
use seac_assertions::{Assertion, Claim, Subject};
use seac_syntax::diagnostic::{self, has_errors};
use seac_syntax::{Diagnostic, FileId};
use seac_workspace::emit_sea::put;
use seac_workspace::inputs::Inputs;
use seac_workspace::models::check_text;
use serde_json::json;
use similar::TextDiff;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A set that was read and divided.
struct Set<'a> {
    selection: Selection<'a>,
    digest: String,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let wanted = Wanted { at: day(args.at.as_deref())?, proposals: args.proposals };
    let inputs = read_inputs(&args.inputs)?;
    let (assertions, mut findings) = assertions(&inputs);
    if has_errors(&findings) {
        return Ok(shown(&inputs, findings));
    }
    let (selection, found) = select(&assertions, &wanted);
    findings.extend(found);
    if has_errors(&findings) {
        return Ok(shown(&inputs, findings));
    }
    let set = Set { digest: digest(&selection), selection };
    let origins = |subject: &Subject| origins(&set.selection, subject);
    let title = title(&set, args.proposals);
    let plain = args.against.is_some();
    let extras =
        Extras { title: (!plain).then_some(title.as_str()), origins: if args.origins { Some(&origins) } else { None } };
    let emitted = match emit::emit(&set.selection.claims, extras) {
        Ok(emitted) => emitted,
        Err(missing) => return Ok(shown(&inputs, check::missing(&set.selection, &missing))),
    };
    let (emitted, edited) = match &args.against {
        None => (emitted, None),
        Some(model) => match against(model, &set, emitted, args.prune)? {
            Ok((emitted, edited)) => (emitted, Some(edited)),
            Err(exit) => return Ok(exit),
        },
    };
    findings.extend(checked(global, args, &set.selection, &emitted)?);
    if !has_errors(&findings) {
        output(args, &set, &emitted, edited.as_ref())?;
        tell(args, &set, &emitted, edited.as_ref());
    }
    Ok(shown(&inputs, findings))
}

fn day(text: Option<&str>) -> Result<Option<Day>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let day = Day::parse(text);
    day.map(Some)
        .ok_or_else(|| Failure::new(Exit::Usage, format!("`{text}` is no day")).with_help("write it as 2026-03-02"))
}

/// All assertions of the texts, and what is wrong with them.
fn assertions(inputs: &Inputs) -> (Vec<Assertion>, Vec<Diagnostic>) {
    let (mut all, mut findings) = (Vec::new(), inputs.refused.clone());
    for input in &inputs.files {
        let source = inputs.sources.get(input.file);
        let (found, wrong) = read::read(input.file, &source.text, Syntax::of(&source.path, &source.text));
        all.extend(found);
        findings.extend(wrong);
    }
    (all, findings)
}

fn shown(inputs: &Inputs, mut findings: Vec<Diagnostic>) -> Exit {
    diagnostic::sort(&mut findings);
    show_inputs(inputs, &findings);
    verdict(&findings)
}

fn digest(selection: &Selection<'_>) -> String {
    digest_of(selection.by_claim.values().flatten().map(|assertion| assertion.id.as_str()))
}

fn title(set: &Set<'_>, proposals: bool) -> String {
    let what = if proposals { "claims, proposals among them," } else { "accepted claims" };
    format!("Made by `seac emit-sea` of {} {what} with the digest {}.", set.selection.claims.len(), set.digest)
}

/// The ids of all assertions about a declaration and its parts.
fn origins(selection: &Selection<'_>, subject: &Subject) -> Vec<String> {
    let of = |claim: &Claim| claim.subject.whole == subject.whole;
    let first = selection.by_claim.iter().skip_while(|(claim, _)| claim.subject.whole < subject.whole);
    let claims = first.take_while(|(claim, _)| of(claim));
    let ids: BTreeSet<&String> = claims.flat_map(|(_, found)| found.iter().map(|assertion| &assertion.id)).collect();
    ids.into_iter().cloned().collect()
}

type Changed = Result<(Emitted, Edited), Exit>;

/// The model that is there, changed.
fn against(model: &Path, set: &Set<'_>, emitted: Emitted, prune: bool) -> Result<Changed, Failure> {
    let inputs = read_inputs(&[model.to_path_buf()])?;
    let file = inputs.files.first().ok_or_else(|| Failure::new(Exit::Usage, "there is no model to change"))?.file;
    if has_errors(&inputs.refused) {
        return Ok(Err(shown(&inputs, inputs.refused.clone())));
    }
    let added = emitted.added.iter().map(|added| added.claim.clone());
    let claims: BTreeSet<Claim> = set.selection.claims.iter().cloned().chain(added).collect();
    let text = &inputs.sources.get(file).text;
    match edit::edit(file, text, &claims, prune) {
        Ok(edited) => Ok(Ok((Emitted { text: edited.text.clone(), ..emitted }, edited))),
        Err(findings) => Ok(Err(shown(&inputs, findings))),
    }
}

/// What is wrong with the model, at the claims.
fn checked(
    global: &Global,
    args: &Args,
    selection: &Selection<'_>,
    emitted: &Emitted,
) -> Result<Vec<Diagnostic>, Failure> {
    let checked = Checked::new(selection, emitted);
    let mut findings = checked.lost();
    if has_errors(&findings) {
        return Ok(findings);
    }
    let place = args.against.clone().or_else(|| args.out.clone()).unwrap_or_else(|| PathBuf::from("model.sea"));
    let (models, file) =
        check_text(&place, &emitted.text, global.root.as_deref(), &Options::default()).map_err(unreadable)?;
    for finding in &models.analysis.diagnostics {
        let here = finding.primary.span.file == file;
        let local = here.then(|| in_file(finding, file)).and_then(|finding| checked.at_the_claims(&finding));
        match local {
            Some(finding) => findings.push(finding),
            None => elsewhere(&models.sources, finding)?,
        }
    }
    Ok(findings)
}

/// A finding with the places of one file only, as places of a text by itself.
fn in_file(finding: &Diagnostic, file: FileId) -> Diagnostic {
    let mut finding = finding.clone();
    finding.secondary.retain(|label| label.span.file == file);
    for label in std::iter::once(&mut finding.primary).chain(&mut finding.secondary) {
        label.span.file = FileId(0);
    }
    finding
}

/// What no claim says: it stands in the model that is changed, or in a module that is imported.
fn elsewhere(sources: &seac_syntax::Sources, finding: &Diagnostic) -> Result<(), Failure> {
    let source = sources.get(finding.primary.span.file);
    let line = source.position(finding.primary.span.start).line;
    let message = format!("{}:{line}: {} [{}]", source.path, finding.message, finding.code.name());
    match finding.severity {
        seac_syntax::Severity::Error => Err(Failure::new(Exit::Findings, message)),
        _ => {
            terminal::note(&message);
            Ok(())
        }
    }
}

/// Writes or prints what was asked for.
fn output(args: &Args, set: &Set<'_>, emitted: &Emitted, edited: Option<&Edited>) -> Result<(), Failure> {
    let write = |path: &Path| -> Result<(), Failure> {
        let failed = |error| Failure::outside(format!("cannot write {}", path.display()), &error);
        put(path, &emitted.text).map_err(failed)?;
        terminal::status("Wrote", &format!("{} to {}", counted(emitted.declarations, "declaration"), path.display()));
        Ok(())
    };
    match (&args.out, &args.against) {
        _ if args.format == Format::Json => terminal::print(&json(set, emitted, edited)?),
        (Some(path), _) => write(path)?,
        (None, Some(model)) if args.write => {
            let changes = edited.map_or(0, |edited| edited.changed.len() + edited.added.len());
            let removed = edited.filter(|_| args.prune).map_or(0, |edited| edited.unclaimed.len());
            let failed = |error| Failure::outside(format!("cannot write {}", model.display()), &error);
            put(model, &emitted.text).map_err(failed)?;
            terminal::status("Changed", &format!("{} of {}", counted(changes + removed, "part"), model.display()));
        }
        (None, Some(model)) if args.diff => {
            let before = std::fs::read_to_string(model)
                .map_err(|error| Failure::outside(format!("cannot read {}", model.display()), &error))?;
            terminal::print(&patch(model, &before, &emitted.text));
        }
        _ => terminal::print(&emitted.text),
    }
    Ok(())
}

fn patch(path: &Path, before: &str, after: &str) -> String {
    let path = path.display();
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

fn json(set: &Set<'_>, emitted: &Emitted, edited: Option<&Edited>) -> Result<String, Failure> {
    let claim = |claim: &Claim| {
        json!({
            "subject": claim.subject.to_string(),
            "predicate": claim.predicate.as_str(),
            "object": claim.object.json(),
        })
    };
    let left = set.selection.left.iter().map(|(assertion, why)| {
        let mut left = claim(&assertion.claim);
        left["id"] = assertion.id.as_str().into();
        left["because"] = why.word().into();
        left
    });
    let added =
        emitted.added.iter().map(|added| json!({ "claim": claim(&added.claim), "because": claim(&added.because) }));
    let subjects = |subjects: &[Subject]| subjects.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut document = json!({
        "format": read::FORMAT,
        "digest": set.digest,
        "claims": set.selection.claims.len(),
        "declarations": emitted.declarations,
        "model": emitted.text,
        "left": left.collect::<Vec<_>>(),
        "added": added.collect::<Vec<_>>(),
    });
    if let Some(edited) = edited {
        document["changes"] = json!({
            "changed": subjects(&edited.changed),
            "added": subjects(&edited.added),
            "unclaimed": subjects(&edited.unclaimed),
        });
    }
    let text = serde_json::to_string_pretty(&document).map_err(|_| bug("texts always serialise"))?;
    Ok(format!("{text}\n"))
}

/// Says what did not become part of the model, and what did without having been claimed.
fn tell(args: &Args, set: &Set<'_>, emitted: &Emitted, edited: Option<&Edited>) {
    let mut words: Vec<&str> = set.selection.left.iter().map(|(_, why)| why.word()).collect();
    words.sort_unstable();
    for same in words.chunk_by(|a, b| a == b) {
        terminal::note(&format!("left out: {} {}", counted(same.len(), "assertion"), same.first().unwrap_or(&"")));
    }
    if set.selection.undated > 0 {
        let count = counted(set.selection.undated, "assertion");
        terminal::note(&format!("not looked at: the validity of {count}; `--at DATE` does"));
    }
    // A model that is there has some of it.
    let is_there = |subject: &Subject| edited.is_some_and(|edited| !edited.added.contains(subject));
    for added in emitted.added.iter().filter(|added| !is_there(&added.claim.subject)) {
        if args.verbose || added.claim.subject.whole != added.because.subject.whole {
            terminal::note(&format!("added: {}, which {} needs", added.claim.subject, added.because.subject));
        }
    }
    if args.verbose {
        for (assertion, why) in &set.selection.left {
            let Claim { subject, predicate, object } = &assertion.claim;
            terminal::note(&format!("{}: {subject}: {predicate} {}", why.word(), object.shown()));
        }
    }
    for subject in edited.iter().flat_map(|edited| &edited.unclaimed) {
        let what = if args.prune { "removed" } else { "not claimed, and left where it is" };
        terminal::note(&format!("{what}: {subject}"));
    }
}
