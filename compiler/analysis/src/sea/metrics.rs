//! Metrics: typed, measured, held against their thresholds.

use super::environment::{Derivations, ModelEnvironment};
use super::policies::{Stage, scope};
use super::result::{MetricResult, Note};
use crate::eval::{Machine, Value, Why};
use crate::expr::check::{Checker, Memos};
use crate::expr::{Measure, Node, Type, UnitId, common, measure_word, number, time};
use crate::report;
use rust_decimal::Decimal;
use seac_syntax::sea::ast::{self, Annotation, DeclarationKind as D, ValueKind};
use seac_syntax::{Diagnostic, Severity, Span};

/// A metric, read.
pub struct Metric<'a> {
    metric: &'a ast::Metric,
    namespace: &'a str,
    node: Node<'a>,
    threshold: Option<(Decimal, Span)>,
    target: Option<Decimal>,
    /// What its value is shown in, and its threshold told in.
    unit: Option<UnitId>,
    severity: Option<Severity>,
}

/// Types the metrics of a model, by namespace and name.
pub fn check<'a>(
    stage: &Stage<'_, 'a>,
    derived: &Derivations<'a>,
    memos: &mut Memos,
    out: &mut Vec<Diagnostic>,
) -> Vec<Metric<'a>> {
    let mut metrics = Vec::new();
    for at in stage.closure {
        let module = &stage.graph.modules[*at];
        let environment = ModelEnvironment::new(stage.world, stage.names, *at, derived);
        for declaration in &module.tree.declarations {
            let D::Metric(metric) = &declaration.kind else { continue };
            let window = window(metric);
            let node = Checker::new(&environment, scope(*at), memos, out).within(window).typed(&metric.expression);
            let mut read = Metric {
                metric,
                namespace: &module.namespace,
                node,
                threshold: None,
                target: None,
                unit: None,
                severity: None,
            };
            annotations(&mut read, out);
            measured(&read, out);
            unit(&mut read, stage, out);
            metrics.push(read);
        }
    }
    let key = |metric: &Metric<'a>| (metric.namespace, metric.metric.name.value.as_str(), metric.metric.name.span);
    metrics.sort_by(|a, b| key(a).cmp(&key(b)));
    metrics
}

/// `@window N "unit"` in seconds, and where it is written; none if it is not a length of time, which is reported
/// with the other annotations.
fn window(metric: &ast::Metric) -> Option<(i64, Span)> {
    let annotation = metric.annotations.iter().find(|known| known.key.value.eq_ignore_ascii_case("window"))?;
    let [count, unit, ..] = annotation.values.as_slice() else { return None };
    let (ValueKind::Number(count), ValueKind::String(unit)) = (&count.kind, &unit.kind) else { return None };
    Some((time::seconds(&count.value, time::unit_seconds(unit)?).ok()?, annotation.span))
}

fn annotations(metric: &mut Metric<'_>, out: &mut Vec<Diagnostic>) {
    for annotation in &metric.metric.annotations {
        let value = annotation.values.first().map(|value| &value.kind);
        let amount = match value {
            Some(ValueKind::Number(text)) => number::parse(&text.value),
            _ => None,
        };
        let mut refuse = |wanted: &str| {
            out.push(report::metric_annotation(annotation.span, &annotation.key.value, wanted));
        };
        match annotation.key.value.to_ascii_lowercase().as_str() {
            "threshold" => match amount {
                Some(amount) => metric.threshold = Some((amount, annotation.span)),
                None => refuse("a number"),
            },
            "target" => match amount {
                Some(amount) => metric.target = Some(amount),
                None => refuse("a number"),
            },
            "severity" => match value.and_then(severity) {
                Some(severity) => metric.severity = Some(severity),
                None => refuse("`info`, `warning`, `error` or `critical`"),
            },
            "refresh_interval" | "window" => length(annotation, amount, out),
            _ => {}
        }
    }
}

/// `@window 1 "day"`, `@refresh_interval 60 "seconds"`: a number of units of fixed length.
fn length(annotation: &Annotation, amount: Option<Decimal>, out: &mut Vec<Diagnostic>) {
    let key = annotation.key.value.as_str();
    let unit = match annotation.values.get(1).map(|value| &value.kind) {
        Some(ValueKind::String(unit)) => time::unit_seconds(unit).map(|seconds| (unit.as_str(), seconds)),
        _ => None,
    };
    let (Some(ValueKind::Number(count)), Some((unit, unit_seconds))) =
        (annotation.values.first().map(|value| &value.kind), unit)
    else {
        let wanted = "a number of \"seconds\", \"minutes\", \"hours\" or \"days\"";
        out.push(report::metric_annotation(annotation.span, key, wanted));
        return;
    };
    if amount.is_some_and(|amount| amount.is_sign_negative()) {
        out.push(report::metric_annotation(annotation.span, key, "no less than nothing"));
    } else if key.eq_ignore_ascii_case("window")
        && let Err(why) = time::seconds(&count.value, unit_seconds)
    {
        out.push(report::window_length(annotation.span, (&count.value, unit), why));
    }
}

