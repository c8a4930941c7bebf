//! Every diagnostic of this crate: what the files themselves, `seac.toml` and the output folder can have wrong.

use crate::load::{Problem, Refusal};
use crate::manifest::Unreadable;
use crate::reconcile::{Finding, FindingKind};
use seac_analysis::Profile;
use seac_emit::projection;
use seac_emit::proto::Reused;
use seac_emit::templates::{self, Fault, TemplateError};
use seac_emit::{FileSet, NameClash, NotYet, Obstacle, ObstacleKind};
use seac_model::{Context, Origin};
use seac_syntax::diagnostic::nearest;
use seac_syntax::{Applicability, Code, Diagnostic, Edit, FileId, Fix, Sources, Span};
use similar::{DiffOp, TextDiff};

/// `seac.toml` does not have the form it should have.
pub fn config(span: Span, message: &str) -> Diagnostic {
    let message = message.trim().replace('\n', "; ");
    Diagnostic::new(Code::GenConfig, format!("`seac.toml` cannot be used: {message}"), span, "here")
        .with_help("see `seac explain GEN002` for everything that can be set")
}

/// The output folder cannot be used.
pub fn config_output(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::GenConfig, format!("this output folder cannot be used: {reason}"), span, "set here")
        .with_why(
            "generation removes and replaces files there, so it has to be a folder of its own inside the workspace",
        )
        .with_help("name a folder relative to the root, such as `generated`")
}

/// The folder for templates cannot be used.
pub fn config_templates(span: Span, reason: &str) -> Diagnostic {
    let message = format!("this folder for templates cannot be used: {reason}");
    Diagnostic::new(Code::GenConfig, message, span, "set here")
        .with_help("name a folder of its own, relative to the root, such as `templates`")
}

/// There is no such format.
pub fn config_format(span: Span, name: &str) -> Diagnostic {
    let words = || projection::Format::ALL.iter().map(|format| format.word());
    let finding = Diagnostic::new(Code::GenConfig, format!("there is no format `{name}`"), span, "set here");
    match nearest(name, words()) {
        Some(near) => finding.with_help(format!("did you mean `{near}`?")),
        None => finding.with_help(format!("the formats are {}", words().collect::<Vec<_>>().join(", "))),
    }
}

/// A projection cannot be kept fresh.
pub fn config_project(span: Span, reason: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::GenConfig, format!("this projection cannot be made: {reason}"), span, "set here")
        .with_help(help)
}

/// There is no such profile.
pub fn config_profile(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::GenConfig, format!("there is no profile `{name}`"), span, "set here")
        .with_help(format!("the profiles are {}", Profile::WORDS.join(", ")))
}

/// A template was ejected from another one than this compiler has.
pub fn template_behind(file: FileId, text: &str, name: &str, now: &str) -> Diagnostic {
    let line = first_line(text, Span::new(file, 0, text.len()));
    let message = format!("`{name}` was copied from an older template");
    Diagnostic::new(Code::GenTemplateBehind, message, line, "copied from this one")
        .with_why("what has changed in the template since is missing from what is generated")
        .with_help("see `seac templates diff` and take over what you need")
        .with_help(format!(
            "then write `sha256:{now}` here, or start afresh with `seac templates eject --force {name}`"
        ))
}

/// A file in the folder for templates has no effect.
pub fn template_unknown(file: FileId, name: &str) -> Diagnostic {
    let message = format!("there is no template `{name}`");
    let finding = Diagnostic::new(Code::GenTemplateUnknown, message, Span::new(file, 0, 0), "this file has no effect");
    let finding = match nearest(name, templates::SHADOWABLE.iter().map(|(name, ..)| *name)) {
        Some(near) => finding.with_help(format!("did you mean `{near}`?")),
        None => finding,
    };
    finding.with_help("name it after a template; a file that templates include has a name that begins with `_`")
}

