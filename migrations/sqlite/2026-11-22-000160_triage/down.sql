DROP INDEX events_on_subject;
DROP INDEX inquiries_open;
