-- What the desk knows, in questions and answers. A FAQ has revisions; outside the desk the one is
-- read that was published last.
CREATE TABLE faqs (
    id BLOB PRIMARY KEY,
    import_key TEXT UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'withdrawn')),
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    published_revision INTEGER,
    inquiry_id BLOB REFERENCES inquiries (id),
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    published_at INTEGER,
    CHECK ((state = 'published') = (published_revision IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE faq_revisions (
    faq_id BLOB NOT NULL REFERENCES faqs (id),
    revision INTEGER NOT NULL,
    id BLOB NOT NULL UNIQUE,
    content TEXT NOT NULL,
    written_by_kind TEXT NOT NULL,
    written_by_id BLOB,
    written_at INTEGER NOT NULL,
    PRIMARY KEY (faq_id, revision)
) STRICT;

-- The search's rows: the packed terms of each text that can be found, numbered by the change that
-- wrote them. What can no longer be found has a row without terms, so that every node learns of it.
CREATE TABLE faq_index (
    faq_id BLOB NOT NULL REFERENCES faqs (id),
    face TEXT NOT NULL CHECK (face IN ('public', 'working')),
    changed_in INTEGER NOT NULL,
    current INTEGER NOT NULL,
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    language TEXT NOT NULL,
    product_ids TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    terms BLOB,
    PRIMARY KEY (faq_id, face)
) STRICT;
CREATE INDEX faq_index_by_change ON faq_index (changed_in);

-- One row: the number of the latest change of what the search looks at.
CREATE TABLE faq_index_version (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO faq_index_version (id, version) VALUES (1, 0);

CREATE TABLE faq_feedback (
    id BLOB PRIMARY KEY,
    faq_id BLOB NOT NULL REFERENCES faqs (id),
    given_by_id BLOB NOT NULL,
    helpful INTEGER NOT NULL,
    given_at INTEGER NOT NULL,
    UNIQUE (faq_id, given_by_id)
) STRICT, WITHOUT ROWID;

-- What was looked for and not found: the words alone, of nobody.
CREATE TABLE faq_misses (
    id BLOB PRIMARY KEY,
    query TEXT NOT NULL UNIQUE,
    misses INTEGER NOT NULL,
    first_missed_at INTEGER NOT NULL,
    last_missed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX faq_misses_by_time ON faq_misses (last_missed_at, id);

CREATE TABLE faq_synonyms (
    id BLOB PRIMARY KEY,
    terms TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
