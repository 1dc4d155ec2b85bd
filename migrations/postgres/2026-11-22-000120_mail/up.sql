-- Mail that is to be sent: written in the transaction of the act that it tells of. due_at is when
-- it is tried next and, while it is being sent, when somebody else may try.
CREATE TABLE mails (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL CHECK (lane IN ('prompt', 'bulk')),
    -- Without one it is the desk's, whose address is a setting.
    recipient TEXT,
    about_id UUID,
    words JSONB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'bounced', 'dead')),
    attempts INTEGER NOT NULL,
    tries_left INTEGER NOT NULL CHECK (tries_left >= 0),
    queued_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
CREATE INDEX mails_due ON mails (lane, due_at, id) WHERE state = 'waiting';
CREATE INDEX mails_about ON mails (about_id, id);
CREATE INDEX mails_by_recipient ON mails (recipient);

-- One row for each try. One without an outcome was cut off, or is under way.
CREATE TABLE mail_attempts (
    mail_id UUID NOT NULL REFERENCES mails (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    outcome TEXT CHECK (outcome IN ('delivered', 'deferred', 'refused')),
    reply_code INTEGER,
    detail TEXT,
    PRIMARY KEY (mail_id, number)
);

-- What a mailed link proves, by the digest of its token. Good once and for a while.
CREATE TABLE one_time_tokens (
    digest BYTEA PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('registration', 'approval', 'password', 'email_change')),
    email TEXT NOT NULL,
    name TEXT,
    account_id UUID REFERENCES accounts (id) ON DELETE CASCADE,
    staff_id UUID REFERENCES staff (id),
    contract_id UUID REFERENCES contracts (id),
    issued_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX one_time_tokens_by_email ON one_time_tokens (email);
CREATE INDEX one_time_tokens_by_account ON one_time_tokens (account_id);
CREATE INDEX one_time_tokens_by_end ON one_time_tokens (expires_at);

-- The name by which the contract knows the person, where it is not the account's own: who links an
-- address does not learn whose it is.
ALTER TABLE account_links ADD COLUMN known_as TEXT;
