//! What can be asked for: the package, the layout of files, and options by name.

use super::tree::Value;
use seac_syntax::diagnostic::nearest;
use std::collections::BTreeSet;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What stands in front of every package.
    pub root: String,
    /// What stands behind it, such as `v1`.
    pub version: String,
    /// A file for each context instead of one for all.
    pub multi_file: bool,
    /// Whether operations become services.
    pub services: bool,
    /// Whether roles, policies and controls are told.
    pub governance: bool,
    /// Whether constraints become rules of protovalidate.
    pub rules: bool,
    /// The contexts that are wanted; what they need of others comes along. All of them if none is named.
    pub only: BTreeSet<String>,
    /// Options of files.
    pub file: FileOptions,
}

/// Options of files, by name, as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileOptions(Vec<(&'static FileOption, String)>);

impl Default for Options {
    fn default() -> Self {
        Self {
            root: "system".to_owned(),
            version: "v1".to_owned(),
            multi_file: false,
            services: false,
            governance: false,
            rules: true,
            only: BTreeSet::new(),
            file: FileOptions::default(),
        }
    }
}

/// An option that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OptionError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// An option of files: its name, and what its value is.
#[derive(Debug, PartialEq, Eq)]
struct FileOption {
    name: &'static str,
    kind: FileKind,
}

/// How the value of an option of files is made from what was given and the package of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileKind {
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text, the same in all files.
    Text,
    /// Put in front of the package, as an import path of Go.
    GoPackage,
    /// Put in front of the package, with dots.
    Dotted,
    /// Put in front of the package, each part with a capital, between these.
    Capital(&'static str),
}

const FILE_OPTIONS: &[FileOption] = &[
    FileOption { name: "cc_enable_arenas", kind: FileKind::Flag },
    FileOption { name: "csharp_namespace", kind: FileKind::Capital(".") },
    FileOption { name: "deprecated", kind: FileKind::Flag },
    FileOption { name: "go_package", kind: FileKind::GoPackage },
    FileOption { name: "java_multiple_files", kind: FileKind::Flag },
    FileOption { name: "java_package", kind: FileKind::Dotted },
    FileOption { name: "objc_class_prefix", kind: FileKind::Text },
    FileOption { name: "optimize_for", kind: FileKind::Word(&["SPEED", "CODE_SIZE", "LITE_RUNTIME"]) },
    FileOption { name: "php_namespace", kind: FileKind::Capital("\\") },
    FileOption { name: "ruby_package", kind: FileKind::Capital("::") },
    FileOption { name: "swift_prefix", kind: FileKind::Text },
];

/// Options that are not options of files.
const OWN: &[(&str, &str)] = &[
    ("rules", "constraints as rules of protovalidate: `true` or `false`"),
    ("version", "the last part of packages, such as `v1` or `v2beta1`"),
];

impl Options {
    /// Sets what stands in front of every package.
    ///
    /// # Errors
    /// If it is no package in the style of Protobuf.
    pub fn set_package(&mut self, package: &str) -> Result<(), OptionError> {
        let error = |message: String, help: String| Err(OptionError { message, help });
        if let Some(part) = package.split('.').find(|part| !is_part(part)) {
            let mended: Vec<String> = package.split('.').map(super::names::snake).collect();
            let message = format!("`{part}` cannot be a part of a package");
            let help =
                format!("parts are small letters, digits and single `_`, a letter first: `{}`", mended.join("."));
            return error(message, help);
        }
        if let Some((root, last)) = package.rsplit_once('.')
            && is_version(last)
        {
            let message = format!("`{last}` is added behind the name of each context");
            return error(message, format!("write `--package {root} --option version={last}`"));
        }
        package.clone_into(&mut self.root);
        Ok(())
    }

    /// Sets an option by name.
    ///
    /// # Errors
    /// If there is no such option, or it has no such value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), OptionError> {
        let wrong = |expected: &str| OptionError {
            message: format!("`{value}` is no value of the option `{name}`"),
            help: format!("it takes {expected}"),
        };
        match name {
            "version" if is_version(value) => value.clone_into(&mut self.version),
            "version" => return Err(wrong("`v` and a number, with `alpha` or `beta` and a number behind it or not")),
            "rules" => self.rules = value.parse().map_err(|_| wrong("`true` or `false`"))?,
            _ => {
                let option = FILE_OPTIONS.iter().find(|option| option.name == name).ok_or_else(|| unknown(name))?;
                option.check(value).map_err(|expected| wrong(&expected))?;
                let FileOptions(given) = &mut self.file;
                given.retain(|(other, _)| *other != option);
                given.push((option, value.to_owned()));
                given.sort_by_key(|(option, _)| option.name);
            }
        }
        Ok(())
    }

    /// The names of all options with what they do.
    pub fn known() -> Vec<(&'static str, &'static str)> {
        let file = FILE_OPTIONS.iter().map(|option| (option.name, option.kind.told()));
        let mut known: Vec<_> = OWN.iter().copied().chain(file).collect();
        known.sort_unstable();
        known
    }

    /// The options of a file of this package.
    pub fn of_file(&self, package: &str) -> Vec<(String, Value)> {
        self.file.0.iter().map(|(option, value)| (option.name.to_owned(), option.value(value, package))).collect()
    }
}

