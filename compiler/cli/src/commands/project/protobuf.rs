//! What `seac project` does for Protobuf besides writing files: it compares with what was published, and asks `buf`.

use crate::exit::{Exit, Failure};
use crate::generated::project::{Args, Compatibility as Level};
use crate::terminal;
use seac_emit::projection::{BadOption, Format, Options, protobuf};
use seac_emit::proto::compare::{Break, Breaks, Compatibility, compare};
use seac_emit::proto::schema::Schema;
use seac_emit::proto::{self, read};
use seac_emit::{FileSet, History};
use seac_model::Model;
use seac_workspace::buf::{self, BufError};
use seac_workspace::git::{self, GitError};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

impl From<Level> for Compatibility {
    fn from(level: Level) -> Self {
        match level {
            Level::Additive => Self::Additive,
            Level::Backward => Self::Backward,
            Level::Breaking => Self::Breaking,
        }
    }
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        let failure = Self::new(Exit::Outside, error.to_string());
        match error {
            GitError::Start(source) => Self::outside("cannot run git", &source),
            GitError::Refused(_) => failure,
            GitError::Missing { .. } => Self { exit: Exit::Usage, ..failure }.with_help(
                "`--against git:COMMIT` compares with what stood where `--output` or `--output-dir` leads to",
            ),
        }
    }
}

impl From<BufError> for Failure {
    fn from(error: BufError) -> Self {
        match error {
            BufError::Missing => Self::new(Exit::Outside, error.to_string())
                .with_help("install it, for example with `npm install --global @bufbuild/buf`"),
            BufError::Io(source) => Self::outside("cannot run `buf`", &source),
            BufError::Failed(_) => Self::new(Exit::Outside, error.to_string()),
        }
    }
}

/// The options that have a flag of their own.
pub fn choose(args: &Args, options: &mut Options) -> Result<(), BadOption> {
    let format = Format::Protobuf;
    if let Some(package) = &args.package {
        options.set(format, "package", package)?;
    }
    let flags =
        [("services", args.include_services), ("governance", args.include_governance), ("multi-file", args.multi_file)];
    for (name, _) in flags.into_iter().filter(|(_, given)| *given) {
        options.set(format, name, "true")?;
    }
    Ok(())
}

/// Whether the command line asks for what only Protobuf has.
pub fn is_asked_for(args: &Args) -> bool {
    args.package.is_some()
        || args.include_services
        || args.include_governance
        || args.multi_file
        || args.against.is_some()
        || args.buf_lint
        || args.buf_breaking
}

/// What was published.
struct Published {
    schema: Schema,
    /// Its files, if there are any: of a descriptor set there are none.
    files: Option<Vec<(String, String)>>,
}

/// Compares and lints; whether what was found is too much.
pub fn look(model: &Model, options: &Options, files: &FileSet, args: &Args) -> Result<Exit, Failure> {
    if args.against.is_none() && !args.buf_lint && !args.buf_breaking {
        return Ok(Exit::Clean);
    }
    let settings = protobuf::settings(model, options);
    let texts: Vec<(String, String)> =
        files.iter().map(|(path, file)| (path.to_owned(), String::from_utf8_lossy(&file.bytes).into_owned())).collect();
    let mut refused = false;
    if args.buf_lint {
        refused |= told("buf lint", &buf::lint(&texts)?);
    }
    let Some(reference) = &args.against else {
        if args.buf_breaking {
            return Err(Failure::new(Exit::Usage, "`--buf-breaking` compares with what `--against` names"));
        }
        return Ok(if refused { Exit::Findings } else { Exit::Clean });
    };
    let published = published(reference, &settings, args)?;
    let now = proto::project(model, options.released(), &settings).schema();
    let found = compare(&published.schema, &now);
    let level: Compatibility = args.compatibility.into();
    terminal::print(&if args.json { as_json(&found) } else { text(&found) });
    refused |= found.iter().any(|found| level.refuses(found.breaks));
    if args.buf_breaking {
        let Some(before) = &published.files else {
            return Err(Failure::new(Exit::Usage, "`buf breaking` is asked about files, and a descriptor set is none"));
        };
        let category = if level == Compatibility::Additive { "FILE" } else { "WIRE_JSON" };
        let found = told("buf breaking", &buf::breaking(&texts, before, category)?);
        refused |= found && level != Compatibility::Breaking;
    }
    Ok(if refused { Exit::Findings } else { Exit::Clean })
}

