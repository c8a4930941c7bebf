//! `seac project`

mod list;
mod protobuf;

use super::{counted, show, verdict, workspace};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::project::Args;
use crate::render::{Report, human};
use crate::terminal;
use seac_analysis::sea;
use seac_emit::projection::{BadOption, Fidelity, Format, Options, Projected, files, project};
use seac_emit::proto::Wire;
use seac_emit::{FileSet, OutputFile};
use seac_model::Model;
use seac_syntax::diagnostic::nearest;
use seac_workspace::project::{WriteError, write, write_one};
use seac_workspace::{Workspace, compile, models};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    if args.list {
        terminal::print(&if args.json { list::json() } else { list::text() });
        return Ok(Exit::Clean);
    }
    let mut chosen = chosen(&args.format, &args.option)?;
    match chosen.iter_mut().find(|(format, _)| *format == Format::Protobuf) {
        Some((_, options)) => protobuf::choose(args, options)?,
        None if protobuf::is_asked_for(args) => {
            return Err(Failure::new(Exit::Usage, "that is for `protobuf`, which was not asked for"));
        }
        None => {}
    }
    let Given { model, wanted, released } = match given(global, &args.inputs)? {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    // The process ends with it: to take a large model apart would be for nothing.
    let model = ManuallyDrop::new(model);
    let (mut made, mut exit) = (Vec::new(), Exit::Clean);
    for (format, mut options) in chosen {
        options.limit_to(&wanted);
        options.follow(released.clone());
        let projected = match args.fidelity {
            true => project(format, &model, &options)?,
            false => Projected { files: files(format, &model, &options)?, ..Projected::default() },
        };
        if format == Format::Protobuf {
            exit = protobuf::look(&model, &options, &projected.files, args)?;
        }
        made.push((format, projected));
    }
    if args.fidelity {
        terminal::print(&report(&made, args.json));
    }
    // A report on stdout leaves no room for a file.
    let has_place = args.output.is_some() || args.output_dir.is_some();
    if exit == Exit::Clean && (has_place || args.against.is_none()) {
        put(&made, args)?;
    }
    Ok(exit)
}

/// The formats that were named, each with its options.
fn chosen(names: &[String], options: &[String]) -> Result<Vec<(Format, Options)>, Failure> {
    let mut chosen: Vec<(Format, Options)> = Vec::new();
    for name in names.iter().flat_map(|names| names.split(',')).map(str::trim) {
        let format = Format::from_word(name).ok_or_else(|| unknown(name))?;
        if !chosen.iter().any(|(known, _)| *known == format) {
            chosen.push((format, Options::of(format)));
        }
    }
    for option in options {
        choose(&mut chosen, option)?;
    }
    Ok(chosen)
}

fn unknown(name: &str) -> Failure {
    let words = || Format::ALL.iter().map(|format| format.word());
    let help = match nearest(name, words()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the formats are {}", words().collect::<Vec<_>>().join(", ")),
    };
    Failure::new(Exit::Usage, format!("there is no format `{name}`")).with_help(help)
}

/// `[FORMAT.]KEY=VALUE`.
fn choose(chosen: &mut [(Format, Options)], option: &str) -> Result<(), Failure> {
    let (key, value) = option.split_once('=').ok_or_else(|| {
        Failure::new(Exit::Usage, format!("`{option}` is no option")).with_help("write it as KEY=VALUE")
    })?;
    let (only, key) = match key.split_once('.') {
        Some((format, key)) => (Some(Format::from_word(format).ok_or_else(|| unknown(format))?), key),
        None => (None, key),
    };
    let (mut taken, mut refused) = (false, None);
    for (format, options) in chosen.iter_mut().filter(|(format, _)| only.is_none_or(|only| only == *format)) {
        let has_it = format.info().options.iter().any(|option| option.name == key);
        match options.set(*format, key, value) {
            Ok(()) => taken = true,
            // What one format refuses is refused, what one does not know another may.
            Err(wrong) if has_it => return Err(wrong.into()),
            Err(wrong) => refused = refused.or(Some(wrong)),
        }
    }
    match refused.filter(|_| !taken) {
        Some(wrong) => Err(wrong.into()),
        None if taken => Ok(()),
        None => Err(Failure::new(Exit::Usage, format!("`{option}` is for a format that was not asked for"))),
    }
}

impl From<BadOption> for Failure {
    fn from(wrong: BadOption) -> Self {
        Self::new(Exit::Usage, wrong.message).with_help(wrong.help)
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        match &error {
            WriteError::Path { .. } => Self::new(Exit::Findings, error.to_string()),
            WriteError::Io { path, source } => Self::outside(format!("cannot write {}", path.display()), source),
        }
    }
}

