//! Results of evaluation: a line for people, canonical JSON for programs.

use super::Report;
use seac_analysis::sea::{MetricResult, ModelResult, Note, Offender, PolicyResult, Verdict};
use seac_syntax::Span;
use serde_json::{Value, json};
use std::fmt::Write;

/// One line for each policy and metric.
pub fn human(report: &Report<'_>, models: &[ModelResult]) -> String {
    let mut text = String::new();
    for policy in models.iter().flat_map(|model| &model.policies) {
        let name = qualified(&policy.namespace, &policy.name);
        let _ = write!(text, "{:>13}  {name}", word(policy.verdict));
        match (&policy.value, &policy.missing) {
            (Some(value), _) if policy.verdict == Verdict::Computed => {
                let _ = write!(text, " = {value}");
            }
            (_, Some(missing)) => {
                let _ = write!(text, ": {} ({})", missing.text, place(report, missing.span));
            }
            _ => {}
        }
        let witness: Vec<String> =
            policy.witness.iter().map(|bound| format!("{} = {}", bound.variable, bound.element.label)).collect();
        if !witness.is_empty() {
            let _ = write!(text, " by {}, {} in all", witness.join(", "), policy.offender_count);
        }
        text.push('\n');
    }
    for metric in models.iter().flat_map(|model| &model.metrics) {
        let name = qualified(&metric.namespace, &metric.name);
        let value = metric.value.as_deref().unwrap_or("unknown");
        let _ = write!(text, "{:>13}  {name} = {value}", if metric.breached { "beyond" } else { "measured" });
        if let Some(missing) = &metric.missing {
            let _ = write!(text, ": {}", missing.text);
        }
        text.push('\n');
    }
    text
}

/// All results, with keys in order and without anything that depends on the machine.
pub fn json(report: &Report<'_>, models: &[ModelResult]) -> String {
    let model = |model: &ModelResult| {
        let files: Vec<String> = model.modules.iter().map(|file| report.path(*file)).collect();
        json!({
            "files": files,
            "policies": model.policies.iter().map(|found| policy(report, found)).collect::<Vec<_>>(),
            "metrics": model.metrics.iter().map(|found| metric(report, found)).collect::<Vec<_>>(),
        })
    };
    let models: Vec<Value> = models.iter().map(model).collect();
    let text = serde_json::to_string_pretty(&models).expect("strings and numbers always serialise");
    format!("{text}\n")
}

fn policy(report: &Report<'_>, policy: &PolicyResult) -> Value {
    let witness = policy
        .witness
        .iter()
        .map(|bound| json!({ "variable": bound.variable, "element": offender(report, &bound.element) }));
    json!({
        "name": policy.name,
        "namespace": policy.namespace,
        "at": place(report, policy.span),
        "kind": policy.kind,
        "modality": policy.modality,
        "priority": policy.priority,
        "verdict": word(policy.verdict).replace(' ', "_"),
        "value": policy.value,
        "offenders": policy.offenders.iter().map(|found| offender(report, found)).collect::<Vec<_>>(),
        "offenderCount": policy.offender_count,
        "witness": witness.collect::<Vec<_>>(),
        "values": policy.values.iter().map(|found| note(report, found)).collect::<Vec<_>>(),
        "missing": policy.missing.as_ref().map(|found| note(report, found)),
    })
}

fn metric(report: &Report<'_>, metric: &MetricResult) -> Value {
    json!({
        "name": metric.name,
        "namespace": metric.namespace,
        "at": place(report, metric.span),
        "value": metric.value,
        "threshold": metric.threshold,
        "severity": metric.severity,
        "beyond": metric.breached,
        "missing": metric.missing.as_ref().map(|found| note(report, found)),
    })
}

fn offender(report: &Report<'_>, offender: &Offender) -> Value {
    json!({ "label": offender.label, "at": place(report, offender.span) })
}

fn note(report: &Report<'_>, note: &Note) -> Value {
    json!({ "text": note.text, "at": place(report, note.span) })
}

fn place(report: &Report<'_>, span: Span) -> String {
    let (start, _) = report.positions(span);
    format!("{}:{}:{}", report.path(span.file), start.line, start.column)
}

fn qualified(namespace: &str, name: &str) -> String {
    if namespace == "default" { name.to_owned() } else { format!("{namespace}.{name}") }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Satisfied => "satisfied",
        Verdict::Violated => "violated",
        Verdict::Granted => "granted",
        Verdict::NotGranted => "not granted",
        Verdict::Computed => "computed",
        Verdict::Unknown => "unknown",
        Verdict::NotEvaluated => "not evaluated",
    }
}
