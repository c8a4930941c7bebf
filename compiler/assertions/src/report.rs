//! Messages about sets of assertions.

use crate::assertion::{Assertion, Claim, Status};
use crate::read::Syntax;
use crate::vocabulary::Subject as Kind;
use seac_syntax::diagnostic::nearest;
use seac_syntax::{Applicability, Code, Diagnostic, Span, Spanned, Text};

/// The text is none of the format.
pub fn unreadable(span: Span, syntax: &str, why: &str) -> Diagnostic {
    Diagnostic::new(Code::ClaimText, format!("this is not valid {syntax}"), span, why)
}

/// What the reader of YAML says, about a set.
pub fn unreadable_yaml(found: Diagnostic) -> Diagnostic {
    Diagnostic { code: Code::ClaimText, severity: Code::ClaimText.severity(), ..found }
}

/// A graph is not that of a model.
pub fn graph(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::ClaimText, "this is not the graph of a model", span, why)
        .with_help("`seac project --format turtle` writes one")
}

/// The bytes are no descriptor set; they have no lines to show.
pub fn descriptor_set(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::ClaimText, format!("this is no descriptor set: {why}"), span, "nothing was read").with_help(
        "`protoc --include_source_info -o FILE` and `buf build -o FILE` write one; a `.proto` file does as well",
    )
}

/// A document is no architecture.
pub fn calm(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::ClaimText, "this is not an architecture of CALM", span, why)
}

/// A text beyond the limit.
pub fn too_large(span: Span, size: usize, limit: usize) -> Diagnostic {
    let message = format!("the file has {size} bytes, the limit is {limit}");
    Diagnostic::new(Code::ClaimText, message, span, "nothing was read")
        .with_help("divide the set: several files are one set")
}

/// There is nothing.
pub fn empty(span: Span) -> Diagnostic {
    expected(span, "`format` and `assertions`")
}

/// Something else stands here.
pub fn expected(span: Span, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::ClaimText, format!("expected {wanted}"), span, "found this")
}

/// A key that means nothing.
pub fn unknown_key(key: &Spanned<Text>, known: &[&str]) -> Diagnostic {
    Diagnostic::new(Code::ClaimText, format!("there is no key `{}`", key.value), key.span, "not a key")
        .with_suggestion(&key.value, key.span, known.iter().copied())
        .with_help(format!("the keys are {}", known.join(", ")))
}

/// An assertion without a claim.
pub fn missing_keys(span: Span, missing: &[&str]) -> Diagnostic {
    let missing: Vec<String> = missing.iter().map(|key| format!("`{key}`")).collect();
    Diagnostic::new(
        Code::ClaimText,
        format!("this assertion has no {}", missing.join(" and no ")),
        span,
        "says nothing",
    )
}

/// A word that is no status.
pub fn status(span: Span, word: &str) -> Diagnostic {
    let known = Status::ALL.map(Status::word);
    Diagnostic::new(Code::ClaimText, format!("there is no status `{word}`"), span, "not a status")
        .with_suggestion(word, span, known)
        .with_help(format!("a status is one of {}", known.join(", ")))
}

/// The stated id is not that of the claim.
pub fn id(span: Span, right: &str, syntax: Syntax) -> Diagnostic {
    let finding = Diagnostic::new(Code::ClaimId, "the id is not that of the claim", span, "the id of another claim")
        .with_why("an id is the digest of what is claimed: what was reviewed under this id is not what stands here");
    match syntax {
        // In JSON the quotes belong to the place.
        Syntax::Json => {
            finding.with_fix("write the id of the claim", span, format!("\"{right}\""), Applicability::MaybeIncorrect)
        }
        _ => finding.with_fix("write the id of the claim", span, right, Applicability::MaybeIncorrect),
    }
}

/// A subject that is none.
pub fn subject(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::ClaimSubject, "this is no subject of a claim", span, why)
        .with_help("write it as SEA begins the declaration: `Entity \"Customer\"`, `Entity \"Customer\" field email`")
}

