//! A PostgreSQL server of the test's own: it listens on a socket in a folder that goes away with it.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::{eventually, run::run};

/// Who runs the server where the test is root, which PostgreSQL refuses to be.
const USER: &str = "postgres";

/// A running server.
pub struct Postgres {
    child: Child,
    folder: tempfile::TempDir,
}

impl Postgres {
    /// Starts one with an empty cluster.
    #[track_caller]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        if is_root() {
            run(Command::new("chown").arg(USER).arg(folder.path())).with(0);
        }
        let cluster = folder.path().join("cluster");
        let mut init = server_command("initdb");
        init.args([
            "--auth",
            "trust",
            "--username",
            USER,
            "--no-sync",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--pgdata",
        ]);
        run(init.arg(&cluster)).with(0);
        let mut server = server_command("postgres");
        server.arg("-D").arg(&cluster).arg("-k").arg(folder.path()).args([
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
        ]);
        let child = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server starts");
        let server = Self { child, folder };
        eventually("the server answers", || server.run(USER, "SELECT 1").ok());
        server
    }

    /// Runs statements in a database; the rows that come out, one a line, values between bars.
    ///
    /// # Errors
    /// The server's own words.
    pub fn run(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(program("psql"));
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set",
            "ON_ERROR_STOP=1",
            "--username",
            USER,
        ]);
        psql.args(["--dbname", database, "--command", sql, "--host"]).arg(self.folder.path());
        let output = psql.output().map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // It ends when told to; a kill would leave its children and its shared memory behind.
        let cluster = self.folder.path().join("cluster");
        let mut stop = server_command("pg_ctl");
        drop(stop.args(["stop", "--mode", "immediate", "--pgdata"]).arg(cluster).output());
        drop(self.child.wait());
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A program of the server's, run by whom it accepts.
fn server_command(name: &str) -> Command {
    let program = program(name);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    // Its own folder need not be one that user may enter.
    command.args(["-u", USER, "--"]).arg(program).current_dir("/");
    command
}

/// Debian keeps the server's programs, by version, where no path leads.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        versions.map(|entry| entry.path().join("bin").join(name)).filter(|path| path.is_file()).collect();
    found.sort();
    found.pop().unwrap_or_else(|| PathBuf::from(name))
}
