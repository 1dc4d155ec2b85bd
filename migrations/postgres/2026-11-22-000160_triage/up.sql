-- What is open, in the order of reception: the queue reads nothing of what is closed.
CREATE INDEX inquiries_open ON inquiries (effective_received_at, id)
    WHERE closure_id IS NULL AND superseded_by IS NULL;
-- All that happened on one thing, in order.
CREATE INDEX events_on_subject ON events (subject_id, occurred_at, id);
