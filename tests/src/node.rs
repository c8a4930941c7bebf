//! A node as a process of its own, on a free port.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::binaries::{demo, production_node};
use crate::database::Database;
use crate::http::{Answer, Call};
use crate::postgres::Postgres;
use crate::run::{Ended, run};
use crate::webhook::SECRET;

/// A place for a node's data, removed at the end.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
    /// The node to run here, if not the demo's.
    node: Option<PathBuf>,
    /// The server that keeps the data, if it is not a file.
    server: Option<Server>,
}

struct Server {
    postgres: Postgres,
    url: String,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.url)
    }
}

/// The database of a place on PostgreSQL.
const DATABASE: &str = "cell";

impl Place {
    /// A new, empty one.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), node: None, server: None }
    }

    /// A new one whose data is on a PostgreSQL server of its own.
    #[track_caller]
    pub fn on_postgres() -> Self {
        let postgres = Postgres::start();
        let url = postgres.database(DATABASE);
        let node = Some(production_node().to_owned());
        Self { node, server: Some(Server { postgres, url }), ..Self::new() }
    }

    /// The only column of a query, asked behind the node's back.
    #[track_caller]
    pub fn column(&self, sql: &str) -> Vec<String> {
        match &self.server {
            None => Database::read(&self.database()).column(sql),
            Some(Server { postgres, .. }) => {
                let found = postgres.run(DATABASE, sql);
                found.unwrap_or_else(|error| panic!("{sql}: {error}")).lines().map(str::to_owned).collect()
            }
        }
    }

    /// Runs statements behind the node's back.
    #[track_caller]
    pub fn execute(&self, sql: &str) {
        match &self.server {
            None => Database::write(&self.database()).execute(sql),
            Some(Server { postgres, .. }) => postgres.run(DATABASE, sql).map(drop),
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Whether a server keeps the data.
    pub fn is_on_server(&self) -> bool {
        self.server.is_some()
    }

    /// How many events were ever in the outbox. On PostgreSQL those of transactions that were rolled back count, too.
    #[track_caller]
    pub fn published(&self) -> u64 {
        let sql = match self.server {
            None => "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'",
            Some(_) => "SELECT last_value FROM outbox_position_seq WHERE is_called",
        };
        self.column(sql).first().map_or(0, |number| number.parse().expect("a number"))
    }

    /// The same place, from now on for another build of the node.
    #[must_use]
    pub fn with_node(self, node: &Path) -> Self {
        Self { node: Some(node.to_owned()), ..self }
    }

    /// The same place, from now on for a node that comes to its server as somebody else.
    #[must_use]
    pub fn as_user(mut self, user: &str) -> Self {
        if let Some(server) = &mut self.server {
            let (before, after) = server.url.split_once("user=").expect("a user");
            let (_, more) = after.split_once('&').expect("a port");
            server.url = format!("{before}user={user}&{more}");
        }
        self
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The database's file.
    pub fn database(&self) -> PathBuf {
        self.data().join("cell.db")
    }

    /// The file of the blob with this digest.
    pub fn blob(&self, digest: &str) -> PathBuf {
        self.data().join("blobs").join(&digest[..2]).join(&digest[2..4]).join(digest)
    }

    /// A path beside the data directory.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `node` with these arguments on this data.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = command_of(self.node.as_deref().unwrap_or(&demo().node));
        command.args(args).arg("--data-dir").arg(self.data()).current_dir(self.folder.path());
        if let Some(Server { url, .. }) = &self.server {
            command.args(["--set", &format!("database.url={url}")]);
        }
        command
    }

    /// Runs `node` with these arguments on this data to its end.
    #[track_caller]
    pub fn node(&self, args: &[&str]) -> Ended {
        run(&mut self.command(args))
    }

    /// Starts a node.
    #[track_caller]
    pub fn start(&self) -> Node {
        self.start_with(&[])
    }

    /// Starts a node with further arguments.
    #[track_caller]
    pub fn start_with(&self, args: &[&str]) -> Node {
        // All calls of a test come from one address, and most in one name.
        let rates = ["address_rate", "caller_rate", "webhook_rate"].map(|rate| format!("limits.{rate}=1000000"));
        let rates = rates.iter().flat_map(|rate| ["--set", rate]);
        let args: Vec<&str> =
            ["serve", "--listen", "127.0.0.1:0"].into_iter().chain(rates).chain(args.iter().copied()).collect();
        Node::spawn(&mut self.command(&args), self.beside("log"))
    }

    /// A token for this place's nodes.
    #[track_caller]
    pub fn token(&self, subject: &str, roles: &[&str]) -> String {
        let roles = roles.iter().flat_map(|role| ["--role", role]);
        let args: Vec<&str> = ["token", "--subject", subject].into_iter().chain(roles).collect();
        self.node(&args).with(0).stdout.trim().to_owned()
    }

    /// All entries of the ledger, as `node ledger` prints them.
    #[track_caller]
    pub fn ledger(&self) -> Vec<Value> {
        let printed = self.node(&["ledger", "--limit", "1000000"]).with(0).stdout;
        printed.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
    }

    /// Asserts that the ledger verifies.
    #[track_caller]
    pub fn verifies(&self) {
        let ended = self.node(&["verify"]).with(0);
        assert!(ended.stdout.starts_with("ledger verifies: "), "{}", ended.stdout);
    }
}

/// `node`, in an environment that configures nothing but the webhook's secret.
pub fn node_command() -> Command {
    command_of(&demo().node)
}

fn command_of(node: &Path) -> Command {
    let mut command = Command::new(node);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CELL_") {
            command.env_remove(name);
        }
    }
    for name in ["GITHUB_WEBHOOK_SECRET", "OKTA_HOOK_SECRET", "GITLAB_WEBHOOK_TOKEN", "CI_WEBHOOK_TOKEN"] {
        command.env(name, SECRET);
    }
    command
}

