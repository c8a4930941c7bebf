//! What is taken apart and put together again is the same: claims, models, texts.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test reads the specs")]

#[path = "../../syntax/tests/common/models.rs"]
mod models;

use proptest::prelude::*;
use seac_assertions::edit::edit;
use seac_assertions::emit::{Extras, emit};
use seac_assertions::extract::extract;
use seac_assertions::read::{Syntax, read};
use seac_assertions::select::{Wanted, select};
use seac_assertions::{Assertion, Claim, write};
use seac_syntax::diagnostic::has_errors;
use seac_syntax::sea::ast::{Clause, ClauseKind, DeclarationKind, Field, SeaFile};
use seac_syntax::sea::diff::diff;
use seac_syntax::{FileId, Sources, Span, sea};
use std::collections::BTreeSet;
use std::path::Path;

fn parsed(text: &str) -> SeaFile {
    let (tree, findings) = sea::parse(FileId(0), text);
    assert!(!has_errors(&findings), "{findings:#?}\n{text}");
    tree
}

fn said(tree: &SeaFile) -> BTreeSet<Claim> {
    extract(tree).into_iter().map(|extracted| extracted.claim).collect()
}

/// What a model says, and the declarations that are added to it: random models name what they do not declare.
fn claims(tree: &SeaFile) -> BTreeSet<Claim> {
    let mut claims = said(tree);
    let added = emit(&claims, Extras::default()).unwrap().added;
    claims.extend(added.into_iter().map(|added| added.claim));
    claims
}

fn emitted(claims: &BTreeSet<Claim>) -> String {
    emit(claims, Extras::default()).unwrap().text
}

fn asserted(claims: &BTreeSet<Claim>) -> Vec<Assertion> {
    claims.iter().map(|claim| Assertion::accepted(claim.clone(), Span::new(FileId(0), 0, 0))).collect()
}

/// The same claims; shown are those that are not.
fn same(found: &BTreeSet<Claim>, wanted: &BTreeSet<Claim>) {
    let line = |claim: &Claim| format!("{}: {} {}", claim.subject, claim.predicate, claim.object.shown());
    let lost: Vec<String> = wanted.difference(found).map(line).collect();
    let new: Vec<String> = found.difference(wanted).map(line).collect();
    assert!(lost.is_empty() && new.is_empty(), "lost: {lost:#?}\nnew: {new:#?}");
}

