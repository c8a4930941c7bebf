//! Model to files. Pure: the same [`Model`] gives the same bytes, whatever the machine.
//!
//! [`emit`] lays the workspace out; one module per artifact family makes the files: `rust`, `sql`, `openapi`,
//! `lock`. Fixed text comes from `templates`, the runtime kernel is copied from there byte for byte.

mod clash;
pub mod file_set;
pub mod gap;
#[rustfmt::skip]
#[path = "gen/mod.rs"]
mod generated_tables;
mod lock;
pub mod metamodel;
mod names;
mod openapi;
mod rust;
pub mod sea;
mod selection;
mod sql;
pub mod templates;

pub use clash::{NameClash, clashes};
pub use file_set::{Clash, FileSet, Origin, OutputFile, Region, Zone};
pub use selection::Selection;
pub use sql::{Histories, History, Migrations, Obstacle, ObstacleKind, migrations, release};

use lock::LocalPackage;
use minijinja::context;
use proc_macro2::TokenStream;
use rayon::prelude::*;
use seac_model::{Context, Model};
use templates::{Shadows, TemplateError, Templates};

/// Version of the emitted packages.
const PACKAGE_VERSION: &str = "0.1.0";

/// What went wrong while emitting: always a bug of ours or of a shadowed template, never of a spec.
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
    /// Rust text that does not parse.
    #[error("{path} is no Rust: {message}")]
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

/// Everything the model says shall exist, after what was released before.
///
/// # Errors
/// See [`EmitError`].
pub fn emit(model: &Model, histories: &Histories) -> Result<FileSet, EmitError> {
    emit_with(model, histories, &Selection::default(), &Shadows::new())
}

/// What [`emit`] gives, without what `selection` leaves out, and with templates of the user in place of ours.
///
/// # Errors
/// See [`EmitError`].
pub fn emit_with(
    model: &Model,
    histories: &Histories,
    selection: &Selection,
    shadows: &Shadows,
) -> Result<FileSet, EmitError> {
    let templates = Templates::new(shadows);
    let mut files = FileSet::default();
    if selection.is_whole() {
        kernel(&mut files)?;
        workspace(&templates, model, &mut files)?;
        node(&templates, model, &mut files)?;
    }
    let contexts: Vec<(&String, &Context)> = services(model).filter(|(slug, _)| selection.has_context(slug)).collect();
    // Contexts are rendered in parallel and collected in order, so that threads do not show.
    let rendered: Vec<Result<Vec<(String, OutputFile)>, EmitError>> = contexts
        .par_iter()
        .map(|(slug, context)| ContextFiles::new(model, histories, slug, context).render(&templates))
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
    OutputFile { bytes: bytes.into(), zone: Zone::Gen, template: template.to_owned(), origins, regions: Vec::new() }
}

/// A file that knows which of its lines come from where.
fn with_regions(mut file: OutputFile, regions: Vec<Region>) -> OutputFile {
    file.origins.extend(regions.iter().map(|region| region.origin.clone()));
    file.origins.sort();
    file.origins.dedup();
    OutputFile { regions, ..file }
}

/// The runtime kernel, byte for byte.
fn kernel(files: &mut FileSet) -> Result<(), EmitError> {
    for (path, bytes) in templates::folder("kernel") {
        files.insert(format!("crates/kernel/{path}"), generated(bytes, &format!("kernel/{path}"), Vec::new()))?;
    }
    Ok(())
}

fn workspace(templates: &Templates, model: &Model, files: &mut FileSet) -> Result<(), EmitError> {
    let manifest = templates.render("workspace/Cargo.toml.j2", context! {})?;
    files.insert("Cargo.toml", generated(manifest, templates.made_by("workspace/Cargo.toml.j2"), Vec::new()))?;
    for (path, template) in [(".gitignore", "workspace/gitignore"), ("rustfmt.toml", "workspace/rustfmt.toml")] {
        files.insert(path, generated(templates.text(template), templates.made_by(template), Vec::new()))?;
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
                foreign_contexts(model, context).map(|used| package_name(used)).collect();
            dependencies.push("kernel".to_owned());
            LocalPackage { name: package_name(slug), dependencies }
        })
        .collect();
    let mut dependencies: Vec<String> = services(model).map(|(slug, _)| package_name(slug)).collect();
    dependencies.push("kernel".to_owned());
    packages.push(LocalPackage { name: "node".to_owned(), dependencies });
    packages
}

/// Contexts whose crates a context depends on: those it uses.
fn foreign_contexts<'a>(model: &'a Model, context: &'a Context) -> impl Iterator<Item = &'a String> {
    context.uses.iter().filter(|used| model.contexts.contains_key(*used))
}

/// A package name no registry package has, whatever the context is called.
fn package_name(slug: &str) -> String {
    format!("{slug}-context")
}

fn node(templates: &Templates, model: &Model, files: &mut FileSet) -> Result<(), EmitError> {
    let values = node_values(model);
    for (path, template) in
        [("crates/node/Cargo.toml", "node/Cargo.toml.j2"), ("crates/node/src/main.rs", "node/main.rs.j2")]
    {
        let text = templates.render(template, values.clone())?;
        files.insert(path, generated(text, templates.made_by(template), origins_of_all(model)))?;
    }
    Ok(())
}

/// What the templates of the node are given; `templates::SHADOWABLE` documents it.
fn node_values(model: &Model) -> minijinja::Value {
    let contexts: Vec<_> = services(model).map(|(slug, _)| crate_names(slug)).collect();
    context! { contexts => contexts, model_digest => model.digest() }
}

fn crate_names(slug: &str) -> minijinja::Value {
    context! { folder => slug, package => package_name(slug), crate => names::crate_ident(slug).to_string() }
}

