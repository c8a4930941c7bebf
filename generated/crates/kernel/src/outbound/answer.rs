//! What an answer means: the contract of the operation says it, and nothing else counts.

use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::operation::{FailureKind, OperationSpec, Rejection};
use crate::validate::{Validate, Violations};

/// Why an attempt has no answer of the contract.
#[derive(Debug)]
pub(super) struct Failed {
    /// For the log.
    pub(super) reason: String,
    /// Whether another attempt may end otherwise.
    pub(super) passes: bool,
}

impl Failed {
    pub(super) fn passing(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), passes: true }
    }

    fn lasting(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), passes: false }
    }
}

/// What is read of a problem (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    code: String,
}

/// Done, refused with a declared failure, or no answer at all.
pub(super) fn read<O: DeserializeOwned + Validate>(
    spec: &OperationSpec,
    status: StatusCode,
    body: &[u8],
) -> Result<Result<O, Rejection>, Failed> {
    if status.is_success() {
        let output: O = serde_json::from_slice(body)
            .map_err(|error| Failed::lasting(format!("answer {status} is not the output: {error}")))?;
        let mut violations = Violations::new();
        output.validate(&mut violations);
        return match violations.iter().next() {
            None => Ok(Ok(output)),
            Some(broken) => Err(Failed::lasting(format!("answer {status}: {} {}", broken.pointer, broken.message))),
        };
    }
    let code = serde_json::from_slice::<Problem>(body).map(|problem| problem.code);
    let declared = code.as_ref().ok().and_then(|code| spec.failures.iter().find(|failure| failure.code == *code));
    let passes = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
    match declared {
        Some(failure) => {
            // A code that stands for several kinds is told apart by the status.
            let of_status = failure.kinds.iter().find(|kind| kind.status() == status.as_u16());
            let kind = of_status.or(failure.kinds.first()).copied().unwrap_or(FailureKind::Dependency);
            if kind == FailureKind::Dependency {
                return Err(Failed::passing(format!("answer {status} with {}", failure.code)));
            }
            Ok(Err(Rejection::new(kind, failure.code, failure.meaning)))
        }
        None => {
            let reason = match code {
                Ok(code) => format!("answer {status} with a code that is not declared: {code:?}"),
                Err(_) => format!("answer {status}"),
            };
            Err(if passes { Failed::passing(reason) } else { Failed::lasting(reason) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Failure;

    const SPEC: OperationSpec = OperationSpec::command("shop", "charge").failures(&[
        Failure { code: "declined", kinds: &[FailureKind::Policy], meaning: "the card was declined" },
        Failure { code: "down", kinds: &[FailureKind::Dependency], meaning: "the bank does not answer" },
    ]);

    #[derive(Debug, PartialEq, Deserialize)]
    struct Charge(u8);

    impl Validate for Charge {
        fn validate(&self, out: &mut Violations) {
            out.max("", &self.0, &9);
        }
    }

    fn told(status: u16, body: &str) -> Result<Result<Charge, Rejection>, bool> {
        read(&SPEC, StatusCode::from_u16(status).unwrap(), body.as_bytes()).map_err(|failed| failed.passes)
    }

    #[test]
    fn only_what_the_contract_says_is_an_answer() {
        assert_eq!(told(200, "7").unwrap(), Ok(Charge(7)));
        assert_eq!(told(403, r#"{"code":"declined"}"#).unwrap().unwrap_err().kind, FailureKind::Policy);
        for (status, body, passes) in [
            (200, "{", false),
            (200, "10", false),
            (503, r#"{"code":"down"}"#, true),
            (500, "", true),
            (429, "slowly", true),
            (403, r#"{"code":"who_are_you"}"#, false),
            (404, "", false),
            (302, "", false),
        ] {
            assert_eq!(told(status, body).unwrap_err(), passes, "{status} {body}");
        }
    }
}
