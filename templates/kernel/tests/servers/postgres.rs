//! A PostgreSQL server of the test's own: it listens on a free port and in a folder that goes away with it.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Who runs the server where the test is root, which PostgreSQL refuses to be.
const USER: &str = "postgres";
/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. Over its socket it lets everybody in, over TCP whoever knows the password.
pub struct Postgres {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Postgres {
    /// Starts one with an empty cluster. It does not flush to disk: no test takes the power away.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with(&["fsync=off"])
    }

    /// Starts one with further settings.
    #[track_caller]
    pub fn start_with(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        if is_root() {
            done(Command::new("chown").arg(USER).arg(folder.path()));
        }
        let cluster = folder.path().join("cluster");
        let mut init = server_command("initdb");
        init.args(["--auth-local", "trust", "--auth-host", "scram-sha-256", "--username", USER, "--no-sync"]);
        done(init.args(["--encoding", "UTF8", "--locale", "C", "--pgdata"]).arg(&cluster));
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port();
        let mut server = server_command("postgres");
        server.arg("-D").arg(&cluster).arg("-k").arg(folder.path()).args(["-p", &port.to_string()]);
        for setting in ["listen_addresses=127.0.0.1"].iter().chain(settings) {
            server.args(["-c", setting]);
        }
        let child = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server starts");
        let server = Self { child, folder, port };
        let end = Instant::now() + PATIENCE;
        while let Err(error) = server.run(USER, "SELECT 1") {
            assert!(Instant::now() < end, "the server does not answer: {error}");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Runs statements in a database; the rows that come out, one a line, values between bars.
    ///
    /// # Errors
    /// The server's own words.
    pub fn run(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(program("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]);
        psql.args(["--username", USER, "--port", &self.port.to_string(), "--dbname", database, "--command", sql]);
        let output = psql.arg("--host").arg(self.folder.path()).output().map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    /// Makes an empty database; returns its address, over the socket.
    #[track_caller]
    pub fn database(&self, name: &str) -> String {
        self.run(USER, &format!("CREATE DATABASE {name}")).expect("a database");
        format!("postgres:///{name}?user={USER}&port={}&host={}", self.port, self.folder.path().display())
    }

    /// The port it listens on, at `127.0.0.1` and in the name of its socket.
    pub fn port(&self) -> u16 {
        self.port
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

#[track_caller]
fn done(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
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