/// Prints what another tool has found; whether that was anything.
fn told(tool: &str, lines: &[String]) -> bool {
    for line in lines {
        terminal::note(&format!("{tool}: {line}"));
    }
    !lines.is_empty()
}

fn published(reference: &str, settings: &proto::Options, args: &Args) -> Result<Published, Failure> {
    if let Some(commit) = reference.strip_prefix("git:") {
        let place = args.output.as_ref().or(args.output_dir.as_ref());
        let place = place.ok_or_else(|| {
            Failure::new(Exit::Usage, "`--against git:COMMIT` compares with what stood in a file")
                .with_help("name it with `--output` or `--output-dir`")
        })?;
        return of_files(git::texts_at(commit, place, ".proto")?);
    }
    let path = Path::new(reference);
    if path.is_dir() {
        return of_files(below(path)?);
    }
    let bytes = fs::read(path).map_err(|error| {
        let failure = Failure::outside(format!("cannot read {reference}"), &error);
        if error.kind() == std::io::ErrorKind::NotFound { Failure { exit: Exit::Usage, ..failure } } else { failure }
    })?;
    if reference.ends_with(seac_workspace::history::SUFFIX) {
        return lock(path, &bytes, settings);
    }
    if reference.ends_with(".proto") {
        let text = String::from_utf8(bytes).map_err(|_| wrong(reference, "it is not UTF-8"))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return of_files(vec![(name, text)]);
    }
    let schema = read::descriptor_set(&bytes).map_err(|why| wrong(reference, &why))?;
    Ok(Published { schema, files: None })
}

fn wrong(reference: &str, why: &str) -> Failure {
    Failure::new(Exit::Usage, format!("{reference} cannot be compared with: {why}"))
        .with_help("`--against` takes a lock, a `.proto` file or a folder of them, a descriptor set, or `git:COMMIT`")
}

fn of_files(files: Vec<(String, String)>) -> Result<Published, Failure> {
    let schema = read::files(&files).map_err(|(path, why)| wrong(&path, &why))?;
    Ok(Published { schema, files: Some(files) })
}

fn lock(path: &Path, bytes: &[u8], settings: &proto::Options) -> Result<Published, Failure> {
    let shown = path.display().to_string();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let slug = name.strip_suffix(seac_workspace::history::SUFFIX).unwrap_or_default();
    let history = History::parse(&String::from_utf8_lossy(bytes), slug).map_err(|why| wrong(&shown, &why))?;
    if history.wire.is_empty() {
        return Err(wrong(&shown, "nothing that goes over the wire was released with it"));
    }
    let wires = BTreeMap::from([(slug.to_owned(), history.wire)]);
    let (schema, files) = proto::released(&wires, settings);
    Ok(Published { schema, files: Some(files) })
}

/// The `.proto` files below a folder, sorted; links are not followed.
fn below(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let failed = |path: &Path| {
        let message = format!("cannot read {}", path.display());
        move |error| Failure::outside(message, &error)
    };
    let (mut found, mut open): (Vec<(String, String)>, Vec<PathBuf>) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).map_err(failed(&at))? {
            let entry = entry.map_err(failed(&at))?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(failed(&at))?);
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "proto") {
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).map_err(failed(&path))?));
            }
        }
    }
    if found.is_empty() {
        return Err(wrong(&folder.display().to_string(), "there is no `.proto` file in it"));
    }
    found.sort();
    Ok(found)
}

fn text(found: &[Break]) -> String {
    if found.is_empty() {
        return "nothing breaks\n".to_owned();
    }
    let line = |found: &Break| {
        let place = match &*found.origin.file {
            "" => String::new(),
            file => format!("{file}:{}:{}: ", found.origin.line, found.origin.column),
        };
        format!("{place}{} breaks {}: {}\n", found.element, found.breaks.words(), found.what)
    };
    found.iter().map(line).collect()
}

fn as_json(found: &[Break]) -> String {
    let one = |found: &Break| {
        let level = match found.breaks {
            Breaks::Wire => "wire",
            Breaks::Json => "json",
            Breaks::Source => "source",
        };
        let origin = &found.origin;
        let place = (!origin.file.is_empty())
            .then(|| json!({ "file": &*origin.file, "line": origin.line, "column": origin.column }));
        json!({ "element": found.element, "breaks": level, "what": found.what, "place": place })
    };
    format!("{:#}\n", json!(found.iter().map(one).collect::<Vec<_>>()))
}
