//! The chain every command runs, stopped where the command needs it: load → analyse → emit → plan → apply.

use crate::config::project::{self, Target};
use crate::digest::sha256;
use crate::disk::{self, Disk};
use crate::load::{self, LoadError, Loaded};
use crate::manifest::{Input, Manifest, Unreadable};
use crate::reconcile::{self, Plan};
use crate::seen::Seen;
use crate::templates::Templates;
use crate::{Workspace, history, report};
use seac_analysis::sea::Options;
use seac_analysis::{Analysis, Memory};
use seac_emit::{EmitError, FileSet, Histories, Request, Selection};
use seac_model::{Digests, Fingerprints, Model, Texts};
use seac_syntax::{Diagnostic, SourceFile, Sources, diagnostic};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Specs, read and understood.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// Every text a diagnostic can point into.
    pub sources: Sources,
    /// What the specs say, as far as they could be understood.
    pub model: Model,
    /// What was released of them before.
    pub histories: Histories,
    /// What is wrong with them, in the order in which it is shown.
    pub diagnostics: Vec<Diagnostic>,
    /// What is rendered in the place of our templates.
    pub templates: Templates,
    /// Formats that are kept fresh besides.
    projects: Vec<Target>,
    /// Which of its contexts the run is about.
    selection: Selection,
    prints: OnceLock<Fingerprints>,
    digests: OnceLock<Digests>,
    /// A manifest that was read before, and its bytes.
    left: Option<(Vec<u8>, Manifest)>,
    /// The SHA-256 of the specs, which come first among the sources; texts that only diagnostics show come behind them.
    spec_digests: Vec<String>,
}

/// Loads and analyses a workspace.
///
/// # Errors
/// If the file system fails; mistakes in the specs are diagnostics.
pub fn compile(workspace: &Workspace) -> Result<Compilation, LoadError> {
    Ok(analyse(workspace, load::load(workspace)?))
}

/// What a process that compiles one workspace again and again keeps from run to run, so that what did not change is not
/// worked out again. It shows in nothing but the time.
#[derive(Debug, Default)]
pub struct Session {
    memory: Memory,
    texts: Texts,
    prints: Fingerprints,
    /// Whether nothing was wrong.
    sound: bool,
    /// The manifest of the last run, and its bytes.
    left: Option<(Vec<u8>, Manifest)>,
    /// The files that were left.
    pub seen: Seen,
}

impl Session {
    /// Takes back what a run has understood, and what it has left if its `plan` was applied.
    pub fn keep(&mut self, mut compilation: Compilation, plan: Option<Plan>) {
        let before = compilation.left.take();
        self.left = match plan {
            Some(Plan { manifest: Some(bytes), left: Some(manifest), .. }) => Some((bytes, manifest)),
            _ => before,
        };
        self.sound = !compilation.has_errors();
        self.prints = compilation.prints.into_inner().unwrap_or_default();
        self.memory.keep(compilation.model);
    }
}

/// Analyses what was loaded. If a spec could not be read at all, only that is reported: the rest would follow from it.
pub fn analyse(workspace: &Workspace, loaded: Loaded) -> Compilation {
    analyse_with(workspace, loaded, false, seac_analysis::analyse_at).0
}

/// As [`analyse`], with what `session` has kept.
pub fn analyse_in(session: &mut Session, workspace: &Workspace, loaded: Loaded) -> Compilation {
    let Session { memory, texts, prints, sound, left, .. } = session;
    let again = |sources: &Sources, options: &Options| seac_analysis::analyse_again(sources, memory, options);
    let (compilation, kept) = analyse_with(workspace, loaded, *sound, again);
    prints.retain(|slug, _| kept.contains(slug));
    let prints = seac_model::fingerprints_besides(&compilation.model, std::mem::take(prints));
    compilation.digests.get_or_init(|| Digests::again(&compilation.model, &prints, texts));
    Compilation { prints: OnceLock::from(prints), left: left.take(), ..compilation }
}

