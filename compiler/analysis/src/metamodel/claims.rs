//! What assertions can say: its words are known, and what a subject is a part of is declared.

use super::{expect, unique};
use crate::report;
use seac_model::metamodel::{ClaimPredicate, ClaimSubject};
use seac_syntax::Diagnostic;
use seac_syntax::sds::{metamodel as sds, words};

/// Lowers the subjects of claims.
pub fn lower(written: &[sds::ClaimSubject], out: &mut Vec<Diagnostic>) -> Vec<ClaimSubject> {
    let known: Vec<&str> = written.iter().map(|subject| subject.name.value.as_str()).collect();
    written.iter().map(|subject| lower_subject(subject, &known, out)).collect()
}

fn lower_subject(written: &sds::ClaimSubject, known: &[&str], out: &mut Vec<Diagnostic>) -> ClaimSubject {
    expect(&written.form, words::CLAIM_FORMS, out);
    unique("predicate", written.predicates.iter().map(|predicate| &predicate.name), out);
    let needs = written.predicates.iter().filter_map(|predicate| predicate.needs.as_ref());
    for name in written.of.iter().chain(needs) {
        if !known.contains(&name.value.as_str()) {
            out.push(report::unknown("subject", &name.value, name.span, known.iter().copied()));
        }
    }
    ClaimSubject {
        name: written.name.value.to_string(),
        form: written.form.value.to_string(),
        of: written.of.iter().map(|name| name.value.to_string()).collect(),
        bare: written.bare,
        annotated: written.annotated,
        doc: written.doc.value.to_string(),
        predicates: written.predicates.iter().map(|predicate| lower_predicate(predicate, out)).collect(),
    }
}

fn lower_predicate(written: &sds::ClaimPredicate, out: &mut Vec<Diagnostic>) -> ClaimPredicate {
    expect(&written.ty, words::CLAIM_TYPES, out);
    ClaimPredicate {
        name: written.name.value.to_string(),
        ty: written.ty.value.to_string(),
        many: written.many,
        required: written.required,
        needs: written.needs.as_ref().map(|name| name.value.to_string()),
        doc: written.doc.value.to_string(),
    }
}
