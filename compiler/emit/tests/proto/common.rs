//! The examples as a model, and a Protobuf compiler in this process.

use prost_reflect::DescriptorPool;
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use seac_emit::proto::{self, Options};
use seac_model::Model;
use seac_syntax::Sources;
use std::collections::BTreeMap;
use std::path::Path;

pub type Files = Vec<(String, String)>;

/// The specs of the platform and of the example.
pub fn examples() -> Model {
    changed(|text| text)
}

/// The same with changed texts.
pub fn changed(change: impl Fn(String) -> String) -> Model {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Sources::default();
    for base in [root.clone(), root.join("examples/orders")] {
        for entry in walkdir::WalkDir::new(base.join("specs")).sort_by_file_name() {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(&base).unwrap().to_str().unwrap().to_owned();
                sources.add(path, change(std::fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    let (model, diagnostics) = seac_analysis::analyse(&sources);
    assert_eq!(diagnostics, []);
    model
}

pub fn project(model: &Model, options: &Options) -> Files {
    let projected = proto::project(model, &BTreeMap::new(), options);
    projected.files.into_iter().map(|file| file.path).zip(projected.texts).collect()
}

struct InMemory<'a>(&'a [(String, String)]);

impl FileResolver for InMemory<'_> {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let found = self.0.iter().find(|(path, _)| path == name);
        let text = match found {
            Some((_, text)) => text.as_str(),
            None if name == "buf/validate/validate.proto" => include_str!("../../../workspace/src/buf/validate.proto"),
            None => return Err(protox::Error::file_not_found(name)),
        };
        File::from_source(name, text)
    }
}

/// Compiles all files, or shows the one that does not.
pub fn compile(files: &[(String, String)]) -> DescriptorPool {
    // The resolver lives as long as the compiler, which wants it to live for ever.
    let files: &'static [(String, String)] = Box::leak(files.to_vec().into_boxed_slice());
    let mut resolver = ChainFileResolver::new();
    resolver.add(GoogleFileResolver::new());
    resolver.add(InMemory(files));
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true);
    for (path, text) in files {
        if let Err(error) = compiler.open_file(path) {
            panic!("{path}: {error:?}\n{text}");
        }
    }
    DescriptorPool::from_file_descriptor_set(compiler.file_descriptor_set()).unwrap()
}
