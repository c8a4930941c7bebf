//! `seac run`

use super::generate::{self, Outcome, generate};
use super::workspace;
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::run::{Args, CARGO, CARGO_TARGET_DIR};
use crate::terminal;
use crate::timings::Timings;
use seac_emit::Zone;
use seac_model::{Method, Model};
use serde::Deserialize;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Runs it: generate, build, and become the node.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let workspace = workspace(global, None)?;
    let outcome = generate(workspace, &generate::Args::default(), None, &mut Timings::start())?;
    let (Exit::Clean, workspace) = (outcome.exit, &outcome.workspace) else { return Ok(outcome.exit) };
    let cargo = std::env::var_os(CARGO).unwrap_or_else(|| "cargo".into());
    let node = build(&cargo, &workspace.output(), &flags(args, &outcome))?;
    let data = workspace.state().join("data");
    std::fs::create_dir_all(&data)
        .map_err(|error| Failure::outside(format!("cannot make {}", data.display()), &error))?;
    terminal::note(&next_steps(&outcome.compilation.model, &node, &data));
    let mut serve = Command::new(&node);
    serve.arg("serve").arg("--data-dir").arg(&data).args(&args.node).current_dir(&workspace.root);
    terminal::status("Running", &format!("{serve:?}").replace('"', ""));
    become_it(serve)
}

/// A generated lock file is a generated file like any other: the build may not change it.
fn flags(args: &Args, outcome: &Outcome) -> Vec<&'static str> {
    let locked = outcome.files.get("Cargo.lock").is_some_and(|file| file.zone == Zone::Gen);
    [args.release.then_some("--release"), locked.then_some("--locked")].into_iter().flatten().collect()
}

/// Builds the emitted workspace and says where its `node` is; cargo itself names the place.
fn build(cargo: &OsStr, output: &Path, flags: &[&str]) -> Result<PathBuf, Failure> {
    let mut command = Command::new(cargo);
    command.args(["build", "--package", "node", "--bin", "node", "--message-format", "json-render-diagnostics"]);
    command.args(flags).current_dir(output).stdout(Stdio::piped());
    // Cargo runs in the output folder, so a relative folder has to be made absolute.
    if let Some(target) = std::env::var_os(CARGO_TARGET_DIR).filter(|target| !target.is_empty()) {
        let target = std::path::absolute(target).map_err(|error| Failure::outside("no current folder", &error))?;
        command.env(CARGO_TARGET_DIR, target);
    }
    let shown = [&["cargo", "build"], flags].concat().join(" ");
    terminal::status("Building", &format!("{} with `{shown}`", output.display()));
    let mut child = command.spawn().map_err(|error| {
        Failure::outside("cannot start cargo", &error).with_help("install Rust from https://rustup.rs")
    })?;
    let node = node_in(&mut child);
    let status = child.wait().map_err(|error| Failure::outside("cannot wait for cargo", &error))?;
    match node {
        Some(node) if status.success() => Ok(node),
        _ if status.success() => Err(Failure::new(Exit::Outside, "cargo built no binary called `node`")),
        _ => Err(Failure::new(Exit::Outside, format!("`{shown}` failed in {}", output.display()))),
    }
}

/// Reads cargo's messages to the end.
fn node_in(child: &mut Child) -> Option<PathBuf> {
    let messages = BufReader::new(child.stdout.take()?).lines().map_while(Result::ok);
    messages.filter_map(|line| executable(&line)).last()
}

/// The path of the `node` binary, if this message of cargo's is about it.
fn executable(message: &str) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        target: Target,
        executable: Option<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
        kind: Vec<String>,
    }
    let message: Message = serde_json::from_str(message).ok()?;
    let is_node = message.target.name == "node" && message.target.kind.iter().any(|kind| kind == "bin");
    message.executable.filter(|_| is_node)
}

/// What can be done with the node once it listens.
fn next_steps(model: &Model, node: &Path, data: &Path) -> String {
    let mut lines = vec!["\nOnce it listens, these answer:".to_string()];
    for (name, context) in &model.contexts {
        for (operation, contract) in &context.operations {
            if let Some(http) = &contract.http {
                let method = match http.method {
                    Method::Get => "GET",
                    Method::Post => "POST",
                };
                lines.push(format!("  {method:<4} {:<32} {name}.{operation}", http.path));
            }
        }
    }
    if let Some(role) = suggested_role(model) {
        let (node, data) = (node.display(), data.display());
        lines.push("\nA token for working on this machine:".into());
        lines.push(format!("  {node} token --data-dir {data} --subject me --role {role}"));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// A role that can do something: of the workspace's own contexts if possible, not of a package.
fn suggested_role(model: &Model) -> Option<String> {
    let callable = |own: bool| {
        let contexts = model.contexts.values().filter(move |context| context.origin.file.starts_with("specs/") || !own);
        let operations = contexts.flat_map(|context| context.operations.values());
        operations.filter(|operation| operation.http.is_some()).find_map(|operation| operation.roles.last())
    };
    callable(true).or_else(|| callable(false)).map(ToString::to_string)
}

#[cfg(unix)]
fn become_it(mut command: Command) -> Result<Exit, Failure> {
    use std::os::unix::process::CommandExt;
    Err(Failure::outside("cannot start the node", &command.exec()))
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> Result<Exit, Failure> {
    let status = command.status().map_err(|error| Failure::outside("cannot start the node", &error))?;
    Ok(if status.success() { Exit::Clean } else { Exit::Outside })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_names_the_binary() {
        let artifact =
            r#"{"reason":"compiler-artifact","target":{"name":"node","kind":["bin"]},"executable":"/t/debug/node"}"#;
        assert_eq!(executable(artifact), Some(PathBuf::from("/t/debug/node")));
        assert_eq!(executable(&artifact.replace("node\"", "other\"")), None);
        assert_eq!(executable(&artifact.replace("[\"bin\"]", "[\"lib\"]")), None);
        assert_eq!(executable(r#"{"reason":"build-finished","success":true}"#), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_build_runs_in_the_output_folder_and_its_failure_is_told() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a folder");
        let cargo = dir.path().join("cargo");
        let script = r#"#!/bin/sh
echo "$@" > arguments
echo 'noise'
echo '{"reason":"compiler-artifact","target":{"name":"node","kind":["bin"]},"executable":"/t/node"}'
test -z "$(cat fail 2>/dev/null)"
"#;
        std::fs::write(&cargo, script).expect("a script");
        std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        let built = build(cargo.as_os_str(), dir.path(), &["--locked"]).expect("built");
        assert_eq!(built, PathBuf::from("/t/node"));
        let arguments = std::fs::read_to_string(dir.path().join("arguments")).expect("it ran");
        assert!(arguments.starts_with("build --package node") && arguments.contains("--locked"), "{arguments}");
        std::fs::write(dir.path().join("fail"), "x").expect("a file");
        assert_eq!(build(cargo.as_os_str(), dir.path(), &[]).expect_err("it fails").exit, Exit::Outside);
        let missing = build(OsStr::new("/nowhere/cargo"), dir.path(), &[]).expect_err("it is not there");
        assert_eq!(missing.exit, Exit::Outside);
    }

    #[test]
    fn without_operations_there_is_little_to_say() {
        let text = next_steps(&Model::default(), Path::new("node"), Path::new("data"));
        assert_eq!(text, "\nOnce it listens, these answer:\n");
    }
}