/// What the specs say, and the contexts that were taken over for it, from a run that was `sound` or not.
fn analyse_with(
    workspace: &Workspace,
    mut loaded: Loaded,
    sound: bool,
    analyse: impl FnOnce(&Sources, &Options) -> Analysis,
) -> (Compilation, BTreeSet<String>) {
    let spec_digests = std::mem::take(&mut loaded.digests);
    let options = Options { profile: workspace.config.profile, ..Options::default() };
    let Analysis { model, mut diagnostics, kept, .. } =
        if loaded.is_whole() { analyse(&loaded.sources, &options) } else { Analysis::default() };
    let folder = workspace.config.templates.as_deref().unwrap_or_default();
    let (templates, found) = Templates::take(folder, std::mem::take(&mut loaded.templates), &mut loaded.sources);
    diagnostics.extend(found);
    diagnostics.extend(loaded.report());
    let mut sources = loaded.sources;
    let (histories, found) = history::read(&sources);
    diagnostics.extend(found);
    if !diagnostic::has_errors(&diagnostics) {
        diagnostics.extend(history::obstacles(&sources, &model, &histories));
        let among = |slug: &str| !(sound && kept.contains(slug));
        diagnostics.extend(seac_emit::clashes(&model, among).iter().map(|clash| report::names_clash(&sources, clash)));
    }
    diagnostics.extend(workspace.config_findings(&mut sources));
    diagnostic::sort(&mut diagnostics);
    let (selection, prints, digests, left) = Default::default();
    let projects = workspace.config.projects.clone();
    let compilation = Compilation {
        sources,
        model,
        histories,
        diagnostics,
        templates,
        projects,
        selection,
        prints,
        digests,
        left,
        spec_digests,
    };
    (compilation, kept)
}

impl Compilation {
    /// Whether something is wrong that forbids generation.
    pub fn has_errors(&self) -> bool {
        diagnostic::has_errors(&self.diagnostics)
    }

    /// The specs that were compiled, packages included.
    pub fn specs(&self) -> impl Iterator<Item = &SourceFile> {
        self.sources.iter().take(self.spec_digests.len()).map(|(_, file)| file)
    }

    /// From here on, only the files of these contexts are emitted and compared; all of them if none is named.
    ///
    /// # Errors
    /// The first name that no context has.
    pub fn select(&mut self, contexts: &[String]) -> Result<(), UnknownContext> {
        let known = seac_emit::contexts(&self.model);
        if let Some(unknown) = contexts.iter().find(|name| !known.contains(&name.as_str())) {
            let known = known.into_iter().map(str::to_owned).collect();
            return Err(UnknownContext { name: unknown.clone(), known });
        }
        let some = !contexts.is_empty();
        self.selection = if some { Selection::Only(contexts.iter().cloned().collect()) } else { Selection::default() };
        Ok(())
    }

    /// From here on, everything but the files of these contexts is emitted and compared: theirs are known to be right.
    pub fn pass_over(&mut self, contexts: BTreeSet<String>) {
        self.selection = Selection::AllBut(contexts);
    }

    /// What the files of each context are made from: see [`seac_emit::keys`].
    pub fn keys(&self) -> BTreeMap<String, String> {
        seac_emit::keys(&self.model, self.prints(), &self.histories, &self.templates.shadows)
    }

    /// The fingerprints of its contexts.
    fn prints(&self) -> &Fingerprints {
        self.prints.get_or_init(|| seac_model::fingerprints(&self.model))
    }

    /// The digests of the model.
    pub fn digests(&self) -> &Digests {
        self.digests.get_or_init(|| Digests::of(&self.model))
    }

    /// The files the model asks for.
    ///
    /// # Errors
    /// If a template of the user cannot be rendered or the specs ask for what cannot be emitted yet (see
    /// [`Self::explain`]), or by a bug of ours.
    pub fn emit(&self) -> Result<FileSet, EmitError> {
        let Self { model, histories, selection, templates, .. } = self;
        let (digests, shadows) = (self.digests(), &templates.shadows);
        let mut files = seac_emit::emit_as(&Request { model, digests, histories, selection, shadows, proven: false })?;
        if selection.has_shared() {
            project::add(&self.projects, model, histories, &mut files)?;
        }
        Ok(files)
    }

