//! Gaps in code that is not the compiler's: what the design leaves to people, read with `syn`.

use super::{Drift, Evidence, Gap, Kind, Place, element};
use crate::names;
use crate::rust::{outbound, store};
use seac_model::Context;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::Visit;
use syn::{File, Item, UseTree};

/// All of them.
pub fn gaps(evidence: &Evidence<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (slug, context) in &evidence.model.contexts {
        let of_crate = Crate::new(evidence, slug, context);
        let found = of_crate.library().into_iter().chain(of_crate.stubs()).chain(of_crate.unanswered());
        gaps.extend(found.map(|gap| gap.in_context(slug)));
    }
    gaps
}

/// The crate of one context.
struct Crate<'a> {
    evidence: &'a Evidence<'a>,
    slug: &'a str,
    context: &'a Context,
    /// Extension code that parses, by path relative to the output folder; what does not, cargo reports.
    written: BTreeMap<&'a str, File>,
}

impl<'a> Crate<'a> {
    fn new(evidence: &'a Evidence<'a>, slug: &'a str, context: &'a Context) -> Self {
        let root = format!("crates/{slug}/src/");
        let files = evidence.disk.written.iter().filter(|(path, _)| path.starts_with(&root));
        let written = files.filter_map(|(path, text)| Some((path.as_str(), syn::parse_file(text).ok()?))).collect();
        Self { evidence, slug, context, written }
    }

    /// The path relative to the root.
    fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.evidence.output)
    }

    /// The library file is there and hands the module of the context on, with every adapter.
    fn library(&self) -> Vec<Gap> {
        let path = format!("crates/{}/src/lib.rs", self.slug);
        let (id, shown) = (&self.context.sds_id, self.shown(&path));
        if self.evidence.disk.drift.get(&path) == Some(&Drift::Missing) && self.evidence.disk.generated {
            let message = format!("`{shown}`, which makes the crate of {id}, is not there");
            let closes = "run `seac generate`, which writes a new one".to_owned();
            return vec![Gap::new(Kind::MissingExtension, id, Place::file(shown), message, closes)];
        }
        let Some(library) = self.written.get(path.as_str()) else { return Vec::new() };
        let module = library.items.iter().find_map(|item| match item {
            Item::Fn(function) if function.sig.ident == "module" => Some(function),
            _ => None,
        });
        match module {
            Some(module) => self.adapters(&shown, module),
            None if library.items.iter().any(hands_on) => Vec::new(),
            None => {
                let message = format!("`{shown}` does not hand `module()` on, so nothing of {id} runs");
                let closes = "write `pub use generated::*;`".to_owned();
                vec![Gap::new(Kind::NotWired, id, Place::file(shown), message, closes)]
            }
        }
    }

    /// A module of one's own names every adapter, or builds on the generated one.
    fn adapters(&self, path: &str, module: &syn::ItemFn) -> Vec<Gap> {
        let mut named = Idents::default();
        named.visit_item_fn(module);
        if named.found.contains("generated") {
            return Vec::new();
        }
        let repositories = store::repositories(self.slug, self.context);
        let adapters = repositories.iter().filter_map(|repository| repository.adapter);
        let unwired = adapters.filter(|adapter| !named.found.contains(&names::pascal(adapter).to_string()));
        unwired
            .map(|adapter| {
                let message = format!("`module()` in `{path}` leaves the adapter `{adapter}` out");
                let closes = "build on `generated::module()`, or hand the adapter to the operations".to_owned();
                let place =
                    self.context.adapters.get(adapter).map_or_else(|| Place::file(path), |a| Place::from(&a.origin));
                Gap::new(Kind::NotWired, element(self.context, adapter), place, message, closes)
            })
            .collect()
    }

    fn stubs(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for (path, file) in &self.written {
            let mut stubs = Stubs::default();
            stubs.visit_file(file);
            for (name, word) in stubs.found {
                let local = path.rsplit_once("/src/").map_or(*path, |(_, local)| local);
                let shown = self.shown(path);
                let message = format!("`{name}` in `{shown}` is a stub: `{word}`");
                let element = element(self.context, &format!("{local}#{name}"));
                gaps.push(Gap::new(
                    Kind::StubExtension,
                    element,
                    Place::file(shown),
                    message,
                    "write its body".to_owned(),
                ));
            }
        }
        gaps
    }

    /// Ports that have an adapter by name, but no implementation in what is emitted or written.
    fn unanswered(&self) -> Vec<Gap> {
        let Some(files) = self.evidence.files else { return Vec::new() };
        let root = format!("crates/{}/src/", self.slug);
        let emitted = files.iter().filter(|(path, _)| path.starts_with(&root) && path.ends_with(".rs"));
        let emitted = emitted.filter_map(|(_, file)| syn::parse_file(str::from_utf8(&file.bytes).ok()?).ok());
        let mut implemented = Implemented::default();
        emitted.for_each(|file| implemented.visit_file(&file));
        self.written.values().for_each(|file| implemented.visit_file(file));
        let repositories = store::repositories(self.slug, self.context);
        let answered = repositories.iter().filter(|repository| repository.adapter.is_some());
        let services = outbound::services(self.context);
        let ports = answered.map(|repository| (repository.port, repository.origin()));
        let ports = ports.chain(services.iter().map(|service| (service.port, service.origin)));
        let open = ports.filter(|(port, _)| !implemented.found.contains(&names::pascal(port).to_string()));
        open.map(|(port, origin)| {
            let message = format!("no code implements the port `{port}`");
            let closes = format!("write `impl {} for …` in `{root}`", names::pascal(port));
            let place = Place::from(origin);
            Gap::new(Kind::MissingExtension, element(self.context, port), place, message, closes)
        })
        .collect()
    }
}

