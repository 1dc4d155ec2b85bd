-- What the desk knows, in questions and answers. A FAQ has revisions; outside the desk the one is
-- read that was published last.
CREATE TABLE faqs (
    id UUID PRIMARY KEY,
    import_key TEXT UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'withdrawn')),
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    published_revision INTEGER,
    inquiry_id UUID REFERENCES inquiries (id),
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    published_at TIMESTAMPTZ,
    CHECK ((state = 'published') = (published_revision IS NOT NULL))
);

CREATE TABLE faq_revisions (
    faq_id UUID NOT NULL REFERENCES faqs (id),
    revision INTEGER NOT NULL,
    id UUID NOT NULL UNIQUE,
    content JSONB NOT NULL,
    written_by_kind TEXT NOT NULL,
    written_by_id UUID,
    written_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (faq_id, revision)
);

-- The search's rows: the packed terms of each text that can be found, numbered by the change that
-- wrote them. What can no longer be found has a row without terms, so that every node learns of it.
CREATE TABLE faq_index (
    faq_id UUID NOT NULL REFERENCES faqs (id),
    face TEXT NOT NULL CHECK (face IN ('public', 'working')),
    changed_in BIGINT NOT NULL,
    current BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    language TEXT NOT NULL,
    product_ids JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    terms BYTEA,
    PRIMARY KEY (faq_id, face)
);
CREATE INDEX faq_index_by_change ON faq_index (changed_in);

-- One row: the number of the latest change of what the search looks at.
CREATE TABLE faq_index_version (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO faq_index_version (id, version) VALUES (1, 0);

CREATE TABLE faq_feedback (
    id UUID PRIMARY KEY,
    faq_id UUID NOT NULL REFERENCES faqs (id),
    given_by_id UUID NOT NULL,
    helpful BOOLEAN NOT NULL,
    given_at TIMESTAMPTZ NOT NULL,
    UNIQUE (faq_id, given_by_id)
);

-- What was looked for and not found: the words alone, of nobody.
CREATE TABLE faq_misses (
    id UUID PRIMARY KEY,
    query TEXT NOT NULL UNIQUE,
    misses INTEGER NOT NULL,
    first_missed_at TIMESTAMPTZ NOT NULL,
    last_missed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX faq_misses_by_time ON faq_misses (last_missed_at, id);

CREATE TABLE faq_synonyms (
    id UUID PRIMARY KEY,
    terms JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
