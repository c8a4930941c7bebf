//! `cargo bench -p seac-assertions`: ten thousand assertions, from the text of the set to the text of the model.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use seac_assertions::emit::{Extras, emit};
use seac_assertions::extract::extract;
use seac_assertions::read::{Syntax, read};
use seac_assertions::select::{Wanted, select};
use seac_assertions::{Assertion, write};
use seac_syntax::{FileId, sea};
use std::fmt::Write;
use std::hint::black_box;

const COUNT: usize = 10_000;

/// Entities with fields, flows and policies, in so many claims.
fn assertions() -> Vec<Assertion> {
    let mut text = String::from("Resource \"Money\" USD\n");
    for index in 0..COUNT / 10 {
        writeln!(text, "/// The {index}th.\nEntity \"E{index}\" {{ key id: uuid\n name: string (min_length 1) }}")
            .unwrap();
        writeln!(text, "Flow \"Money\" from \"E{index}\" to \"E0\" quantity {index}").unwrap();
        writeln!(text, "Policy p{index} as: forall f in flows: (f.quantity >= {index} \"USD\")").unwrap();
    }
    let claims = extract(&sea::parse(FileId(0), &text).0);
    let asserted =
        |extracted: seac_assertions::extract::Extracted| Assertion::accepted(extracted.claim, extracted.span);
    claims.into_iter().map(asserted).take(COUNT).collect()
}

fn bench(criterion: &mut Criterion) {
    let assertions = assertions();
    assert_eq!(assertions.len(), COUNT);
    let mut group = criterion.benchmark_group("ten thousand assertions");
    group.throughput(Throughput::Elements(COUNT as u64)).sample_size(10);
    for (name, syntax) in [("json", Syntax::Json), ("yaml", Syntax::Yaml), ("csv", Syntax::Csv)] {
        let text = write::write(&assertions, syntax);
        group.bench_function(format!("{name} to model"), |bencher| {
            bencher.iter(|| {
                let (read, findings) = read(FileId(0), &text, syntax);
                assert!(findings.is_empty());
                let (selection, findings) = select(&read, &Wanted::default());
                assert!(findings.is_empty());
                black_box(emit(&selection.claims, Extras::default()).unwrap());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
