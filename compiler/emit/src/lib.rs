//! Model to files. Pure: the same [`Model`] gives the same bytes, whatever the machine.
//!
//! [`emit`] lays the workspace out; one module per artifact family makes the files: `rust`, `sql`, `openapi`,
//! `lock`. Fixed text comes from `templates`, the runtime kernel is copied from there byte for byte.

mod access;
mod clash;
mod context;
pub mod file_set;
mod form;
pub mod gap;
#[rustfmt::skip]
#[path = "gen/mod.rs"]
mod generated_tables;
mod json_types;
mod lock;
pub mod metamodel;
mod names;
mod not_yet;
mod openapi;
pub mod projection;
pub mod proto;
mod provoke;
mod runbooks;
mod rust;
mod scope;
pub mod sea;
mod selection;
mod sql;
pub mod templates;
mod version;

pub use clash::{NameClash, clashes};
pub use file_set::{Clash, FileSet, Origin, OutputFile, Region, Zone};
pub use not_yet::{NotYet, not_yet};
pub use scope::keys;
pub use selection::Selection;
pub use sql::{Histories, History, Migrations, Obstacle, ObstacleKind, migrations, release};

use context::ContextFiles;
use lock::LocalPackage;
use minijinja::context;
use rayon::prelude::*;
use scope::Scope;
use seac_model::{Context, Digests, Model};
use templates::{Shadows, TemplateError, Templates};

/// Version of the emitted packages.
const PACKAGE_VERSION: &str = "0.1.0";

/// What went wrong while emitting: a bug of ours, a mistake in a shadowed template, or a spec that asks for what we
/// cannot emit yet.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// Two producers of one path.
    #[error("two producers of {path}: {first} and {second}")]
    Clash {
        /// The path both want.
        path: String,
        /// The template that came first.
        first: String,
        /// The template that came second.
        second: String,
    },
    /// A template failed to render.
    #[error(transparent)]
    Template(Box<TemplateError>),
    /// The specs are sound, but ask for what cannot be emitted yet.
    #[error("some of the specs cannot be emitted yet")]
    NotYet(Vec<NotYet>),
    /// Rust text that does not parse, or is not what was meant.
    #[error("{path} is not the Rust that was meant: {message}")]
    Rust {
        /// The file that was to be.
        path: String,
        /// What `syn` says.
        message: String,
    },
}

impl From<Clash> for EmitError {
    fn from(clash: Clash) -> Self {
        let [first, second] = clash.templates;
        Self::Clash { path: clash.path, first, second }
    }
}

/// All that decides what is emitted.
pub struct Request<'a> {
    /// What the specs say.
    pub model: &'a Model,
    /// Its digests.
    pub digests: &'a Digests,
    /// What was released of it before.
    pub histories: &'a Histories,
    /// What of it is wanted.
    pub selection: &'a Selection,
    /// Templates of the user in place of ours.
    pub shadows: &'a Shadows,
    /// Whether every file of Rust is parsed, and compared with what was meant; it is in any case in what was built with
    /// assertions.
    pub proven: bool,
}

/// Everything the model says shall exist, after what was released before.
///
/// # Errors
/// See [`EmitError`].
pub fn emit(model: &Model, histories: &Histories) -> Result<FileSet, EmitError> {
    let (digests, selection, shadows) = (&Digests::of(model), &Selection::default(), &Shadows::new());
    emit_as(&Request { model, digests, histories, selection, shadows, proven: false })
}

