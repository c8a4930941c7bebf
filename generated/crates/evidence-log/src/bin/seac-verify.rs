//! `seac-verify`: checks what a ledger has given out, with its public key and nothing else.

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::process::ExitCode;

use evidence_log::bundle::{self, BundleError};
use evidence_log::note::{KeyKind, VerifierKey};
use evidence_log::receipt::Receipt;

const USAGE: &str = "\
Checks a receipt (.tlog-proof) or an export bundle of an evidence ledger, without the ledger.

Usage: seac-verify --key VERIFIER_KEY [--key VERIFIER_KEY]… [--witnesses N] FILE

  --key VERIFIER_KEY  a key of the log, as `node ledger key` prints it, or of a witness
  --witnesses N       how many of the witnesses given must have cosigned (0 if not said)

Exit codes: 0 it verifies, 1 it does not, 2 usage, 3 the file cannot be read
";

struct Arguments {
    keys: Vec<VerifierKey>,
    witnesses: usize,
    file: String,
}

enum Failure {
    Usage(String),
    Refused(String),
    Outside(String),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        let _ = write!(std::io::stdout(), "{USAGE}");
        return ExitCode::SUCCESS;
    }
    let (code, text) = match read(arguments).and_then(|arguments| check(&arguments)) {
        Ok(text) => {
            let _ = writeln!(std::io::stdout(), "{text}");
            return ExitCode::SUCCESS;
        }
        Err(Failure::Refused(text)) => (1, format!("does not verify: {text}")),
        Err(Failure::Usage(text)) => (2, format!("error: {text}\n\n{USAGE}")),
        Err(Failure::Outside(text)) => (3, format!("error: {text}")),
    };
    let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    ExitCode::from(code)
}

fn read(arguments: Vec<String>) -> Result<Arguments, Failure> {
    let (mut keys, mut witnesses, mut file) = (Vec::new(), 0, None);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| Failure::Usage(format!("{argument} needs a value")));
        match argument.as_str() {
            "--key" => {
                let key = value()?;
                keys.push(key.parse().map_err(|error| Failure::Usage(format!("--key {key}: {error}")))?);
            }
            "--witnesses" => {
                witnesses = value()?.parse().map_err(|_| Failure::Usage("--witnesses needs a number".to_owned()))?;
            }
            name if name.starts_with('-') => return Err(Failure::Usage(format!("unknown option {name}"))),
            _ if file.is_some() => return Err(Failure::Usage("one file at a time".to_owned())),
            _ => file = Some(argument),
        }
    }
    let file = file.ok_or_else(|| Failure::Usage("which file?".to_owned()))?;
    match keys.iter().any(|key: &VerifierKey| key.kind() == KeyKind::Ed25519) {
        true => Ok(Arguments { keys, witnesses, file }),
        false => Err(Failure::Usage("the log's key is missing".to_owned())),
    }
}

fn check(arguments: &Arguments) -> Result<String, Failure> {
    let outside = |error: std::io::Error| Failure::Outside(format!("{}: {error}", arguments.file));
    let mut input = BufReader::new(File::open(&arguments.file).map_err(outside)?);
    let beginning = std::io::BufRead::fill_buf(&mut input).map_err(outside)?;
    let (text, witnesses) = match beginning.first() {
        Some(b'{') => check_bundle(input, &arguments.keys).map_err(|error| match error {
            BundleError::Io(error) => outside(error),
            fault @ BundleError::Fault { .. } => Failure::Refused(fault.to_string()),
        })?,
        _ => {
            let text = std::io::read_to_string(input).map_err(outside)?;
            check_receipt(&text, &arguments.keys).map_err(|error| Failure::Refused(error.to_string()))?
        }
    };
    if witnesses.len() < arguments.witnesses {
        let reason =
            format!("{} known witnesses have cosigned, {} are asked for", witnesses.len(), arguments.witnesses);
        return Err(Failure::Refused(reason));
    }
    Ok(format!("{text}\n{}", standing(&witnesses)))
}

type Witnesses = Vec<(String, u64)>;

fn check_bundle(input: BufReader<File>, keys: &[VerifierKey]) -> Result<(String, Witnesses), BundleError> {
    let report = bundle::verify(input, keys)?;
    let (origin, size) = (report.checkpoint.origin, report.checkpoint.size);
    let mut text = format!("bundle verifies: {size} entries of {origin}");
    if !report.without_payload.is_empty() {
        let missing: Vec<String> = report.without_payload.iter().map(u64::to_string).collect();
        text.push_str(&format!("\nwithout their payloads: {}", missing.join(", ")));
    }
    Ok((text, report.witnesses))
}

fn check_receipt(text: &str, keys: &[VerifierKey]) -> Result<(String, Witnesses), evidence_log::LogError> {
    let receipt: Receipt = text.parse()?;
    let entry = receipt.extra.as_deref().unwrap_or_default();
    let opened = receipt.verify(entry, keys)?;
    let (origin, size) = (opened.checkpoint.origin, opened.checkpoint.size);
    let witnesses = opened.witnesses.iter().map(|signed| (signed.key.name().to_owned(), signed.time.unwrap_or(0)));
    let text = format!(
        "receipt verifies: entry {} of {origin}, in its tree of {size}\n{}",
        receipt.index + 1,
        String::from_utf8_lossy(entry)
    );
    Ok((text, witnesses.collect()))
}

fn standing(witnesses: &[(String, u64)]) -> String {
    if witnesses.is_empty() {
        return "no known witness has cosigned: tamper-evident locally".to_owned();
    }
    let said: Vec<String> = witnesses.iter().map(|(name, time)| format!("{name} at {time}")).collect();
    format!("witnessed by {}", said.join(", "))
}
