DROP INDEX denials_by_inquiry;
