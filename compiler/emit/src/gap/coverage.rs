//! Gaps between the specs and the tests. A test says what it covers in a comment above it:
//!
//! ```text
//! // covers: SDS-003/CollectEvidence, SDS-003/CollectEvidence/not_a_collector
//! #[test]
//! fn evidence_is_kept_once() { … }
//! ```
//!
//! A doc comment does as well; what matters is that the mark stands among the comments and attributes of a `#[test]`
//! function. The tests of the declared failures are emitted, and say the same; what they cannot reach is said here.

use super::{Evidence, Gap, Kind, Place, Severity, element, own};
use crate::provoke;
use crate::scope::Scope;
use seac_model::{Case, Connector, ConnectorExample, Context, FailureKind, Guard, Literal};
use std::collections::{BTreeMap, BTreeSet};

/// All of them.
pub fn gaps(evidence: &Evidence<'_>) -> Vec<Gap> {
    let marks = marks(evidence);
    let covered: BTreeSet<&str> = marks.iter().map(|mark| mark.element.as_str()).collect();
    let mut gaps = Vec::new();
    let mut known = BTreeSet::new();
    for (slug, context) in &evidence.model.contexts {
        known.extend(wanted(context).into_iter().map(|gap| gap.element));
        known.insert(context.sds_id.clone());
        if own(evidence.model).any(|(own, _)| own == slug) {
            let exemplified = exemplified(context);
            let is_covered = |element: &String| covered.contains(element.as_str()) || exemplified.contains(element);
            let open = wanted(context).into_iter().filter(|gap| !is_covered(&gap.element));
            let reasons = reasons(&Scope::new(evidence.model, slug, context));
            gaps.extend(open.map(|gap| explained(gap, &reasons).in_context(slug)));
        }
    }
    let contexts = evidence.model.contexts.iter();
    let ids: BTreeMap<&str, &str> = contexts.map(|(slug, context)| (context.sds_id.as_str(), slug.as_str())).collect();
    for mark in marks.iter().filter(|mark| !known.contains(&mark.element)) {
        // A mark for the design of another workspace is none of our business.
        let slug = mark.element.split('/').next().and_then(|id| ids.get(id));
        gaps.extend(slug.map(|slug| unknown(mark).in_context(slug)));
    }
    gaps
}

/// What a context wants to see covered, as the gaps there would be without a test.
fn wanted(context: &Context) -> Vec<Gap> {
    let mut wanted = Vec::new();
    for (name, operation) in &context.operations {
        let id = element(context, name);
        let message = format!("no test covers the operation `{name}`");
        let place = Place::from(&operation.origin);
        wanted.push(Gap::new(Kind::UntestedOperation, id.clone(), place, message, closes(&id)));
        for (code, failure) in &operation.failures.declared {
            let id = format!("{id}/{code}");
            let message = format!("no test shows that `{name}` fails with `{code}`: {}", failure.meaning);
            let gap = Gap::new(Kind::UntestedFailure, id.clone(), Place::from(&failure.origin), message, closes(&id));
            // What authority refuses weighs more than what was merely wrong.
            let refuses = failure.kinds.contains(&FailureKind::Policy);
            wanted.push(if refuses { gap.weighing(Severity::Medium) } else { gap });
        }
    }
    for (name, connector) in &context.connectors {
        for (label, case) in cases(connector) {
            let id = element(context, &format!("{name}/{label}"));
            let message = format!("no test reads a delivery of `{name}` that becomes `{}`", case.evidence);
            wanted.push(Gap::new(Kind::UntestedCase, id.clone(), Place::from(&case.origin), message, closes(&id)));
        }
    }
    wanted
}

/// Why no emitted test leads to a failure, by its element.
fn reasons(scope: &Scope<'_>) -> BTreeMap<String, String> {
    let operations = provoke::all(scope);
    let open = operations.flat_map(|(name, _, paths)| paths.open.into_iter().map(move |open| (name, open)));
    open.map(|(name, open)| (element(scope.context, &format!("{name}/{}", open.code)), open.why)).collect()
}

fn explained(mut gap: Gap, reasons: &BTreeMap<String, String>) -> Gap {
    if let Some(why) = reasons.get(&gap.element) {
        gap.message = format!("{}, and none is emitted: {why}", gap.message);
    }
    gap
}

fn closes(id: &str) -> String {
    format!("write a test, and `// covers: {id}` above it")
}

/// The cases of a connector with their names: the type of event they ask for, or that of the evidence if several ask
/// for one, numbered where that does not tell them apart either.
fn cases(connector: &Connector) -> Vec<(String, &Case)> {
    let event_type = |case: &Case| {
        case.when.iter().find_map(|guard| match guard {
            Guard::EventType(word) => Some(word.clone()),
            Guard::EventTypes(_) | Guard::Equals(..) => None,
        })
    };
    let count = |word: &str| connector.cases.iter().filter(|case| event_type(case).as_deref() == Some(word)).count();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let labels = connector.cases.iter().map(|case| {
        let label = event_type(case).filter(|word| count(word) == 1).unwrap_or_else(|| case.evidence.clone());
        let number = seen.entry(label.clone()).or_default();
        *number += 1;
        (if *number == 1 { label } else { format!("{label}-{number}") }, case)
    });
    labels.collect()
}

