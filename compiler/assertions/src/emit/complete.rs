//! What claims need besides: what can be added because it is clear, and what is missing.

use crate::assertion::{Claim, Object};
use crate::subject::{Subject, is_word};
use crate::vocabulary::{self, DECLARED, Form};
use hashbrown::HashSet;
use seac_syntax::Text;
use seac_syntax::sea::ast::{TypeExpr, TypeExprKind};
use seac_syntax::{FileId, sea};
use std::collections::{BTreeMap, BTreeSet};

/// A claim that nobody made, and that another one needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Added {
    /// What is said then.
    pub claim: Claim,
    /// The claim that needs it.
    pub because: Claim,
}

/// A subject is not whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// The predicate without which it is not.
    pub predicate: &'static str,
    /// A claim about the subject.
    pub of: Claim,
}

/// What is needed and clear: that a subject is declared, and what it names.
pub fn added(claims: &BTreeSet<Claim>) -> Vec<Added> {
    let mut needs = Needs::of(claims);
    for claim in claims {
        if !claim.subject.whole.kind.bare {
            needs.declared(&Subject { part: None, ..claim.subject.clone() }, claim);
        }
    }
    // Now it is known what there is.
    for claim in claims {
        needs.named(claim);
    }
    needs.added
}

struct Needs {
    declared: HashSet<String>,
    /// Names that stand alone in the file: they were imported.
    imported: HashSet<String>,
    added: Vec<Added>,
}

impl Needs {
    fn of(claims: &BTreeSet<Claim>) -> Self {
        let mut needs = Self { declared: HashSet::new(), imported: HashSet::new(), added: Vec::new() };
        for claim in claims.iter().filter(|claim| claim.subject.part.is_none()) {
            if claim.predicate == DECLARED {
                needs.declared.insert(claim.subject.to_string());
            } else if claim.predicate == "imports" {
                let name = claim.object.text();
                needs.imported.insert(name.rsplit_once(" as ").map_or(name, |(_, alias)| alias).to_owned());
            }
        }
        needs
    }

    fn declared(&mut self, subject: &Subject, because: &Claim) {
        if self.declared.insert(subject.to_string()) {
            let claim =
                Claim { subject: subject.clone(), predicate: DECLARED.into(), object: Object::Text("true".into()) };
            self.added.push(Added { claim, because: because.clone() });
        }
    }

    /// A declaration of a kind that a claim names, unless it comes from elsewhere.
    fn needs(&mut self, kind: &str, name: &str, because: &Claim) {
        let Some(kind) = vocabulary::subject(kind, None) else { return };
        let elsewhere = self.imported.contains(name) || name.contains('.') && is_word(name);
        if !elsewhere {
            self.declared(&Subject::whole(kind, vec![name.into()]), because);
        }
    }

    fn named(&mut self, claim: &Claim) {
        let names: Vec<&str> = claim.subject.whole.names.iter().map(Text::as_str).collect();
        match (claim.subject.whole.kind.form, names.as_slice()) {
            (Form::Flow, [resource, from, to]) => {
                self.needs("Resource", resource, claim);
                for end in [from, to] {
                    if !self.is_declared("Role", end) {
                        self.needs("Entity", end, claim);
                    }
                }
            }
            (Form::Binding, [role, entity]) => {
                self.needs("Role", role, claim);
                self.needs("Entity", entity, claim);
            }
            _ => {}
        }
        let predicate = claim.subject.item().kind.predicate(&claim.predicate);
        let object = claim.object.text();
        if let Some(kind) = predicate.and_then(|predicate| predicate.needs).filter(|_| object != "anonymous") {
            self.needs(kind, object, claim);
        }
        if claim.subject.item().kind.name == "field" && claim.predicate == "type" && object.contains("ref<") {
            let (ty, _) = sea::parse_type(FileId(0), object, 0);
            if let Some(entity) = ty.as_ref().and_then(referred) {
                self.needs("Entity", entity, claim);
            }
        }
    }

    fn is_declared(&self, kind: &str, name: &str) -> bool {
        self.declared.contains(&format!("{kind} {}", crate::subject::quoted(name)))
    }
}

/// The entity that a type refers to.
pub fn referred(ty: &TypeExpr) -> Option<&str> {
    match &ty.kind {
        TypeExprKind::Ref(entity) => Some(&entity.value),
        TypeExprKind::List(inner) => referred(inner),
        _ => None,
    }
}

/// What is missing, once for each subject and predicate.
pub fn missing(claims: &BTreeSet<Claim>, added: &[Added]) -> Vec<Missing> {
    let mut said: BTreeMap<&Subject, Vec<&Claim>> = BTreeMap::new();
    for claim in claims {
        said.entry(&claim.subject).or_default().push(claim);
    }
    // What is added may need more than a name.
    let besides: Vec<(&Subject, &Claim)> = added.iter().map(|added| (&added.claim.subject, &added.because)).collect();
    for (subject, because) in besides {
        said.entry(subject).or_insert_with(|| vec![because]);
    }
    let mut missing = Vec::new();
    for (subject, claims) in said {
        for predicate in subject.item().kind.predicates.iter().filter(|predicate| predicate.required) {
            let is_said = |claim: &&Claim| claim.subject == *subject && claim.predicate == predicate.name;
            if !claims.iter().any(is_said) {
                missing.push(Missing { predicate: predicate.name, of: claims[0].clone() });
            }
        }
    }
    missing
}
