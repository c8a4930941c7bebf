-- Tokens of machines: what they may, and a hash of what they show.
CREATE TABLE service_tokens (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    owner      TEXT NOT NULL,
    roles      TEXT NOT NULL,
    digest     TEXT NOT NULL,
    issued_at  TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT
) STRICT;

-- Attempts that are counted until their minute is over; then an entry of the ledger says how many there were.
CREATE TABLE attempts (
    minute    TEXT NOT NULL,
    operation TEXT NOT NULL,
    actor     TEXT NOT NULL,
    code      TEXT NOT NULL,
    times     INTEGER NOT NULL,
    PRIMARY KEY (minute, operation, actor, code)
) STRICT, WITHOUT ROWID;

-- Who did which of several duties that nobody may have together.
CREATE TABLE duties (
    subject   TEXT NOT NULL,
    operation TEXT NOT NULL,
    person    TEXT NOT NULL,
    done_at   TEXT NOT NULL,
    PRIMARY KEY (subject, operation, person)
) STRICT, WITHOUT ROWID;
