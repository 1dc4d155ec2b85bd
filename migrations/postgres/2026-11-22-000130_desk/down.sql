DROP TABLE inquiry_notes;
DROP TABLE denial_liftings;
DROP TABLE denials;
