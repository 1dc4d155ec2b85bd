-- Phone and Support Web -----------------------------------------------------------
-- Of the open requests, how many ask for a re-submission on the Support Web.
ALTER TABLE inquiries ADD COLUMN open_resubmissions INTEGER NOT NULL DEFAULT 0 CHECK (open_resubmissions >= 0);
CREATE INDEX inquiry_openings_resubmits ON inquiry_openings (resubmits);

-- That an inquiry goes on in another one, and why.
CREATE TABLE supersessions (
    inquiry_id UUID PRIMARY KEY REFERENCES inquiries (id),
    superseded_by UUID NOT NULL REFERENCES inquiries (id),
    reason TEXT NOT NULL CHECK (reason IN ('resubmitted', 'duplicate')),
    recorded_by_kind TEXT NOT NULL,
    recorded_by_id UUID NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX supersessions_by_successor ON supersessions (superseded_by);

-- Who outside the desk has read an inquiry that came by phone, and when first: should its contract
-- turn out to be the wrong one, somebody must be told.
CREATE TABLE inquiry_readers (
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    reader_id UUID NOT NULL,
    reader_kind TEXT NOT NULL CHECK (reader_kind IN ('customer', 'partner')),
    first_read_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (inquiry_id, reader_id)
);

-- A phone inquiry moved to the contract that it should have been logged on. Its opening then holds
-- what it was judged by there; what stood in the opening before is kept here.
CREATE TABLE contract_corrections (
    id UUID PRIMARY KEY,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    from_contract_id UUID NOT NULL REFERENCES contracts (id),
    to_contract_id UUID NOT NULL REFERENCES contracts (id),
    before_facts JSONB NOT NULL,
    reason TEXT NOT NULL,
    read_by JSONB NOT NULL,
    corrected_by UUID NOT NULL,
    corrected_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX contract_corrections_in_order ON contract_corrections (inquiry_id, corrected_at, id);

-- Contracts -----------------------------------------------------------------------
-- The contract that goes on in a contract's place from a day on; carried_at once what belongs to
-- the one was moved to the other.
CREATE TABLE contract_successions (
    contract_id UUID PRIMARY KEY REFERENCES contracts (id),
    successor_id UUID NOT NULL REFERENCES contracts (id),
    effective_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    carried_at TIMESTAMPTZ
);
CREATE INDEX contract_successions_by_successor ON contract_successions (successor_id);
CREATE INDEX contract_successions_to_come ON contract_successions (effective_on) WHERE carried_at IS NULL;

-- The contract that an ID is answered by, once its own was succeeded.
ALTER TABLE support_ids ADD COLUMN successor_id UUID REFERENCES contracts (id);
CREATE INDEX support_ids_by_successor ON support_ids (successor_id);

-- The ledger says of a succession, too.
ALTER TABLE contract_changes DROP CONSTRAINT contract_changes_kind_check;
ALTER TABLE contract_changes ADD CONSTRAINT contract_changes_kind_check
    CHECK (kind IN ('registered', 'changed', 'renewed', 'suspended', 'resumed', 'succeeded'));

-- The terms whose end was told beforehand.
CREATE TABLE contract_endings (
    contract_id UUID NOT NULL REFERENCES contracts (id),
    ends_on DATE NOT NULL,
    told_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (contract_id, ends_on)
);

-- A call that is sent again is counted once: by its key and body.
ALTER TABLE redirections ADD COLUMN call_digest BYTEA;
CREATE INDEX redirections_by_call ON redirections (call_digest);
