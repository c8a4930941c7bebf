//! Which types stand in which file, and how one file names the types of another.

use super::names::{self, Names};
use super::print::Paths;
use super::tree::{Enum, Field, Home, Item, Label, Message, Reference, Type, Value};
use super::{Options, circles, items, rules};
use seac_model::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// The items of contexts, by slug.
pub type ByContext = BTreeMap<String, Vec<Item>>;

/// What stands in one file.
pub struct Unit {
    /// Its contexts, sorted; none in the file of what is shared.
    pub contexts: Vec<String>,
    /// Its package.
    pub package: String,
    /// Its path.
    pub path: String,
    /// Its items, with the names that they have there.
    pub items: Vec<Item>,
    /// Files it needs.
    pub imports: BTreeSet<String>,
}

/// All files and the names in them.
pub struct Layout {
    /// By path.
    pub units: Vec<Unit>,
    /// Place of the unit of each context, and of what is shared.
    homes: BTreeMap<Home, usize>,
    /// Names of types that are other ones than in their context.
    renamed: BTreeMap<Reference, String>,
    /// Names that are found nearer than the package that begins with them.
    shadows: BTreeSet<String>,
}

impl Layout {
    /// Lays out the items of all contexts.
    pub fn new(options: &Options, contexts: ByContext) -> Self {
        let groups =
            if options.multi_file { circles::components(&contexts) } else { vec![contexts.keys().cloned().collect()] };
        let mut layout =
            Self { units: Vec::new(), homes: BTreeMap::new(), renamed: BTreeMap::new(), shadows: BTreeSet::new() };
        layout.packages(options, groups);
        layout.items(contexts, options);
        layout.shadows();
        for at in 0..layout.units.len() {
            layout.units[at].imports = layout.imports(at);
        }
        layout
    }

    fn packages(&mut self, options: &Options, groups: Vec<Vec<String>>) {
        let Options { root, version, .. } = options;
        let mut taken = BTreeSet::new();
        for contexts in groups {
            let name = match contexts.as_slice() {
                [one] => names::snake(one),
                _ if !options.multi_file => String::new(),
                several => several.iter().map(|slug| names::snake(slug)).collect::<Vec<_>>().join("_"),
            };
            let name = unused(name, &mut taken);
            let (package, file) = if name.is_empty() {
                (format!("{root}.{version}"), root.rsplit('.').next().unwrap_or_default().to_owned())
            } else {
                (format!("{root}.{name}.{version}"), name)
            };
            for slug in &contexts {
                self.homes.insert(Home::Context(slug.clone()), self.units.len());
            }
            let path = format!("{}/{file}.proto", package.replace('.', "/"));
            self.units.push(Unit { contexts, package, path, items: Vec::new(), imports: BTreeSet::new() });
        }
        if options.multi_file || self.units.is_empty() {
            let package = format!("{root}.{version}");
            let path = format!("{}/types.proto", package.replace('.', "/"));
            self.homes.insert(Home::Shared, self.units.len());
            let (contexts, items, imports) = Default::default();
            self.units.push(Unit { contexts, package, path, items, imports });
        } else {
            self.homes.insert(Home::Shared, 0);
        }
    }

    /// Puts the items where they belong. Where several contexts share a file, their names begin with that of the context.
    fn items(&mut self, mut contexts: ByContext, options: &Options) {
        let shared = shared_types(&contexts, options);
        for at in 0..self.units.len() {
            let mut scope = Scope::default();
            let slugs = self.units[at].contexts.clone();
            let mut made = Vec::new();
            for slug in &slugs {
                let items = contexts.remove(slug).unwrap_or_default();
                let of_context = if slugs.len() > 1 { names::pascal(slug) } else { String::new() };
                for mut item in items {
                    let prefix = prefix(&item, &of_context);
                    prefix_old_names(&mut item, &prefix);
                    let name = scope.names.first_free(format!("{prefix}{}", item.name()), || None, "");
                    if name != item.name() {
                        let old = Reference { home: Home::Context(slug.clone()), name: item.name().to_owned() };
                        self.renamed.insert(old, name.clone());
                        set_name(&mut item, name);
                    }
                    scope.values(&mut item);
                    made.push(item);
                }
            }
            if self.homes.get(&Home::Shared) == Some(&at) {
                for mut item in shared.clone() {
                    let name =
                        scope.names.first_free(item.name().to_owned(), || Some(format!("{}Value", item.name())), "");
                    let old = Reference { home: Home::Shared, name: item.name().to_owned() };
                    self.renamed.insert(old, name.clone());
                    set_name(&mut item, name);
                    made.push(item);
                }
            }
            self.units[at].items = made;
        }
        self.drop_empty();
    }

    /// A file without contexts and without types is none.
    fn drop_empty(&mut self) {
        if self.units.len() > 1 && self.units.last().is_some_and(|unit| unit.items.is_empty()) {
            self.units.pop();
            self.homes.remove(&Home::Shared);
        }
    }

