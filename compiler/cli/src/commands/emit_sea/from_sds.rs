//! `seac emit-sea --from-sds`

use crate::commands::{counted, show, verdict, workspace};
use crate::exit::{Exit, Failure, bug};
use crate::generated::args::Global;
use crate::generated::emit_sea::Args;
use crate::terminal;
use seac_workspace::emit_sea::{self, Move};
use seac_workspace::{Compilation, Workspace, compile};
use std::path::Path;

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let workspace = workspace(global, None)?;
    let compilation = compile(&workspace)?;
    show(&workspace, &compilation, &compilation.diagnostics);
    if compilation.has_errors() {
        return Ok(verdict(&compilation.diagnostics));
    }
    let moves = moves(&workspace, &compilation, args)?;
    for planned in &moves {
        if !planned.keeps_the_model(&compilation) {
            return Err(bug(&format!("the SEA model of {} would not mean what its SDS means", planned.slug)));
        }
        name_what_is_left(&compilation, planned);
        put(&workspace, planned, args)?;
    }
    Ok(Exit::Clean)
}

fn moves(workspace: &Workspace, compilation: &Compilation, args: &Args) -> Result<Vec<Move>, Failure> {
    let known = emit_sea::contexts(workspace, compilation);
    let named: Vec<String> = args.inputs.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if let Some(unknown) = named.iter().find(|context| !known.contains(context)) {
        let help = format!("the contexts are {}", known.join(", "));
        return Err(Failure::new(Exit::Usage, format!("there is no context `{unknown}`")).with_help(help));
    }
    let chosen = if named.is_empty() { &known } else { &named };
    if chosen.len() > 1 && !args.write && args.out.is_none() {
        return Err(Failure::new(Exit::Usage, "several models cannot go to one output")
            .with_help("name one context, or give a folder with `--out`"));
    }
    Ok(chosen.iter().filter_map(|context| emit_sea::plan(compilation, context)).collect())
}

fn name_what_is_left(compilation: &Compilation, planned: &Move) {
    let file = compilation.sources.get(planned.design);
    for left in &planned.left {
        let line = file.position(left.span.start).line;
        terminal::note(&format!("{}:{line}: `{}` stays in the SDS: {}", file.path, left.name, left.why));
    }
}

fn put(workspace: &Workspace, planned: &Move, args: &Args) -> Result<(), Failure> {
    let failed = |path: &Path| {
        let message = format!("cannot write {}", path.display());
        move |error| Failure::outside(message, &error)
    };
    let count = counted(planned.count, "declaration");
    if args.write {
        if planned.count > 0 {
            planned.write(workspace).map_err(failed(&workspace.root.join(&planned.sea_path)))?;
        }
        terminal::status("Moved", &format!("{count} to {}", planned.sea_path));
    } else if let Some(folder) = &args.out {
        let path = folder.join(format!("{}.sea", planned.slug));
        emit_sea::put(&path, &planned.sea_text).map_err(failed(&path))?;
        terminal::status("Wrote", &format!("{count} to {}", path.display()));
    } else {
        terminal::print(&planned.sea_text);
    }
    Ok(())
}
