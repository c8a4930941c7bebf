//! `cargo bench -p seac-workspace`: how long the platform's own specs take, cold and when nothing changed.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use seac_workspace::{Workspace, apply, compile};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A workspace with the platform's specs and nothing generated yet.
fn fresh() -> (TempDir, Workspace) {
    let dir = TempDir::new().unwrap();
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
    copy(&specs, &dir.path().join("specs"));
    let workspace = Workspace::at(dir.path()).unwrap();
    (dir, workspace)
}

fn generate(workspace: &Workspace) {
    let mut compilation = compile(workspace).unwrap();
    assert!(!compilation.has_errors());
    let files = compilation.emit().unwrap();
    let plan = compilation.plan(workspace, &files, false).unwrap();
    apply::apply(workspace, &plan).unwrap();
}

fn benchmarks(c: &mut Criterion) {
    let mut group = c.benchmark_group("generate the platform");
    group.sample_size(20);
    group.bench_function("cold", |b| {
        b.iter_batched_ref(fresh, |(_dir, workspace)| generate(workspace), BatchSize::PerIteration);
    });
    let (_dir, workspace) = fresh();
    generate(&workspace);
    group.bench_function("no-op", |b| b.iter(|| generate(&workspace)));
    group.bench_function("check only", |b| b.iter(|| compile(&workspace).unwrap()));
    group.finish();
}

criterion_group!(benches, benchmarks);
criterion_main!(benches);
