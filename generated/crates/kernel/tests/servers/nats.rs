//! A NATS server of the test's own, with JetStream, on a free port and in a folder that goes away with it.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server.
pub struct Nats {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
    config: String,
}

impl Nats {
    /// Starts one that knows nothing and lets everybody in.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts one with this in its configuration file.
    #[track_caller]
    pub fn start_with(config: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port();
        let folder = tempfile::tempdir().expect("a folder");
        Self { child: run(&folder, port, config), folder, port, config: config.to_owned() }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Kills it, and everything it had kept.
    pub fn destroy(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.folder = tempfile::tempdir().expect("a folder");
    }

    /// Starts it again, at the same address.
    #[track_caller]
    pub fn again(&mut self) {
        self.child = run(&self.folder, self.port, &self.config);
    }
}

#[track_caller]
fn run(folder: &tempfile::TempDir, port: u16, config: &str) -> Child {
    let file = folder.path().join("nats.conf");
    std::fs::write(&file, config).expect("a configuration file");
    let debian = std::path::Path::new("/usr/sbin/nats-server");
    let mut server = Command::new(if debian.is_file() { debian } else { std::path::Path::new("nats-server") });
    server.args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"]).arg(folder.path()).arg("-c").arg(file);
    let child =
        server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("nats-server starts: Debian's package");
    let end = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < end, "the server does not answer");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
