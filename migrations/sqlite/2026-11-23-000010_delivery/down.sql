DROP INDEX mails_ended;
ALTER TABLE notice_catch_ups DROP COLUMN after_id;
