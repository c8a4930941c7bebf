-- The evidence ledger: one append order, a hash chain, and guards that let nobody rewrite it.

CREATE TABLE ledger_entries (
    sequence         BIGINT PRIMARY KEY,
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
    payload_size     BIGINT NOT NULL,
    payload          TEXT,
    previous_hash    TEXT NOT NULL,
    leaf_hash        TEXT NOT NULL,
    UNIQUE (source, source_event_id)
);

CREATE INDEX ledger_entries_by_type ON ledger_entries (type, sequence);
CREATE INDEX ledger_entries_by_actor ON ledger_entries (actor, sequence);
CREATE INDEX ledger_entries_by_subject ON ledger_entries (subject_type, subject_id, sequence);

-- Which entries speak to which control. Derived from ledger_entries.controls and verified against it.
CREATE TABLE ledger_controls (
    control  TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (control, sequence)
);

CREATE INDEX ledger_controls_by_sequence ON ledger_controls (sequence, control);

-- The last sequence and its hash. Appending locks this row, so sequences have no gaps and rows commit in their order.
CREATE TABLE ledger_head (
    id        BIGINT PRIMARY KEY CHECK (id = 1),
    sequence  BIGINT NOT NULL,
    leaf_hash TEXT NOT NULL
);

INSERT INTO ledger_head (id, sequence, leaf_hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;

CREATE FUNCTION ledger_entry_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_head WHERE sequence + 1 = NEW.sequence AND leaf_hash = NEW.previous_hash) THEN
        RAISE EXCEPTION 'the ledger only grows at its head';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION ledger_control_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_head WHERE sequence + 1 = NEW.sequence) THEN
        RAISE EXCEPTION 'the ledger only grows at its head';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION ledger_head_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.sequence <> OLD.sequence + 1
        OR NOT EXISTS (SELECT 1 FROM ledger_entries WHERE sequence = NEW.sequence AND leaf_hash = NEW.leaf_hash) THEN
        RAISE EXCEPTION 'the head of the ledger only moves to the next entry';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_entries_in_order BEFORE INSERT ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_in_order();
CREATE TRIGGER ledger_entries_no_change BEFORE DELETE OR UPDATE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

CREATE TRIGGER ledger_controls_in_order BEFORE INSERT ON ledger_controls
    FOR EACH ROW EXECUTE FUNCTION ledger_control_in_order();
CREATE TRIGGER ledger_controls_no_change BEFORE DELETE OR UPDATE ON ledger_controls
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_controls_no_truncate BEFORE TRUNCATE ON ledger_controls
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

CREATE TRIGGER ledger_head_forward BEFORE UPDATE ON ledger_head
    FOR EACH ROW EXECUTE FUNCTION ledger_head_moves_on();
CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON ledger_head
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_head_no_truncate BEFORE TRUNCATE ON ledger_head
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

-- Nobody needs these rights, the owner of the tables included.
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_entries, ledger_controls FROM PUBLIC, CURRENT_USER;
REVOKE DELETE, TRUNCATE ON ledger_head FROM PUBLIC, CURRENT_USER;