/// What is asked for.
///
/// # Errors
/// See [`EmitError`].
pub fn emit_as(request: &Request<'_>) -> Result<FileSet, EmitError> {
    let Request { model, digests, histories, selection, shadows, proven } = *request;
    let missing = not_yet(model);
    if !missing.is_empty() {
        return Err(EmitError::NotYet(missing));
    }
    let templates = Templates::new(shadows);
    let mut files = FileSet::default();
    if selection.has_shared() {
        fixed_crates(&mut files)?;
        workspace(&templates, model, &mut files)?;
        node(&templates, model, &digests.model, &mut files)?;
    }
    let contexts: Vec<(&String, &Context)> = services(model).filter(|(slug, _)| selection.has_context(slug)).collect();
    // Contexts are rendered in parallel and collected in order, so that threads do not show.
    let rendered: Vec<Result<Vec<(String, OutputFile)>, EmitError>> = contexts
        .par_iter()
        .map(|(slug, context)| {
            let digest = digests.contexts.get(*slug).map_or("", String::as_str);
            let scope = Scope::new(model, slug, context);
            ContextFiles::new(scope, digest, histories.get(*slug)).proven(proven).render(&templates)
        })
        .collect();
    for produced in rendered {
        for (path, file) in produced? {
            files.insert(path, file)?;
        }
    }
    Ok(files)
}

/// The names of the contexts that files are made for.
pub fn contexts(model: &Model) -> Vec<&str> {
    services(model).map(|(slug, _)| slug.as_str()).collect()
}

/// The contexts that become part of the service; a compiler's own is no service.
fn services(model: &Model) -> impl Iterator<Item = (&String, &Context)> {
    model.contexts.iter().filter(|(_, context)| context.metamodel.is_none())
}

fn generated(bytes: impl Into<Vec<u8>>, template: &str, origins: Vec<Origin>) -> OutputFile {
    OutputFile {
        bytes: bytes.into().into(),
        zone: Zone::Gen,
        template: template.to_owned(),
        origins,
        regions: Vec::new(),
    }
}

/// A file that knows which of its lines come from where.
fn with_regions(mut file: OutputFile, regions: Vec<Region>) -> OutputFile {
    file.origins.extend(regions.iter().map(|region| region.origin.clone()));
    file.origins.sort();
    file.origins.dedup();
    file.origins.shrink_to_fit();
    OutputFile { regions, ..file }
}

/// The crates that are the same for everybody: the runtime kernel, and the part of its ledger that outsiders check.
const FIXED_CRATES: [&str; 2] = ["evidence-log", "kernel"];

/// They are copied byte for byte.
fn fixed_crates(files: &mut FileSet) -> Result<(), EmitError> {
    for name in FIXED_CRATES {
        for (path, bytes) in templates::folder(name) {
            files.insert(format!("crates/{name}/{path}"), generated(bytes, &format!("{name}/{path}"), Vec::new()))?;
        }
    }
    Ok(())
}

fn workspace(templates: &Templates, model: &Model, files: &mut FileSet) -> Result<(), EmitError> {
    let manifest = templates.render("workspace/Cargo.toml.j2", context! {})?;
    files.insert("Cargo.toml", generated(manifest, templates.made_by("workspace/Cargo.toml.j2"), Vec::new()))?;
    for (path, template) in [
        (".gitignore", "workspace/gitignore"),
        (".dockerignore", "workspace/deploy/dockerignore"),
        ("deploy/Dockerfile", "workspace/deploy/Dockerfile"),
        ("deploy/build.sh", "workspace/deploy/build.sh"),
        ("deploy/cell.service", "workspace/deploy/cell.service"),
        ("deploy/compose.yaml", "workspace/deploy/compose.yaml"),
        ("deploy/nats.conf", "workspace/deploy/nats.conf"),
        ("deploy/postgresql.conf", "workspace/deploy/postgresql.conf"),
        ("rustfmt.toml", "workspace/rustfmt.toml"),
    ] {
        files.insert(path, generated(templates.text(template)?, templates.made_by(template), Vec::new()))?;
    }
    let base = templates.render("workspace/Cargo.lock", context! {})?;
    let lock = lock::emit(&base, PACKAGE_VERSION, &local_packages(model));
    files.insert("Cargo.lock", generated(lock, "workspace/Cargo.lock", origins_of_all(model)))?;
    Ok(())
}