fn cases(few: u32) -> ProptestConfig {
    let cases = std::env::var("SEAC_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(few);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Keeps the first of what can be said once: what a model says twice is a mistake in it.
fn first_only<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> Option<K>) {
    let mut seen = BTreeSet::new();
    items.retain(|item| key(item).is_none_or(|key| seen.insert(key)));
}

fn once_in_fields(fields: &mut [Field]) {
    for field in fields {
        let mut constraints = std::mem::take(&mut field.constraints).into_vec();
        first_only(&mut constraints, |constraint| Some(constraint.name.value.clone()));
        field.constraints = constraints.into();
    }
}

fn clause_key(clause: &Clause) -> Option<String> {
    match &clause.kind {
        ClauseKind::Failure { .. } => None,
        ClauseKind::Effect { verb, entity } => Some(format!("{} {}", verb.value, entity.value)),
        ClauseKind::Emits(event) => Some(format!("emits {}", event.value)),
        kind => Some(kind.rank().to_string()),
    }
}

/// The model without mistakes of this kind.
fn once(mut tree: SeaFile) -> SeaFile {
    first_only(&mut tree.header, |item| Some(item.key.value.clone()));
    for declaration in &mut tree.declarations {
        match &mut declaration.kind {
            DeclarationKind::Entity(entity) => {
                if let Some(fields) = &mut entity.fields {
                    once_in_fields(fields);
                }
                let mut annotations = std::mem::take(&mut entity.annotations).into_vec();
                annotations.retain(|annotation| annotation.key.value != "replaces");
                entity.annotations = annotations.into();
            }
            DeclarationKind::Record(record) => once_in_fields(&mut record.fields),
            DeclarationKind::Operation(operation) => {
                first_only(&mut operation.clauses, clause_key);
                for clause in &mut operation.clauses {
                    if let ClauseKind::Access { bindings, .. } = &mut clause.kind {
                        first_only(bindings, |bound| {
                            Some((bound.policy.value.clone(), bound.at.value.clone(), bound.fails_with.value.clone()))
                        });
                    }
                }
            }
            DeclarationKind::Mapping(mapping) | DeclarationKind::Projection(mapping) => {
                for rule in &mut mapping.rules {
                    first_only(&mut rule.fields, |(key, _)| Some(key.value.clone()));
                }
            }
            DeclarationKind::Environment(environment) => {
                first_only(&mut environment.clauses, |(word, _)| Some(word.value.clone()));
            }
            _ => {}
        }
    }
    tree
}

/// A model, shown as its text.
#[derive(Clone)]
struct Shown {
    text: String,
    tree: SeaFile,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// A random model that can be read, with nothing said twice.
fn model() -> impl Strategy<Value = Shown> {
    models::model().prop_filter_map("is read", |text| {
        let (tree, findings) = sea::parse(FileId(0), &text);
        (!has_errors(&findings)).then(|| Shown { text, tree: once(tree) })
    })
}

fn no_difference(before: &SeaFile, after: &SeaFile) {
    let mut changes = diff(&[(String::new(), before)], &[(String::new(), after)]);
    // Several imports of one module become one, and what is named is declared.
    let is_added = |kind: &str| matches!(kind, "Role" | "Entity" | "Resource");
    changes.retain(|change| change.kind != "import" && !(change.before.is_none() && is_added(change.kind)));
    assert_eq!(changes, []);
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_model_taken_apart_is_put_together_as_it_was(tree in model()) {
        let claims = claims(&tree.tree);
        let text = emitted(&claims);
        let again = parsed(&text);
        same(&said(&again), &claims);
        no_difference(&tree.tree, &again);
        prop_assert_eq!(sea::format(FileId(0), &text), Ok(text.clone()));
    }

    #[test]
    fn neither_order_nor_syntax_changes_a_byte(tree in model(), seed in any::<u64>()) {
        let claims = claims(&tree.tree);
        let mut assertions = asserted(&claims);
        let ids: Vec<String> = assertions.iter().map(|assertion| assertion.id.clone()).collect();
        // Every assertion finds its place by a digest of its own and the seed.
        assertions.sort_by_key(|assertion| seed.wrapping_mul(assertion.id.bytes().map(u64::from).sum::<u64>()).rotate_left(17));
        for syntax in [Syntax::Json, Syntax::Yaml, Syntax::Csv] {
            let text = write::write(&assertions, syntax);
            let (read, findings) = read(FileId(0), &text, syntax);
            prop_assert_eq!(&findings, &[], "{}", text);
            let (selection, findings) = select(&read, &Wanted::default());
            prop_assert_eq!(&findings, &[]);
            prop_assert_eq!(&selection.claims, &claims);
            prop_assert_eq!(emitted(&selection.claims), emitted(&claims));
            let again: BTreeSet<&String> = read.iter().map(|assertion| &assertion.id).collect();
            prop_assert_eq!(again, ids.iter().collect::<BTreeSet<_>>());
        }
    }

    #[test]
    fn an_edit_makes_a_model_say_what_is_claimed(before in models::model(), after in model()) {
        if has_errors(&sea::parse(FileId(0), &before).1) {
            return Ok(());
        }
        let wanted = claims(&after.tree);
        let edited = edit(FileId(0), &before, &wanted, true).unwrap();
        same(&said(&parsed(&edited.text)), &wanted);
        // Then nothing is left to do.
        let again = edit(FileId(0), &edited.text, &wanted, true).unwrap();
        prop_assert_eq!(&again.text, &edited.text);
        // Without pruning, everything stays that is not spoken of.
        let kept = edit(FileId(0), &before, &wanted, false).unwrap();
        let said = said(&parsed(&kept.text));
        prop_assert!(wanted.is_subset(&said));
    }

    #[test]
    fn an_edit_keeps_every_comment(before in model(), after in model()) {
        let text = emitted(&claims(&before.tree));
        let noted = |(at, line): (usize, &str)| format!("{line} // behind {at};\n// below {at};\n");
        let commented: String = text.lines().enumerate().map(noted).collect();
        let (tree, findings) = sea::parse(FileId(0), &commented);
        // Within a text of several lines there are no comments.
        if has_errors(&findings) || said(&tree) != claims(&before.tree) {
            return Ok(());
        }
        let kept = edit(FileId(0), &commented, &claims(&after.tree), false).unwrap();
        for at in 0..text.lines().count() {
            for place in ["behind", "below"] {
                let note = format!("// {place} {at};");
                prop_assert!(kept.text.contains(&note), "{note} is gone from\n{commented}\n{}", kept.text);
            }
        }
        prop_assert!(claims(&after.tree).is_subset(&said(&parsed(&kept.text))));
    }

    #[test]
    fn an_edit_that_changes_nothing_keeps_every_byte(text in models::model()) {
        let (tree, findings) = sea::parse(FileId(0), &text);
        if has_errors(&findings) || once(tree.clone()) != tree {
            return Ok(());
        }
        for prune in [false, true] {
            prop_assert_eq!(&edit(FileId(0), &text, &said(&tree), prune).unwrap().text, &text);
        }
    }

    #[test]
    fn any_text_is_read_as_a_set_without_panic(text in "\\PC{0,200}") {
        for syntax in [Syntax::Json, Syntax::Yaml, Syntax::Csv] {
            let (_, findings) = read(FileId(0), &text, syntax);
            for finding in findings {
                prop_assert!(text.get(finding.primary.span.range()).is_some());
            }
        }
    }

    #[test]
    fn any_pieces_of_a_set_are_read_without_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", ":", ",", "\"", "\\", "\n", "  - ", "\"format\"", "1", "\"assertions\"", "format: 1\n", "assertions:\n",
            "subject", "predicate", "object", "Entity \"A\"", "declared", "true", "\"subject\"", "\"Entity \\\"A\\\"\"", "#2", "é", "\u{feff}",
            "qualifiers.x", "confidence", "0.5", "1e999999999", "status", "accepted", "-", "null", "\r\n", "\\ud83d",
        ]), 0..40),
    ) {
        let text = pieces.concat();
        for syntax in [Syntax::Json, Syntax::Yaml, Syntax::Csv] {
            let (_, findings) = read(FileId(0), &text, syntax);
            for finding in findings {
                prop_assert!(text.get(finding.primary.span.range()).is_some());
            }
        }
    }
}