/// A running node. It is killed when dropped; the test fails if it had panicked.
#[derive(Debug)]
pub struct Node {
    child: Child,
    log: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Node {
    /// Starts a command that becomes a node, and waits until it listens. Its log goes to the end of `log`.
    #[track_caller]
    pub fn spawn(command: &mut Command, log: PathBuf) -> Self {
        let stderr = File::options().create(true).append(true).open(&log).expect("a log file");
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr).spawn().expect("the node starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let address =
            lines.map_while(Result::ok).find_map(|line| line.strip_prefix("listening on http://")?.parse().ok());
        match address {
            Some(address) => Self { child, log, address },
            None => {
                let status = child.wait();
                panic!("{command:?} does not listen: {status:?}\n{}", read(&log));
            }
        }
    }

    /// An address of this node.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A `GET` request.
    pub fn get(&self, path: &str) -> Call {
        Call::get(self.url(path))
    }

    /// A `POST` request.
    pub fn post(&self, path: &str) -> Call {
        Call::post(self.url(path))
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// Every entry behind a sequence that an auditor is shown, page by page. Each look at the ledger is an entry, too.
    #[track_caller]
    pub fn find_entries(&self, auditor: &str, filter: &str) -> Vec<Value> {
        let (mut entries, mut after) = (Vec::new(), 0);
        loop {
            let page =
                self.get(&format!("/governance/find-entries?after={after}{filter}")).token(auditor).send().with(200);
            entries.extend(page["entries"].as_array().expect("entries").iter().cloned());
            match page["next"].as_u64() {
                Some(next) => after = next,
                None => return entries,
            }
        }
    }

    /// Waits until no event waits to be published or delivered.
    #[track_caller]
    pub fn settle(&self) {
        crate::eventually("the outbox and the deliveries are empty", || {
            let ready = self.get("/ready").send().with(200);
            (ready["depths"]["outbox"] == 0 && ready["depths"]["deliveries"] == 0).then_some(())
        });
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        self.child.wait().expect("the node ends")
    }

    /// Sends a signal to it, also while others are using it.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -\"$0\" \"$1\"", name, &id]).status().expect("a shell");
        assert!(sent.success(), "the signal was not sent");
    }

    /// Kills it (SIGKILL), and waits until it is gone.
    pub fn kill(&mut self) {
        // Fails only for a process that has ended.
        let _ = self.child.kill();
        self.child.wait().expect("the node ends");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        let log = read(&self.log);
        if std::thread::panicking() {
            eprintln!("--- log of the node\n{log}");
        } else {
            assert!(!log.contains("panicked"), "the node panicked:\n{log}");
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The entry that belongs to this answer: the one with its correlation id. What consumers do later goes back to the
/// same request, but is done by the cell itself.
#[track_caller]
pub fn entry_of<'a>(entries: &'a [Value], answer: &Answer) -> &'a Value {
    let id = answer.header("x-correlation-id");
    let by_cell = |entry: &Value| entry["actor"].as_str().is_some_and(|actor| actor.starts_with("service:"));
    let mut found = entries.iter().filter(|entry| entry["correlation_id"] == id && !by_cell(entry));
    let entry = found.next().unwrap_or_else(|| panic!("nothing in the ledger about {answer}"));
    assert!(found.next().is_none(), "more than one entry in the ledger about {answer}");
    entry
}