    /// Makes findings of an error that lies in a template of the user or in the specs.
    ///
    /// # Errors
    /// The error, if it is a bug of ours.
    pub fn explain(&mut self, error: EmitError) -> Result<(), EmitError> {
        if let EmitError::NotYet(missing) = &error {
            self.diagnostics.extend(missing.iter().map(|missing| report::not_yet(&self.sources, missing)));
            return Ok(());
        }
        let EmitError::Template(template) = &error else { return Err(error) };
        let Some(shadow) = self.templates.shadows.get(&template.template) else { return Err(error) };
        let file = self.templates.files.iter().find(|file| *self.sources.get(**file).path == *shadow.path);
        let Some(file) = file else { return Err(error) };
        self.diagnostics.push(report::template(&self.sources, *file, template));
        Ok(())
    }

    /// The files that the specs of a compiler ask for in the compiler itself; none in other workspaces.
    ///
    /// # Errors
    /// Only by a bug of ours.
    pub fn emit_own(&self) -> Result<FileSet, EmitError> {
        seac_emit::metamodel::emit(&self.model)
    }

    /// Compares `files` with what is on disk. What a person has to decide is added to the diagnostics.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn plan(&mut self, workspace: &Workspace, files: &FileSet, overwrite: bool) -> Result<Plan, LoadError> {
        let Compared { plan, unreadable, .. } = self.compare(workspace, files, overwrite)?;
        let output = &workspace.config.output;
        // A run over some contexts could not say anything about the others in its place.
        if let Some(reason) = unreadable.filter(|_| !overwrite || !self.selection.is_whole()) {
            self.diagnostics.push(report::manifest(&mut self.sources, output, &reason));
        }
        let found = plan.findings.iter();
        self.diagnostics.extend(found.map(|finding| report::finding(&mut self.sources, output, files, finding)));
        Ok(plan)
    }

    /// The manifest of these bytes, which may be the one that was left.
    fn read(&self, bytes: &[u8]) -> Result<Manifest, Unreadable> {
        let left = self.left.as_ref().filter(|(left, _)| left == bytes);
        left.map_or_else(|| Manifest::parse(bytes), |(_, manifest)| Ok(manifest.clone()))
    }

    /// The texts that were read, with their digests.
    fn inputs(&self) -> Vec<Input> {
        let specs = self.specs().zip(&self.spec_digests).map(|(file, sha256)| Input::new(file, sha256.clone()));
        let templates = self.templates.files.iter().map(|file| self.sources.get(*file));
        specs.chain(templates.map(|file| Input::new(file, sha256(file.text.as_bytes())))).collect()
    }

    /// Compares `files` with what is on disk.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn compare(&self, workspace: &Workspace, files: &FileSet, overwrite: bool) -> Result<Compared, LoadError> {
        let output = workspace.output();
        let bytes = disk::read_manifest(&output)?;
        let (old, unreadable) = match bytes.as_deref().map(|bytes| self.read(bytes)).transpose() {
            Ok(old) => (old, None),
            Err(reason) => (None, Some(reason)),
        };
        let selection = &self.selection;
        let new = Manifest::new(self.inputs(), self.digests().model.clone(), files);
        let new = if selection.is_whole() { new } else { new.into_part_of(old.as_ref(), selection) };
        let old = old.map(|old| old.only(selection));
        let mut disk = disk::snapshot(&output, files, old.as_ref())?;
        disk.in_gen.retain(|path| selection.has_path(path));
        disk.outside = disk::is_outside(&workspace.root, &output);
        let plan = reconcile::reconcile(files, &disk, old.as_ref(), new, overwrite);
        Ok(Compared { plan, disk, unreadable })
    }
}

/// A name that no context has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no context `{name}`")]
pub struct UnknownContext {
    /// The name.
    pub name: String,
    /// The names that there are.
    pub known: Vec<String>,
}

/// What the comparison with the disk has found.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What would have to happen.
    pub plan: Plan,
    /// What stands there.
    pub disk: Disk,
    /// Why the manifest of the last run could not be used.
    pub unreadable: Option<Unreadable>,
}