fn unknown(name: &str) -> OptionError {
    let known = Options::known();
    let help = match nearest(name, known.iter().map(|(name, _)| *name)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the options are {}", known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")),
    };
    OptionError { message: format!("there is no option `{name}`"), help }
}

fn is_part(part: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    part.starts_with(|c: char| c.is_ascii_lowercase())
        && part.chars().all(plain)
        && !part.contains("__")
        && !part.ends_with('_')
}

/// Whether a text is the last part of a versioned package, as `buf lint` reads it.
fn is_version(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else { return false };
    let number = |text: &str| !text.starts_with('0') && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    ["alpha", "beta"]
        .iter()
        .find_map(|word| rest.split_once(word))
        .map_or(number(rest), |(major, minor)| number(major) && (minor.is_empty() || number(minor)))
}

impl FileKind {
    fn told(self) -> &'static str {
        match self {
            Self::Flag => "`true` or `false`",
            Self::Word(_) => "`SPEED`, `CODE_SIZE` or `LITE_RUNTIME`",
            Self::Text => "a word",
            Self::GoPackage => "an import path, to which the package is added",
            Self::Dotted => "a package, to which that of the file is added",
            Self::Capital(_) => "a name space, to which the package is added",
        }
    }
}

impl FileOption {
    fn check(&self, value: &str) -> Result<(), String> {
        let word = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let fits = match self.kind {
            FileKind::Flag => matches!(value, "true" | "false"),
            FileKind::Word(words) => words.contains(&value),
            FileKind::Text => word(value),
            FileKind::GoPackage => {
                !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "-._~/".contains(c))
            }
            FileKind::Dotted => value.split('.').all(word),
            FileKind::Capital(between) => value.split(between).all(word),
        };
        if fits { Ok(()) } else { Err(self.kind.told().to_owned()) }
    }

    fn value(&self, given: &str, package: &str) -> Value {
        match self.kind {
            FileKind::Flag => Value::Bool(given == "true"),
            FileKind::Word(words) => {
                words.iter().find(|word| **word == given).map_or(Value::Bool(false), |word| Value::Word(word))
            }
            FileKind::Text => Value::Text(given.to_owned()),
            FileKind::GoPackage => {
                let mut parts = package.rsplit('.');
                let (version, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                let (base, path) = (given.trim_end_matches('/'), package.replace('.', "/"));
                Value::Text(format!("{base}/{path};{}{version}", name.replace('_', "")))
            }
            FileKind::Dotted => Value::Text(format!("{given}.{package}")),
            FileKind::Capital(between) => {
                let parts = package.split('.').map(super::names::pascal);
                let parts: Vec<String> = std::iter::once(given.to_owned()).chain(parts).collect();
                Value::Text(parts.join(between))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_checked_and_mended() {
        let mut options = Options::default();
        assert_eq!(options.set_package("acme.shop_2"), Ok(()));
        assert_eq!(options.root, "acme.shop_2");
        let help = |package: &str| Options::default().set_package(package).unwrap_err().help;
        assert!(help("Acme.MyShop").ends_with("`acme.my_shop`"), "{}", help("Acme.MyShop"));
        assert_eq!(help("acme.v2"), "write `--package acme --option version=v2`");
        for wrong in ["", "a..b", "a.", "1a", "a b", "a;b", "a__b", "ä"] {
            assert!(Options::default().set_package(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn options_are_known_by_name_and_checked_by_kind() {
        let mut options = Options::default();
        for (name, value) in [
            ("go_package", "example.com/gen/"),
            ("java_package", "com.acme"),
            ("csharp_namespace", "Acme"),
            ("optimize_for", "SPEED"),
            ("version", "v2beta1"),
            ("rules", "false"),
        ] {
            assert_eq!(options.set(name, value), Ok(()), "{name}");
        }
        let made: Vec<Value> = options.of_file("a.b_c.v1").into_iter().map(|(_, value)| value).collect();
        let text = |text: &str| Value::Text(text.to_owned());
        let wanted = [text("Acme.A.BC.V1"), text("example.com/gen/a/b_c/v1;bcv1"), text("com.acme.a.b_c.v1")];
        assert_eq!((&made[..3], &made[3]), (&wanted[..], &Value::Word("SPEED")));
        assert_eq!(options.set("go_pakage", "x").unwrap_err().help, "did you mean `go_package`?");
        for (name, value) in [
            ("version", "1"),
            ("version", "v0"),
            ("rules", "yes"),
            ("optimize_for", "speed"),
            ("java_package", "a\"; option x = \""),
            ("go_package", "a\nb"),
        ] {
            assert!(options.set(name, value).is_err(), "{name}={value}");
        }
    }
}
