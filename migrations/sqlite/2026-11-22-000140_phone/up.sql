-- Phone and Support Web -----------------------------------------------------------
-- Of the open requests, how many ask for a re-submission on the Support Web.
ALTER TABLE inquiries ADD COLUMN open_resubmissions INTEGER NOT NULL DEFAULT 0 CHECK (open_resubmissions >= 0);
CREATE INDEX inquiry_openings_resubmits ON inquiry_openings (resubmits);

-- That an inquiry goes on in another one, and why.
CREATE TABLE supersessions (
    inquiry_id BLOB PRIMARY KEY REFERENCES inquiries (id),
    superseded_by BLOB NOT NULL REFERENCES inquiries (id),
    reason TEXT NOT NULL CHECK (reason IN ('resubmitted', 'duplicate')),
    recorded_by_kind TEXT NOT NULL,
    recorded_by_id BLOB NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX supersessions_by_successor ON supersessions (superseded_by);

-- Who outside the desk has read an inquiry that came by phone, and when first: should its contract
-- turn out to be the wrong one, somebody must be told.
CREATE TABLE inquiry_readers (
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    reader_id BLOB NOT NULL,
    reader_kind TEXT NOT NULL CHECK (reader_kind IN ('customer', 'partner')),
    first_read_at INTEGER NOT NULL,
    PRIMARY KEY (inquiry_id, reader_id)
) STRICT, WITHOUT ROWID;

-- A phone inquiry moved to the contract that it should have been logged on. Its opening then holds
-- what it was judged by there; what stood in the opening before is kept here.
CREATE TABLE contract_corrections (
    id BLOB PRIMARY KEY,
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    from_contract_id BLOB NOT NULL REFERENCES contracts (id),
    to_contract_id BLOB NOT NULL REFERENCES contracts (id),
    before_facts TEXT NOT NULL,
    reason TEXT NOT NULL,
    read_by TEXT NOT NULL,
    corrected_by BLOB NOT NULL,
    corrected_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contract_corrections_in_order ON contract_corrections (inquiry_id, corrected_at, id);

-- Contracts -----------------------------------------------------------------------
-- The contract that goes on in a contract's place from a day on; carried_at once what belongs to
-- the one was moved to the other.
CREATE TABLE contract_successions (
    contract_id BLOB PRIMARY KEY REFERENCES contracts (id),
    successor_id BLOB NOT NULL REFERENCES contracts (id),
    effective_on TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    carried_at INTEGER
) STRICT;
CREATE INDEX contract_successions_by_successor ON contract_successions (successor_id);
CREATE INDEX contract_successions_to_come ON contract_successions (effective_on) WHERE carried_at IS NULL;

-- The contract that an ID is answered by, once its own was succeeded.
ALTER TABLE support_ids ADD COLUMN successor_id BLOB REFERENCES contracts (id);
CREATE INDEX support_ids_by_successor ON support_ids (successor_id);

-- The ledger says of a succession, too.
CREATE TABLE contract_changes_wider (
    id BLOB PRIMARY KEY,
    contract_id BLOB NOT NULL REFERENCES contracts (id),
    kind TEXT NOT NULL CHECK (kind IN ('registered', 'changed', 'renewed', 'suspended', 'resumed', 'succeeded')),
    effective_on TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    reason TEXT,
    facts TEXT NOT NULL
) STRICT;
INSERT INTO contract_changes_wider (id, contract_id, kind, effective_on, recorded_at, reason, facts)
    SELECT id, contract_id, kind, effective_on, recorded_at, reason, facts FROM contract_changes;
DROP TABLE contract_changes;
ALTER TABLE contract_changes_wider RENAME TO contract_changes;
CREATE INDEX contract_changes_in_order ON contract_changes (contract_id, effective_on, id);

-- The terms whose end was told beforehand.
CREATE TABLE contract_endings (
    contract_id BLOB NOT NULL REFERENCES contracts (id),
    ends_on TEXT NOT NULL,
    told_at INTEGER NOT NULL,
    PRIMARY KEY (contract_id, ends_on)
) STRICT, WITHOUT ROWID;

-- A call that is sent again is counted once: by its key and body.
ALTER TABLE redirections ADD COLUMN call_digest BLOB;
CREATE INDEX redirections_by_call ON redirections (call_digest);
