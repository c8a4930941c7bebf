//! Hostile models: a result or a clear limit, never a hang, never an overflow.
#![allow(clippy::unwrap_used, missing_docs)]

use seac_analysis::sea::{Memory, Options, SeaAnalysis, Verdict, analyse};
use seac_syntax::Code;
use std::fmt::Write;

fn run(text: &str) -> SeaAnalysis {
    let mut memory = Memory::default();
    let file = memory.sources.add("main.sea", text);
    // A tenth of the limit: the models are a tenth of what the limit is made for.
    analyse(&[file], &mut memory, &Options { max_steps: 1_000_000, ..Options::default() })
}

/// Entities and flows without number.
fn large(count: usize) -> String {
    let mut text = String::from("Resource \"R\"\n");
    for index in 0..count {
        writeln!(text, "Entity \"E{index}\"\nFlow \"R\" from \"E{index}\" to \"E0\" quantity {index}").unwrap();
    }
    text
}

#[test]
fn a_quantifier_within_a_quantifier_ends_in_a_limit() {
    let text = large(1500)
        + "Policy p as: forall f in flows: (exists g in flows: (g.quantity > f.quantity + 9999))\nPolicy q as: count(flows) = 1500";
    let analysis = run(&text);
    let codes: Vec<Code> = analysis.diagnostics.iter().map(|finding| finding.code).collect();
    // `exists` fails for the first flow already; `forall` over a false body needs no more.
    assert_eq!(codes, [Code::PolicyViolated]);
    let text = large(1500)
        + "Policy p as: forall f in flows: (forall g in flows: (g.quantity + 9999 > f.quantity))\nPolicy q as: count(flows) = 1500";
    let analysis = run(&text);
    let codes: Vec<Code> = analysis.diagnostics.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::EvaluationLimit]);
    assert_eq!(analysis.models[0].policies[1].verdict, Verdict::Satisfied);
}

#[test]
fn an_aggregate_within_a_quantifier_is_computed_once() {
    let text = large(5000) + "Policy p as: forall f in flows: (f.quantity <= max(flows.quantity))";
    assert_eq!(run(&text).models[0].policies[0].verdict, Verdict::Satisfied);
}

#[test]
fn nesting_up_to_the_limit_is_evaluated() {
    let open: String = (0..40).map(|level| format!("forall v{level} in flows: (not (1 + (2 * ")).collect();
    let text = format!("{}Policy p as: {open}1{}", large(1), ") > 0))".repeat(40));
    run(&text);
    let nots = "not ".repeat(120);
    let analysis = run(&format!("{}Policy p as: {nots} (count(flows) = 1)", large(1)));
    assert_eq!(analysis.models[0].policies[0].verdict, Verdict::Satisfied);
    let deep = format!("{}count(flows){} = 1", "(".repeat(120), ")".repeat(120));
    assert_eq!(run(&format!("{}Policy p as: {deep}", large(1))).models[0].policies[0].verdict, Verdict::Satisfied);
}

#[test]
fn long_chains_are_evaluated() {
    let and = vec!["count(flows) = 1"; 10_000].join(" and ");
    let sum = vec!["count(flows)"; 10_000].join(" + ");
    let analysis = run(&format!("{}Policy p as: {and}\nPolicy q as: {sum} = 10_000", large(1)));
    assert!(analysis.models[0].policies.iter().all(|policy| policy.verdict == Verdict::Satisfied));
}

#[test]
fn many_unknown_names_are_told_in_time() {
    let mut text = large(5000);
    for index in 0..5000 {
        writeln!(text, "Flow \"R\" from \"F{index}\" to \"E0\"").unwrap();
    }
    assert_eq!(run(&text).diagnostics.len(), 5000);
}

#[test]
fn many_derivations_that_name_each_other_are_ordered_in_time() {
    let mut text = String::from("Policy d0 per Derivation Obligation priority 1 as: count(flows)\n");
    for index in 1..300 {
        let before = index - 1;
        writeln!(text, "Policy d{index} per Derivation Obligation priority 1 as: d{before} + d{before}").unwrap();
    }
    let analysis = run(&text);
    assert!(analysis.models[0].policies.iter().all(|policy| policy.verdict == Verdict::Computed));
}
