//! The tables as diesel sees them. A test holds both migrations against each other.

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::db::types::sql::{Instant};

    signing_keys (kid) {
        kid -> Text,
        public_key -> Binary,
        sealed_private_key -> Binary,
        created_at -> Instant,
        retired_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    staff (id) {
        id -> Id,
        email -> Text,
        name -> Text,
        role -> Text,
        password_hash -> Text,
        active -> Bool,
        deactivation_reason -> Nullable<Text>,
        version -> Integer,
        created_at -> Instant,
        changed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::{Id, Instant};

    resellers (id) {
        id -> Id,
        name -> Text,
        contact_name -> Text,
        contact_email -> Text,
        contact_phone -> Text,
        version -> Integer,
        created_at -> Instant,
        changed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    clients (id) {
        id -> Id,
        name -> Text,
        kind -> Text,
        reseller_id -> Nullable<Id>,
        granted_by -> Id,
        active -> Bool,
        version -> Integer,
        created_at -> Instant,
        changed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::sql::{Id};

    client_scopes (client_id, scope) {
        client_id -> Id,
        scope -> Text,
        granted_by -> Nullable<Id>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary};
    use crate::db::types::sql::{Id, Instant};

    client_secrets (id) {
        id -> Id,
        client_id -> Id,
        digest -> Binary,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::{Id, Instant};

    products (id) {
        id -> Id,
        code -> Text,
        name -> Text,
        vendor -> Text,
        delivery -> Text,
        version -> Integer,
        created_at -> Instant,
        changed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::{Id, Instant};

    product_versions (id) {
        id -> Id,
        product_id -> Id,
        name -> Text,
        version -> Integer,
        created_at -> Instant,
        changed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Date, Nullable};
    use crate::db::types::sql::{Id, Instant};

    product_version_facts (id) {
        id -> Id,
        product_version_id -> Id,
        effective_on -> Date,
        recorded_at -> Instant,
        released_by_us_on -> Nullable<Date>,
        vendor_supported_until_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    contracts (id) {
        id -> Id,
        maintenance_id -> Nullable<Text>,
        contract_id -> Nullable<Text>,
        customer_name -> Text,
        site_country -> Text,
        partner_access -> Text,
        terms_version -> Text,
        version -> Integer,
        created_at -> Instant,
        changed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::sql::{Id};

    support_ids (canonical) {
        canonical -> Text,
        kind -> Text,
        contract_id -> Id,
        successor_id -> Nullable<Id>,
    }
}

diesel::table! {
    use diesel::sql_types::{Date, Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    contract_changes (id) {
        id -> Id,
        contract_id -> Id,
        kind -> Text,
        effective_on -> Date,
        recorded_at -> Instant,
        reason -> Nullable<Text>,
        facts -> Doc,
    }
}

diesel::table! {
    use diesel::sql_types::{Date, Nullable, Text};
    use crate::db::types::sql::{Doc, Id};

    contract_spans (contract_id, from_on) {
        contract_id -> Id,
        from_on -> Date,
        until_on -> Date,
        condition -> Text,
        starts_on -> Date,
        ends_on -> Date,
        reseller_id -> Nullable<Id>,
        product_ids -> Doc,
        services -> Doc,
        maintenance_id -> Nullable<Text>,
        printed_contract_id -> Nullable<Text>,
        partner_access -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Date};
    use crate::db::types::sql::{Id};

    contract_span_products (contract_id, from_on, product_id) {
        contract_id -> Id,
        from_on -> Date,
        product_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::{Id, Instant};

    administrators (id) {
        id -> Id,
        contract_id -> Id,
        name -> Text,
        email -> Text,
        version -> Integer,
        created_at -> Instant,
        changed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    accounts (id) {
        id -> Id,
        email -> Text,
        name -> Text,
        password_hash -> Nullable<Text>,
        version -> Integer,
        created_at -> Instant,
        changed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    account_links (account_id, contract_id) {
        account_id -> Id,
        contract_id -> Id,
        state -> Text,
        linked_since -> Instant,
        linked_until -> Nullable<Instant>,
        deactivation_reason -> Nullable<Text>,
        version -> Integer,
        known_as -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    sessions (id) {
        id -> Id,
        holder_kind -> Text,
        holder_id -> Id,
        support_id -> Nullable<Text>,
        contract_id -> Nullable<Id>,
        created_at -> Instant,
        idle_expires_at -> Instant,
        expires_at -> Instant,
        ended_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::db::types::sql::{Id, Instant};

    refresh_tokens (digest) {
        digest -> Binary,
        session_id -> Id,
        issued_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary};
    use crate::db::types::sql::{Id, Instant};

    sign_in_failures (id) {
        id -> Id,
        subject -> Binary,
        failed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Date, Integer, Nullable, Text};
    use crate::db::types::sql::{Instant};

    calendar_days (day_on) {
        day_on -> Date,
        effect -> Text,
        kind -> Text,
        name -> Text,
        source -> Nullable<Text>,
        version -> Integer,
        created_at -> Instant,
        changed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Date, Integer, Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    inquiries (id) {
        id -> Id,
        number -> Text,
        contract_id -> Id,
        product_id -> Id,
        kind -> Text,
        channel -> Text,
        matter -> Nullable<Text>,
        product_version -> Nullable<Text>,
        subject -> Text,
        state -> Text,
        version -> Integer,
        received_at -> Instant,
        effective_received_at -> Instant,
        last_message_at -> Instant,
        changed_at -> Instant,
        assignee_id -> Nullable<Id>,
        priority -> Nullable<Text>,
        category -> Nullable<Text>,
        tags -> Doc,
        follow_up_on -> Nullable<Date>,
        opener_reseller_id -> Nullable<Id>,
        external_reference -> Nullable<Text>,
        overridden -> Bool,
        turn -> Text,
        taken -> Bool,
        open_requests -> Integer,
        open_escalations -> Integer,
        closure_id -> Nullable<Id>,
        closure_code -> Nullable<Text>,
        closed_at -> Nullable<Instant>,
        superseded_by -> Nullable<Id>,
        open_resubmissions -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    inquiry_openings (inquiry_id) {
        inquiry_id -> Id,
        body -> Text,
        presented_support_id -> Text,
        requester -> Doc,
        watchers -> Doc,
        opened_by_kind -> Text,
        opened_by_id -> Id,
        recorded_at -> Instant,
        call -> Nullable<Doc>,
        override_given -> Nullable<Doc>,
        follows -> Nullable<Id>,
        resubmits -> Nullable<Id>,
        target_version -> Nullable<Text>,
        terms_version -> Text,
        judged -> Doc,
    }
}

diesel::table! {
    use diesel::sql_types::{Text};
    use crate::db::types::sql::{Id, Instant};

    inquiry_tags (tag, inquiry_id) {
        tag -> Text,
        inquiry_id -> Id,
        received_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    customer_information (inquiry_id) {
        inquiry_id -> Id,
        environment -> Nullable<Text>,
        settings -> Nullable<Text>,
        operations -> Nullable<Text>,
        version -> Integer,
        changed_at -> Instant,
        written_by_kind -> Text,
        written_by_id -> Nullable<Id>,
        erased_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    messages (id) {
        id -> Id,
        inquiry_id -> Id,
        message_type -> Text,
        channel -> Text,
        body -> Nullable<Text>,
        marks -> Doc,
        faq_ids -> Doc,
        escalation_id -> Nullable<Id>,
        shareable_with_vendor -> Bool,
        language -> Text,
        origin -> Text,
        call -> Nullable<Doc>,
        customer_side -> Bool,
        author_kind -> Text,
        author_id -> Id,
        posted_at -> Instant,
        version -> Integer,
        consent -> Nullable<Doc>,
        masked_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Text};
    use crate::db::types::sql::{Id, Instant};

    investigation_steps (id) {
        id -> Id,
        inquiry_id -> Id,
        kind -> Text,
        summary -> Text,
        performed_at -> Instant,
        recorded_at -> Instant,
        recorded_by_kind -> Text,
        recorded_by_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::{Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    reclassifications (id) {
        id -> Id,
        inquiry_id -> Id,
        before_facts -> Doc,
        after_facts -> Doc,
        reason -> Text,
        reclassified_by -> Id,
        reclassified_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    information_requests (id) {
        id -> Id,
        inquiry_id -> Id,
        kind -> Text,
        body -> Text,
        items -> Doc,
        target_version -> Nullable<Text>,
        requested_by_kind -> Text,
        requested_by_id -> Nullable<Id>,
        requested_at -> Instant,
        ended_at -> Nullable<Instant>,
        ended_by -> Nullable<Text>,
        result -> Nullable<Doc>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    escalations (id) {
        id -> Id,
        inquiry_id -> Id,
        question -> Text,
        message_ids -> Doc,
        escalated_by -> Id,
        escalated_at -> Instant,
        ended_at -> Nullable<Instant>,
        attachment_ids -> Doc,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    vendor_answers (id) {
        id -> Id,
        escalation_id -> Id,
        outcome -> Text,
        body -> Nullable<Text>,
        language -> Text,
        disclosure -> Text,
        vendor_reference -> Nullable<Text>,
        vendor_defect_id -> Nullable<Text>,
        recorded_by -> Id,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    closure_decisions (id) {
        id -> Id,
        inquiry_id -> Id,
        contract_id -> Id,
        product_id -> Id,
        kind -> Text,
        code -> Text,
        clause -> Text,
        terms_version -> Text,
        evidence -> Doc,
        decided_by_kind -> Text,
        decided_by_id -> Id,
        granted_by_id -> Nullable<Id>,
        decided_at -> Instant,
        revoked_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Text};
    use crate::db::types::sql::{Id, Instant};

    closure_revocations (id) {
        id -> Id,
        decision_id -> Id,
        reason -> Text,
        revoked_by -> Id,
        revoked_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    redirections (id) {
        id -> Id,
        topic -> Text,
        channel -> Text,
        contract_id -> Id,
        recorded_at -> Instant,
        call_digest -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::{Date, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    denials (id) {
        id -> Id,
        contract_id -> Id,
        code -> Text,
        product_id -> Nullable<Id>,
        inquiry_id -> Nullable<Id>,
        evidence -> Text,
        effective_on -> Date,
        confirmed_by -> Id,
        recorded_at -> Instant,
        lifted_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::{Date, Text};
    use crate::db::types::sql::{Id, Instant};

    denial_liftings (id) {
        id -> Id,
        denial_id -> Id,
        reason -> Text,
        effective_on -> Date,
        lifted_by -> Id,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Text};
    use crate::db::types::sql::{Id, Instant};

    inquiry_notes (id) {
        id -> Id,
        inquiry_id -> Id,
        body -> Text,
        author_kind -> Text,
        author_id -> Id,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    events (id) {
        id -> Id,
        event_type -> Text,
        occurred_at -> Instant,
        actor_kind -> Text,
        actor_id -> Nullable<Id>,
        subject_kind -> Text,
        subject_id -> Nullable<Id>,
        contract_id -> Nullable<Id>,
        reseller_id -> Nullable<Id>,
        data -> Doc,
        seq -> Nullable<BigInt>,
        previous_hash -> Nullable<Binary>,
        hash -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary};
    use crate::db::types::sql::{Id};

    reseller_events (reseller_id, seq) {
        reseller_id -> Id,
        seq -> BigInt,
        event_id -> Id,
        previous_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Text};
    use crate::db::types::sql::{Doc, Instant};

    idempotency_keys (caller, method, path, idempotency_key) {
        caller -> Text,
        method -> Text,
        path -> Text,
        idempotency_key -> Text,
        request_hash -> Binary,
        status -> Integer,
        headers -> Doc,
        body -> Binary,
        stored_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Text};
    use crate::db::types::sql::{Id, Instant};

    supersessions (inquiry_id) {
        inquiry_id -> Id,
        superseded_by -> Id,
        reason -> Text,
        recorded_by_kind -> Text,
        recorded_by_id -> Id,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Text};
    use crate::db::types::sql::{Id, Instant};

    inquiry_readers (inquiry_id, reader_id) {
        inquiry_id -> Id,
        reader_id -> Id,
        reader_kind -> Text,
        first_read_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    contract_corrections (id) {
        id -> Id,
        inquiry_id -> Id,
        from_contract_id -> Id,
        to_contract_id -> Id,
        before_facts -> Doc,
        reason -> Text,
        read_by -> Doc,
        corrected_by -> Id,
        corrected_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Date, Nullable};
    use crate::db::types::sql::{Id, Instant};

    contract_successions (contract_id) {
        contract_id -> Id,
        successor_id -> Id,
        effective_on -> Date,
        recorded_at -> Instant,
        carried_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Date};
    use crate::db::types::sql::{Id, Instant};

    contract_endings (contract_id, ends_on) {
        contract_id -> Id,
        ends_on -> Date,
        told_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    mails (id) {
        id -> Id,
        kind -> Text,
        lane -> Text,
        recipient -> Nullable<Text>,
        about_id -> Nullable<Id>,
        words -> Doc,
        state -> Text,
        attempts -> Integer,
        tries_left -> Integer,
        queued_at -> Instant,
        due_at -> Instant,
        ended_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    mail_attempts (mail_id, number) {
        mail_id -> Id,
        number -> Integer,
        started_at -> Instant,
        ended_at -> Nullable<Instant>,
        outcome -> Nullable<Text>,
        reply_code -> Nullable<Integer>,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    one_time_tokens (digest) {
        digest -> Binary,
        purpose -> Text,
        email -> Text,
        name -> Nullable<Text>,
        account_id -> Nullable<Id>,
        staff_id -> Nullable<Id>,
        contract_id -> Nullable<Id>,
        issued_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::sql::Instant;

    unowned_files (name) {
        name -> Text,
        due_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    attachments (id) {
        id -> Id,
        inquiry_id -> Id,
        name -> Text,
        media_type -> Text,
        role -> Text,
        size -> BigInt,
        sha256 -> Binary,
        file -> Nullable<Text>,
        shareable_with_vendor -> Bool,
        consent -> Nullable<Doc>,
        author_kind -> Text,
        author_id -> Id,
        version -> Integer,
        added_at -> Instant,
        erased_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    erasures (id) {
        id -> Id,
        inquiry_id -> Id,
        content -> Text,
        content_id -> Id,
        sha256 -> Binary,
        reason -> Nullable<Text>,
        erased_by_kind -> Text,
        erased_by_id -> Nullable<Id>,
        erased_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::sql::{Id, Instant};

    content_reads (id) {
        id -> Id,
        inquiry_id -> Id,
        content -> Text,
        content_id -> Id,
        reader_kind -> Text,
        reader_id -> Id,
        read_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    faqs (id) {
        id -> Id,
        import_key -> Nullable<Text>,
        state -> Text,
        version -> Integer,
        revision -> Integer,
        published_revision -> Nullable<Integer>,
        inquiry_id -> Nullable<Id>,
        created_at -> Instant,
        changed_at -> Instant,
        published_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    faq_revisions (faq_id, revision) {
        faq_id -> Id,
        revision -> Integer,
        id -> Id,
        content -> Doc,
        written_by_kind -> Text,
        written_by_id -> Nullable<Id>,
        written_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    faq_index (faq_id, face) {
        faq_id -> Id,
        face -> Text,
        changed_in -> BigInt,
        current -> Bool,
        state -> Text,
        kind -> Text,
        source -> Text,
        language -> Text,
        product_ids -> Doc,
        created_at -> Instant,
        terms -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer};

    faq_index_version (id) {
        id -> Integer,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool};
    use crate::db::types::sql::{Id, Instant};

    faq_feedback (id) {
        id -> Id,
        faq_id -> Id,
        given_by_id -> Id,
        helpful -> Bool,
        given_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::{Id, Instant};

    faq_misses (id) {
        id -> Id,
        query -> Text,
        misses -> Integer,
        first_missed_at -> Instant,
        last_missed_at -> Instant,
    }
}

diesel::table! {
    use crate::db::types::sql::{Doc, Id, Instant};

    faq_synonyms (id) {
        id -> Id,
        terms -> Doc,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Date, Integer, Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    release_notices (id) {
        id -> Id,
        kind -> Text,
        state -> Text,
        product_ids -> Doc,
        affected_versions -> Doc,
        to_version -> Nullable<Text>,
        title -> Text,
        body -> Text,
        language -> Text,
        origin -> Text,
        vendor_announced_on -> Date,
        fixes -> Doc,
        download_ids -> Doc,
        corrects -> Nullable<Id>,
        beyond_terms -> Bool,
        version -> Integer,
        created_by -> Id,
        created_at -> Instant,
        changed_at -> Instant,
        listed_at -> Instant,
        announced_at -> Nullable<Instant>,
        withdrawn_at -> Nullable<Instant>,
        withdrawal_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::db::types::sql::Id;

    release_notice_products (notice_id, product_id) {
        notice_id -> Id,
        product_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::{Date, Integer, Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    notice_subscriptions (id) {
        id -> Id,
        contract_id -> Id,
        email -> Text,
        product_ids -> Doc,
        kinds -> Doc,
        state -> Text,
        way -> Text,
        applied_on -> Date,
        applied_by_kind -> Text,
        applied_by_id -> Id,
        reseller_id -> Nullable<Id>,
        applied_at -> Instant,
        registered_at -> Nullable<Instant>,
        ended_at -> Nullable<Instant>,
        ended_by -> Nullable<Text>,
        unsubscribe_key -> Text,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::sql::Id;

    notice_topics (product_id, kind, subscription_id) {
        product_id -> Id,
        kind -> Text,
        subscription_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::db::types::sql::{Id, Instant};

    subscription_confirmations (digest) {
        digest -> Binary,
        subscription_id -> Id,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::sql::Id;

    notice_fan_outs (notice_id) {
        notice_id -> Id,
        stage -> Text,
        after_id -> Nullable<Id>,
    }
}

diesel::table! {
    use diesel::sql_types::{Date, Nullable};
    use crate::db::types::sql::Id;

    notice_catch_ups (id) {
        id -> Id,
        contract_id -> Id,
        from_on -> Date,
        after_id -> Nullable<Id>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    notice_deliveries (id) {
        id -> Id,
        notice_id -> Id,
        recipient -> Text,
        subscription_id -> Id,
        contract_id -> Id,
        inquiry_id -> Nullable<Id>,
        state -> Text,
        attempts -> Integer,
        tries_left -> Integer,
        queued_at -> Instant,
        due_at -> Instant,
        held_until -> Nullable<Instant>,
        ended_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    notice_delivery_attempts (delivery_id, number) {
        delivery_id -> Id,
        number -> Integer,
        attempted_at -> Instant,
        outcome -> Text,
        reply_code -> Nullable<Integer>,
        detail -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::Instant;

    bounced_addresses (email) {
        email -> Text,
        bounces -> Integer,
        bounced_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::sql::Id;

    fix_tellings (inquiry_id, vendor_defect_id) {
        inquiry_id -> Id,
        vendor_defect_id -> Text,
        delivery_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Date, Integer, Nullable, Text};
    use crate::db::types::sql::{Doc, Id, Instant};

    downloads (id) {
        id -> Id,
        kind -> Text,
        title -> Text,
        description -> Nullable<Text>,
        product_ids -> Doc,
        product_version -> Nullable<Text>,
        supplied_by_vendor_on -> Nullable<Date>,
        link -> Nullable<Text>,
        file_name -> Nullable<Text>,
        file -> Nullable<Text>,
        size -> Nullable<BigInt>,
        sha256 -> Nullable<Binary>,
        version -> Integer,
        created_by -> Id,
        created_at -> Instant,
        changed_at -> Instant,
    }
}

diesel::table! {
    use crate::db::types::sql::Id;

    download_products (download_id, product_id) {
        download_id -> Id,
        product_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Text};
    use crate::db::types::sql::{Id, Instant};

    download_grants (id) {
        id -> Id,
        digest -> Binary,
        download_id -> Id,
        contract_id -> Id,
        granted_to_kind -> Text,
        granted_to_id -> Id,
        granted_at -> Instant,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Nullable, Text};
    use crate::db::types::sql::{Id, Instant};

    download_fetches (id) {
        id -> Id,
        download_id -> Id,
        contract_id -> Id,
        fetched_by_kind -> Text,
        fetched_by_id -> Id,
        sha256 -> Nullable<Binary>,
        partial -> Bool,
        fetched_at -> Instant,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    signing_keys,
    staff,
    resellers,
    clients,
    client_scopes,
    client_secrets,
    products,
    product_versions,
    product_version_facts,
    contracts,
    support_ids,
    contract_changes,
    contract_spans,
    contract_span_products,
    administrators,
    accounts,
    account_links,
    sessions,
    refresh_tokens,
    sign_in_failures,
    calendar_days,
    inquiries,
    inquiry_openings,
    inquiry_tags,
    customer_information,
    attachments,
    erasures,
    content_reads,
    unowned_files,
    messages,
    investigation_steps,
    reclassifications,
    information_requests,
    escalations,
    vendor_answers,
    closure_decisions,
    closure_revocations,
    supersessions,
    inquiry_readers,
    contract_corrections,
    contract_successions,
    contract_endings,
    redirections,
    denials,
    denial_liftings,
    inquiry_notes,
    events,
    reseller_events,
    idempotency_keys,
    mails,
    mail_attempts,
    one_time_tokens,
    faqs,
    faq_revisions,
    faq_index,
    faq_index_version,
    faq_feedback,
    faq_misses,
    faq_synonyms,
    release_notices,
    release_notice_products,
    notice_subscriptions,
    notice_topics,
    subscription_confirmations,
    notice_fan_outs,
    notice_catch_ups,
    notice_deliveries,
    notice_delivery_attempts,
    bounced_addresses,
    fix_tellings,
    downloads,
    download_products,
    download_grants,
    download_fetches,
);