/// A template of the user cannot be rendered.
pub fn template(sources: &Sources, file: FileId, error: &TemplateError) -> Diagnostic {
    let text = &sources.get(file).text;
    let line = u32::try_from(error.line).unwrap_or(1);
    let place = error.range.clone().filter(|range| text.get(range.clone()).is_some());
    let span = place.map(|range| Span::new(file, range.start, range.end));
    let span = span.or_else(|| spec_line(sources, &sources.get(file).path, line)).unwrap_or(Span::new(file, 0, 0));
    let written = text.get(span.range()).unwrap_or_default().trim();
    match &error.fault {
        Fault::Undefined => {}
        Fault::Broken => {
            let message = format!("this template cannot be rendered: {}", error.message);
            return Diagnostic::new(Code::GenTemplate, message, span, "here");
        }
        Fault::Malformed { language, line, text } => {
            let message = format!("what `{}` gives is no {language}: {}", error.rendered, error.message);
            return Diagnostic::new(Code::GenTemplate, message, span, "given by this template")
                .with_why(format!("line {line} of what it gives cannot be read: `{text}`"))
                .with_help("`seac templates diff` shows how the template differs from the one that was copied");
        }
    }
    // A loop gives the items of a list a name of its own, so only the last part can be compared.
    let last = |name: &'static str| name.rsplit('.').next().unwrap_or(name);
    let known = templates::variables(&error.rendered).iter().map(|variable| last(variable.name));
    let word = written.rsplit('.').next().unwrap_or(written);
    let at = Span::new(file, (span.end as usize).saturating_sub(word.len()), span.end as usize);
    Diagnostic::new(Code::GenTemplate, format!("`{}` is not given `{written}`", error.rendered), span, "not given")
        .with_suggestion(word, at, known)
        .with_help("docs/reference/templates.md lists the values of every template")
}

/// `.sea-registry.toml` does not have the form it should have.
pub fn registry(span: Span, message: &str) -> Diagnostic {
    let message = message.trim().replace('\n', "; ");
    Diagnostic::new(Code::ModuleNotFound, format!("the registry cannot be used: {message}"), span, "here")
        .with_help("write `[[namespaces]]` with `namespace = \"…\"` and `patterns = [\"folder/**/*.sea\"]`")
}

/// A model is not UTF-8; what could be read of it is in the sources.
pub fn not_utf8(file: FileId, path: &str, valid: usize) -> Diagnostic {
    let message = format!("`{path}` is not UTF-8 from byte {valid} on");
    Diagnostic::new(
        Code::GenEncoding,
        message,
        Span::new(file, valid, valid),
        "the first byte that is not UTF-8 follows",
    )
    .with_help("save the file as UTF-8")
}

/// A file of the specs cannot be used; what could be read of it is added to `sources`.
pub fn refusal(sources: &mut Sources, refusal: &Refusal) -> Diagnostic {
    let path = &refusal.path;
    match &refusal.problem {
        Problem::NoSpecs => at_file(sources, Code::NoSpecs, path, "there are no specs in `specs`".into())
            .with_help("write `specs/<context>/<context>.sds.yaml` and `.sea`, or start from `seac new NAME`"),
        Problem::Encoding { valid } => encoding(sources, path, valid),
        Problem::Name => at_file(sources, Code::GenEncoding, path, format!("the name of `{path}` is not UTF-8"))
            .with_help("rename the file"),
        Problem::TooLarge { bytes, limit } => {
            let message = format!("`{path}` is too large: {bytes} bytes, where at most {limit} are read");
            at_file(sources, Code::GenTooLarge, path, message).with_help("split the context")
        }
        Problem::Symlink => {
            let message = format!("`{path}` is a link to something outside the workspace");
            at_file(sources, Code::GenSymlink, path, message)
                .with_why("a workspace compiles to the same bytes wherever it is checked out, so it has to be whole")
                .with_help("copy the file into the workspace")
        }
        Problem::Ignored { expected } => {
            at_file(sources, Code::GenIgnored, path, format!("`{path}` looks like a spec but is not read"))
                .with_help(format!("move it to `{expected}`"))
        }
    }
}

