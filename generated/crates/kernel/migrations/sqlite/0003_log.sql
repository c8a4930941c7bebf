-- The transparency log over the ledger: full tiles of the tree, signed checkpoints, the keys that sign, what witnesses say.

-- Full tiles of 256 hashes; level 0 has leaf hashes, level n + 1 the roots of the tiles of level n.
CREATE TABLE ledger_tiles (
    level  INTEGER NOT NULL,
    tile   INTEGER NOT NULL,
    root   TEXT NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (level, tile)
) STRICT;

CREATE TABLE ledger_checkpoints (
    size      INTEGER PRIMARY KEY,
    root      TEXT NOT NULL,
    note      TEXT NOT NULL,
    signed_at TEXT NOT NULL
) STRICT;

-- Verifier keys in the order in which they came; the last one is in force.
CREATE TABLE ledger_keys (
    number       INTEGER PRIMARY KEY,
    verifier_key TEXT NOT NULL UNIQUE,
    sequence     INTEGER NOT NULL,
    added_at     TEXT NOT NULL
) STRICT;

CREATE TABLE ledger_cosignatures (
    size      INTEGER NOT NULL,
    witness   TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (size, witness)
) STRICT;

-- What this cell, as a witness, has cosigned last for each log.
CREATE TABLE witnessed_logs (
    origin     TEXT PRIMARY KEY,
    size       INTEGER NOT NULL,
    root       TEXT NOT NULL,
    checkpoint TEXT NOT NULL
) STRICT;

-- What else entries are looked for by.
CREATE INDEX ledger_entries_by_digest ON ledger_entries (payload_digest, sequence);
CREATE INDEX ledger_entries_by_time ON ledger_entries (recorded_at, sequence);

CREATE TRIGGER ledger_tiles_in_order BEFORE INSERT ON ledger_tiles
WHEN NEW.tile <> (SELECT coalesce(max(tile), -1) + 1 FROM ledger_tiles WHERE level = NEW.level)
BEGIN SELECT RAISE(ABORT, 'tiles are added from the left'); END;

CREATE TRIGGER ledger_tiles_no_update BEFORE UPDATE ON ledger_tiles
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_tiles_no_delete BEFORE DELETE ON ledger_tiles
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_checkpoints_grow BEFORE INSERT ON ledger_checkpoints
WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM ledger_checkpoints)
    OR NEW.size > (SELECT sequence FROM ledger_head)
BEGIN SELECT RAISE(ABORT, 'checkpoints grow with the ledger'); END;

CREATE TRIGGER ledger_checkpoints_no_update BEFORE UPDATE ON ledger_checkpoints
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_checkpoints_no_delete BEFORE DELETE ON ledger_checkpoints
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_keys_no_update BEFORE UPDATE ON ledger_keys
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_keys_no_delete BEFORE DELETE ON ledger_keys
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_cosignatures_no_update BEFORE UPDATE ON ledger_cosignatures
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_cosignatures_no_delete BEFORE DELETE ON ledger_cosignatures
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER witnessed_logs_forward BEFORE UPDATE ON witnessed_logs
WHEN NEW.origin <> OLD.origin OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
BEGIN SELECT RAISE(ABORT, 'a witness never goes back'); END;

CREATE TRIGGER witnessed_logs_no_delete BEFORE DELETE ON witnessed_logs
BEGIN SELECT RAISE(ABORT, 'a witness never forgets'); END;
