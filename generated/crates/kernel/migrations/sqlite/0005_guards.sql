-- The guards that every append passes, with FAIL in the place of ABORT. They refuse before anything is written, so there is
-- nothing that ABORT would take back; but for the sake of it SQLite copies every page before it is changed.

DROP TRIGGER ledger_entries_in_order;
DROP TRIGGER ledger_controls_in_order;
DROP TRIGGER ledger_head_forward;

CREATE TRIGGER ledger_entries_in_order BEFORE INSERT ON ledger_entries
WHEN NOT EXISTS (SELECT 1 FROM ledger_head WHERE sequence + 1 = NEW.sequence AND leaf_hash = NEW.previous_hash)
BEGIN SELECT RAISE(FAIL, 'the ledger only grows at its head'); END;

CREATE TRIGGER ledger_controls_in_order BEFORE INSERT ON ledger_controls
WHEN NOT EXISTS (SELECT 1 FROM ledger_head WHERE sequence + 1 = NEW.sequence)
BEGIN SELECT RAISE(FAIL, 'the ledger only grows at its head'); END;

CREATE TRIGGER ledger_head_forward BEFORE UPDATE ON ledger_head
WHEN NEW.id <> OLD.id OR NEW.sequence <> OLD.sequence + 1
    OR NOT EXISTS (SELECT 1 FROM ledger_entries WHERE sequence = NEW.sequence AND leaf_hash = NEW.leaf_hash)
BEGIN SELECT RAISE(FAIL, 'the head of the ledger only moves to the next entry'); END;
