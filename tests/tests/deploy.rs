//! What is emitted for operators, before the programs that it is for. Containers are not started here: what can be said of the
//! compose file without a daemon is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use seac_tests::binaries::{demo, tools};
use seac_tests::eventually;
use seac_tests::node::Place;
use seac_tests::orders::order;
use seac_tests::postgres::Postgres;
use seac_tests::run::{Ended, run};
use uuid::Uuid;

fn folder() -> PathBuf {
    demo().root.join("generated/deploy")
}

/// Whether a program is on this machine.
fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// Runs a check of Python's on the compose file, with the file as `it` and its folder as `place`.
#[track_caller]
fn of_compose_file(check: &str) -> Ended {
    let script = format!(
        "import pathlib, sys, yaml\nplace = pathlib.Path(sys.argv[1])\nit = yaml.safe_load((place / 'compose.yaml').read_text())\n{check}"
    );
    run(Command::new(tools().join("python/bin/python")).args(["-c", &script]).arg(folder())).with(0)
}

#[test]
fn the_compose_file_names_official_images_and_files_that_are_there() {
    of_compose_file(
        "images = sorted(service['image'] for service in it['services'].values() if 'image' in service)
assert images == ['nats:2-alpine', 'postgres:15'], images
assert (place / it['services']['cell']['build']['dockerfile']).parent.name == 'deploy'
for name, service in it['services'].items():
    assert service['healthcheck']['test'][0] == 'CMD', name
    for secret in service.get('secrets', []):
        assert secret in it['secrets'], secret
    for network in service['networks']:
        assert network in it['networks'], network
    for other in service.get('depends_on', {}).values():
        assert other['condition'] == 'service_healthy'
    for volume in service.get('volumes', []):
        source = volume.split(':')[0]
        assert source in it['volumes'] or (place / source).is_file(), source
    assert name == 'cell' or service['networks'] == ['inside'], name
    # A secret is a file, never a value.
    for key, value in service.get('environment', {}).items():
        assert not key.endswith('PASSWORD') or value.startswith('file:/run/secrets/'), key
assert it['networks']['inside']['internal'] is True",
    );
    let dockerfile = fs::read_to_string(folder().join("Dockerfile")).expect("a file");
    let images: Vec<&str> = dockerfile.lines().filter_map(|line| line.strip_prefix("FROM ")).collect();
    assert_eq!(images, ["rust:1-bookworm AS build", "debian:bookworm-slim"]);
    if run(Command::new("sh").args(["-c", "docker compose version"])).code == 0 {
        let mut config = Command::new("docker");
        config.args(["compose", "--file", "compose.yaml", "config", "--quiet"]).current_dir(folder());
        run(config.env("OIDC_ISSUER", "https://login.example.org").env("OIDC_AUDIENCE", "cell")).with(0);
    }
}

/// The node itself reads the environment that the compose file gives it, and finds nothing wrong in it.
#[test]
fn the_node_takes_the_settings_of_the_compose_file() {
    let printed = of_compose_file(
        "for key, value in it['services']['cell']['environment'].items():
    print(f'{key}={value}')",
    );
    let mut node = Command::new(seac_tests::binaries::production_node());
    node.arg("config");
    for line in printed.stdout.lines() {
        let (name, value) = line.split_once('=').expect("a variable");
        let value = match name {
            "CELL_AUTH_OIDC_ISSUER" => "https://login.example.org",
            "CELL_AUTH_OIDC_AUDIENCE" => "cell",
            _ => value,
        };
        node.env(name, value);
    }
    let told = run(&mut node).with(0).stdout;
    for line in ["database.password = \"file:/run/secrets/database-password\"", "bus.url = \"nats://broker:4222\""] {
        assert!(told.contains(line), "{line}\n{told}");
    }
}

#[test]
fn nats_takes_its_settings() {
    let server = ["/usr/sbin/nats-server", "nats-server"].into_iter().find(|it| is_there(it)).expect("nats-server");
    let config = folder().join("nats.conf");
    run(Command::new(server).arg("-t").arg("-c").arg(config)).with(0).says(&["is valid"]);
}

#[test]
fn postgres_runs_with_its_settings() {
    let text = fs::read_to_string(folder().join("postgresql.conf")).expect("a file");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let settings: Vec<(String, String)> = lines
        .map(|line| line.split_once(" = ").expect("a setting"))
        .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
        .collect();
    let given: Vec<String> = settings
        .iter()
        .filter(|(name, _)| name != "listen_addresses")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let postgres = Postgres::start_with(&given.iter().map(String::as_str).collect::<Vec<_>>());
    for (name, wanted) in [("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on")] {
        assert_eq!(postgres.run("postgres", &format!("SHOW {name}")).as_deref().map(str::trim), Ok(wanted));
    }
    let kept = postgres.run("postgres", "SHOW shared_buffers").expect("an answer");
    assert_eq!(kept.trim(), "256MB");
}

#[test]
fn systemd_takes_the_unit_and_finds_little_that_is_open() {
    let unit = fs::read_to_string(folder().join("cell.service")).expect("a file");
    assert!(unit.contains("\nDynamicUser=yes\n") && unit.contains("\nKillSignal=SIGTERM\n"), "{unit}");
    if !is_there("systemd-analyze") {
        eprintln!("systemd-analyze is not on this machine: the unit was not verified");
        return;
    }
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("cell.service");
    let here = unit.replace("/usr/local/bin/node", demo().node.to_str().expect("a path"));
    fs::write(&file, here).expect("a file");
    let verified = verify(&file);
    assert!(!verified.stderr.contains("cell.service:"), "{}", verified.stderr);
    let path = file.to_str().expect("a path");
    // From 0, nothing is open, to 100.
    run(Command::new("systemd-analyze").args(["security", "--no-pager", "--offline=true", "--threshold=20", path]))
        .with(0);
}

fn verify(file: &Path) -> Ended {
    run(Command::new("systemd-analyze").arg("verify").arg(file)).with(0)
}

#[test]
fn a_node_that_is_to_stop_says_so_before_it_takes_no_more_calls() {
    let place = Place::new();
    let node = place.start_with(&["--set", "limits.notice_seconds=3", "--set", "limits.drain_seconds=5"]);
    let ann = place.token("ann", &["orders.Customer"]);
    node.get("/ready").send().with(200);
    node.signal("TERM");
    let leaving = eventually("it says that it is stopping", || {
        let ready = node.get("/ready").send();
        (ready.status == 503).then_some(ready)
    });
    assert_eq!(leaving.json()["reason"], "the node is stopping");
    node.place(&ann, &order(Uuid::new_v4(), "late")).send().with(200);
    assert!(node.stop().success());
}
