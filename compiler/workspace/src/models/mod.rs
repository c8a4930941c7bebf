//! SEA models that stand alone: files, folders and standard input, and the modules they import.
//!
//! An import reaches files below the root only, whatever way it takes: the real path counts, links resolved.

mod registry;

use crate::Workspace;
use crate::discover::SPECS;
use crate::load::{self, LoadError, MAX_FILE_BYTES};
use registry::Registry;
use seac_analysis::sea::{MAX_MODULES, ModuleError, Modules, Options, SeaAnalysis, analyse, analyse_as_model, builtin};
use seac_model::Model;
use seac_syntax::{Code, Diagnostic, FileId, Sources};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

/// Name of the registry of namespaces.
pub const REGISTRY: &str = ".sea-registry.toml";
/// How standard input is named on the command line.
pub const STDIN: &str = "-";
/// How it is named in findings.
pub const STDIN_SOURCE: &str = "<stdin>";
/// The most files a folder may bring.
const MAX_FILES: usize = 100_000;

/// Models, read and analysed.
#[derive(Debug)]
pub struct Models {
    /// Every text a finding can point into.
    pub sources: Sources,
    /// Results and findings.
    pub analysis: SeaAnalysis,
    /// How many files were given.
    pub count: usize,
    /// What the paths of the sources are relative to.
    pub root: PathBuf,
}

/// As [`check`], with the model that they mean; models with errors have the one that could be understood.
///
/// # Errors
/// If a file that was named cannot be read.
pub fn model(paths: &[PathBuf], root: Option<&Path>, options: &Options) -> Result<(Models, Model), LoadError> {
    let (given, mut loader) = given(paths, root)?;
    let (analysis, model) = analyse_as_model(&given, &mut loader, options);
    Ok((loader.finish(given.len(), analysis), model))
}

/// Reads the contexts of a workspace and evaluates their models.
///
/// # Errors
/// If the file system fails.
pub fn contexts(workspace: &Workspace, options: &Options) -> Result<Models, LoadError> {
    let mut loaded = load::load(workspace)?;
    let count = loaded.sources.iter().count();
    let mut analysis = SeaAnalysis::default();
    if loaded.is_whole() {
        let found = seac_analysis::analyse_at(&loaded.sources, options);
        analysis = SeaAnalysis { models: found.results, diagnostics: found.diagnostics };
    }
    analysis.diagnostics.extend(loaded.report());
    seac_syntax::diagnostic::sort(&mut analysis.diagnostics);
    Ok(Models { sources: loaded.sources, analysis, count, root: workspace.root.clone() })
}

/// Reads and analyses the models in `paths`: files, folders (every `.sea` file below), `-` for standard input.
///
/// # Errors
/// If a file that was named cannot be read.
pub fn check(paths: &[PathBuf], root: Option<&Path>, options: &Options) -> Result<Models, LoadError> {
    let (given, mut loader) = given(paths, root)?;
    let analysis = analyse(&given, &mut loader, options);
    Ok(loader.finish(given.len(), analysis))
}

/// Analyses a text as if it stood at `path`: among the specs of a workspace with all of them, elsewhere with the modules
/// it imports from there.
///
/// # Errors
/// If its folder cannot be read.
pub fn check_text(
    path: &Path,
    text: &str,
    root: Option<&Path>,
    options: &Options,
) -> Result<(Models, FileId), LoadError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = folder.canonicalize().map_err(|source| read_error(folder, source))?;
    let real = real.join(path.file_name().unwrap_or_default());
    if let Ok(workspace) = Workspace::open(folder)
        && real.starts_with(workspace.root.join(SPECS))
    {
        return among_specs(&workspace, &real, text, options);
    }
    let mut loader = DiskModules::new(find_root(&[folder.to_path_buf()], root)?)?;
    let file = loader.file(real, text.as_bytes().to_vec());
    let analysis = analyse(&[file], &mut loader, options);
    Ok((loader.finish(1, analysis), file))
}