fn local_packages(model: &Model) -> Vec<LocalPackage> {
    let mut packages: Vec<LocalPackage> = services(model)
        .map(|(slug, context)| {
            let mut dependencies: Vec<String> =
                Scope::new(model, slug, context).used().map(|used| package_name(used)).collect();
            dependencies.push("kernel".to_owned());
            LocalPackage { name: package_name(slug), dependencies }
        })
        .collect();
    let mut dependencies: Vec<String> = services(model).map(|(slug, _)| package_name(slug)).collect();
    dependencies.push("kernel".to_owned());
    packages.push(LocalPackage { name: "node".to_owned(), dependencies });
    packages
}

/// A package name no registry package has, whatever the context is called.
fn package_name(slug: &str) -> String {
    format!("{slug}-context")
}

fn node(templates: &Templates, model: &Model, digest: &str, files: &mut FileSet) -> Result<(), EmitError> {
    let values = node_values(model, digest);
    for (path, template) in
        [("crates/node/Cargo.toml", "node/Cargo.toml.j2"), ("crates/node/src/main.rs", "node/main.rs.j2")]
    {
        let text = templates.render(template, values.clone())?;
        files.insert(path, generated(text, templates.made_by(template), origins_of_all(model)))?;
    }
    Ok(())
}

/// What the templates of the node are given; `templates::SHADOWABLE` documents it.
fn node_values(model: &Model, digest: &str) -> minijinja::Value {
    let contexts: Vec<_> = services(model).map(|(slug, _)| crate_names(slug)).collect();
    context! { contexts => contexts, model_digest => digest }
}

fn crate_names(slug: &str) -> minijinja::Value {
    context! { folder => slug, package => package_name(slug), crate => names::crate_ident(slug).to_string() }
}

fn origins_of_all(model: &Model) -> Vec<Origin> {
    services(model).map(|(_, context)| origin(&context.origin)).collect()
}

fn origin(origin: &seac_model::Origin) -> Origin {
    Origin { file: origin.file.clone(), line: origin.line }
}

fn sorted<'a>(origins: impl Iterator<Item = &'a seac_model::Origin>) -> Vec<Origin> {
    let mut origins: Vec<Origin> = origins.map(origin).collect();
    origins.sort();
    origins.dedup();
    origins
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::Value;
    use std::collections::BTreeSet;

    /// The names of values as `templates::SHADOWABLE` writes them.
    fn collect(value: &Value, prefix: &str, found: &mut BTreeSet<String>) {
        for key in value.try_iter().into_iter().flatten() {
            let inner = value.get_item(&key).expect("a key of it");
            let name = format!("{prefix}{}", key.as_str().expect("a name"));
            if inner.kind() == minijinja::value::ValueKind::Seq {
                inner.try_iter().expect("a list").for_each(|item| collect(&item, &format!("{name}[]."), found));
            }
            found.insert(name);
        }
    }

    #[test]
    fn what_templates_are_given_is_what_is_documented() {
        let mut sources = seac_syntax::Sources::default();
        let sds = |name: &str, id: u32, uses: &str| {
            format!("sdsId: SDS-{id}\nboundedContext: {name}\nsatisfiesPrds: []\nsatisfiesAdrs: []\n{uses}")
        };
        sources.add("specs/depot/depot.sds.yaml", sds("depot", 101, ""));
        sources.add("specs/shop/shop.sds.yaml", sds("shop", 102, "uses: [depot]\n"));
        let (model, found) = seac_analysis::analyse(&sources);
        assert_eq!(found, []);
        let shop = &model.contexts["shop"];
        let context = ContextFiles::new(Scope::new(&model, "shop", shop), "", None).values();
        for (template, values) in [
            ("node/main.rs.j2", node_values(&model, "")),
            ("node/Cargo.toml.j2", node_values(&model, "")),
            ("context/lib.rs.j2", context.clone()),
            ("context/Cargo.toml.j2", context),
            ("workspace/Cargo.toml.j2", context! {}),
        ] {
            let mut given = BTreeSet::new();
            collect(&values, "", &mut given);
            let documented = templates::variables(template).iter().map(|variable| variable.name.to_owned()).collect();
            assert_eq!(given, documented, "{template}");
        }
    }
}
