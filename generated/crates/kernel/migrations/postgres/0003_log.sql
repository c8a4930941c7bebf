-- The transparency log over the ledger: full tiles of the tree, signed checkpoints, the keys that sign, what witnesses say.

-- Full tiles of 256 hashes; level 0 has leaf hashes, level n + 1 the roots of the tiles of level n.
CREATE TABLE ledger_tiles (
    level  BIGINT NOT NULL,
    tile   BIGINT NOT NULL,
    root   TEXT NOT NULL,
    hashes BYTEA NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (level, tile)
);

CREATE TABLE ledger_checkpoints (
    size      BIGINT PRIMARY KEY,
    root      TEXT NOT NULL,
    note      TEXT NOT NULL,
    signed_at TEXT NOT NULL
);

-- Verifier keys in the order in which they came; the last one is in force.
CREATE TABLE ledger_keys (
    number       BIGINT PRIMARY KEY,
    verifier_key TEXT NOT NULL UNIQUE,
    sequence     BIGINT NOT NULL,
    added_at     TEXT NOT NULL
);

CREATE TABLE ledger_cosignatures (
    size      BIGINT NOT NULL,
    witness   TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (size, witness)
);

-- What this cell, as a witness, has cosigned last for each log.
CREATE TABLE witnessed_logs (
    origin     TEXT PRIMARY KEY,
    size       BIGINT NOT NULL,
    root       TEXT NOT NULL,
    checkpoint TEXT NOT NULL
);

-- What else entries are looked for by.
CREATE INDEX ledger_entries_by_digest ON ledger_entries (payload_digest, sequence);
CREATE INDEX ledger_entries_by_time ON ledger_entries (recorded_at, sequence);

CREATE FUNCTION ledger_tile_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.tile <> (SELECT coalesce(max(tile), -1) + 1 FROM ledger_tiles WHERE level = NEW.level) THEN
        RAISE EXCEPTION 'tiles are added from the left';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION ledger_checkpoint_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.size <= (SELECT coalesce(max(size), 0) FROM ledger_checkpoints)
        OR NEW.size > (SELECT sequence FROM ledger_head) THEN
        RAISE EXCEPTION 'checkpoints grow with the ledger';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION witnessed_log_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.origin <> OLD.origin OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root) THEN
        RAISE EXCEPTION 'a witness never goes back';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION witness_never_forgets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a witness never forgets'; END $$;

CREATE TRIGGER ledger_tiles_in_order BEFORE INSERT ON ledger_tiles
    FOR EACH ROW EXECUTE FUNCTION ledger_tile_in_order();
CREATE TRIGGER ledger_tiles_no_change BEFORE DELETE OR UPDATE ON ledger_tiles
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_tiles_no_truncate BEFORE TRUNCATE ON ledger_tiles
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

CREATE TRIGGER ledger_checkpoints_grow BEFORE INSERT ON ledger_checkpoints
    FOR EACH ROW EXECUTE FUNCTION ledger_checkpoint_grows();
CREATE TRIGGER ledger_checkpoints_no_change BEFORE DELETE OR UPDATE ON ledger_checkpoints
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_checkpoints_no_truncate BEFORE TRUNCATE ON ledger_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

CREATE TRIGGER ledger_keys_no_change BEFORE DELETE OR UPDATE ON ledger_keys
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_keys_no_truncate BEFORE TRUNCATE ON ledger_keys
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

CREATE TRIGGER ledger_cosignatures_no_change BEFORE DELETE OR UPDATE ON ledger_cosignatures
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_cosignatures_no_truncate BEFORE TRUNCATE ON ledger_cosignatures
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

CREATE TRIGGER witnessed_logs_forward BEFORE UPDATE ON witnessed_logs
    FOR EACH ROW EXECUTE FUNCTION witnessed_log_moves_on();
CREATE TRIGGER witnessed_logs_no_delete BEFORE DELETE ON witnessed_logs
    FOR EACH ROW EXECUTE FUNCTION witness_never_forgets();
CREATE TRIGGER witnessed_logs_no_truncate BEFORE TRUNCATE ON witnessed_logs
    FOR EACH STATEMENT EXECUTE FUNCTION witness_never_forgets();

-- Nobody needs these rights, the owner of the tables included.
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_tiles, ledger_checkpoints, ledger_keys, ledger_cosignatures FROM PUBLIC, CURRENT_USER;
REVOKE DELETE, TRUNCATE ON witnessed_logs FROM PUBLIC, CURRENT_USER;