fn among_specs(
    workspace: &Workspace,
    real: &Path,
    text: &str,
    options: &Options,
) -> Result<(Models, FileId), LoadError> {
    let shown = real.strip_prefix(&workspace.root).unwrap_or(real);
    let path: Vec<_> = shown.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let path = path.join("/");
    let loaded = load::load(workspace)?;
    let others = loaded.sources.iter().map(|(_, file)| (&*file.path, file.text.as_str()));
    let mut texts: Vec<_> = others.filter(|(other, _)| *other != path).chain([(path.as_str(), text)]).collect();
    texts.sort_unstable();
    let mut sources = Sources::default();
    let mut here = FileId(0);
    for (other, text) in texts {
        let id = sources.add(other, text);
        if other == path {
            here = id;
        }
    }
    let found = seac_analysis::analyse_at(&sources, options);
    let analysis = SeaAnalysis { models: found.results, diagnostics: found.diagnostics };
    Ok((Models { sources, analysis, count: 1, root: workspace.root.clone() }, here))
}

/// The files that are given, each once.
fn given(paths: &[PathBuf], root: Option<&Path>) -> Result<(Vec<FileId>, DiskModules), LoadError> {
    let root = find_root(paths, root)?;
    let mut loader = DiskModules::new(root)?;
    let mut given = Vec::new();
    for path in paths {
        loader.given(path, &mut given)?;
    }
    given.sort_unstable();
    given.dedup();
    Ok((given, loader))
}

/// The root of models that stand alone: where the registry is, else the current folder if they are below it, else
/// the folder of the first.
fn find_root(paths: &[PathBuf], root: Option<&Path>) -> Result<PathBuf, LoadError> {
    let canonical = |path: &Path| path.canonicalize().map_err(|source| read_error(path, source));
    if let Some(root) = root {
        return canonical(root);
    }
    let here = canonical(Path::new("."))?;
    let Some(first) = paths.iter().find(|path| path.as_os_str() != STDIN) else { return Ok(here) };
    let first = canonical(first)?;
    if let Some(root) = first.ancestors().find(|folder| folder.join(REGISTRY).is_file()) {
        return Ok(root.to_path_buf());
    }
    let folder = if first.is_dir() { first.as_path() } else { first.parent().unwrap_or(&first) };
    Ok(if first.starts_with(&here) { here } else { folder.to_path_buf() })
}

fn read_error(path: &Path, source: io::Error) -> LoadError {
    LoadError::Read { path: path.to_path_buf(), source }
}

/// Modules on disk.
struct DiskModules {
    root: PathBuf,
    sources: Sources,
    /// Texts by their real path.
    known: BTreeMap<PathBuf, FileId>,
    /// Folders that imports are relative to.
    folders: BTreeMap<FileId, PathBuf>,
    registry: Option<Registry>,
    findings: Vec<Diagnostic>,
}

