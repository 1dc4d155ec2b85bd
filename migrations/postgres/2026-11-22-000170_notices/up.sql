-- Release notices ---------------------------------------------------------------
-- listed_at is what lists are ordered by: when it was drafted and, from then on, announced.
CREATE TABLE release_notices (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('version_upgrade_program', 'patch', 'important_announcement', 'alert')),
    state TEXT NOT NULL CHECK (state IN ('draft', 'announced', 'withdrawn')),
    product_ids JSONB NOT NULL,
    affected_versions JSONB NOT NULL,
    to_version TEXT,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    language TEXT NOT NULL,
    origin TEXT NOT NULL,
    vendor_announced_on DATE NOT NULL,
    fixes JSONB NOT NULL,
    download_ids JSONB NOT NULL,
    corrects UUID REFERENCES release_notices (id),
    beyond_terms BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    created_by UUID NOT NULL REFERENCES staff (id),
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    listed_at TIMESTAMPTZ NOT NULL,
    announced_at TIMESTAMPTZ,
    withdrawn_at TIMESTAMPTZ,
    withdrawal_reason TEXT,
    CHECK ((state = 'draft') = (announced_at IS NULL)),
    CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL))
);
CREATE INDEX release_notices_newest ON release_notices (listed_at, id);
CREATE INDEX release_notices_corrections ON release_notices (corrects, id);
CREATE INDEX release_notices_announced ON release_notices (announced_at, id);

CREATE TABLE release_notice_products (
    notice_id UUID NOT NULL REFERENCES release_notices (id) ON DELETE CASCADE,
    product_id UUID NOT NULL REFERENCES products (id),
    PRIMARY KEY (notice_id, product_id)
);
CREATE INDEX release_notice_products_by_product ON release_notice_products (product_id, notice_id);

-- Subscriptions -----------------------------------------------------------------
-- unsubscribe_key stands in every mail and does nothing but end mail, so it is kept as it is.
CREATE TABLE notice_subscriptions (
    id UUID PRIMARY KEY,
    contract_id UUID NOT NULL REFERENCES contracts (id),
    email TEXT NOT NULL,
    product_ids JSONB NOT NULL,
    kinds JSONB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('applied', 'registered', 'ended')),
    way TEXT NOT NULL CHECK (way IN ('support_web', 'phone', 'paper')),
    applied_on DATE NOT NULL,
    applied_by_kind TEXT NOT NULL,
    applied_by_id UUID NOT NULL,
    reseller_id UUID REFERENCES resellers (id),
    applied_at TIMESTAMPTZ NOT NULL,
    registered_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    ended_by TEXT CHECK (ended_by IN ('applicant', 'desk', 'unsubscribed', 'replaced')),
    unsubscribe_key TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
    CHECK (state <> 'registered' OR registered_at IS NOT NULL)
);
CREATE INDEX notice_subscriptions_newest ON notice_subscriptions (applied_at, id);
CREATE INDEX notice_subscriptions_by_contract ON notice_subscriptions (contract_id, applied_at, id);
CREATE INDEX notice_subscriptions_by_email ON notice_subscriptions (email, applied_at);
-- Of one address's subscriptions under a contract one at most is in effect.
CREATE UNIQUE INDEX notice_subscriptions_in_effect ON notice_subscriptions (contract_id, email) WHERE state = 'registered';

-- A subscription unrolled, while it is registered: a row for each product and kind.
CREATE TABLE notice_topics (
    product_id UUID NOT NULL REFERENCES products (id),
    kind TEXT NOT NULL,
    subscription_id UUID NOT NULL REFERENCES notice_subscriptions (id) ON DELETE CASCADE,
    PRIMARY KEY (product_id, kind, subscription_id)
);
CREATE INDEX notice_topics_by_subscription ON notice_topics (subscription_id);