fn spec(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

#[test]
fn the_contexts_of_the_repository_keep_their_digest() {
    for (root, contexts) in [("", vec!["governance", "evidence"]), ("examples/orders/", vec!["orders"])] {
        let digest = |again: bool| {
            let mut sources = Sources::default();
            for context in ["governance", "evidence"].iter().chain(&contexts).collect::<BTreeSet<_>>() {
                let root = if contexts.contains(context) { root } else { "" };
                let path = format!("specs/{context}/{context}");
                sources.add(format!("{path}.sds.yaml"), spec(&format!("{root}{path}.sds.yaml")));
                let text = spec(&format!("{root}{path}.sea"));
                let text = if again { emitted(&claims(&parsed(&text))) } else { text };
                sources.add(format!("{path}.sea"), text);
            }
            let (model, findings) = seac_analysis::analyse(&sources);
            let wrong = findings.iter().filter(|finding| finding.code.name() != "NOTE101").count();
            assert_eq!(wrong, 0, "{findings:#?}");
            model.digest()
        };
        assert_eq!(digest(false), digest(true), "{contexts:?}");
    }
}

#[test]
fn every_declaration_of_the_language_goes_through_claims() {
    for fixture in ["everything", "comments", "long"] {
        let text = spec(&format!("compiler/syntax/tests/fixtures/{fixture}.sea"));
        let (tree, _) = sea::parse(FileId(0), &text);
        let claims = claims(&tree);
        let again = parsed(&emitted(&claims));
        same(&said(&again), &claims);
        no_difference(&tree, &again);
    }
}

fn edited(before: &str, after: &str, prune: bool) -> String {
    let wanted = said(&parsed(after));
    let edited = edit(FileId(0), before, &wanted, prune).unwrap().text;
    same(&said(&parsed(&edited)), &wanted);
    edited
}

#[test]
fn a_bare_annotation_stays_apart_from_the_body() {
    let text = "Entity \"Order\" @tx @changes [] {}\n";
    assert_eq!(emitted(&said(&parsed(text))), text);
}

#[test]
fn a_unit_stays_apart_from_an_import_behind_it() {
    let import = "import { Name } from \"order\"";
    let before = format!("Dimension \"Length\" {import}");
    let text = edited(&before, &format!("{import}\nResource \"Cable\" in"), true);
    assert_eq!(text, format!("\n\nResource \"Cable\" in {import}"));
}

#[test]
fn an_expression_may_begin_like_a_declaration() {
    let tree = parsed("Policy x as: policy contains @acme.x");
    let (read, findings) = read(FileId(0), &write::write(&asserted(&claims(&tree)), Syntax::Json), Syntax::Json);
    assert_eq!(findings, []);
    assert_eq!(read.into_iter().map(|assertion| assertion.claim).collect::<BTreeSet<_>>(), claims(&tree));
}

#[test]
fn what_comes_in_the_place_of_a_line_stays_apart_from_the_next() {
    let before = "enum Colour {\n    red = \"r\",\n}\nexport operation paint {}\n";
    let text = edited(before, "Policy p as: true\nexport operation paint {}", true);
    assert_eq!(text, "\n\nPolicy p as: true\nexport operation paint {}\n");
}

#[test]
fn imports_that_become_one_keep_their_comments() {
    let before = "import * as all from \"order\" // one\nimport { // two\n    Name,\n} from \"order\" // three\n";
    let text = edited(before, "import { Name } from \"order\"", false);
    assert_eq!(text, "import { Name } from \"order\" // one\n// two\n // three\n");
    let before = "import * as all from \"order\" import { // two\n    Name,\n} from \"order\" Role \"Clerk\"\n";
    let text = edited(before, "import { Name } from \"order\" Role \"Clerk\"", true);
    assert_eq!(text, "import { Name } from \"order\" // two\n Role \"Clerk\"\n");
}

/// Every predicate is used by what is extracted from somewhere: the table has no row that nothing makes.
#[test]
fn every_predicate_is_said_by_some_model() {
    use proptest::strategy::ValueTree;
    use seac_assertions::vocabulary::SUBJECTS;
    let mut missing: BTreeSet<(&str, &str)> =
        SUBJECTS.iter().flat_map(|subject| subject.predicates.iter().map(|known| (subject.name, known.name))).collect();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..4000 {
        let tree = model().new_tree(&mut runner).unwrap().current().tree;
        for claim in claims(&tree) {
            missing.retain(|(subject, predicate)| {
                !(*subject == claim.subject.item().kind.name && *predicate == claim.predicate.as_str())
            });
        }
        if missing.is_empty() {
            return;
        }
    }
    panic!("{missing:?}");
}
