//! The words of findings about modules and names.

use crate::sea::{BUILTIN, ModuleError};
use seac_syntax::diagnostic::Applicability;
use seac_syntax::{Code, Diagnostic, Span};

pub fn module_error(span: Span, specifier: &str, error: &ModuleError) -> Diagnostic {
    match error {
        ModuleError::NotFound(wanted) => {
            let message = format!("there is no module `{specifier}`");
            let known: Vec<String> = BUILTIN.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            let written = format!("\"{specifier}\"");
            let finding = Diagnostic::new(Code::ModuleNotFound, message, span, wanted.clone());
            finding.with_suggestion(&written, span, known.iter().map(String::as_str))
        }
        ModuleError::Outside(root) => {
            let message = format!("`{specifier}` is outside the workspace");
            Diagnostic::new(Code::ModuleOutside, message, span, format!("not below {root}"))
                .with_why("a model is what is checked in together")
        }
        ModuleError::Unusable(reason) => {
            Diagnostic::new(Code::ModuleNotFound, format!("`{specifier}` cannot be used"), span, reason.clone())
        }
    }
}

pub fn module_limit(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::new(Code::ModuleLimit, format!("a model may have at most {limit} modules"), span, "one too many")
}

pub fn import_cycle(span: Span, chain: &[&str], again: &str) -> Diagnostic {
    let chain = chain.iter().map(|path| format!("{path} → ")).collect::<String>();
    Diagnostic::new(Code::ImportCycle, "modules import each other in a circle", span, format!("{chain}{again}"))
        .with_help("move what both need into a module of its own")
}

/// A name that `owner`, a module or a context, declares for itself alone, in a declaration that begins at `begin`.
pub fn not_exported(span: Span, name: &str, owner: &str, (declared, begin): (Span, u32)) -> Diagnostic {
    let found = Diagnostic::new(Code::NotExported, format!("`{owner}` does not export `{name}`"), span, "not exported")
        .with_secondary(declared, "declared here, without `export`");
    let title = "write `export` in front of it";
    if BUILTIN.iter().any(|(module, _)| *module == owner) {
        return found;
    }
    found.with_fix(title, Span { start: begin, end: begin, ..declared }, "export ", Applicability::MachineApplicable)
}

pub fn binds_nothing<'a>(span: Span, name: &str, module: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::new(Code::NotExported, format!("`{module}` declares no `{name}`"), span, "binds nothing")
        .with_suggestion(name, span, known)
}

pub fn import_ambiguous(span: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::ImportAmbiguous, format!("`{name}` is imported twice, with two meanings"), span, "again")
        .with_secondary(first, "first imported here")
        .with_help(format!("give one of them another name: `{name} as …`"))
}

pub fn two_meanings(span: Span, name: &str, first: (Span, &str), second: (Span, &str)) -> Diagnostic {
    Diagnostic::new(Code::AmbiguousName, format!("`{name}` can mean two things here"), span, "which one?")
        .with_secondary(first.0, format!("in `{}`", first.1))
        .with_secondary(second.0, format!("in `{}`", second.1))
}

pub fn undeclared_unit(span: Span, what: &str, name: &str) -> Diagnostic {
    Diagnostic::new(Code::UndeclaredUnit, format!("the {what} `{name}` is not declared"), span, "nothing declares it")
}

pub fn unknown_profile(span: Span, name: &str, known: &[&str]) -> Diagnostic {
    let quoted: Vec<String> = known.iter().map(|name| format!("\"{name}\"")).collect();
    Diagnostic::new(Code::UnknownProfile, format!("there is no profile `{name}`"), span, "not a profile")
        .with_suggestion(&format!("\"{name}\""), span, quoted.iter().map(String::as_str))
        .with_help(format!("the profiles are {}", known.join(", ")))
}
