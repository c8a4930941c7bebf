-- The evidence ledger: one append order, a hash chain, and guards that let nobody rewrite it.

CREATE TABLE ledger_entries (
    sequence         INTEGER PRIMARY KEY,
    event_id         TEXT NOT NULL UNIQUE,
    source           TEXT NOT NULL,
    source_event_id  TEXT NOT NULL,
    type             TEXT NOT NULL,
    actor            TEXT NOT NULL,
    subject_type     TEXT NOT NULL,
    subject_id       TEXT NOT NULL,
    action           TEXT NOT NULL,
    outcome          TEXT NOT NULL,
    occurred_at      TEXT NOT NULL,
    recorded_at      TEXT NOT NULL,
    context          TEXT NOT NULL,
    controls         TEXT NOT NULL,
    correlation_id   TEXT,
    parser           TEXT,
    payload_digest   TEXT NOT NULL,
    payload_location TEXT NOT NULL CHECK (payload_location IN ('inline', 'blob')),
    payload_size     INTEGER NOT NULL,
    payload          TEXT,
    previous_hash    TEXT NOT NULL,
    leaf_hash        TEXT NOT NULL,
    UNIQUE (source, source_event_id)
) STRICT;

CREATE INDEX ledger_entries_by_type ON ledger_entries (type, sequence);
CREATE INDEX ledger_entries_by_actor ON ledger_entries (actor, sequence);
CREATE INDEX ledger_entries_by_subject ON ledger_entries (subject_type, subject_id, sequence);

-- Which entries speak to which control. Derived from ledger_entries.controls and verified against it.
CREATE TABLE ledger_controls (
    control  TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (control, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX ledger_controls_by_sequence ON ledger_controls (sequence, control);

-- The last sequence and its hash. Appending locks this row, so sequences have no gaps.
CREATE TABLE ledger_head (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    sequence  INTEGER NOT NULL,
    leaf_hash TEXT NOT NULL
) STRICT;

INSERT INTO ledger_head (id, sequence, leaf_hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TRIGGER ledger_entries_in_order BEFORE INSERT ON ledger_entries
WHEN NOT EXISTS (SELECT 1 FROM ledger_head WHERE sequence + 1 = NEW.sequence AND leaf_hash = NEW.previous_hash)
BEGIN SELECT RAISE(ABORT, 'the ledger only grows at its head'); END;

CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_controls_in_order BEFORE INSERT ON ledger_controls
WHEN NOT EXISTS (SELECT 1 FROM ledger_head WHERE sequence + 1 = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'the ledger only grows at its head'); END;

CREATE TRIGGER ledger_controls_no_update BEFORE UPDATE ON ledger_controls
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_controls_no_delete BEFORE DELETE ON ledger_controls
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_head_forward BEFORE UPDATE ON ledger_head
WHEN NEW.id <> OLD.id OR NEW.sequence <> OLD.sequence + 1
    OR NOT EXISTS (SELECT 1 FROM ledger_entries WHERE sequence = NEW.sequence AND leaf_hash = NEW.leaf_hash)
BEGIN SELECT RAISE(ABORT, 'the head of the ledger only moves to the next entry'); END;

CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON ledger_head
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
