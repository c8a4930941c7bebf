//! Properties of evaluation: order of declarations means nothing, and a plain evaluator comes to the same results.
#![allow(clippy::unwrap_used, missing_docs)]

mod naive;

use naive::{Expr, Flow, expression, flows};
use proptest::prelude::*;
use seac_analysis::sea::{Memory, Options, SeaAnalysis, Verdict, analyse};

fn run(text: &str) -> SeaAnalysis {
    let mut memory = Memory::default();
    let file = memory.sources.add("main.sea", text);
    analyse(&[file], &mut memory, &Options::default())
}

/// Declarations that give a model something to decide.
fn declarations(flows: &[Flow], policies: &[Expr]) -> Vec<String> {
    let mut lines: Vec<String> = ["A", "B", "C"].iter().map(|name| format!("Entity \"{name}\"")).collect();
    lines.push("Resource \"R\"".to_owned());
    lines.extend(flows.iter().map(Flow::text));
    lines.extend(policies.iter().enumerate().map(|(index, policy)| format!("Policy p{index} as: {policy}")));
    lines.push("Policy total per Derivation Obligation priority 1 as: sum(f in flows: f.n)".to_owned());
    lines.push("Metric \"flows\" as: count(flows) @threshold 3 @severity \"warning\"".to_owned());
    lines
}

/// What an analysis says, without places.
fn told(analysis: &SeaAnalysis) -> Vec<String> {
    let mut lines = Vec::new();
    for policy in &analysis.models[0].policies {
        let offenders: Vec<&str> = policy.offenders.iter().map(|found| found.label.as_str()).collect();
        let witness: Vec<&str> = policy.witness.iter().map(|bound| bound.element.label.as_str()).collect();
        let missing = policy.missing.as_ref().map(|note| &note.text);
        let (name, verdict, value) = (&policy.name, policy.verdict, &policy.value);
        lines.push(format!("{name} {verdict:?} {value:?} {offenders:?} {witness:?} {missing:?}"));
    }
    for metric in &analysis.models[0].metrics {
        lines.push(format!("{} {:?} {}", metric.name, metric.value, metric.breached));
    }
    let mut findings: Vec<String> =
        analysis.diagnostics.iter().map(|finding| format!("{} {}", finding.code.name(), finding.message)).collect();
    findings.sort();
    lines.extend(findings);
    lines
}

proptest! {
    #[test]
    fn the_order_of_declarations_means_nothing(
        flows in flows(),
        policies in prop::collection::vec(expression(), 1..4),
        order in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let mut lines = declarations(&flows, &policies);
        let before = told(&run(&lines.join("\n")));
        // A shuffle that depends on the case only.
        let mut state = seed;
        for at in (1..lines.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            lines.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        let turn = order.index(lines.len());
        lines.rotate_left(turn);
        prop_assert_eq!(before, told(&run(&lines.join("\n"))));
    }

    #[test]
    fn a_plain_evaluator_comes_to_the_same_results(flows in flows(), policy in expression()) {
        let text = declarations(&flows, std::slice::from_ref(&policy)).join("\n");
        let analysis = run(&text);
        let verdict = analysis.models[0].policies.iter().find(|found| found.name == "p0").unwrap().verdict;
        let expected = match policy.decide(&flows) {
            Some(true) => Verdict::Satisfied,
            Some(false) => Verdict::Violated,
            None => Verdict::Unknown,
        };
        prop_assert_eq!(verdict, expected, "{}\n{:?}", text, analysis.diagnostics);
    }
}
