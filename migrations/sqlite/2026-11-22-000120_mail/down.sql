ALTER TABLE account_links DROP COLUMN known_as;
DROP TABLE one_time_tokens;
DROP TABLE mail_attempts;
DROP TABLE mails;