-- What a mailed link proves, by the digest of its token. Good once and for a while.
CREATE TABLE subscription_confirmations (
    digest BYTEA PRIMARY KEY,
    subscription_id UUID NOT NULL REFERENCES notice_subscriptions (id) ON DELETE CASCADE,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX subscription_confirmations_by_end ON subscription_confirmations (expires_at);
CREATE INDEX subscription_confirmations_by_subscription ON subscription_confirmations (subscription_id);

-- Deliveries --------------------------------------------------------------------
-- How far the recipients of a notice are written down; the row goes when all are.
CREATE TABLE notice_fan_outs (
    notice_id UUID PRIMARY KEY REFERENCES release_notices (id),
    stage TEXT NOT NULL CHECK (stage IN ('answers', 'evidence', 'subscriptions')),
    after_id UUID
);

-- Contracts whose past has changed: what they missed since that day is queued.
CREATE TABLE notice_catch_ups (
    id UUID PRIMARY KEY,
    contract_id UUID NOT NULL REFERENCES contracts (id),
    from_on DATE NOT NULL
);

-- The ledger of recipients. due_at is when it is tried next, held_until how long it is its
-- sender's. No index has the latter, so that a page with room takes a claim without touching any.
CREATE TABLE notice_deliveries (
    id UUID PRIMARY KEY,
    notice_id UUID NOT NULL REFERENCES release_notices (id),
    recipient TEXT NOT NULL,
    subscription_id UUID NOT NULL REFERENCES notice_subscriptions (id),
    contract_id UUID NOT NULL REFERENCES contracts (id),
    inquiry_id UUID REFERENCES inquiries (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'bounced', 'dead', 'suppressed', 'cancelled')),
    attempts INTEGER NOT NULL,
    tries_left INTEGER NOT NULL CHECK (tries_left >= 0),
    queued_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    held_until TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    UNIQUE (notice_id, recipient)
) WITH (fillfactor = 70);
CREATE INDEX notice_deliveries_due ON notice_deliveries (due_at, id) WHERE state = 'waiting';
CREATE INDEX notice_deliveries_in_order ON notice_deliveries (notice_id, queued_at, id);
CREATE INDEX notice_deliveries_by_state ON notice_deliveries (notice_id, state, queued_at);
CREATE INDEX notice_deliveries_by_subscription ON notice_deliveries (subscription_id);

CREATE TABLE notice_delivery_attempts (
    delivery_id UUID NOT NULL REFERENCES notice_deliveries (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    attempted_at TIMESTAMPTZ NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('delivered', 'deferred', 'refused')),
    reply_code INTEGER,
    detail TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
);

-- Addresses that were refused for good, with how often in a row.
CREATE TABLE bounced_addresses (
    email TEXT PRIMARY KEY,
    bounces INTEGER NOT NULL,
    bounced_at TIMESTAMPTZ NOT NULL
);

-- Whom the fix of a defect was told about an inquiry that was closed on it: once.
CREATE TABLE fix_tellings (
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    vendor_defect_id TEXT NOT NULL,
    delivery_id UUID NOT NULL REFERENCES notice_deliveries (id) ON DELETE CASCADE,
    PRIMARY KEY (inquiry_id, vendor_defect_id)
);
CREATE INDEX fix_tellings_by_delivery ON fix_tellings (delivery_id);

CREATE INDEX closure_decisions_by_product ON closure_decisions (product_id, code, id);
CREATE INDEX vendor_answers_by_defect ON vendor_answers (vendor_defect_id, id);

-- Downloads ---------------------------------------------------------------------
CREATE TABLE downloads (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('program', 'patch', 'document')),
    title TEXT NOT NULL,
    description TEXT,
    product_ids JSONB NOT NULL,
    product_version TEXT,
    supplied_by_vendor_on DATE,
    link TEXT,
    file_name TEXT,
    file TEXT UNIQUE,
    size BIGINT CHECK (size >= 0),
    sha256 BYTEA,
    version INTEGER NOT NULL,
    created_by UUID NOT NULL REFERENCES staff (id),
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    CHECK (link IS NULL OR file IS NULL),
    CHECK ((file IS NULL) = (size IS NULL)),
    CHECK ((file IS NULL) = (sha256 IS NULL))
);
CREATE INDEX downloads_newest ON downloads (created_at, id);

CREATE TABLE download_products (
    download_id UUID NOT NULL REFERENCES downloads (id) ON DELETE CASCADE,
    product_id UUID NOT NULL REFERENCES products (id),
    PRIMARY KEY (download_id, product_id)
);
CREATE INDEX download_products_by_product ON download_products (product_id, download_id);

CREATE TABLE download_grants (
    id UUID PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE,
    download_id UUID NOT NULL REFERENCES downloads (id),
    contract_id UUID NOT NULL REFERENCES contracts (id),
    granted_to_kind TEXT NOT NULL,
    granted_to_id UUID NOT NULL,
    granted_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX download_grants_by_end ON download_grants (expires_at);

-- Who took what, under which contract.
CREATE TABLE download_fetches (
    id UUID PRIMARY KEY,
    download_id UUID NOT NULL REFERENCES downloads (id),
    contract_id UUID NOT NULL REFERENCES contracts (id),
    fetched_by_kind TEXT NOT NULL,
    fetched_by_id UUID NOT NULL,
    sha256 BYTEA,
    partial BOOLEAN NOT NULL,
    fetched_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX download_fetches_in_order ON download_fetches (download_id, fetched_at, id);
