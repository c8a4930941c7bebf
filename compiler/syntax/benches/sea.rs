//! `cargo bench -p seac-syntax`: how long reading and formatting a model take, beside a bare pass over its characters,
//! at two sizes, so that growth shows.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use seac_syntax::{FileId, sea};
use std::fmt::Write;
use std::hint::black_box;

/// A model of so many entities and flows, and a policy for every hundred of them.
fn model(size: usize) -> String {
    let mut text = String::from("@namespace \"bench\"\nResource \"Money\" USD\n");
    for index in 0..size {
        writeln!(text, "/// One of many.\nEntity \"E{index:05}\" v1.0.0").unwrap();
        let (from, to) = (index, size - 1 - index);
        writeln!(text, "Flow \"Money\" @tx from \"E{from:05}\" to \"E{to:05}\" quantity {index} \"USD\" // why")
            .unwrap();
        if index % 100 == 0 {
            writeln!(text, "Policy p{index} as: forall f in flows: (f.quantity >= 0 \"USD\" and not f.to.name = \"\")")
                .unwrap();
        }
    }
    text
}

fn benchmarks(c: &mut Criterion) {
    let mut group = c.benchmark_group("read");
    group.sample_size(20);
    for size in [1_000, 10_000] {
        let text = model(size);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::new("baseline: characters", size), &text, |b, text| {
            b.iter(|| black_box(text).chars().filter(|c| c.is_alphanumeric()).count());
        });
        group.bench_with_input(BenchmarkId::new("parse", size), &text, |b, text| {
            b.iter(|| sea::parse(FileId(0), black_box(text)));
        });
        group.bench_with_input(BenchmarkId::new("format", size), &text, |b, text| {
            b.iter(|| sea::format(FileId(0), black_box(text)));
        });
    }
    group.finish();
}

criterion_group!(benches, benchmarks);
criterion_main!(benches);
