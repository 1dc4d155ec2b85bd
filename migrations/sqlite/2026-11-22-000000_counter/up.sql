-- The desk, its keys and its callers ---------------------------------------
CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    public_key BLOB NOT NULL,
    sealed_private_key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;

CREATE TABLE staff (
    id BLOB PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('agent', 'manager')),
    password_hash TEXT NOT NULL,
    active INTEGER NOT NULL,
    deactivation_reason TEXT,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE resellers (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    contact_name TEXT NOT NULL,
    contact_email TEXT NOT NULL,
    contact_phone TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE clients (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('partner', 'robot')),
    reseller_id BLOB REFERENCES resellers (id),
    granted_by BLOB NOT NULL REFERENCES staff (id),
    active INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    CHECK ((kind = 'partner') = (reseller_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE client_scopes (
    client_id BLOB NOT NULL REFERENCES clients (id),
    scope TEXT NOT NULL,
    PRIMARY KEY (client_id, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE client_secrets (
    id BLOB PRIMARY KEY,
    client_id BLOB NOT NULL REFERENCES clients (id),
    digest BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX client_secrets_by_client ON client_secrets (client_id);

-- Products ------------------------------------------------------------------
CREATE TABLE products (
    id BLOB PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    vendor TEXT NOT NULL,
    delivery TEXT NOT NULL CHECK (delivery IN ('software', 'saas')),
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE product_versions (
    id BLOB PRIMARY KEY,
    product_id BLOB NOT NULL REFERENCES products (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (product_id, name)
) STRICT;

-- What is known of a version, never rewritten: the fact in effect on a day is the one with the
-- greatest effective_on that is not after it, and of those the one recorded last.
CREATE TABLE product_version_facts (
    id BLOB PRIMARY KEY,
    product_version_id BLOB NOT NULL REFERENCES product_versions (id),
    effective_on TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    released_by_us_on TEXT,
    vendor_supported_until_on TEXT
) STRICT;
CREATE INDEX product_version_facts_in_order ON product_version_facts (product_version_id, effective_on, id);

-- Contracts -----------------------------------------------------------------
CREATE TABLE contracts (
    id BLOB PRIMARY KEY,
    maintenance_id TEXT,
    contract_id TEXT,
    customer_name TEXT NOT NULL,
    site_country TEXT NOT NULL,
    partner_access TEXT NOT NULL CHECK (partner_access IN ('none', 'summary', 'full')),
    terms_version TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    CHECK (maintenance_id IS NOT NULL OR contract_id IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX contracts_by_change ON contracts (changed_at, id);
CREATE INDEX contracts_newest ON contracts (created_at, id);

-- Both kinds of ID in one key, so that they are unique together.
CREATE TABLE support_ids (
    canonical TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('maintenance_id', 'contract_id')),
    contract_id BLOB NOT NULL REFERENCES contracts (id),
    UNIQUE (contract_id, kind)
) STRICT, WITHOUT ROWID;

-- The ledger: what the gate judges by, as it came to be known. Append only.
CREATE TABLE contract_changes (
    id BLOB PRIMARY KEY,
    contract_id BLOB NOT NULL REFERENCES contracts (id),
    kind TEXT NOT NULL CHECK (kind IN ('registered', 'changed', 'renewed', 'suspended', 'resumed')),
    effective_on TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    reason TEXT,
    facts TEXT NOT NULL
) STRICT;
CREATE INDEX contract_changes_in_order ON contract_changes (contract_id, effective_on, id);

-- The ledger unrolled: the facts of each day of a contract's life, made again with every change.
-- The IDs and what the reseller may see are the contract's own on all days, kept here too, so that
-- a reader needs no other row of the contract.
CREATE TABLE contract_spans (
    contract_id BLOB NOT NULL REFERENCES contracts (id),
    from_on TEXT NOT NULL,
    until_on TEXT NOT NULL,
    condition TEXT NOT NULL CHECK (condition IN ('not_started', 'expired', 'suspended', 'in_force')),
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    reseller_id BLOB REFERENCES resellers (id),
    product_ids TEXT NOT NULL,
    services TEXT NOT NULL,
    maintenance_id TEXT,
    printed_contract_id TEXT,
    partner_access TEXT NOT NULL,
    PRIMARY KEY (contract_id, from_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX contract_spans_by_reseller ON contract_spans (reseller_id, contract_id);
CREATE INDEX contract_spans_by_end ON contract_spans (ends_on, contract_id);

CREATE TABLE contract_span_products (
    contract_id BLOB NOT NULL,
    from_on TEXT NOT NULL,
    product_id BLOB NOT NULL REFERENCES products (id),
    PRIMARY KEY (contract_id, from_on, product_id),
    FOREIGN KEY (contract_id, from_on) REFERENCES contract_spans (contract_id, from_on) ON DELETE CASCADE
) STRICT;
CREATE INDEX contract_span_products_by_product ON contract_span_products (product_id, contract_id);

CREATE TABLE administrators (
    id BLOB PRIMARY KEY,
    contract_id BLOB NOT NULL REFERENCES contracts (id),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (contract_id, email)
) STRICT;

-- Support Web accounts and sessions -------------------------------------------
CREATE TABLE accounts (
    id BLOB PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account_links (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    contract_id BLOB NOT NULL REFERENCES contracts (id),
    state TEXT NOT NULL CHECK (state IN ('awaiting_approval', 'active', 'deactivated')),
    linked_since INTEGER NOT NULL,
    linked_until INTEGER,
    deactivation_reason TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (account_id, contract_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_links_by_contract ON account_links (contract_id, account_id);

-- contract_id is the contract that support_id is answered by, kept in step with support_ids.
CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    holder_kind TEXT NOT NULL CHECK (holder_kind IN ('account', 'staff')),
    holder_id BLOB NOT NULL,
    support_id TEXT,
    contract_id BLOB REFERENCES contracts (id),
    created_at INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_holder ON sessions (holder_id);
CREATE INDEX sessions_by_support_id ON sessions (support_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    digest BLOB PRIMARY KEY,
    session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- Failed tries to sign in, by digests of who and whence: no address is kept.
CREATE TABLE sign_in_failures (
    id BLOB PRIMARY KEY,
    subject BLOB NOT NULL,
    failed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_failures_recent ON sign_in_failures (subject, failed_at);

-- The calendar ------------------------------------------------------------------
CREATE TABLE calendar_days (
    day_on TEXT PRIMARY KEY,
    effect TEXT NOT NULL CHECK (effect IN ('closed', 'open')),
    kind TEXT NOT NULL CHECK (kind IN ('company_holiday', 'year_end', 'law')),
    name TEXT NOT NULL,
    source TEXT,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- Inquiries ---------------------------------------------------------------------
-- The state is derived from turn, taken, open_requests, open_escalations, closure_id and
-- superseded_by by one pure function, and kept so that lists can use an index. closure_code and
-- closed_at are the decision's own, which never change, so that lists need not look it up.
CREATE TABLE inquiries (
    id BLOB PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    contract_id BLOB NOT NULL REFERENCES contracts (id),
    product_id BLOB NOT NULL REFERENCES products (id),
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    matter TEXT,
    product_version TEXT,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    effective_received_at INTEGER NOT NULL,
    last_message_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    assignee_id BLOB REFERENCES staff (id),
    priority TEXT,
    category TEXT,
    tags TEXT NOT NULL,
    follow_up_on TEXT,
    opener_reseller_id BLOB REFERENCES resellers (id),
    external_reference TEXT,
    overridden INTEGER NOT NULL,
    turn TEXT NOT NULL CHECK (turn IN ('nobody', 'desk', 'other')),
    taken INTEGER NOT NULL,
    open_requests INTEGER NOT NULL CHECK (open_requests >= 0),
    open_escalations INTEGER NOT NULL CHECK (open_escalations >= 0),
    closure_id BLOB,
    closure_code TEXT,
    closed_at INTEGER,
    superseded_by BLOB REFERENCES inquiries (id)
) STRICT;
CREATE INDEX inquiries_newest ON inquiries (received_at, id);
CREATE INDEX inquiries_by_contract ON inquiries (contract_id, received_at, id);
CREATE INDEX inquiries_by_contract_state ON inquiries (contract_id, state, received_at, id);
CREATE INDEX inquiries_by_state ON inquiries (state, received_at, id);
CREATE INDEX inquiries_by_assignee ON inquiries (assignee_id, received_at, id);
CREATE INDEX inquiries_by_assignee_state ON inquiries (assignee_id, state, received_at, id);
CREATE INDEX inquiries_by_product_state ON inquiries (product_id, state, received_at, id);
CREATE INDEX inquiries_by_change ON inquiries (changed_at, id);
CREATE UNIQUE INDEX inquiries_by_reference ON inquiries (opener_reseller_id, external_reference);

-- What was said when the inquiry was opened; never changed.
CREATE TABLE inquiry_openings (
    inquiry_id BLOB PRIMARY KEY REFERENCES inquiries (id),
    body TEXT NOT NULL,
    presented_support_id TEXT NOT NULL,
    requester TEXT NOT NULL,
    watchers TEXT NOT NULL,
    opened_by_kind TEXT NOT NULL,
    opened_by_id BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    call TEXT,
    override_given TEXT,
    follows BLOB REFERENCES inquiries (id),
    resubmits BLOB REFERENCES inquiries (id),
    target_version TEXT,
    terms_version TEXT NOT NULL,
    judged TEXT NOT NULL
) STRICT;
CREATE INDEX inquiry_openings_follows ON inquiry_openings (follows);

CREATE TABLE inquiry_tags (
    tag TEXT NOT NULL,
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    received_at INTEGER NOT NULL,
    PRIMARY KEY (tag, inquiry_id)
) STRICT;
CREATE INDEX inquiry_tags_newest ON inquiry_tags (tag, received_at, inquiry_id);
CREATE INDEX inquiry_tags_by_inquiry ON inquiry_tags (inquiry_id);

CREATE TABLE customer_information (
    inquiry_id BLOB PRIMARY KEY REFERENCES inquiries (id),
    environment TEXT,
    settings TEXT,
    operations TEXT,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE messages (
    id BLOB PRIMARY KEY,
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    message_type TEXT NOT NULL CHECK (message_type IN ('answer', 'message')),
    channel TEXT NOT NULL,
    body TEXT,
    marks TEXT NOT NULL,
    faq_ids TEXT NOT NULL,
    escalation_id BLOB,
    shareable_with_vendor INTEGER NOT NULL,
    language TEXT NOT NULL,
    origin TEXT NOT NULL,
    call TEXT,
    customer_side INTEGER NOT NULL,
    author_kind TEXT NOT NULL,
    author_id BLOB NOT NULL,
    posted_at INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_in_order ON messages (inquiry_id, posted_at, id);

CREATE TABLE investigation_steps (
    id BLOB PRIMARY KEY,
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    kind TEXT NOT NULL,
    summary TEXT NOT NULL,
    performed_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by_kind TEXT NOT NULL,
    recorded_by_id BLOB NOT NULL
) STRICT;
CREATE INDEX investigation_steps_in_order ON investigation_steps (inquiry_id, recorded_at, id);

CREATE TABLE reclassifications (
    id BLOB PRIMARY KEY,
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    before_facts TEXT NOT NULL,
    after_facts TEXT NOT NULL,
    reason TEXT NOT NULL,
    reclassified_by BLOB NOT NULL,
    reclassified_at INTEGER NOT NULL
) STRICT;
CREATE INDEX reclassifications_in_order ON reclassifications (inquiry_id, reclassified_at, id);

CREATE TABLE information_requests (
    id BLOB PRIMARY KEY,
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    items TEXT NOT NULL,
    target_version TEXT,
    requested_by_kind TEXT NOT NULL,
    requested_by_id BLOB,
    requested_at INTEGER NOT NULL,
    ended_at INTEGER,
    ended_by TEXT CHECK (ended_by IN ('result', 'withdrawal', 'closure', 'supersession')),
    result TEXT
) STRICT;
CREATE INDEX information_requests_in_order ON information_requests (inquiry_id, requested_at, id);

CREATE TABLE escalations (
    id BLOB PRIMARY KEY,
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    question TEXT NOT NULL,
    message_ids TEXT NOT NULL,
    escalated_by BLOB NOT NULL,
    escalated_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX escalations_in_order ON escalations (inquiry_id, escalated_at, id);

CREATE TABLE vendor_answers (
    id BLOB PRIMARY KEY,
    escalation_id BLOB NOT NULL REFERENCES escalations (id),
    outcome TEXT NOT NULL,
    body TEXT,
    language TEXT NOT NULL,
    disclosure TEXT NOT NULL CHECK (disclosure IN ('permitted', 'refused', 'pending')),
    vendor_reference TEXT,
    vendor_defect_id TEXT,
    recorded_by BLOB NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX vendor_answers_in_order ON vendor_answers (escalation_id, recorded_at, id);

-- A decision is never deleted or rewritten; a revocation stands beside it, and in revoked_at.
CREATE TABLE closure_decisions (
    id BLOB PRIMARY KEY,
    inquiry_id BLOB NOT NULL REFERENCES inquiries (id),
    contract_id BLOB NOT NULL REFERENCES contracts (id),
    product_id BLOB NOT NULL REFERENCES products (id),
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    clause TEXT NOT NULL,
    terms_version TEXT NOT NULL,
    evidence TEXT NOT NULL,
    decided_by_kind TEXT NOT NULL,
    decided_by_id BLOB NOT NULL,
    granted_by_id BLOB,
    decided_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX closure_decisions_newest ON closure_decisions (decided_at, id);
CREATE INDEX closure_decisions_by_inquiry ON closure_decisions (inquiry_id, decided_at, id);
CREATE INDEX closure_decisions_by_contract ON closure_decisions (contract_id, decided_at, id);
-- Of the decisions on an inquiry one at most is in effect.
CREATE UNIQUE INDEX closure_decisions_in_effect ON closure_decisions (inquiry_id) WHERE revoked_at IS NULL;

CREATE TABLE closure_revocations (
    id BLOB PRIMARY KEY,
    decision_id BLOB NOT NULL UNIQUE REFERENCES closure_decisions (id),
    reason TEXT NOT NULL,
    revoked_by BLOB NOT NULL,
    revoked_at INTEGER NOT NULL
) STRICT;

CREATE TABLE redirections (
    id BLOB PRIMARY KEY,
    topic TEXT NOT NULL,
    channel TEXT NOT NULL,
    contract_id BLOB NOT NULL REFERENCES contracts (id),
    recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX redirections_newest ON redirections (recorded_at, id);

-- The journal -------------------------------------------------------------------
-- seq and the hashes are given by the sealer, after the commit that wrote the row.
CREATE TABLE events (
    id BLOB PRIMARY KEY,
    event_type TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    subject_kind TEXT NOT NULL,
    subject_id BLOB,
    contract_id BLOB,
    reseller_id BLOB,
    data TEXT NOT NULL,
    seq INTEGER UNIQUE,
    previous_hash BLOB,
    hash BLOB
) STRICT;
CREATE INDEX events_unsealed ON events (id) WHERE seq IS NULL;
CREATE INDEX events_by_subject ON events (subject_id, seq);

CREATE TABLE reseller_events (
    reseller_id BLOB NOT NULL REFERENCES resellers (id),
    seq INTEGER NOT NULL,
    event_id BLOB NOT NULL REFERENCES events (id),
    previous_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (reseller_id, seq)
) STRICT;

CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (caller, method, path, idempotency_key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (stored_at);
