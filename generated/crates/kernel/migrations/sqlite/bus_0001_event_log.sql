-- Every event that was published, and how far consumers have got: what a broker loses is published again from here.

CREATE TABLE event_log (
    position     INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id     TEXT NOT NULL UNIQUE,
    type         TEXT NOT NULL,
    event        TEXT NOT NULL,
    published_at TEXT NOT NULL
) STRICT;

CREATE INDEX event_log_by_type ON event_log (type, position);

-- A consumer is owed the events behind this position.
CREATE TABLE consumers (
    durable TEXT PRIMARY KEY,
    since   INTEGER NOT NULL
) STRICT;
