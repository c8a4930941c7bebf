//! What models become as Protobuf: the text, that it compiles, and that messages come back as they were sent.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test reads the specs")]

mod common;
mod compatibility;
mod corpus;
mod hostile;
mod numbers;
mod round_trip;

use common::{compile, examples, project};
use seac_emit::proto::Options;

fn whole() -> Options {
    Options { multi_file: true, services: true, governance: true, ..Options::default() }
}

#[test]
fn every_file_of_the_examples() {
    let files = project(&examples(), &whole());
    for (path, text) in &files {
        insta::assert_snapshot!(path.replace('/', "__"), text);
    }
    compile(&files);
}

#[test]
fn all_contexts_fit_into_one_file() {
    for services in [false, true] {
        for rules in [false, true] {
            let options = Options { services, rules, multi_file: false, ..Options::default() };
            let files = project(&examples(), &options);
            assert_eq!(files.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["system/v1/system.proto"]);
            assert_eq!(files[0].1.contains("buf/validate"), rules);
            compile(&files);
        }
    }
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let first = project(&examples(), &whole());
    for _ in 0..3 {
        assert_eq!(project(&examples(), &whole()), first);
    }
}
