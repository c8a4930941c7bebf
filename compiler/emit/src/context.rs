//! The files of one context.

use crate::file_set::{Origin, OutputFile, Zone};
use crate::rust::code::Code;
use crate::scope::Scope;
use crate::sql::{self, History, migrations};
use crate::templates::Templates;
use crate::{
    EmitError, access, crate_names, generated, names, openapi, origin, package_name, runbooks, rust, sorted,
    with_regions,
};
use minijinja::context;

/// The files of one context.
pub struct ContextFiles<'a> {
    scope: Scope<'a>,
    /// The digest of the context.
    digest: &'a str,
    migrations: Vec<sql::Migration>,
    files: Vec<(String, OutputFile)>,
    proven: bool,
}

impl<'a> ContextFiles<'a> {
    /// Of the context in `scope`, whose digest is `digest`, after what was released of it before.
    pub fn new(scope: Scope<'a>, digest: &'a str, history: Option<&History>) -> Self {
        let (slug, context) = (scope.slug, scope.context);
        let migrations = match history {
            Some(history) => migrations(slug, context, history),
            None => migrations(slug, context, &History::empty(slug)),
        };
        Self { scope, digest, migrations: migrations.all, files: Vec::new(), proven: cfg!(debug_assertions) }
    }

    /// Looks at Rust with a parser, too: see [`crate::Request::proven`].
    pub fn proven(self, proven: bool) -> Self {
        Self { proven: self.proven || proven, ..self }
    }

    /// Makes them.
    ///
    /// # Errors
    /// See [`EmitError`].
    pub fn render(mut self, templates: &Templates) -> Result<Vec<(String, OutputFile)>, EmitError> {
        self.manifest(templates)?;
        self.rust()?;
        self.migrations();
        self.openapi();
        self.access();
        self.runbooks();
        Ok(self.files)
    }

    fn root(&self) -> String {
        format!("crates/{}", self.scope.slug)
    }

    fn push(&mut self, path: String, file: OutputFile) {
        self.files.push((path, file));
    }

    /// What the templates of a context are given; `templates::SHADOWABLE` documents it.
    pub fn values(&self) -> minijinja::Value {
        let uses: Vec<_> = self.scope.used().map(|used| crate_names(used)).collect();
        context! {
            spec => self.scope.context.origin.file.to_string(),
            title => self.scope.context.title.clone(),
            package => package_name(self.scope.slug),
            crate => names::crate_ident(self.scope.slug).to_string(),
            uses => uses,
        }
    }

    fn manifest(&mut self, templates: &Templates) -> Result<(), EmitError> {
        let values = self.values();
        let origins = vec![origin(&self.scope.context.origin)];
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
        let Scope { slug, context, .. } = self.scope;
        let whole = vec![origin(&context.origin)];
        self.rust_file("types", rust::types::emit(&self.scope), Vec::new())?;
        self.rust_file("policies", rust::policies::emit(slug, context), Vec::new())?;
        self.rust_file("events", rust::events::emit(slug, context), Vec::new())?;
        if let Some(outbound) = rust::outbound::emit(slug, context) {
            self.rust_file("outbound", outbound, Vec::new())?;
        }
        self.adapters()?;
        self.rust_file("ports", rust::store::ports(slug, context), Vec::new())?;
        self.rust_file("store/mod", rust::store::module(), Vec::new())?;
        self.rust_file("store/sql", rust::store::sql(&self.scope), Vec::new())?;
        self.rust_file("operations", rust::operations::emit(&self.scope), Vec::new())?;
        if rust::failures::is_wanted(context) {
            self.rust_file("failures", rust::failures::emit(&self.scope), Vec::new())?;
            self.rust_file("access", rust::access::emit(&self.scope), whole.clone())?;
        }
        self.rust_file("connectors", rust::connectors::emit(slug, context), Vec::new())?;
        self.rust_file("consumers", rust::consumers::emit(&self.scope), Vec::new())?;
        if let Some(invariants) = rust::invariants::emit(context) {
            self.rust_file("invariants", invariants, Vec::new())?;
        }
        if let Some(read_models) = rust::read_models::emit(&self.scope, &self.migrations) {
            self.rust_file("read_models", read_models, Vec::new())?;
        }
        self.rust_file("mod", rust::module::emit(slug, context, self.digest, &self.migrations), whole)
    }

    fn rust_file(&mut self, name: &str, tokens: Code, origins: Vec<Origin>) -> Result<(), EmitError> {
        let path = format!("{}/src/gen/{name}.rs", self.root());
        let (text, regions) = rust::print(&rust::header(&self.scope.context.origin.file), &tokens);
        if self.proven {
            rust::prove(&path, &tokens, &text)?;
        }
        let template = format!("emit::rust::{}", name.replace('/', "::"));
        self.push(path, with_regions(generated(text, &template, origins), regions));
        Ok(())
    }

    /// Adapters that the user writes, as they are handed over.
    fn adapters(&mut self) -> Result<(), EmitError> {
        let Scope { slug, context, .. } = self.scope;
        for service in rust::outbound::services(context) {
            let Some(file) = service.written_file() else { continue };
            let path = format!("{}/src/adapters/{file}", self.root());
            let code = rust::outbound::scaffold(slug, &service);
            let (text, _) = rust::print("", &code);
            if self.proven {
                rust::prove(&path, &code, &text)?;
            }
            let origins = vec![origin(service.origin)];
            let file = generated(text.trim_start().to_owned(), "emit::rust::outbound::scaffold", origins);
            self.push(path, OutputFile { zone: Zone::Ext, ..file });
        }
        Ok(())
    }

    /// The lock file, beside the SDS.
    fn history(&self) -> Origin {
        let folder = self.scope.context.origin.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        Origin { file: format!("{folder}/{}.lock.json", self.scope.slug).into(), line: 1 }
    }

    fn migrations(&mut self) {
        let mut files = Vec::new();
        for migration in &self.migrations {
            for dialect in sql::Dialect::ALL {
                let path = format!("migrations/{}/{}/{}", self.scope.slug, dialect.folder(), migration.stem());
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

    fn access(&mut self) {
        if let Some(document) = access::document(&self.scope) {
            let origins = sorted(self.scope.context.operations.values().map(|operation| &operation.origin));
            self.push(format!("docs/access/{}.md", self.scope.slug), generated(document, "emit::access", origins));
        }
    }

    fn runbooks(&mut self) {
        for (name, document, declared) in runbooks::documents(&self.scope) {
            let file = generated(document, "emit::runbooks", vec![origin(declared)]);
            self.push(format!("runbooks/{}/{name}", self.scope.slug), file);
        }
    }

    fn openapi(&mut self) {
        if let Some(document) = openapi::emit(&self.scope) {
            let origins = sorted(self.scope.context.operations.values().map(|operation| &operation.origin));
            let file = generated(openapi::text(&document), "emit::openapi", origins);
            self.push(format!("openapi/{}.json", self.scope.slug), file);
        }
    }
}