fn origins_of_all(model: &Model) -> Vec<Origin> {
    services(model).map(|(_, context)| origin(&context.origin)).collect()
}

fn origin(origin: &seac_model::Origin) -> Origin {
    Origin { file: origin.file.to_string(), line: origin.line }
}

fn sorted<'a>(origins: impl Iterator<Item = &'a seac_model::Origin>) -> Vec<Origin> {
    let mut origins: Vec<Origin> = origins.map(origin).collect();
    origins.sort();
    origins.dedup();
    origins
}

/// The files of one context.
struct ContextFiles<'a> {
    model: &'a Model,
    slug: &'a str,
    context: &'a Context,
    migrations: Vec<sql::Migration>,
    files: Vec<(String, OutputFile)>,
}

impl<'a> ContextFiles<'a> {
    fn new(model: &'a Model, histories: &Histories, slug: &'a str, context: &'a Context) -> Self {
        let migrations = match histories.get(slug) {
            Some(history) => migrations(slug, context, history),
            None => migrations(slug, context, &History::empty(slug)),
        };
        Self { model, slug, context, migrations: migrations.all, files: Vec::new() }
    }

    fn render(mut self, templates: &Templates) -> Result<Vec<(String, OutputFile)>, EmitError> {
        self.manifest(templates)?;
        self.rust()?;
        self.migrations();
        self.openapi();
        Ok(self.files)
    }

    fn root(&self) -> String {
        format!("crates/{}", self.slug)
    }

    fn push(&mut self, path: String, file: OutputFile) {
        self.files.push((path, file));
    }

    /// What the templates of a context are given; `templates::SHADOWABLE` documents it.
    fn values(&self) -> minijinja::Value {
        let uses: Vec<_> = foreign_contexts(self.model, self.context).map(|used| crate_names(used)).collect();
        context! {
            spec => self.context.origin.file.to_string(),
            title => self.context.title.clone(),
            package => package_name(self.slug),
            crate => names::crate_ident(self.slug).to_string(),
            uses => uses,
        }
    }

    fn manifest(&mut self, templates: &Templates) -> Result<(), EmitError> {
        let values = self.values();
        let origins = vec![origin(&self.context.origin)];
        let manifest = templates.render("context/Cargo.toml.j2", values.clone())?;
        self.push(
            format!("{}/Cargo.toml", self.root()),
            generated(manifest, templates.made_by("context/Cargo.toml.j2"), origins.clone()),
        );
        let library = templates.render("context/lib.rs.j2", values)?;
        let file =
            OutputFile { zone: Zone::Ext, ..generated(library, templates.made_by("context/lib.rs.j2"), origins) };
        self.push(format!("{}/src/lib.rs", self.root()), file);
        Ok(())
    }

    fn rust(&mut self) -> Result<(), EmitError> {
        let (model, slug, context) = (self.model, self.slug, self.context);
        let whole = vec![origin(&context.origin)];
        self.rust_file("types", rust::types::emit(model, slug, context), Vec::new())?;
        self.rust_file("policies", rust::policies::emit(slug, context), Vec::new())?;
        self.rust_file("events", rust::events::emit(slug, context), Vec::new())?;
        self.rust_file("ports", rust::store::ports(slug, context), Vec::new())?;
        self.rust_file("store/mod", rust::store::module(), Vec::new())?;
        self.rust_file("store/sqlite", rust::store::sqlite(model, slug, context), Vec::new())?;
        self.rust_file("operations", rust::operations::emit(model, slug, context), Vec::new())?;
        self.rust_file("connectors", rust::connectors::emit(slug, context), Vec::new())?;
        self.rust_file("consumers", rust::consumers::emit(slug, context), Vec::new())?;
        self.rust_file("mod", rust::module::emit(slug, context, &self.migrations), whole)
    }

    fn rust_file(&mut self, name: &str, tokens: TokenStream, origins: Vec<Origin>) -> Result<(), EmitError> {
        let path = format!("{}/src/gen/{name}.rs", self.root());
        let (text, regions) = rust::print(&path, &rust::header(&self.context.origin.file), tokens)?;
        let template = format!("emit::rust::{}", name.replace('/', "::"));
        self.push(path, with_regions(generated(text, &template, origins), regions));
        Ok(())
    }

    /// The lock file, beside the SDS.
    fn history(&self) -> Origin {
        let folder = self.context.origin.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        Origin { file: format!("{folder}/{}.lock.json", self.slug), line: 1 }
    }

    fn migrations(&mut self) {
        let mut files = Vec::new();
        for migration in &self.migrations {
            for dialect in sql::Dialect::ALL {
                let path = format!("migrations/{}/{}/{}", self.slug, dialect.folder(), migration.stem());
                // What was released comes from the history alone.
                let origins = if migration.released { vec![self.history()] } else { Vec::new() };
                files.push((format!("{path}.sql"), migration.apply(dialect), origins.clone()));
                files.push((format!("{path}.revert.sql"), migration.revert(dialect), origins));
            }
        }
        for (path, script, origins) in files {
            self.push(path, with_regions(generated(script.text, "emit::sql", origins), script.regions));
        }
    }

    fn openapi(&mut self) {
        if let Some(document) = openapi::emit(self.model, self.slug, self.context) {
            let origins = sorted(self.context.operations.values().map(|operation| &operation.origin));
            let file = generated(openapi::text(&document), "emit::openapi", origins);
            self.push(format!("openapi/{}.json", self.slug), file);
        }
    }
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
        let context = ContextFiles::new(&model, &Histories::new(), "shop", shop).values();
        for (template, values) in [
            ("node/main.rs.j2", node_values(&model)),
            ("node/Cargo.toml.j2", node_values(&model)),
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
