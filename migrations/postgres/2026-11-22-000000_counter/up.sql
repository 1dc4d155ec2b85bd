-- The desk, its keys and its callers ---------------------------------------
CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    public_key BYTEA NOT NULL,
    sealed_private_key BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    retired_at TIMESTAMPTZ
);

CREATE TABLE staff (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('agent', 'manager')),
    password_hash TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    deactivation_reason TEXT,
    version INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE resellers (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    contact_name TEXT NOT NULL,
    contact_email TEXT NOT NULL,
    contact_phone TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE clients (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('partner', 'robot')),
    reseller_id UUID REFERENCES resellers (id),
    granted_by UUID NOT NULL REFERENCES staff (id),
    active BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    CHECK ((kind = 'partner') = (reseller_id IS NOT NULL))
);

CREATE TABLE client_scopes (
    client_id UUID NOT NULL REFERENCES clients (id),
    scope TEXT NOT NULL,
    PRIMARY KEY (client_id, scope)
);

CREATE TABLE client_secrets (
    id UUID PRIMARY KEY,
    client_id UUID NOT NULL REFERENCES clients (id),
    digest BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX client_secrets_by_client ON client_secrets (client_id);

-- Products ------------------------------------------------------------------
CREATE TABLE products (
    id UUID PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    vendor TEXT NOT NULL,
    delivery TEXT NOT NULL CHECK (delivery IN ('software', 'saas')),
    version INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE product_versions (
    id UUID PRIMARY KEY,
    product_id UUID NOT NULL REFERENCES products (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    UNIQUE (product_id, name)
);

-- What is known of a version, never rewritten: the fact in effect on a day is the one with the
-- greatest effective_on that is not after it, and of those the one recorded last.
CREATE TABLE product_version_facts (
    id UUID PRIMARY KEY,
    product_version_id UUID NOT NULL REFERENCES product_versions (id),
    effective_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    released_by_us_on DATE,
    vendor_supported_until_on DATE
);
CREATE INDEX product_version_facts_in_order ON product_version_facts (product_version_id, effective_on, id);

-- Contracts -----------------------------------------------------------------
CREATE TABLE contracts (
    id UUID PRIMARY KEY,
    maintenance_id TEXT,
    contract_id TEXT,
    customer_name TEXT NOT NULL,
    site_country TEXT NOT NULL,
    partner_access TEXT NOT NULL CHECK (partner_access IN ('none', 'summary', 'full')),
    terms_version TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    CHECK (maintenance_id IS NOT NULL OR contract_id IS NOT NULL)
);
CREATE INDEX contracts_by_change ON contracts (changed_at, id);
CREATE INDEX contracts_newest ON contracts (created_at, id);

-- Both kinds of ID in one key, so that they are unique together.
CREATE TABLE support_ids (
    canonical TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('maintenance_id', 'contract_id')),
    contract_id UUID NOT NULL REFERENCES contracts (id),
    UNIQUE (contract_id, kind)
);

-- The ledger: what the gate judges by, as it came to be known. Append only.
CREATE TABLE contract_changes (
    id UUID PRIMARY KEY,
    contract_id UUID NOT NULL REFERENCES contracts (id),
    kind TEXT NOT NULL CHECK (kind IN ('registered', 'changed', 'renewed', 'suspended', 'resumed')),
    effective_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    reason TEXT,
    facts JSONB NOT NULL
);
CREATE INDEX contract_changes_in_order ON contract_changes (contract_id, effective_on, id);

-- The ledger unrolled: the facts of each day of a contract's life, made again with every change.
-- The IDs and what the reseller may see are the contract's own on all days, kept here too, so that
-- a reader needs no other row of the contract.
CREATE TABLE contract_spans (
    contract_id UUID NOT NULL REFERENCES contracts (id),
    from_on DATE NOT NULL,
    until_on DATE NOT NULL,
    condition TEXT NOT NULL CHECK (condition IN ('not_started', 'expired', 'suspended', 'in_force')),
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    reseller_id UUID REFERENCES resellers (id),
    product_ids JSONB NOT NULL,
    services JSONB NOT NULL,
    maintenance_id TEXT,
    printed_contract_id TEXT,
    partner_access TEXT NOT NULL,
    PRIMARY KEY (contract_id, from_on)
);
CREATE INDEX contract_spans_by_reseller ON contract_spans (reseller_id, contract_id);
CREATE INDEX contract_spans_by_end ON contract_spans (ends_on, contract_id);

CREATE TABLE contract_span_products (
    contract_id UUID NOT NULL,
    from_on DATE NOT NULL,
    product_id UUID NOT NULL REFERENCES products (id),
    PRIMARY KEY (contract_id, from_on, product_id),
    FOREIGN KEY (contract_id, from_on) REFERENCES contract_spans (contract_id, from_on) ON DELETE CASCADE
);
CREATE INDEX contract_span_products_by_product ON contract_span_products (product_id, contract_id);

CREATE TABLE administrators (
    id UUID PRIMARY KEY,
    contract_id UUID NOT NULL REFERENCES contracts (id),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    UNIQUE (contract_id, email)
);

-- Support Web accounts and sessions -------------------------------------------
CREATE TABLE accounts (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    version INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE account_links (
    account_id UUID NOT NULL REFERENCES accounts (id),
    contract_id UUID NOT NULL REFERENCES contracts (id),
    state TEXT NOT NULL CHECK (state IN ('awaiting_approval', 'active', 'deactivated')),
    linked_since TIMESTAMPTZ NOT NULL,
    linked_until TIMESTAMPTZ,
    deactivation_reason TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (account_id, contract_id)
);
CREATE INDEX account_links_by_contract ON account_links (contract_id, account_id);

-- contract_id is the contract that support_id is answered by, kept in step with support_ids.
CREATE TABLE sessions (
    id UUID PRIMARY KEY,
    holder_kind TEXT NOT NULL CHECK (holder_kind IN ('account', 'staff')),
    holder_id UUID NOT NULL,
    support_id TEXT,
    contract_id UUID REFERENCES contracts (id),
    created_at TIMESTAMPTZ NOT NULL,
    idle_expires_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
CREATE INDEX sessions_by_holder ON sessions (holder_id);
CREATE INDEX sessions_by_support_id ON sessions (support_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    digest BYTEA PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- Failed tries to sign in, by digests of who and whence: no address is kept.
CREATE TABLE sign_in_failures (
    id UUID PRIMARY KEY,
    subject BYTEA NOT NULL,
    failed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_in_failures_recent ON sign_in_failures (subject, failed_at);

-- The calendar ------------------------------------------------------------------
CREATE TABLE calendar_days (
    day_on DATE PRIMARY KEY,
    effect TEXT NOT NULL CHECK (effect IN ('closed', 'open')),
    kind TEXT NOT NULL CHECK (kind IN ('company_holiday', 'year_end', 'law')),
    name TEXT NOT NULL,
    source TEXT,
    version INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- Inquiries ---------------------------------------------------------------------
-- The state is derived from turn, taken, open_requests, open_escalations, closure_id and
-- superseded_by by one pure function, and kept so that lists can use an index. closure_code and
-- closed_at are the decision's own, which never change, so that lists need not look it up.
CREATE TABLE inquiries (
    id UUID PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    contract_id UUID NOT NULL REFERENCES contracts (id),
    product_id UUID NOT NULL REFERENCES products (id),
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    matter TEXT,
    product_version TEXT,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    effective_received_at TIMESTAMPTZ NOT NULL,
    last_message_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    assignee_id UUID REFERENCES staff (id),
    priority TEXT,
    category TEXT,
    tags JSONB NOT NULL,
    follow_up_on DATE,
    opener_reseller_id UUID REFERENCES resellers (id),
    external_reference TEXT,
    overridden BOOLEAN NOT NULL,
    turn TEXT NOT NULL CHECK (turn IN ('nobody', 'desk', 'other')),
    taken BOOLEAN NOT NULL,
    open_requests INTEGER NOT NULL CHECK (open_requests >= 0),
    open_escalations INTEGER NOT NULL CHECK (open_escalations >= 0),
    closure_id UUID,
    closure_code TEXT,
    closed_at TIMESTAMPTZ,
    superseded_by UUID REFERENCES inquiries (id)
);
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
    inquiry_id UUID PRIMARY KEY REFERENCES inquiries (id),
    body TEXT NOT NULL,
    presented_support_id TEXT NOT NULL,
    requester JSONB NOT NULL,
    watchers JSONB NOT NULL,
    opened_by_kind TEXT NOT NULL,
    opened_by_id UUID NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    call JSONB,
    override_given JSONB,
    follows UUID REFERENCES inquiries (id),
    resubmits UUID REFERENCES inquiries (id),
    target_version TEXT,
    terms_version TEXT NOT NULL,
    judged JSONB NOT NULL
);
CREATE INDEX inquiry_openings_follows ON inquiry_openings (follows);

CREATE TABLE inquiry_tags (
    tag TEXT NOT NULL,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    received_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tag, inquiry_id)
);
CREATE INDEX inquiry_tags_newest ON inquiry_tags (tag, received_at, inquiry_id);
CREATE INDEX inquiry_tags_by_inquiry ON inquiry_tags (inquiry_id);

CREATE TABLE customer_information (
    inquiry_id UUID PRIMARY KEY REFERENCES inquiries (id),
    environment TEXT,
    settings TEXT,
    operations TEXT,
    version INTEGER NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE messages (
    id UUID PRIMARY KEY,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    message_type TEXT NOT NULL CHECK (message_type IN ('answer', 'message')),
    channel TEXT NOT NULL,
    body TEXT,
    marks JSONB NOT NULL,
    faq_ids JSONB NOT NULL,
    escalation_id UUID,
    shareable_with_vendor BOOLEAN NOT NULL,
    language TEXT NOT NULL,
    origin TEXT NOT NULL,
    call JSONB,
    customer_side BOOLEAN NOT NULL,
    author_kind TEXT NOT NULL,
    author_id UUID NOT NULL,
    posted_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX messages_in_order ON messages (inquiry_id, posted_at, id);

CREATE TABLE investigation_steps (
    id UUID PRIMARY KEY,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    kind TEXT NOT NULL,
    summary TEXT NOT NULL,
    performed_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    recorded_by_kind TEXT NOT NULL,
    recorded_by_id UUID NOT NULL
);
CREATE INDEX investigation_steps_in_order ON investigation_steps (inquiry_id, recorded_at, id);

CREATE TABLE reclassifications (
    id UUID PRIMARY KEY,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    before_facts JSONB NOT NULL,
    after_facts JSONB NOT NULL,
    reason TEXT NOT NULL,
    reclassified_by UUID NOT NULL,
    reclassified_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX reclassifications_in_order ON reclassifications (inquiry_id, reclassified_at, id);

CREATE TABLE information_requests (
    id UUID PRIMARY KEY,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    items JSONB NOT NULL,
    target_version TEXT,
    requested_by_kind TEXT NOT NULL,
    requested_by_id UUID,
    requested_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    ended_by TEXT CHECK (ended_by IN ('result', 'withdrawal', 'closure', 'supersession')),
    result JSONB
);
CREATE INDEX information_requests_in_order ON information_requests (inquiry_id, requested_at, id);

CREATE TABLE escalations (
    id UUID PRIMARY KEY,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    question TEXT NOT NULL,
    message_ids JSONB NOT NULL,
    escalated_by UUID NOT NULL,
    escalated_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
CREATE INDEX escalations_in_order ON escalations (inquiry_id, escalated_at, id);

CREATE TABLE vendor_answers (
    id UUID PRIMARY KEY,
    escalation_id UUID NOT NULL REFERENCES escalations (id),
    outcome TEXT NOT NULL,
    body TEXT,
    language TEXT NOT NULL,
    disclosure TEXT NOT NULL CHECK (disclosure IN ('permitted', 'refused', 'pending')),
    vendor_reference TEXT,
    vendor_defect_id TEXT,
    recorded_by UUID NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX vendor_answers_in_order ON vendor_answers (escalation_id, recorded_at, id);

-- A decision is never deleted or rewritten; a revocation stands beside it, and in revoked_at.
CREATE TABLE closure_decisions (
    id UUID PRIMARY KEY,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    contract_id UUID NOT NULL REFERENCES contracts (id),
    product_id UUID NOT NULL REFERENCES products (id),
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    clause TEXT NOT NULL,
    terms_version TEXT NOT NULL,
    evidence JSONB NOT NULL,
    decided_by_kind TEXT NOT NULL,
    decided_by_id UUID NOT NULL,
    granted_by_id UUID,
    decided_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX closure_decisions_newest ON closure_decisions (decided_at, id);
CREATE INDEX closure_decisions_by_inquiry ON closure_decisions (inquiry_id, decided_at, id);
CREATE INDEX closure_decisions_by_contract ON closure_decisions (contract_id, decided_at, id);
-- Of the decisions on an inquiry one at most is in effect.
CREATE UNIQUE INDEX closure_decisions_in_effect ON closure_decisions (inquiry_id) WHERE revoked_at IS NULL;

CREATE TABLE closure_revocations (
    id UUID PRIMARY KEY,
    decision_id UUID NOT NULL UNIQUE REFERENCES closure_decisions (id),
    reason TEXT NOT NULL,
    revoked_by UUID NOT NULL,
    revoked_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE redirections (
    id UUID PRIMARY KEY,
    topic TEXT NOT NULL,
    channel TEXT NOT NULL,
    contract_id UUID NOT NULL REFERENCES contracts (id),
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX redirections_newest ON redirections (recorded_at, id);

-- The journal -------------------------------------------------------------------
-- seq and the hashes are given by the sealer, after the commit that wrote the row.
CREATE TABLE events (
    id UUID PRIMARY KEY,
    event_type TEXT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    subject_kind TEXT NOT NULL,
    subject_id UUID,
    contract_id UUID,
    reseller_id UUID,
    data JSONB NOT NULL,
    seq BIGINT UNIQUE,
    previous_hash BYTEA,
    hash BYTEA
);
CREATE INDEX events_unsealed ON events (id) WHERE seq IS NULL;
CREATE INDEX events_by_subject ON events (subject_id, seq);

CREATE TABLE reseller_events (
    reseller_id UUID NOT NULL REFERENCES resellers (id),
    seq BIGINT NOT NULL,
    event_id UUID NOT NULL REFERENCES events (id),
    previous_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (reseller_id, seq)
);

CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    status INTEGER NOT NULL,
    headers JSONB NOT NULL,
    body BYTEA NOT NULL,
    stored_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (caller, method, path, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (stored_at);
