//! SEA models that stand alone: which paths are some, and how they are shown.

use crate::exit::{Exit, Failure};
use seac_analysis::sea::{Clock, Options};
use seac_workspace::Workspace;
use seac_workspace::discover::SPECS;
use seac_workspace::models::{Models, STDIN};
use std::env;
use std::path::{Path, PathBuf};

/// Reads a moment of the command line.
pub fn clock(text: &str) -> Result<Clock, String> {
    Clock::parse(text)
        .ok_or_else(|| "not a time on a day of the calendar, with an offset, such as 2025-12-31T23:59:59Z".to_owned())
}

/// Whether the paths name models outside of specs; some of each kind are a mistake.
pub fn stand_alone(paths: &[PathBuf]) -> Result<bool, Failure> {
    let alone: Vec<bool> = paths.iter().map(|path| is_alone(path)).collect::<Result<_, _>>()?;
    if alone.contains(&true) && alone.contains(&false) {
        let message = "specs of a workspace and models that stand alone are checked one after the other";
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(alone.contains(&true))
}

fn is_alone(path: &Path) -> Result<bool, Failure> {
    if path.as_os_str() == STDIN {
        return Ok(true);
    }
    let real = path.canonicalize().map_err(|error| {
        let failure = Failure::outside(format!("cannot read {}", path.display()), &error);
        if error.kind() == std::io::ErrorKind::NotFound { Failure { exit: Exit::Usage, ..failure } } else { failure }
    })?;
    let is_model = real.is_dir() || real.extension().is_some_and(|extension| extension == "sea");
    Ok(is_model
        && Workspace::open(&real).map_or(true, |found| real != found.root && !real.starts_with(found.root.join(SPECS))))
}

/// Checks models that stand alone. That there is none is a mistake: a folder with another name would pass for sound.
pub fn check(paths: &[PathBuf], root: Option<&Path>, options: &Options) -> Result<Models, Failure> {
    let models = seac_workspace::models::check(paths, root, options)?;
    if models.count > 0 {
        return Ok(models);
    }
    let folders: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    Err(Failure::new(Exit::Usage, format!("there is no model (`*.sea`) in {}", folders.join(", "))))
}

/// What paths are shown with: the way from the current folder to the root of the models.
pub fn prefix(models: &Models) -> String {
    let here = env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    match models.root.strip_prefix(&here) {
        Ok(below) if below.as_os_str().is_empty() => String::new(),
        Ok(below) => format!("{}/", below.display()),
        Err(_) => format!("{}/", models.root.display()),
    }
}
