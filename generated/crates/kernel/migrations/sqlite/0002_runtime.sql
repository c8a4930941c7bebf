-- What the runtime keeps beside the ledger, always in the transaction of the effect it belongs to.

CREATE TABLE idempotency_records (
    operation    TEXT NOT NULL,
    key          TEXT NOT NULL,
    caller       TEXT NOT NULL,
    input_digest TEXT NOT NULL,
    output       TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    expires_at   TEXT,
    PRIMARY KEY (operation, key)
) STRICT;

CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    event    TEXT NOT NULL
) STRICT;

-- The in-process bus: one row per event and consumer that still has to see it.
CREATE TABLE deliveries (
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    durable    TEXT NOT NULL,
    event_id   TEXT NOT NULL,
    event      TEXT NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    due_at     TEXT NOT NULL,
    last_error TEXT,
    UNIQUE (durable, event_id)
) STRICT;

CREATE INDEX deliveries_by_due ON deliveries (durable, due_at, position);

CREATE TABLE inbox (
    durable     TEXT NOT NULL,
    event_id    TEXT NOT NULL,
    consumed_at TEXT NOT NULL,
    PRIMARY KEY (durable, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    durable  TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event    TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    dead_at  TEXT NOT NULL,
    UNIQUE (durable, event_id)
) STRICT;

CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    connector   TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    event_type  TEXT,
    reason      TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    body        BLOB NOT NULL,
    received_at TEXT NOT NULL,
    UNIQUE (connector, delivery_id)
) STRICT;

-- Written by the readiness probe, to know that writing works.
CREATE TABLE kernel_probe (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    probed_at TEXT NOT NULL
) STRICT;
