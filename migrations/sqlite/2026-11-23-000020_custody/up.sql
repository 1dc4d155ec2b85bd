-- Custody ---------------------------------------------------------------------------
-- Which manager granted a scope; of scopes from before it is the one that the client names.
ALTER TABLE client_scopes ADD COLUMN granted_by BLOB;
UPDATE client_scopes SET granted_by = (SELECT clients.granted_by FROM clients WHERE clients.id = client_scopes.client_id);
CREATE INDEX supersessions_in_time ON supersessions (recorded_at);