/// `pub use generated::*` or `pub use generated::module`, whatever the module is called.
fn hands_on(item: &Item) -> bool {
    fn ends(tree: &UseTree) -> bool {
        match tree {
            UseTree::Path(path) => ends(&path.tree),
            UseTree::Name(name) => name.ident == "module",
            UseTree::Rename(rename) => rename.rename == "module",
            UseTree::Glob(_) => true,
            UseTree::Group(group) => group.items.iter().any(ends),
        }
    }
    matches!(item, Item::Use(item) if matches!(item.vis, syn::Visibility::Public(_)) && ends(&item.tree))
}

/// Every identifier.
#[derive(Default)]
struct Idents {
    found: BTreeSet<String>,
}

impl Visit<'_> for Idents {
    fn visit_ident(&mut self, ident: &proc_macro2::Ident) {
        self.found.insert(ident.to_string());
    }
}

/// The traits that some type implements.
#[derive(Default)]
struct Implemented {
    found: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Implemented {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let name = item.trait_.as_ref().and_then(|(path, _)| trait_name(path));
        self.found.extend(name);
    }
}

fn trait_name(path: &syn::Path) -> Option<String> {
    path.segments.last().map(|segment| segment.ident.to_string())
}

/// Functions whose body would only panic, with the words that say so. Tests are passed by.
#[derive(Default)]
struct Stubs {
    path: Vec<String>,
    found: Vec<(String, &'static str)>,
}

impl Stubs {
    fn within(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.path.push(name);
        visit(self);
        self.path.pop();
    }
}

impl<'ast> Visit<'ast> for Stubs {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            self.within(item.ident.to_string(), |this| syn::visit::visit_item_mod(this, item));
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let ty = match &*item.self_ty {
            syn::Type::Path(path) => trait_name(&path.path),
            _ => None,
        };
        self.within(ty.unwrap_or_else(|| "impl".to_owned()), |this| syn::visit::visit_item_impl(this, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            self.within(item.sig.ident.to_string(), |this| syn::visit::visit_item_fn(this, item));
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.within(item.sig.ident.to_string(), |this| syn::visit::visit_impl_item_fn(this, item));
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let Some(word) = stub(item) else { return };
        let name = self.path.join("::");
        if !self.found.iter().any(|(known, _)| *known == name) {
            self.found.push((name, word));
        }
    }
}

fn stub(item: &syn::Macro) -> Option<&'static str> {
    match trait_name(&item.path)?.as_str() {
        "todo" => Some("todo!"),
        "unimplemented" => Some("unimplemented!"),
        "panic" => item.tokens.to_string().to_lowercase().contains("implemented").then_some("panic!"),
        _ => None,
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => trait_name(path).is_some_and(|name| name == "test"),
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::NameValue(_) => false,
    })
}
