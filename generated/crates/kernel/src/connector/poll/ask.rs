//! One question to a source.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::ExposeSecret as _;

use super::limits::{self, Verdict};
use super::{Halt, Poller};

/// What a source answered.
pub(super) enum Asked {
    /// What was asked for, and how long to wait until more may be asked.
    Answer { headers: HeaderMap, body: Vec<u8>, rest: Option<Duration> },
    /// It is not there.
    Gone(String),
}

/// Why there is no answer to go on with.
#[derive(Debug)]
pub(super) struct Trouble {
    /// In words, without secrets.
    pub(super) reason: String,
    /// How long to wait; with back-off, if nobody says.
    pub(super) wait: Option<Duration>,
    /// Whether asking again will not help by itself.
    pub(super) refused: bool,
}

impl Trouble {
    pub(super) fn new(reason: String) -> Self {
        Self { reason, wait: None, refused: false }
    }

    pub(super) fn refused(reason: String) -> Self {
        Self { reason, wait: None, refused: true }
    }
}

impl Poller {
    /// Asks once.
    pub(super) async fn ask(&self, url: &str) -> Result<Asked, Halt> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(auth) = self.poll.auth {
            let secret = auth.secret.resolve();
            let secret = secret.ok_or_else(|| Halt::Unconfigured(format!("there is no secret at {}", auth.secret)))?;
            let value = [auth.prefix.as_bytes(), secret.expose_secret()].concat();
            let unfit = |what| Trouble::refused(format!("{what} is not fit for a header"));
            let mut value = HeaderValue::from_bytes(&value).map_err(|_| unfit(auth.secret.to_string()))?;
            value.set_sensitive(true);
            headers.insert(HeaderName::try_from(auth.header).map_err(|_| unfit(auth.header.to_owned()))?, value);
        }
        let reply =
            self.services.destinations.caller().get(url, headers, self.poll.timeout).await.map_err(Trouble::new)?;
        let now = self.services.clock.now();
        let reason = format!("the source answered with status {}", reply.status.as_u16());
        match limits::verdict(reply.status.as_u16(), &reply.headers, now) {
            Verdict::Good => {
                let rest = limits::rest(&reply.headers, now);
                Ok(Asked::Answer { headers: reply.headers, body: reply.body, rest })
            }
            Verdict::Later(wait) => Err(Trouble { reason, wait, refused: false }.into()),
            Verdict::Gone => Ok(Asked::Gone(reason)),
            Verdict::Refused => Err(Trouble::refused(reason).into()),
        }
    }

    /// Asks within a page: waits where nothing is left of what may be asked, and tells nothing else from trouble.
    pub(super) async fn ask_with_patience(&self, url: &str) -> Result<Asked, Trouble> {
        match self.ask(url).await {
            Ok(asked) => {
                if let Asked::Answer { rest: Some(rest), .. } = &asked {
                    tokio::time::sleep(*rest).await;
                }
                Ok(asked)
            }
            Err(Halt::Trouble(trouble)) => Err(trouble),
            Err(Halt::Unconfigured(reason)) => Err(Trouble::new(reason)),
            Err(Halt::Store(error)) => Err(Trouble::new(error.to_string())),
        }
    }
}