fn encoding(sources: &mut Sources, path: &str, valid: &str) -> Diagnostic {
    let offset = valid.len();
    let file = sources.add(path, valid);
    let span = Span::new(file, offset, offset);
    let message = format!("`{path}` is not UTF-8 from byte {offset} on");
    Diagnostic::new(Code::GenEncoding, message, span, "the first byte that is not UTF-8 follows")
        .with_help("save the file as UTF-8")
}

/// The history of a context cannot be used.
pub fn lock(file: FileId, path: &str, reason: &str) -> Diagnostic {
    let message = format!("`{path}` cannot be used: {reason}");
    Diagnostic::new(Code::GenLock, message, Span::new(file, 0, 0), "the history of the context")
        .with_why("migrations continue from what was released; without knowing it, they would not fit any database")
        .with_help("restore it from version control; only `seac generate --release` writes it")
}

/// What was released cannot become what the specs ask for.
pub fn obstacle(sources: &Sources, context: &Context, obstacle: &Obstacle) -> Diagnostic {
    let element = &obstacle.element;
    let span = element_span(sources, context, element);
    let accept = |diagnostic: Diagnostic| {
        diagnostic.with_help(format!(
            "if that is meant, say so and why in the SDS: `evolution: {{ accepts: [{{ change: {element}, reason: … }}] }}`"
        ))
    };
    match &obstacle.kind {
        ObstacleKind::Lost => {
            let message = format!("`{element}` was released and is gone: what is kept in it would be lost");
            accept(Diagnostic::new(Code::GenLost, message, span, "no longer declared here")).with_help(format!(
                "if it has another name now, say so: `evolution: {{ renames: {{ {element}: … }} }}`"
            ))
        }
        ObstacleKind::NoValue => {
            let message = format!("`{element}` is required, but what is kept has no value for it");
            Diagnostic::new(Code::GenNoValue, message, span, "new and required")
                .with_help("make it optional, or give it a default")
                .with_help(format!(
                    "or say what stands there for what is kept: `evolution: {{ backfill: {{ {element}: … }} }}`"
                ))
        }
        ObstacleKind::Unconvertible { from, to } => {
            let message = format!("`{element}` was released as {from} and cannot become {to}");
            Diagnostic::new(Code::GenUnconvertible, message, span, format!("{to} now"))
                .with_why("there is no way to read the one as the other that holds for every value")
                .with_help("declare a field with another name, and fill it by an operation of yours")
        }
        ObstacleKind::Key { from, to } => {
            let message = format!("`{element}` was released with the key `{from}` and cannot have the key `{to}`");
            Diagnostic::new(Code::GenUnconvertible, message, span, format!("the key is `{to}` now"))
                .with_why("entries in the ledger and answers to callers name what is kept by its key")
                .with_help("declare an entity with another name")
        }
        ObstacleKind::Event { change } => {
            let message =
                format!("the event `{element}` was released, and its consumers would not understand it: {change}");
            accept(Diagnostic::new(Code::GenEventBroken, message, span, "as it is now"))
                .with_help("add fields instead of changing them, or declare an event with another name")
        }
    }
}

/// A name that was given up, and would mean something else to those that know what was released.
pub fn wire_reused(sources: &Sources, context: &Context, reused: &Reused) -> Diagnostic {
    let element = reused.element();
    let span = element_span(sources, context, &element);
    let message = format!("`{element}` was released, given up, and is declared again");
    Diagnostic::new(Code::GenWireReused, message, span, "has the name of what is gone")
        .with_why("messages that were sent before have its name and its number with the old meaning")
        .with_help("give it another name")
        .with_help(format!(
            "or say that it gets another name on the wire: `evolution: {{ accepts: [{{ change: {element}, reason: … }}] }}`"
        ))
}

/// Two names that are one in what is emitted.
pub fn names_clash(sources: &Sources, clash: &NameClash) -> Diagnostic {
    let span = |origin: &Origin| spec_line(sources, &origin.file, origin.line).unwrap_or(Span::new(FileId(0), 0, 0));
    let ((first, first_at), (second, second_at)) = (&clash.first, &clash.second);
    let message = format!("`{first}` and `{second}` both become {} called `{}`", clash.what, clash.becomes);
    Diagnostic::new(Code::GenNames, message, span(second_at), format!("`{second}`"))
        .with_secondary(span(first_at), format!("`{first}`"))
        .with_why("what is emitted has the style of its place, where the two are no longer different")
        .with_help("give one of them another name")
}