    /// Parts of packages behind the first, and fields: `google.protobuf.Timestamp` is not found from a package that
    /// has a part `google` of its own.
    fn shadows(&mut self) {
        let mut firsts: BTreeSet<&str> = BTreeSet::from(["google", "buf"]);
        let mut parts: BTreeSet<&str> = BTreeSet::new();
        for unit in &self.units {
            let mut package = unit.package.split('.');
            firsts.extend(package.next());
            parts.extend(package);
        }
        let messages = self.units.iter().flat_map(|unit| &unit.items).filter_map(|item| match item {
            Item::Message(message) => Some(message),
            _ => None,
        });
        parts.extend(messages.flat_map(|message| &message.fields).map(|field| field.name.as_str()));
        let shadows = firsts.into_iter().filter(|first| parts.contains(first)).map(str::to_owned).collect();
        self.shadows = shadows;
    }

    fn imports(&self, at: usize) -> BTreeSet<String> {
        let mut imports = BTreeSet::new();
        for item in &self.units[at].items {
            for reference in references(item) {
                match &reference.home {
                    Home::Google(file) => drop(imports.insert((*file).to_owned())),
                    home => {
                        let unit = self.homes.get(home).filter(|unit| **unit != at);
                        imports.extend(unit.map(|unit| self.units[*unit].path.clone()));
                    }
                }
            }
            if uses_rules(item) {
                imports.insert(rules::FILE.to_owned());
            }
        }
        imports
    }

    /// The package and the name of a type.
    pub fn locate(&self, reference: &Reference) -> (&str, String) {
        let name = self.renamed.get(reference).unwrap_or(&reference.name).clone();
        match &reference.home {
            Home::Google(_) => ("google.protobuf", name),
            home => (self.homes.get(home).map_or("", |unit| &self.units[*unit].package), name),
        }
    }

    /// How the file at this place names types.
    pub fn view(&self, at: usize) -> View<'_> {
        View { layout: self, package: &self.units[at].package }
    }

    /// The name of an option of `buf.validate`.
    pub fn option(&self, name: &str) -> String {
        if self.shadows.contains("buf") { name.replacen("(buf", "(.buf", 1) } else { name.to_owned() }
    }
}

/// How one file names types.
pub struct View<'a> {
    layout: &'a Layout,
    package: &'a str,
}

impl Paths for View<'_> {
    fn path(&self, reference: &Reference) -> String {
        let (package, name) = self.layout.locate(reference);
        if package == self.package {
            return name;
        }
        let first = package.split('.').next().unwrap_or_default();
        let dot = if self.layout.shadows.contains(first) { "." } else { "" };
        format!("{dot}{package}.{name}")
    }
}

/// The names of one package.
#[derive(Default)]
struct Scope {
    names: Names,
    values: BTreeSet<String>,
}

impl Scope {
    /// Values of enums share the scope of their enum.
    fn values(&mut self, item: &mut Item) {
        let Item::Enum(Enum { name, values, .. }) = item else { return };
        let prefix = names::upper(name);
        self.values.insert(format!("{prefix}_UNSPECIFIED"));
        for value in values {
            let base = std::mem::take(&mut value.name);
            value.name = base.clone();
            for number in 2_u32.. {
                if self.values.insert(format!("{prefix}_{}", value.name)) {
                    break;
                }
                value.name = format!("{base}_{number}");
            }
        }
    }
}

/// What stands in front of the name of an item where several contexts share a package. What methods take and answer with is
/// named after its service.
fn prefix(item: &Item, context: &str) -> String {
    match item {
        _ if context.is_empty() => String::new(),
        Item::Service(service) if service.name.starts_with(context) => String::new(),
        Item::Message(message) if message.is_part => format!("{context}Service"),
        _ => context.to_owned(),
    }
}

fn prefix_old_names(item: &mut Item, prefix: &str) {
    let names = match item {
        Item::Message(message) => &mut message.formerly,
        Item::Enum(found) => &mut found.formerly,
        Item::Service(_) => return,
    };
    if !prefix.is_empty() {
        *names = names.iter().map(|name| format!("{prefix}{name}")).collect();
    }
}

fn unused(name: String, taken: &mut BTreeSet<String>) -> String {
    let mut unused = name.clone();
    for number in 2_u32.. {
        if taken.insert(unused.clone()) {
            break;
        }
        unused = format!("{name}_{number}");
    }
    unused
}

fn set_name(item: &mut Item, name: String) {
    match item {
        Item::Message(message) => message.name = name,
        Item::Enum(found) => found.name = name,
        Item::Service(service) => service.name = name,
    }
}

