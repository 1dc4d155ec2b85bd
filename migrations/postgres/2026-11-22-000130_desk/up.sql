-- Denials -----------------------------------------------------------------------
-- Confirmed conditions under which the service is not provided: of a product under a contract, or
-- of one inquiry. A denial holds from effective_on until before lifted_on, which is its lifting's
-- own and kept here so that the gate need not look it up. Neither is ever rewritten.
CREATE TABLE denials (
    id UUID PRIMARY KEY,
    contract_id UUID NOT NULL REFERENCES contracts (id),
    code TEXT NOT NULL CHECK (code IN ('improper_use_or_misuse', 'modified_by_customer_or_third_party', 'license_terms_violated', 'vendor_information_unavailable')),
    product_id UUID REFERENCES products (id),
    inquiry_id UUID REFERENCES inquiries (id),
    evidence TEXT NOT NULL,
    effective_on DATE NOT NULL,
    confirmed_by UUID NOT NULL REFERENCES staff (id),
    recorded_at TIMESTAMPTZ NOT NULL,
    lifted_on DATE,
    CHECK ((product_id IS NULL) <> (inquiry_id IS NULL)),
    CHECK ((code = 'vendor_information_unavailable') = (inquiry_id IS NOT NULL))
);
CREATE INDEX denials_in_order ON denials (contract_id, recorded_at, id);
CREATE INDEX denials_of_product ON denials (contract_id, product_id, effective_on, recorded_at, id);
CREATE INDEX denials_of_inquiry ON denials (inquiry_id, effective_on, recorded_at, id);

CREATE TABLE denial_liftings (
    id UUID PRIMARY KEY,
    denial_id UUID NOT NULL UNIQUE REFERENCES denials (id),
    reason TEXT NOT NULL,
    effective_on DATE NOT NULL,
    lifted_by UUID NOT NULL REFERENCES staff (id),
    recorded_at TIMESTAMPTZ NOT NULL
);

-- Notes -------------------------------------------------------------------------
-- What the desk writes for itself, apart from the thread, so that no reader of the thread can
-- come upon it.
CREATE TABLE inquiry_notes (
    id UUID PRIMARY KEY,
    inquiry_id UUID NOT NULL REFERENCES inquiries (id),
    body TEXT NOT NULL,
    author_kind TEXT NOT NULL,
    author_id UUID NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX inquiry_notes_in_order ON inquiry_notes (inquiry_id, recorded_at, id);