/// Something sound that cannot be built yet.
pub fn not_yet(sources: &Sources, found: &NotYet) -> Diagnostic {
    let span = spec_line(sources, &found.origin.file, found.origin.line).unwrap_or(Span::new(FileId(0), 0, 0));
    Diagnostic::new(Code::GenNotYet, found.what.clone(), span, "cannot be built")
        .with_why(found.missing)
        .with_help(found.instead.clone())
}

/// Where an element is declared; where its entity or its context is, if it is gone.
fn element_span(sources: &Sources, context: &Context, element: &str) -> Span {
    let (name, field) = element.split_once('.').map_or((element, None), |(name, field)| (name, Some(field)));
    let entity = context.entities.get(name);
    let declared = field.and_then(|field| entity?.fields.iter().find(|declared| declared.name == field));
    let origin = declared.map(|field| &field.origin).or(entity.map(|entity| &entity.origin));
    let event = context.events.get(name).map(|event| &event.origin);
    let origin = origin.or(event).unwrap_or(&context.origin);
    spec_line(sources, &origin.file, origin.line).unwrap_or(Span::new(FileId(0), 0, 0))
}

/// A line of a spec.
fn spec_line(sources: &Sources, path: &str, line: u32) -> Option<Span> {
    let (id, file) = sources.iter().find(|(_, file)| *file.path == *path)?;
    let lines = file.text.split_inclusive('\n').take(line.saturating_sub(1) as usize);
    let start = lines.map(str::len).sum::<usize>();
    Some(first_line(&file.text, Span::new(id, start, file.text.len())))
}

/// The manifest of the last run cannot be used.
pub fn manifest(sources: &mut Sources, output: &str, reason: &Unreadable) -> Diagnostic {
    let path = format!("{output}/{}", crate::manifest::FILE);
    at_file(sources, Code::GenManifest, &path, format!("`{path}` cannot be used: {reason}"))
        .with_why("it tells generated files from edited ones, so without it every difference counts as an edit")
        .with_help("restore it from version control, or take the compiler's files with `seac generate --overwrite`")
}

/// A path on which compiler and user disagree; texts that are shown are added to `sources`.
pub fn finding(sources: &mut Sources, output: &str, files: &FileSet, finding: &Finding) -> Diagnostic {
    let path = format!("{output}/{}", finding.path);
    let code = finding.code();
    match &finding.kind {
        FindingKind::Edited { disk, new } => edited(sources, code, &path, disk, new),
        FindingKind::StaleEdited { disk } => stale_edited(sources, code, &path, disk),
        FindingKind::Foreign => at_file(
            sources,
            code,
            &path,
            format!("`{path}` was not made by seac but lies in a `gen` folder"),
        )
        .with_why(
            "`gen` folders belong to the compiler; nothing there is compiled or kept on purpose but what it wrote",
        )
        .with_help("move the file out of the `gen` folder, or remove it"),
        FindingKind::InTheWay { what, replaceable } => in_the_way(sources, code, &path, what, *replaceable),
        FindingKind::Path(wrong) => {
            let message = format!("the specs ask for a file at {path:?}, which cannot be written: {wrong}");
            from_spec(sources, code, files, finding, &path, message).with_help("rename what the file is named after")
        }
        FindingKind::Outside { link } => {
            let message = format!("`{path}` would be written outside the output folder: `{output}/{link}` is a link");
            at_file(sources, code, &path, message).with_help("replace the link by a folder")
        }
        FindingKind::OutputOutside => {
            let message = format!("the output folder `{output}` is a link to something outside the workspace");
            at_file(sources, code, output, message).with_help("replace the link by a folder")
        }
        FindingKind::Clash { other } => {
            let message = format!("`{path}` and `{output}/{other}` cannot both be written");
            from_spec(sources, code, files, finding, &path, message)
                .with_why("on systems that do not tell upper from lower case, one would replace the other")
                .with_help("rename what one of the files is named after")
        }
    }
}