/// What is held against a threshold or a target is a number.
fn measured(metric: &Metric<'_>, out: &mut Vec<Diagnostic>) {
    let ty = &metric.node.ty;
    if !ty.is_numeric() && (metric.threshold.is_some() || metric.target.is_some()) {
        out.push(report::mismatch(metric.metric.expression.span, "a number or a quantity", &ty.spell()));
    }
}

/// `@unit "kg"`: what an amount is told in. Beside a number without a unit it is a word for people.
fn unit(metric: &mut Metric<'_>, stage: &Stage<'_, '_>, out: &mut Vec<Diagnostic>) {
    let annotations = &metric.metric.annotations;
    let Some(annotation) = annotations.iter().find(|known| known.key.value.eq_ignore_ascii_case("unit")) else {
        return;
    };
    let units = &stage.world.units;
    let Some(value) = annotation.values.first() else {
        out.push(report::metric_annotation(annotation.span, "unit", "a unit"));
        return;
    };
    let (ValueKind::String(symbol) | ValueKind::Word(symbol)) = &value.kind else {
        out.push(report::metric_annotation(annotation.span, "unit", "a unit"));
        return;
    };
    let amount = match &metric.node.ty {
        Type::Quantity(measure) => Some(measure),
        _ => None,
    };
    match (units.find(symbol), amount) {
        (Some(unit), None) => metric.unit = Some(unit),
        (Some(unit), Some(measure)) => {
            if common(units, measure, &Measure::Unit(symbol.to_string())).is_some() {
                metric.unit = Some(unit);
            } else {
                out.push(report::unit_mismatch(value.span, &measure_word(measure), symbol));
            }
        }
        (None, Some(_)) => out.push(report::unknown_unit(symbol, value.span, units.symbols())),
        (None, None) => out.push(report::metric_unit_unknown(value.span, symbol, units.symbols())),
    }
}

fn severity(value: &ValueKind) -> Option<Severity> {
    let (ValueKind::String(word) | ValueKind::Word(word)) = value else { return None };
    match word.to_ascii_lowercase().as_str() {
        "info" => Some(Severity::Info),
        "warning" => Some(Severity::Warning),
        "error" | "critical" => Some(Severity::Error),
        _ => None,
    }
}

/// Measures a metric.
pub fn evaluate<'n>(
    stage: &'n Stage<'_, '_>,
    metric: &'n Metric<'_>,
    machine: &mut Machine<'n>,
    out: &mut Vec<Diagnostic>,
) -> MetricResult {
    let name = &metric.metric.name;
    let mut result = MetricResult {
        name: name.value.to_string(),
        namespace: metric.namespace.to_owned(),
        span: name.span,
        value: None,
        missing: None,
        threshold: metric.threshold.map(|(threshold, _)| threshold.normalize().to_string()),
        severity: metric.severity,
        breached: false,
    };
    if !stage.sound || metric.node.has_error() {
        return result;
    }
    let value = machine.run(&metric.node);
    if let Value::Unknown(cause) = value {
        match cause.why {
            Why::Limit => out.push(report::evaluation_limit(&name.value, name.span, stage.options.max_steps)),
            Why::NoClock => out.push(report::no_clock(&name.value, name.span, cause.node.span)),
            _ => {}
        }
        result.missing = Some(Note { span: cause.node.span, text: cause.describe(stage.world) });
        return result;
    }
    let units = &stage.world.units;
    let told = match (value, metric.unit) {
        (Value::Quantity(amount, from), Some(to)) => {
            units.convert(amount, from, to).map_or(value, |amount| Value::Quantity(amount, to))
        }
        _ => value,
    };
    let shown = told.show(stage.world);
    if let (Value::Number(amount) | Value::Quantity(amount, _), Some((threshold, span))) = (told, metric.threshold) {
        // A target above the threshold says that more is better.
        let more_is_better = metric.target.is_some_and(|target| target > threshold);
        // What had to be rounded to be shown is compared as it is.
        let exact = match (value, told) {
            (Value::Quantity(amount, from), Value::Quantity(_, to)) => units.compare((amount, from), (threshold, to)),
            _ => None,
        };
        let order = exact.unwrap_or_else(|| amount.cmp(&threshold));
        result.breached = if more_is_better { order.is_lt() } else { order.is_gt() };
        if result.breached {
            let severity = metric.severity.unwrap_or(Severity::Warning);
            let limit = threshold.normalize().to_string();
            out.push(report::metric_threshold(&name.value, name.span, &shown, (&limit, span), severity));
        }
    }
    result.value = Some(shown);
    result
}