/// The types that an item names.
pub fn references(item: &Item) -> Vec<&Reference> {
    match item {
        Item::Message(message) => {
            let named = message.fields.iter().map(|field| &field.ty);
            named.filter_map(|ty| if let Type::Named(reference) = ty { Some(reference) } else { None }).collect()
        }
        Item::Service(service) => service.methods.iter().flat_map(|method| [&method.input, &method.output]).collect(),
        Item::Enum(_) => Vec::new(),
    }
}

fn uses_rules(item: &Item) -> bool {
    let Item::Message(message) = item else { return false };
    message.fields.iter().any(|field| field.options.iter().any(|(name, _)| name == rules::OPTION))
}

/// What contexts share, as far as they need it.
fn shared_types(contexts: &ByContext, options: &Options) -> Vec<Item> {
    let used: BTreeSet<&str> = contexts
        .values()
        .flatten()
        .flat_map(references)
        .filter(|reference| reference.home == Home::Shared)
        .map(|reference| reference.name.as_str())
        .collect();
    let pattern = "^-?(0|[1-9][0-9]*)([.][0-9]+)?$";
    let number =
        |name: &str| text_field(name, 1, "The number in decimal digits.", ("pattern", pattern.to_owned()), options);
    let mut made = Vec::new();
    if used.contains(items::DECIMAL) {
        made.push(message(
            items::DECIMAL,
            "An exact number: as text, so that no digit is lost.",
            vec![number("value")],
        ));
    }
    if used.contains(items::QUANTITY) {
        let mut unit = text_field("unit", 2, "The symbol of the unit.", ("", String::new()), options);
        if options.rules {
            let least = Value::Message(vec![("string", Value::Message(vec![("min_len", Value::Int(1))]))]);
            unit.options = vec![(rules::OPTION.to_owned(), least)];
        }
        let doc =
            "An exact amount of a unit. The unit goes along, so that an amount is never taken for one of another unit.";
        made.push(message(items::QUANTITY, doc, vec![number("amount"), unit]));
    }
    made
}

fn text_field(name: &str, number: u32, doc: &str, rule: (&'static str, String), options: &Options) -> Field {
    let rule = Value::Message(vec![("string", Value::Message(vec![(rule.0, Value::Text(rule.1))]))]);
    let option = options.rules.then(|| (rules::OPTION.to_owned(), rule));
    Field {
        name: name.to_owned(),
        number,
        label: Label::Plain,
        ty: Type::Scalar("string"),
        doc: doc.to_owned(),
        options: option.into_iter().collect(),
        unit: None,
        origin: Origin::default(),
    }
}

fn message(name: &str, doc: &str, fields: Vec<Field>) -> Item {
    Item::Message(Message { name: name.to_owned(), doc: doc.to_owned(), fields, ..Message::default() })
}

/// Keeps the contexts that are wanted, and those whose types they need.
pub fn keep(contexts: &mut ByContext, wanted: &BTreeSet<String>) {
    let mut kept: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = wanted.iter().map(String::as_str).collect();
    while let Some(slug) = open.pop() {
        let Some(items) = contexts.get(slug).filter(|_| kept.insert(slug)) else { continue };
        open.extend(items.iter().flat_map(references).filter_map(|reference| match &reference.home {
            Home::Context(slug) => Some(slug.as_str()),
            _ => None,
        }));
    }
    let kept: BTreeSet<String> = kept.into_iter().map(str::to_owned).collect();
    contexts.retain(|slug, _| kept.contains(slug));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(slug: &str, to: &[&str]) -> (String, Vec<Item>) {
        let field = |(number, home): (u32, &&str)| Field {
            name: format!("f{number}"),
            number,
            label: Label::Plain,
            ty: Type::Named(Reference { home: Home::Context((*home).to_owned()), name: "T".to_owned() }),
            doc: String::new(),
            options: Vec::new(),
            unit: None,
            origin: Origin::default(),
        };
        (slug.to_owned(), vec![message("T", "", (1..).zip(to).map(field).collect())])
    }

    #[test]
    fn contexts_that_need_each_other_share_a_file() {
        let contexts = ByContext::from([item("a", &["b"]), item("b", &["c", "d"]), item("c", &["a"]), item("d", &[])]);
        assert_eq!(circles::components(&contexts), [vec!["a".to_owned(), "b".into(), "c".into()], vec!["d".into()]]);
        let options = Options { multi_file: true, ..Options::default() };
        let layout = Layout::new(&options, contexts);
        let files: Vec<(&str, Vec<&str>)> =
            layout.units.iter().map(|unit| (unit.path.as_str(), unit.items.iter().map(Item::name).collect())).collect();
        let wanted = [("system/a_b_c/v1/a_b_c.proto", vec!["AT", "BT", "CT"]), ("system/d/v1/d.proto", vec!["T"])];
        assert_eq!(files, wanted);
        assert_eq!(layout.units[0].imports, BTreeSet::from(["system/d/v1/d.proto".to_owned()]));
    }
}
