//! `seac run`

use super::generate::{self, Outcome, generate};
use super::workspace;
use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::terminal;
use crate::timings::Timings;
use seac_model::{Method, Model};
use serde::Deserialize;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Data is kept in `.seac/data` beside `specs/`; remove that folder to start afresh.")]
pub struct Args {
    /// Build with optimisations
    #[arg(long)]
    release: bool,
    /// Arguments for the node, after `--`
    #[arg(last = true, value_name = "ARGS")]
    node: Vec<OsString>,
}

/// Runs it: generate, build, and become the node.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let workspace = workspace(global, None)?;
    let Outcome { workspace, compilation, exit } =
        generate(workspace, &generate::Args::default(), &mut Timings::start())?;
    if exit != Exit::Clean {
        return Ok(exit);
    }
    let node = build(&workspace.output(), args.release)?;
    let data = workspace.state().join("data");
    std::fs::create_dir_all(&data)
        .map_err(|error| Failure::outside(format!("cannot make {}", data.display()), &error))?;
    terminal::note(&next_steps(&compilation.model, &node));
    let mut serve = Command::new(&node);
    serve.arg("serve").arg("--data-dir").arg(&data).args(&args.node).current_dir(&workspace.root);
    terminal::status("Running", &format!("{serve:?}").replace('"', ""));
    become_it(serve)
}

/// Builds the emitted workspace and says where its `node` is; cargo itself names the place.
fn build(output: &Path, release: bool) -> Result<PathBuf, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--package", "node", "--bin", "node", "--message-format", "json-render-diagnostics"]);
    command.args(release.then_some("--release")).current_dir(output).stdout(Stdio::piped());
    let shown = if release { "cargo build --release" } else { "cargo build" };
    terminal::status("Building", &format!("{} with `{shown}`", output.display()));
    let mut child = command.spawn().map_err(|error| {
        Failure::outside("cannot start cargo", &error).with_help("install Rust from https://rustup.rs")
    })?;
    let node = node_in(&mut child);
    let status = child.wait().map_err(|error| Failure::outside("cannot wait for cargo", &error))?;
    match node {
        Some(node) if status.success() => Ok(node),
        _ if status.success() => Err(Failure::new(Exit::Outside, "cargo built no binary called `node`")
            .with_help("does `specs/` contain a context with operations?")),
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
fn next_steps(model: &Model, node: &Path) -> String {
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
    let roles: Vec<&str> = model.contexts.values().flat_map(|c| c.roles.keys()).map(String::as_str).collect();
    if let Some(role) = roles.first() {
        lines.push(format!("A token for local use:\n  {} token --role {role}", node.display()));
    }
    lines.push(String::new());
    lines.join("\n")
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
}