fn edited(sources: &mut Sources, code: Code, path: &str, disk: &[u8], new: &[u8]) -> Diagnostic {
    let message = format!("the generated file `{path}` was edited by hand");
    let diagnostic = match (str::from_utf8(disk), str::from_utf8(new)) {
        (Ok(disk), Ok(new)) => {
            let file = sources.add(path, disk);
            let edits = edits(file, disk, new);
            let first = edits.first().map_or(Span::new(file, 0, 0), |edit| first_line(disk, edit.span));
            let title = "take the compiler's text back with `seac generate --overwrite`".into();
            let fix = Fix { title, edits, applicability: Applicability::MaybeIncorrect };
            let mut diagnostic = Diagnostic::new(code, message, first, "the first difference");
            diagnostic.fixes.push(fix);
            diagnostic
        }
        _ => at_file(sources, code, path, message)
            .with_help("take the compiler's bytes back with `seac generate --overwrite`"),
    };
    diagnostic
        .with_why("generated files are replaced as a whole, so the edit would be lost")
        .with_help("put the change into the spec, or into a file outside `gen` that is yours")
}

/// The changes from `disk` to `new`, line by line.
fn edits(file: FileId, disk: &str, new: &str) -> Vec<Edit> {
    let diff = TextDiff::from_lines(disk, new);
    let (old_at, new_at) = (starts(diff.iter_old_slices()), starts(diff.iter_new_slices()));
    let changes = diff.ops().iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    changes
        .map(|op| {
            let (old, new_lines) = (op.old_range(), op.new_range());
            let span = Span::new(file, old_at[old.start], old_at[old.end]);
            Edit { span, replacement: new[new_at[new_lines.start]..new_at[new_lines.end]].to_string() }
        })
        .collect()
}

/// Where each line begins, and the end.
fn starts<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let ends = lines.scan(0, |end, line| {
        *end += line.len();
        Some(*end)
    });
    std::iter::once(0).chain(ends).collect()
}

/// The first line of a span, without its end.
fn first_line(text: &str, span: Span) -> Span {
    let rest = text.get(span.range()).unwrap_or_default();
    let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
    Span::new(span.file, span.start as usize, span.start as usize + length)
}

fn stale_edited(sources: &mut Sources, code: Code, path: &str, disk: &[u8]) -> Diagnostic {
    let file = sources.add(path, String::from_utf8_lossy(disk));
    let message = format!("`{path}` is no longer generated, but was edited by hand");
    Diagnostic::new(code, message, Span::new(file, 0, 0), "this file would be removed")
        .with_why("removing it would lose the edit")
        .with_help(
            "move what you need of it to a file of yours and remove it, or let `seac generate --overwrite` do so",
        )
}

fn in_the_way(sources: &mut Sources, code: Code, path: &str, what: &str, replaceable: bool) -> Diagnostic {
    let message = format!("`{path}` cannot be generated: {what} is in the way");
    let diagnostic = at_file(sources, code, path, message);
    if replaceable {
        diagnostic.with_help("move it away, or replace it with `seac generate --overwrite`")
    } else {
        diagnostic.with_help("move it away")
    }
}

/// A finding about a file as a whole, which need not exist.
fn at_file(sources: &mut Sources, code: Code, path: &str, message: String) -> Diagnostic {
    let file = sources.add(path, "");
    Diagnostic::new(code, message, Span::new(file, 0, 0), "")
}

/// A finding about a file to be, at the spec line it comes from.
fn from_spec(
    sources: &mut Sources,
    code: Code,
    files: &FileSet,
    finding: &Finding,
    path: &str,
    message: String,
) -> Diagnostic {
    let origin = files.get(&finding.path).and_then(|file| file.origins.first());
    match origin.and_then(|origin| spec_line(sources, &origin.file, origin.line)) {
        Some(span) => Diagnostic::new(code, message, span, "the file is named after this"),
        None => at_file(sources, code, path, message),
    }
}
