-- Custody ---------------------------------------------------------------------------
-- What denies one inquiry is found by it, whatever contract it has come to.
CREATE INDEX denials_by_inquiry ON denials (inquiry_id);