impl DiskModules {
    fn new(root: PathBuf) -> Result<Self, LoadError> {
        let mut sources = Sources::default();
        let mut findings = Vec::new();
        let registry = Registry::read(&root, &mut sources, &mut findings)?;
        let (known, folders) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { root, sources, known, folders, registry, findings })
    }

    /// What was read and what was found in it, together.
    fn finish(self, count: usize, mut analysis: SeaAnalysis) -> Models {
        // A text in another encoding was read up to there only: what else is said about it may follow from that.
        let cut = |finding: &Diagnostic| {
            let cuts = self.findings.iter().filter(|cut| cut.code == Code::GenEncoding);
            cuts.map(|cut| cut.primary.span.file).any(|file| file == finding.primary.span.file)
        };
        analysis.diagnostics.retain(|finding| !cut(finding));
        analysis.diagnostics.extend(self.findings);
        seac_syntax::diagnostic::sort(&mut analysis.diagnostics);
        Models { sources: self.sources, analysis, count, root: self.root }
    }

    /// Reads what was named on the command line.
    fn given(&mut self, path: &Path, given: &mut Vec<FileId>) -> Result<(), LoadError> {
        if path.as_os_str() == STDIN {
            let mut bytes = Vec::new();
            let limit = MAX_FILE_BYTES * 2 + 1;
            io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(|source| read_error(path, source))?;
            let id = self.add(STDIN_SOURCE.to_owned(), bytes);
            self.folders.insert(id, self.root.clone());
            given.push(id);
            return Ok(());
        }
        let real = path.canonicalize().map_err(|source| read_error(path, source))?;
        let mut files = Vec::new();
        if real.is_dir() {
            collect(&real, &mut files)?;
            files.retain(|file| file.extension().is_some_and(|extension| extension == "sea"));
        } else {
            files.push(real);
        }
        for file in files {
            let bytes = fs::read(&file).map_err(|source| read_error(&file, source))?;
            given.push(self.file(file, bytes));
        }
        Ok(())
    }

    fn file(&mut self, real: PathBuf, bytes: Vec<u8>) -> FileId {
        if let Some(known) = self.known.get(&real) {
            return *known;
        }
        let shown = real.strip_prefix(&self.root).unwrap_or(&real);
        let parts: Vec<_> = shown.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let shown = if shown.is_absolute() { shown.to_string_lossy().into_owned() } else { parts.join("/") };
        let id = self.add(shown, bytes);
        if let Some(folder) = real.parent() {
            self.folders.insert(id, folder.to_path_buf());
        }
        self.known.insert(real, id);
        id
    }

    /// Adds a text; what is not UTF-8 is read up to there and reported.
    fn add(&mut self, path: String, bytes: Vec<u8>) -> FileId {
        match String::from_utf8(bytes) {
            Ok(text) => self.sources.add(path, text),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
                let id = self.sources.add(path, text);
                let path = self.sources.get(id).path.clone();
                self.findings.push(crate::report::not_utf8(id, &path, valid));
                id
            }
        }
    }

    fn relative(&mut self, from: FileId, specifier: &str) -> Result<FileId, ModuleError> {
        let folder = self.folders.get(&from).cloned().unwrap_or_else(|| self.root.clone());
        let outside = || ModuleError::Outside("the root of the models".to_owned());
        // Looked at as a text first, so that nothing outside the root is even asked for.
        let wanted =
            normal(&folder.join(specifier)).filter(|wanted| wanted.starts_with(&self.root)).ok_or_else(outside)?;
        let missing = || ModuleError::NotFound(format!("no file {}", specifier.trim_start_matches("./")));
        let real = wanted.canonicalize().map_err(|_| missing())?;
        if !real.starts_with(&self.root) {
            return Err(outside());
        }
        self.module(real)
    }

    fn module(&mut self, real: PathBuf) -> Result<FileId, ModuleError> {
        if let Some(known) = self.known.get(&real) {
            return Ok(*known);
        }
        let unusable = |reason: String| ModuleError::Unusable(reason);
        let data = fs::metadata(&real).map_err(|error| unusable(error.to_string()))?;
        if !data.is_file() {
            return Err(unusable("not a file".to_owned()));
        }
        if data.len() > MAX_FILE_BYTES {
            return Err(unusable(format!("larger than {MAX_FILE_BYTES} bytes")));
        }
        let bytes = fs::read(&real).map_err(|error| unusable(error.to_string()))?;
        Ok(self.file(real, bytes))
    }
}

impl Modules for DiskModules {
    fn load(&mut self, from: FileId, specifier: &str) -> Result<Vec<FileId>, ModuleError> {
        if let Some((path, text)) = builtin(specifier) {
            let key = PathBuf::from(&path);
            if let Some(known) = self.known.get(&key) {
                return Ok(vec![*known]);
            }
            let id = self.sources.add(path, text);
            self.known.insert(key, id);
            return Ok(vec![id]);
        }
        if specifier.starts_with("./") || specifier.starts_with("../") {
            return self.relative(from, specifier).map(|file| vec![file]);
        }
        let Some(registry) = &self.registry else {
            return Err(ModuleError::NotFound(format!("no {REGISTRY} says where it is")));
        };
        let files = registry.files(specifier, &self.root);
        if files.is_empty() {
            return Err(ModuleError::NotFound(format!("no file of {REGISTRY} belongs to it")));
        }
        // One more than a model may have, so that the limit is seen; the rest is not even read.
        files.into_iter().take(MAX_MODULES + 1).map(|file| self.module(file)).collect()
    }

    fn sources(&self) -> &Sources {
        &self.sources
    }

    fn namespace(&self, file: FileId) -> Option<String> {
        self.registry.as_ref()?.namespace(&self.sources.get(file).path).map(str::to_owned)
    }
}

/// A path without `.` and `..`; none if it goes above its root.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            part => normal.push(part),
        }
    }
    Some(normal)
}

/// The files below a folder, sorted; links are not followed.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(|source| read_error(&folder, source))? {
            let entry = entry.map_err(|source| read_error(&folder, source))?;
            let kind = entry.file_type().map_err(|source| read_error(&folder, source))?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && !hidden {
                open.push(entry.path());
            } else if kind.is_file() && files.len() < MAX_FILES {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(())
}
