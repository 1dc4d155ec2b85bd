-- Custody ---------------------------------------------------------------------------
-- Which manager granted a scope; of scopes from before it is the one that the client names.
ALTER TABLE client_scopes ADD COLUMN granted_by UUID;
CREATE INDEX supersessions_in_time ON supersessions (recorded_at);
