//! `cargo bench -p seac-analysis`: how long each part of checking a model takes, beside parsing it, at two sizes, so
//! that growth shows. Each line contains the ones before it: resolving is checking a model that has no policies.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use seac_analysis::sea::{Memory, Options, SeaAnalysis, Verdict, analyse};
use seac_syntax::{FileId, sea};
use std::fmt::Write;
use std::hint::black_box;

/// What is demanded of the flows, ten policies of each kind.
const POLICIES: &[(&str, &str)] = &[
    ("and type", "count(flows) >= 0 or 1 = 2"),
    ("and evaluate aggregates", "sum(f in flows where f.resource = \"Money\": f.quantity) >= {} \"USD\""),
    ("and evaluate quantifiers", "forall f in flows: (f.quantity >= 0 \"USD\" and f.to.name != \"{}\")"),
];

/// A model of so many entities and flows, with ten policies.
fn model(size: usize, policy: Option<&str>) -> String {
    let mut text = String::from("@namespace \"bench\"\nResource \"Money\" USD\n");
    for index in 0..size {
        let (from, to) = (index, size - 1 - index);
        writeln!(text, "Entity \"E{index:05}\"").unwrap();
        writeln!(text, "Flow \"Money\" from \"E{from:05}\" to \"E{to:05}\" quantity {index}").unwrap();
    }
    for index in 0..if policy.is_some() { 10 } else { 0 } {
        let demand = policy.unwrap_or_default().replace("{}", &index.to_string());
        writeln!(text, "Policy p{index} as: {demand}").unwrap();
    }
    text
}

fn check(text: &str) -> SeaAnalysis {
    let mut memory = Memory::default();
    let file = memory.sources.add("bench.sea", text);
    let analysis = analyse(&[file], &mut memory, &Options::default());
    assert!(analysis.models[0].policies.iter().all(|policy| policy.verdict == Verdict::Satisfied));
    analysis
}

fn benchmarks(c: &mut Criterion) {
    let mut group = c.benchmark_group("check");
    group.sample_size(20);
    for size in [1_000, 10_000] {
        let bare = model(size, None);
        group.throughput(Throughput::Elements(2 * size as u64));
        group.bench_with_input(BenchmarkId::new("baseline: parse", size), &bare, |b, text| {
            b.iter(|| sea::parse(FileId(0), black_box(text)));
        });
        group.bench_with_input(BenchmarkId::new("and resolve", size), &bare, |b, text| {
            b.iter(|| check(black_box(text)));
        });
        for (name, policy) in POLICIES {
            group.bench_with_input(BenchmarkId::new(*name, size), &model(size, Some(policy)), |b, text| {
                b.iter(|| check(black_box(text)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, benchmarks);
criterion_main!(benches);