/// A predicate that the subject does not have.
pub fn predicate(span: Span, name: &str, kind: &Kind) -> Diagnostic {
    let known: Vec<&str> = kind.names().collect();
    let message = format!("`{}` has no predicate `{name}`", kind.name);
    let mut finding = Diagnostic::new(Code::ClaimPredicate, message, span, "not one of its predicates");
    if let Some(near) = nearest(name, known.iter().copied()) {
        finding = finding.with_help(format!("perhaps `{near}` is meant"));
    }
    let annotations = if kind.annotated { ", or any `@key`" } else { "" };
    finding.with_help(format!("its predicates are {}{annotations}", known.join(", ")))
}

/// An object that is not what its predicate takes.
pub fn object(span: Span, predicate: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::ClaimObject, format!("the object of `{predicate}` is {wanted}"), span, "something else")
}

/// An object that the language reads as something else.
pub fn not_said(claim: &Assertion) -> Diagnostic {
    let message =
        format!("SEA does not read `{}` as the object of `{}`", claim.claim.object.shown(), claim.claim.predicate);
    Diagnostic::new(Code::ClaimObject, message, claim.places.object, "is taken for something else there")
}

/// Two accepted claims contradict each other.
pub fn conflict(first: &Assertion, second: &Assertion) -> Diagnostic {
    let Claim { subject, predicate, .. } = &second.claim;
    let (a, b) = (first.claim.object.shown(), second.claim.object.shown());
    let message = format!("the accepted claims about `{predicate}` of `{subject}` contradict each other");
    Diagnostic::new(Code::ClaimConflict, message, second.places.object, format!("it is `{b}` here"))
        .with_secondary(first.places.object, format!("it is `{a}` here"))
        .with_help("reject one of them, or let the other supersede it")
}

/// One claim is accepted in one place and not in another.
pub fn decided_twice(accepted: &Assertion, other: &Assertion) -> Diagnostic {
    let message = format!("this claim is accepted and {}", other.status.word());
    let label = format!("it is {} here", other.status.word());
    Diagnostic::new(Code::ClaimConflict, message, other.places.whole, label)
        .with_secondary(accepted.places.whole, "it is accepted here")
        .with_help("leave the one that holds")
}

/// A successor where there must be none, none where there must be one, or one that is not there.
pub fn successor(assertion: &Assertion) -> Diagnostic {
    let places = assertion.places;
    match (&assertion.successor, assertion.status) {
        (None, _) => Diagnostic::new(
            Code::ClaimSuccessor,
            "what is superseded names its successor",
            places.whole,
            "superseded by what?",
        )
        .with_help("write the id of the claim that takes its place as `successor`"),
        (Some(_), Status::Superseded) => {
            Diagnostic::new(Code::ClaimSuccessor, "there is no claim with this id", places.successor, "names nothing")
                .with_help("add the claim that takes its place to the set")
        }
        (Some(_), status) => {
            let message = format!("a claim that is {} has no successor", status.word());
            Diagnostic::new(Code::ClaimSuccessor, message, places.successor, "only what is superseded has one")
        }
    }
}

/// Claims that supersede each other.
pub fn circle(circle: &[&Assertion]) -> Option<Diagnostic> {
    let (first, rest) = circle.split_first()?;
    let message = "these claims supersede each other, and none is left";
    let finding = Diagnostic::new(Code::ClaimSuccessor, message, first.places.successor, "superseded by the next");
    let label = "and this one, in the end by the first";
    Some(rest.iter().fold(finding, |finding, next| finding.with_secondary(next.places.successor, label)))
}

/// A subject is not whole.
pub fn missing(span: Span, of: &Claim, predicate: &str) -> Diagnostic {
    let message = format!("nothing accepted says `{predicate}` of `{}`", of.subject);
    Diagnostic::new(Code::ClaimMissing, message, span, "is said of it, so that it has to be whole")
        .with_help(format!("add a claim with the predicate `{predicate}`, or accept one"))
}
