//! Duties that nobody may have together: what one person has done to a thing decides what they may still do to it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Rejection, UnitOfWork};
use crate::auth::Identity;
use crate::canonical::{self, CanonicalError};
use crate::policy::{Truth, Verdict};
use crate::store::{SqlValue, StoreError, Value};

/// A rule as it meets one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separation {
    /// The rule in words.
    pub rule: &'static str,
    /// What a refusal is answered with.
    pub code: &'static str,
    /// The other operations, by qualified name.
    pub others: &'static [&'static str],
}

impl UnitOfWork<'_> {
    /// Refuses a person who has carried out one of the other operations on this thing, and remembers that they carry out this
    /// one. Persons are told apart by who they are, not by the roles they act in; a machine acts for its owner. Nobody in
    /// particular cannot be told apart, and is refused.
    ///
    /// # Errors
    /// A [`super::FailureKind::Policy`] rejection, or when the store fails.
    pub async fn keep_apart<K: Serialize + Sync>(
        &mut self,
        identity: &Identity,
        operation: &'static str,
        (kind, key): (&'static str, &K),
        rules: &[Separation],
    ) -> Result<(), Rejection> {
        let (thing, person) = (Value::Text(thing(kind, key)?), identity.person().to_value());
        let sql = "SELECT operation FROM duties WHERE subject = $1 AND person = $2";
        let rows = self.tx().query(sql, &[thing.clone(), person.clone()]).await?;
        let done: BTreeSet<String> = rows.iter().map(|row| row.get("operation")).collect::<Result<_, StoreError>>()?;
        for Separation { rule, code, others } in rules {
            let truth = match identity.is_anonymous() {
                true => Truth::missing("actor.id"),
                false => Truth::from(!others.iter().any(|other| done.contains(*other))),
            };
            self.require(Verdict::obligation("separation_of_duties", code, truth, rule))?;
        }
        let values = [thing, Value::Text(operation.to_owned()), person, self.now().to_value()];
        let sql =
            "INSERT INTO duties (subject, operation, person, done_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        self.tx().execute(sql, &values).await?;
        Ok(())
    }
}

/// A thing by its kind and its key.
pub(crate) fn thing<K: Serialize>(kind: &str, key: &K) -> Result<String, CanonicalError> {
    Ok(format!("{kind} {}", canonical::to_string(key)?))
}
