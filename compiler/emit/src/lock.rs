//! `Cargo.lock`: the registry packages are fixed by the templates, so the lock file is output like everything else.

use std::collections::BTreeMap;

/// A package of the emitted workspace itself.
pub struct LocalPackage {
    /// Its name.
    pub name: String,
    /// Names of the packages it depends on.
    pub dependencies: Vec<String>,
}

/// Adds the emitted packages to the lock file that the templates bring, sorted as cargo sorts.
pub fn emit(base: &str, version: &str, packages: &[LocalPackage]) -> String {
    let mut parts = base.split("[[package]]\n");
    let head = parts.next().unwrap_or_default().trim_end();
    let mut blocks: BTreeMap<(String, Version), String> = BTreeMap::new();
    for block in parts {
        let value = |key: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(key));
            line.unwrap_or_default().trim_matches([' ', '=', '"']).to_owned()
        };
        blocks.insert((value("name"), Version::of(&value("version"))), block.trim_end().to_owned());
    }
    for package in packages {
        blocks.insert((package.name.clone(), Version::of(version)), block(package, version));
    }
    let body: Vec<String> = blocks.into_values().map(|block| format!("[[package]]\n{block}\n")).collect();
    format!("{head}\n\n{}", body.join("\n"))
}

/// The order of versions: by number, what comes before a release before it, then as text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    numbers: Vec<u64>,
    released: bool,
    text: String,
}

impl Version {
    fn of(text: &str) -> Self {
        let numbers = text.split(['-', '+']).next().unwrap_or_default().split('.');
        let numbers = numbers.map(|number| number.parse().unwrap_or_default()).collect();
        Self { numbers, released: !text.contains('-'), text: text.to_owned() }
    }
}

fn block(package: &LocalPackage, version: &str) -> String {
    let mut dependencies = package.dependencies.clone();
    dependencies.sort();
    let lines: Vec<String> = dependencies.iter().map(|name| format!(" \"{name}\",\n")).collect();
    let list = if lines.is_empty() { String::new() } else { format!("\ndependencies = [\n{}]", lines.concat()) };
    format!("name = \"{}\"\nversion = \"{version}\"{list}", package.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_packages_stand_where_cargo_would_put_them() {
        let base = "# comment\nversion = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"z\"\nversion = \"1.0.0\"\n";
        let package = LocalPackage { name: "node".to_owned(), dependencies: vec!["z".to_owned(), "a".to_owned()] };
        let expected = "# comment\nversion = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"node\"\nversion = \"0.1.0\"\ndependencies = [\n \"a\",\n \"z\",\n]\n\n[[package]]\nname = \"z\"\nversion = \"1.0.0\"\n";
        assert_eq!(emit(base, "0.1.0", &[package]), expected);
    }

    #[test]
    fn versions_stand_as_cargo_sorts_them() {
        let base = include_str!("../../../templates/workspace/Cargo.lock");
        assert_eq!(emit(base, "0.1.0", &[]), base);
    }
}
