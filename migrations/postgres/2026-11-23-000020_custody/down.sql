DROP INDEX supersessions_in_time;
ALTER TABLE client_scopes DROP COLUMN granted_by;
