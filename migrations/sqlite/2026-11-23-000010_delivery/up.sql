-- The last subscription of the contract that was looked at for what it missed.
ALTER TABLE notice_catch_ups ADD COLUMN after_id BLOB;
-- What has ended goes in time.
CREATE INDEX mails_ended ON mails (ended_at) WHERE ended_at IS NOT NULL;
