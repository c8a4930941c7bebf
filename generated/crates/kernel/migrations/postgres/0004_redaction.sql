-- Entries whose payload was dropped, each with the entry that says so. The leaf stays.
CREATE TABLE ledger_redactions (
    sequence BIGINT PRIMARY KEY,
    entry    BIGINT NOT NULL
);

CREATE FUNCTION ledger_redaction_is_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_entries WHERE sequence = NEW.entry AND type = 'ledger.redacted'
        AND subject_type = 'ledger_entry' AND subject_id = NEW.sequence::text) THEN
        RAISE EXCEPTION 'a redaction is an entry';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION ledger_entry_loses_its_payload() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.payload IS NOT NULL OR NOT EXISTS (SELECT 1 FROM ledger_redactions WHERE sequence = OLD.sequence)
        OR to_jsonb(NEW) - 'payload' IS DISTINCT FROM to_jsonb(OLD) - 'payload' THEN
        RAISE EXCEPTION 'the ledger is append-only';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_redactions_recorded BEFORE INSERT ON ledger_redactions
    FOR EACH ROW EXECUTE FUNCTION ledger_redaction_is_recorded();
CREATE TRIGGER ledger_redactions_no_change BEFORE DELETE OR UPDATE ON ledger_redactions
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_redactions_no_truncate BEFORE TRUNCATE ON ledger_redactions
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

-- The payload of a redacted entry may go; nothing else ever changes.
DROP TRIGGER ledger_entries_no_change ON ledger_entries;
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_loses_its_payload();

-- Whoever owns the tables may redact; a role that only serves need not.
GRANT UPDATE (payload) ON ledger_entries TO CURRENT_USER;
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_redactions FROM PUBLIC, CURRENT_USER;
