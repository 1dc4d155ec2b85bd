DROP TABLE faq_synonyms;
DROP TABLE faq_misses;
DROP TABLE faq_feedback;
DROP TABLE faq_index_version;
DROP TABLE faq_index;
DROP TABLE faq_revisions;
DROP TABLE faqs;
