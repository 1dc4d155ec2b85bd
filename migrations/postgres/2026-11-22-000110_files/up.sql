-- Names in the store that no row speaks for: an upload that is under way, or content that is to be
-- taken away. What is still here when it is due is deleted from the store.
CREATE TABLE unowned_files (
    name TEXT PRIMARY KEY,
    due_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX unowned_files_due ON unowned_files (due_at);

-- `file` is the name in the store; it goes with the content, the rest stays as the record.
CREATE TABLE attachments (
    id UUID PRIMARY KEY,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('log', 'screenshot', 'sample', 'configuration', 'other')),
    size BIGINT NOT NULL CHECK (size >= 0),
    sha256 BYTEA NOT NULL,
    file TEXT UNIQUE,
    shareable_with_vendor BOOLEAN NOT NULL,
    consent JSONB,
    author_kind TEXT NOT NULL,
    author_id UUID NOT NULL,
    version INTEGER NOT NULL,
    added_at TIMESTAMPTZ NOT NULL,
    erased_at TIMESTAMPTZ,
    CHECK ((file IS NULL) = (erased_at IS NOT NULL))
);
CREATE INDEX attachments_in_order ON attachments (inquiry_id, added_at, id);

-- What was taken away, by its hash. `content_id` names the message or attachment; customer
-- information is named by its inquiry.
CREATE TABLE erasures (
    id UUID PRIMARY KEY,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    content TEXT NOT NULL CHECK (content IN ('customer_information', 'attachment', 'message')),
    content_id UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    reason TEXT,
    erased_by_kind TEXT NOT NULL,
    erased_by_id UUID,
    erased_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX erasures_in_order ON erasures (inquiry_id, erased_at, id);

-- Who of the desk and which script read what the customer entrusted.
CREATE TABLE content_reads (
    id UUID PRIMARY KEY,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    content TEXT NOT NULL CHECK (content IN ('customer_information', 'attachment')),
    content_id UUID NOT NULL,
    reader_kind TEXT NOT NULL,
    reader_id UUID NOT NULL,
    read_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX content_reads_in_order ON content_reads (inquiry_id, read_at, id);

ALTER TABLE customer_information ADD COLUMN written_by_kind TEXT NOT NULL DEFAULT 'customer';
ALTER TABLE customer_information ADD COLUMN written_by_id UUID;
ALTER TABLE customer_information ADD COLUMN erased_at TIMESTAMPTZ;
UPDATE customer_information SET
    written_by_kind = (SELECT opened_by_kind FROM inquiry_openings o WHERE o.inquiry_id = customer_information.inquiry_id),
    written_by_id = (SELECT opened_by_id FROM inquiry_openings o WHERE o.inquiry_id = customer_information.inquiry_id);

ALTER TABLE messages ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE messages ADD COLUMN consent JSONB;
ALTER TABLE messages ADD COLUMN masked_at TIMESTAMPTZ;

ALTER TABLE escalations ADD COLUMN attachment_ids JSONB NOT NULL DEFAULT '[]';

CREATE INDEX inquiries_closed ON inquiries (closed_at);
