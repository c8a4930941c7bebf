-- Entries whose payload was dropped, each with the entry that says so. The leaf stays.
CREATE TABLE ledger_redactions (
    sequence INTEGER PRIMARY KEY,
    entry    INTEGER NOT NULL
) STRICT;

CREATE TRIGGER ledger_redactions_recorded BEFORE INSERT ON ledger_redactions
WHEN NOT EXISTS (SELECT 1 FROM ledger_entries WHERE sequence = NEW.entry AND type = 'ledger.redacted'
    AND subject_type = 'ledger_entry' AND subject_id = CAST(NEW.sequence AS TEXT))
BEGIN SELECT RAISE(ABORT, 'a redaction is an entry'); END;

CREATE TRIGGER ledger_redactions_no_update BEFORE UPDATE ON ledger_redactions
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_redactions_no_delete BEFORE DELETE ON ledger_redactions
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- The payload of a redacted entry may go; nothing else ever changes.
DROP TRIGGER ledger_entries_no_update;

CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
WHEN NEW.payload IS NOT NULL OR NOT EXISTS (SELECT 1 FROM ledger_redactions WHERE sequence = OLD.sequence)
    OR (NEW.sequence, NEW.event_id, NEW.source, NEW.source_event_id, NEW.type, NEW.actor, NEW.subject_type,
        NEW.subject_id, NEW.action, NEW.outcome, NEW.occurred_at, NEW.recorded_at, NEW.context, NEW.controls,
        NEW.correlation_id, NEW.parser, NEW.payload_digest, NEW.payload_location, NEW.payload_size, NEW.previous_hash,
        NEW.leaf_hash)
    IS NOT (OLD.sequence, OLD.event_id, OLD.source, OLD.source_event_id, OLD.type, OLD.actor, OLD.subject_type,
        OLD.subject_id, OLD.action, OLD.outcome, OLD.occurred_at, OLD.recorded_at, OLD.context, OLD.controls,
        OLD.correlation_id, OLD.parser, OLD.payload_digest, OLD.payload_location, OLD.payload_size, OLD.previous_hash,
        OLD.leaf_hash)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
