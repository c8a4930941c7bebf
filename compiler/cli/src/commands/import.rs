//! `seac import`

use super::{read_inputs, show_inputs, verdict};
use crate::exit::{Exit, Failure};
use crate::generated::import::{Args, As, Format};
use crate::terminal;
use seac_assertions::import::{Draft, Imported, calm, json_schema, protobuf, rdf};
use seac_assertions::read::Syntax;
use seac_assertions::write;
use seac_syntax::{Diagnostic, FileId, SourceFile, Sources};
use seac_workspace::emit_sea::put;
use seac_workspace::inputs::{Inputs, bytes};
use std::path::{Path, PathBuf};
use std::{fs, slice};

/// Runs it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    if args.out.is_some() && args.output_dir.is_some() {
        return Err(Failure::new(Exit::Usage, "`--out` is one file and `--output-dir` several: give one of them"));
    }
    let (inputs, imported) = match read(args)? {
        (inputs, Ok(imported)) => (inputs, imported),
        (inputs, Err(findings)) => {
            show_inputs(&inputs, &findings);
            return Ok(verdict(&findings));
        }
    };
    let source = inputs.sources.get(FileId(0));
    let texts: Vec<(PathBuf, String)> = imported.drafts.iter().map(|draft| written(args.r#as, draft, source)).collect();
    if args.output_dir.is_none() && texts.len() > 1 {
        return Err(several(&texts));
    }
    for lost in &imported.lost {
        // What is no text has no lines.
        let line =
            if source.text.is_empty() { String::new() } else { format!(":{}", source.position(lost.span.start).line) };
        terminal::note(&format!("{}{line}: lost: {}", source.path, lost.what));
    }
    match (&args.output_dir, texts.as_slice()) {
        (Some(folder), texts) => in_folder(folder, texts)?,
        (None, [(_, text)]) => match &args.out {
            None => terminal::print(text),
            Some(path) => store(path, text)?,
        },
        (None, _) => terminal::note("nothing in it can be proposed"),
    }
    Ok(Exit::Clean)
}

/// What the description proposes, or what is wrong with it.
fn read(args: &Args) -> Result<(Inputs, Result<Imported, Vec<Diagnostic>>), Failure> {
    if args.format == Format::Protobuf
        && let Some(bytes) = bytes(&args.input).map_err(super::unreadable)?
        && is_binary(&bytes)
    {
        let mut sources = Sources::default();
        let file = sources.add(args.input.to_string_lossy(), "");
        let imported = protobuf::descriptor_set(file, sources.get(file), &bytes);
        return Ok((Inputs { sources, ..Inputs::default() }, imported));
    }
    let inputs = read_inputs(slice::from_ref(&args.input))?;
    let Some(input) = inputs.files.first() else {
        let refused = inputs.refused.clone();
        return Ok((inputs, Err(refused)));
    };
    let name = args.input.file_stem().map_or("Imported".into(), |name| name.to_string_lossy());
    let name = name.split('.').next().unwrap_or_default();
    let (file, source) = (input.file, inputs.sources.get(input.file));
    let imported = match args.format {
        Format::Jsonschema => json_schema::import(file, source, name),
        Format::Protobuf => protobuf::text(file, source),
        Format::Calm => calm::import(file, source, name),
        Format::Turtle => rdf::import(file, source, rdf::Syntax::Turtle),
        Format::Jsonld => rdf::import(file, source, rdf::Syntax::JsonLd),
    };
    Ok((inputs, imported))
}

/// Descriptor sets count bytes in control characters; texts have none.
fn is_binary(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).map_or(true, |text| text.contains(|c: char| c.is_control() && !c.is_whitespace()))
}

/// A draft as it was asked for, with the name of its file.
fn written(r#as: As, draft: &Draft, source: &SourceFile) -> (PathBuf, String) {
    let title = format!("Proposed by `seac import` from {}.", source.path);
    match r#as {
        As::Sea => (format!("{}.sea", draft.name).into(), draft.sea(&title)),
        As::Assertions => (format!("{}.yaml", draft.name).into(), write::write(&draft.assertions, Syntax::Yaml)),
    }
}

fn store(path: &Path, text: &str) -> Result<(), Failure> {
    put(path, text).map_err(|error| Failure::outside(format!("cannot write {}", path.display()), &error))
}

fn in_folder(folder: &Path, texts: &[(PathBuf, String)]) -> Result<(), Failure> {
    fs::create_dir_all(folder)
        .map_err(|error| Failure::outside(format!("cannot make {}", folder.display()), &error))?;
    texts.iter().try_for_each(|(name, text)| store(&folder.join(name), text))
}

/// One text cannot hold several models.
fn several(texts: &[(PathBuf, String)]) -> Failure {
    let names: Vec<String> = texts.iter().map(|(name, _)| name.display().to_string()).collect();
    Failure::new(
        Exit::Usage,
        format!("the description has {} models ({}): give `--output-dir`", texts.len(), names.join(", ")),
    )
}
