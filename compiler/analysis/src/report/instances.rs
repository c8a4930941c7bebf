//! The words of findings about instances and metrics.

use seac_syntax::{Code, Diagnostic, Span};

pub fn instance_field_unknown<'a>(
    span: Span,
    name: &str,
    entity: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    let message = format!("`{entity}` has no field `{name}`");
    Diagnostic::new(Code::InstanceField, message, span, "not declared").with_suggestion(name, span, known)
}

pub fn instance_field_missing(span: Span, instance: &str, field: &str, declared: Span) -> Diagnostic {
    let message = format!("`{instance}` does not give `{field}`");
    Diagnostic::new(Code::InstanceField, message, span, format!("add `{field}: …`"))
        .with_secondary(declared, "required here")
}

pub fn instance_field_value(span: Span, field: &str, wanted: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::InstanceField, format!("`{field}` must be {wanted}"), span, "does not satisfy it")
        .with_secondary(declared, "declared here")
}

pub fn not_constant(span: Span) -> Diagnostic {
    Diagnostic::new(Code::InstanceField, "a field of an instance is a constant", span, "depends on the model")
        .with_help("write the value, or put the computation into a derivation")
}

pub fn instance_key(span: Span, key: &str, first: (&str, Span)) -> Diagnostic {
    Diagnostic::new(Code::InstanceKey, format!("the key `{key}` is taken"), span, "has the same key")
        .with_secondary(first.1, format!("`{}` has it", first.0))
}

pub fn dangling(span: Span, field: &str, key: &str, entity: &str) -> Diagnostic {
    let message = format!("`{field}` refers to `{key}`, but no `{entity}` has that key");
    Diagnostic::new(Code::InstanceReference, message, span, "refers to nothing")
}

pub fn metric_annotation(span: Span, key: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::MetricAnnotation, format!("`@{key}` must be {wanted}"), span, "cannot be used")
}

pub fn change_annotation(span: Span, key: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::AnnotationIgnored, format!("`@{key}` must be {wanted}"), span, "says nothing")
}

pub fn annotation_unknown(span: Span, what: &str, key: &str, known: &[&str]) -> Diagnostic {
    let message = format!("{what} has no annotation `@{key}`");
    Diagnostic::new(Code::AnnotationIgnored, message, span, "says nothing").with_suggestion(
        key,
        span,
        known.iter().copied(),
    )
}

pub fn annotation_twice(span: Span, key: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::AnnotationIgnored, format!("`@{key}` is given twice"), span, "given again")
        .with_secondary(first, "the first one")
}

pub fn annotation_of_the_file(span: Span, key: &str) -> Diagnostic {
    let message = format!("`@{key}` belongs at the head of the file");
    Diagnostic::new(Code::AnnotationIgnored, message, span, "says nothing behind a declaration")
        .with_help("move it in front of the first declaration")
}

pub fn annotation_hidden(span: Span, key: &str) -> Diagnostic {
    let message = format!("a flow has a member `{key}` of its own");
    Diagnostic::new(Code::AnnotationIgnored, message, span, "cannot be read in expressions")
        .with_help("give the annotation another name")
}

pub fn streams_nothing(span: Span, key: &str) -> Diagnostic {
    let message = format!("`@{key}` is about calls, and nobody calls this flow");
    Diagnostic::new(Code::AnnotationIgnored, message, span, "says nothing")
        .with_help("say what the flow stands for: `@cqrs { \"kind\": \"query\" }`, or `\"command\"`")
}

pub fn streams_otherwise(span: Span, key: &str) -> Diagnostic {
    let message = format!("`@{key}` is there, or it is not");
    Diagnostic::new(Code::AnnotationIgnored, message, span, "says nothing")
        .with_help(format!("write `@{key}` alone, or with `true` or `false` behind it"))
}

pub fn metric_unit_unknown<'a>(span: Span, unit: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let message = format!("there is no unit `{unit}`, and the metric is a number without one");
    Diagnostic::new(Code::AnnotationIgnored, message, span, "not declared").with_suggestion(unit, span, known)
}

pub fn unbound_role(span: Span, role: &str) -> Diagnostic {
    let message = format!("the role `{role}` is bound to no entity");
    Diagnostic::new(Code::UnknownName, message, span, "nobody has it")
        .with_help(format!("add `role_binding \"{role}\" for \"…\"`"))
}