/// What is projected.
struct Given {
    /// What the inputs mean.
    model: Model,
    /// The contexts of it that they name; all if there is none.
    wanted: BTreeSet<String>,
    /// What was released of what goes over the wire.
    released: BTreeMap<String, Wire>,
}

/// What the inputs mean; how the command ends if they have errors.
fn given(global: &Global, inputs: &[PathBuf]) -> Result<Result<Given, Exit>, Failure> {
    if super::models::stand_alone(inputs)? {
        // Whether its policies hold is for `check` to say: a contract does not depend on it.
        let options = sea::Options { evaluate: false, ..sea::Options::default() };
        let (models, model) = models::model(inputs, global.root.as_deref(), &options)?;
        let prefix = super::models::prefix(&models);
        let found = &models.analysis.diagnostics;
        let report = Report { sources: &models.sources, diagnostics: found, prefix: &prefix };
        terminal::findings(&human::render(&report, terminal::view()));
        let wrong = seac_syntax::diagnostic::has_errors(found);
        let given = Given { model, wanted: BTreeSet::new(), released: BTreeMap::new() };
        return Ok(if wrong { Err(verdict(found)) } else { Ok(given) });
    }
    let workspace = workspace(global, inputs.first().map(PathBuf::as_path))?;
    let compilation = compile(&workspace)?;
    show(&workspace, &compilation, &compilation.diagnostics);
    if compilation.has_errors() {
        return Ok(Err(verdict(&compilation.diagnostics)));
    }
    let wanted = contexts(&workspace, inputs)?;
    let released = seac_workspace::history::wires(&compilation.histories);
    Ok(Ok(Given { model: compilation.model, wanted, released }))
}

/// The contexts whose folders, or files of them, were named; none if the whole workspace was.
fn contexts(workspace: &Workspace, inputs: &[PathBuf]) -> Result<BTreeSet<String>, Failure> {
    let specs = workspace.root.join(seac_workspace::discover::SPECS);
    let mut wanted = BTreeSet::new();
    for input in inputs {
        let real = input
            .canonicalize()
            .map_err(|error| Failure::outside(format!("cannot read {}", input.display()), &error))?;
        match real.strip_prefix(&specs).ok().and_then(|below| below.components().next()) {
            Some(slug) => wanted.insert(slug.as_os_str().to_string_lossy().into_owned()),
            None => return Ok(BTreeSet::new()),
        };
    }
    Ok(wanted)
}

fn report(made: &[(Format, Projected)], as_json: bool) -> String {
    if as_json {
        let reports = made.iter().map(|(format, made)| json!({ "format": format, "lost": made.fidelity }));
        return format!("{:#}\n", json!(reports.collect::<Vec<_>>()));
    }
    let reports = made.iter().map(|(format, made)| Fidelity::text(*format, &made.fidelity));
    reports.collect::<Vec<_>>().join("\n")
}

/// Files go where `args` say; without a place for them, the only one to stdout.
fn put(made: &[(Format, Projected)], args: &Args) -> Result<(), Failure> {
    if let Some(folder) = &args.output_dir {
        let files = together(made)?;
        write(folder, &files)?;
        terminal::status("Projected", &format!("{} into {}", counted(files.len(), "file"), folder.display()));
        return Ok(());
    }
    if args.fidelity && args.output.is_none() {
        return Ok(());
    }
    let file = only(made)?;
    match &args.output {
        Some(path) => {
            write_one(path, &file.bytes)?;
            terminal::status("Projected", &path.display().to_string());
        }
        None => terminal::data(&file.bytes),
    }
    Ok(())
}

/// The files of all formats; of several, each has a folder.
fn together(made: &[(Format, Projected)]) -> Result<FileSet, Failure> {
    let mut all = FileSet::default();
    for (format, made) in made.iter().map(|(format, made)| (format, &made.files)) {
        for (path, file) in made.iter() {
            let path = Path::new(format.word()).join(path).to_string_lossy().into_owned();
            all.insert(path, file.clone()).map_err(seac_emit::EmitError::from)?;
        }
    }
    match made {
        [(_, one)] => Ok(one.files.clone()),
        _ => Ok(all),
    }
}

fn only(made: &[(Format, Projected)]) -> Result<&OutputFile, Failure> {
    let mut files = made.iter().flat_map(|(_, made)| made.files.iter());
    match (files.next(), files.next()) {
        (Some((_, file)), None) => Ok(file),
        (None, _) => Err(Failure::new(Exit::Findings, "there is nothing in the model that the format has words for")),
        _ => Err(Failure::new(Exit::Usage, "several files cannot go to one output")
            .with_help("give a folder with `--output-dir`, or name one context: `specs/CONTEXT`")),
    }
}