/// The cases that examples are read by: each example is an emitted test.
fn exemplified(context: &Context) -> BTreeSet<String> {
    let of = |(name, connector): (&String, &Connector)| {
        let cases = cases(connector);
        let case_of = |example: &ConnectorExample| {
            let body = serde_json::from_str(&example.body).ok()?;
            let applies = |case: &Case| case.when.iter().all(|guard| holds(guard, &example.event_type, &body));
            let (label, _) = cases.iter().find(|(_, case)| applies(case))?;
            Some(element(context, &format!("{name}/{label}")))
        };
        connector.examples.iter().filter_map(case_of).collect::<Vec<_>>()
    };
    context.connectors.iter().flat_map(of).collect()
}

fn holds(guard: &Guard, event_type: &str, body: &serde_json::Value) -> bool {
    match guard {
        Guard::EventType(word) => event_type == word,
        Guard::EventTypes(prefix) => event_type.starts_with(prefix),
        Guard::Equals(pointer, wanted) => body.pointer(pointer).is_some_and(|found| match wanted {
            Literal::Bool(wanted) => found.as_bool() == Some(*wanted),
            Literal::Number(wanted) => found.as_number().map(ToString::to_string).as_ref() == Some(wanted),
            Literal::Text(text) | Literal::Quantity(text) | Literal::Time(text) | Literal::Member(text) => {
                found.as_str() == Some(text)
            }
        }),
    }
}

/// `covers: SDS-003/CollectEvidence` on a test.
struct Mark {
    element: String,
    path: String,
    line: u32,
}

fn unknown(mark: &Mark) -> Gap {
    let place = Place { file: mark.path.clone(), line: mark.line, column: 1 };
    let message = format!("a test in `{}` covers `{}`, which does not exist", mark.path, mark.element);
    Gap::new(Kind::CoversNothing, &mark.element, place, message, "correct the mark, or remove it".to_owned())
}

fn marks(evidence: &Evidence<'_>) -> Vec<Mark> {
    let emitted = evidence.disk.written.iter().map(|(path, text)| (format!("{}/{path}", evidence.output), text));
    let own = evidence.disk.tests.iter().map(|(path, text)| (path.clone(), text));
    let written = emitted.chain(own).flat_map(|(path, text)| of_file(&path, text));
    let made = evidence.files.into_iter().flat_map(|files| files.iter());
    let made = made.filter(|(path, _)| path.ends_with("/src/gen/failures.rs"));
    let made = made
        .filter_map(|(path, file)| Some((format!("{}/{path}", evidence.output), str::from_utf8(&file.bytes).ok()?)));
    written.chain(made.flat_map(|(path, text)| of_file(&path, text))).collect()
}

/// The marks above the tests of one file.
fn of_file(path: &str, text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let (mut above, mut is_test) = (Vec::new(), false);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix("//") {
            let words = comment.trim_start_matches(['/', '!']).trim().strip_prefix("covers:");
            let elements = words.into_iter().flat_map(|words| words.split([',', ' '])).filter(|word| !word.is_empty());
            above.extend(elements.map(|element| Mark {
                element: element.to_owned(),
                path: path.to_owned(),
                line: number,
            }));
        } else if line.starts_with("#[") {
            is_test |= is_test_attribute(line);
        } else {
            // The head of the function, or something else between the mark and it.
            if is_test && is_function(line) {
                marks.append(&mut above);
            }
            above.clear();
            is_test = false;
        }
    }
    marks
}

/// `#[test]`, `#[tokio::test]`, `#[tokio::test(flavor = "…")]`.
fn is_test_attribute(line: &str) -> bool {
    let inner = line.trim_start_matches("#[");
    let path = inner.split(['(', ']']).next().unwrap_or_default();
    path.rsplit("::").next() == Some("test")
}

fn is_function(line: &str) -> bool {
    let words = ["pub", "async", "unsafe", "const"];
    line.split_whitespace().find(|word| !words.contains(word)) == Some("fn")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        of_file("t.rs", text).into_iter().map(|mark| format!("{}:{}", mark.line, mark.element)).collect()
    }

    #[test]
    fn marks_stand_among_the_comments_and_attributes_of_a_test() {
        let text = "/// Words.\n///\n/// covers: SDS-001/A, SDS-001/A/b\n#[test]\nfn a() {}\n\n\
                    #[tokio::test(flavor = \"x\")]\n// covers: SDS-001/C\n#[ignore]\nasync fn c() {}\n";
        assert_eq!(found(text), ["3:SDS-001/A", "3:SDS-001/A/b", "8:SDS-001/C"]);
    }

    #[test]
    fn marks_elsewhere_cover_nothing() {
        assert!(found("// covers: SDS-001/A\nfn helper() {}\n").is_empty());
        assert!(found("// covers: SDS-001/A\n\n#[test]\nfn apart() {}\n").is_empty());
        assert!(found("//! covers: SDS-001/A\n\nuse a;\n").is_empty());
        assert!(found("// covers: SDS-001/A\n#[test_helper]\nfn helper() {}\n").is_empty());
    }
}
