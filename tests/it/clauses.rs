//! Every clause of the terms that asks something, and the test that holds us to it.

use std::collections::BTreeSet;
use std::path::Path;

use madoguchi::terms::current;
use serde_json::json;

use super::support::desk::{ID, with};
use super::support::*;

/// A clause, and the file and name of the test that covers it.
const CLAUSES: &[(&str, &str)] = &[
    ("DOC-0-C2", "inquiries::what_the_contract_lacks_is_told"),
    ("PRE-1-C2", "inquiries::what_the_contract_lacks_is_told"),
    ("PRE-1-C3", "closures::evidence_is_of_its_code"),
    ("PRE-1-C4", "inquiries::software_is_asked_about_by_version"),
    ("PRE-1-C5", "inquiries::software_is_asked_about_by_version"),
    ("REG-2-C1", "inquiries::what_the_contract_lacks_is_told"),
    ("LNG-3-C1", "clauses::the_desk_speaks_japanese"),
    ("LNG-3-C2", "messages::who_may_say_what"),
    ("SW-4.1-C2", "inquiries::a_call_is_judged_when_it_was_made"),
    ("SW-4.2.1-C1", "inquiries::the_desk_logs_a_call"),
    ("SW-4.2.1-C2", "inquiries::a_partner_opens_for_its_customer"),
    ("SW-4.2.1-C3", "closures::evidence_is_of_its_code"),
    ("SW-4.2.1-C4", "entrusted::information_is_written_and_read_apart"),
    ("SW-4.2.1-C6", "requests::the_customer_carries_it_out_and_nobody_else_asks"),
    ("SW-4.2.1-C7", "requests::software_is_upgraded_to_what_is_supported"),
    ("SA-5.2.1-C4", "requests::saas_is_reproduced_and_isolated_by_the_customer"),
    ("SA-5.2.1-C6", "requests::saas_is_reproduced_and_isolated_by_the_customer"),
    ("SA-5.2.1-C10", "requests::saas_is_reproduced_and_isolated_by_the_customer"),
    ("SW-4.2.1-C5", "entrusted::it_is_used_for_nothing_else"),
    ("SW-4.2.1-C8", "messages::an_answer_by_phone_is_its_log"),
    ("SW-4.2.1-C9", "clauses::there_is_no_other_document_than_the_answer"),
    ("SW-4.2.1-C10", "phone::a_call_is_sent_again_on_the_web"),
    ("SW-4.2.1-C12", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C13", "messages::nothing_is_told_that_the_vendor_does_not_permit"),
    ("SW-4.2.1-C14", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C15", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C16", "inquiries::topics_go_elsewhere_and_leave_no_text"),
    ("SW-4.2.1-C17", "closures::the_desk_judges"),
    ("SW-4.2.1-C18", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C19", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C20", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C21", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C22", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C23", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C24", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C25", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C26", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.1-C27", "closures::the_ten_conditions_of_software"),
    ("SW-4.2.2-C1", "notices::each_delivery_has_its_kinds"),
    ("SW-4.2.2-C2", "subscriptions::an_application_is_confirmed_by_mail"),
    ("SW-4.2.2-C4", "accounts::who_awaits_approval_is_told_so_only_when_proven"),
    ("SW-4.2.3-C1", "downloads::programs_are_for_software_and_their_service"),
    ("SW-4.2.3-C2", "downloads::what_is_granted_is_taken_and_on_record"),
    ("SW-4.2.3-C3", "inquiries::excluded_work_is_refused_by_its_clause"),
    ("SW-4.2.3-C4", "notices::each_delivery_has_its_kinds"),
    ("SA-5.1-C2", "inquiries::a_call_is_judged_when_it_was_made"),
    ("SA-5.2.1-C1", "inquiries::saas_has_no_version"),
    ("SA-5.2.1-C2", "inquiries::a_partner_opens_for_its_customer"),
    ("SA-5.2.1-C3", "closures::evidence_is_of_its_code"),
    ("SA-5.2.1-C5", "files::the_vendor_is_given_what_is_marked"),
    ("SA-5.2.1-C7", "messages::an_answer_by_phone_is_its_log"),
    ("SA-5.2.1-C8", "clauses::there_is_no_other_document_than_the_answer"),
    ("SA-5.2.1-C9", "phone::only_a_call_of_ones_own_is_sent_again"),
    ("SA-5.2.1-C11", "messages::saas_is_investigated_as_the_terms_allow"),
    ("SA-5.2.1-C12", "messages::saas_is_investigated_as_the_terms_allow"),
    ("SA-5.2.1-C13", "messages::the_vendor_may_decline"),
    ("SA-5.2.1-C14", "closures::the_desk_judges"),
    ("SA-5.2.1-C15", "closures::a_saas_defect_rests_on_its_escalation"),
    ("SA-5.2.1-C16", "closures::the_ten_conditions_of_saas"),
    ("SA-5.2.1-C17", "closures::the_ten_conditions_of_saas"),
    ("SA-5.2.1-C18", "closures::the_ten_conditions_of_saas"),
    ("SA-5.2.1-C19", "closures::a_saas_defect_rests_on_its_escalation"),
    ("SA-5.2.1-C20", "closures::a_saas_defect_rests_on_its_escalation"),
    ("SA-5.2.1-C21", "closures::the_ten_conditions_of_saas"),
    ("SA-5.2.1-C22", "closures::the_ten_conditions_of_saas"),
    ("SA-5.2.1-C23", "closures::the_ten_conditions_of_saas"),
    ("SA-5.2.1-C24", "closures::the_ten_conditions_of_saas"),
    ("SA-5.2.1-C26", "closures::the_ten_conditions_of_saas"),
    ("SA-5.2.1-C27", "messages::nothing_is_told_that_the_vendor_does_not_permit"),
    ("SA-5.2.1-C28", "closures::the_ten_conditions_of_saas"),
    ("SA-5.2.1-C29", "closures::the_ten_conditions_of_saas"),
    ("SA-5.2.1-C30", "inquiries::topics_go_elsewhere_and_leave_no_text"),
    ("SA-5.2.2-C1", "notices::each_delivery_has_its_kinds"),
    ("SA-5.2.2-C2", "subscriptions::an_application_is_confirmed_by_mail"),
    ("SA-5.2.2-C4", "accounts::who_awaits_approval_is_told_so_only_when_proven"),
    ("SW-4.2.2-C3", "faqs::outside_the_desk_only_what_is_published_and_contracted"),
    ("SW-4.2.2-C5", "faqs::found_by_keyword_and_product"),
    ("SW-4.2.2-C6", "faqs::every_kind_of_the_terms_is_taken_and_found_by_code"),
    ("SW-4.2.2-C7", "faqs::every_kind_of_the_terms_is_taken_and_found_by_code"),
    ("SW-4.2.2-C8", "faqs::every_kind_of_the_terms_is_taken_and_found_by_code"),
    ("SW-4.2.2-C9", "faqs::every_kind_of_the_terms_is_taken_and_found_by_code"),
    ("SW-4.2.2-C10", "faqs::every_kind_of_the_terms_is_taken_and_found_by_code"),
    ("SW-4.2.2-C11", "faqs::a_faq_may_point_to_a_document"),
    ("SA-5.2.2-C3", "faqs::outside_the_desk_only_what_is_published_and_contracted"),
    ("SA-5.2.2-C5", "faqs::found_by_keyword_and_product"),
    ("SA-5.2.2-C6", "faqs::every_kind_of_the_terms_is_taken_and_found_by_code"),
    ("SA-5.2.2-C7", "faqs::every_kind_of_the_terms_is_taken_and_found_by_code"),
    ("SA-5.2.2-C8", "faqs::every_kind_of_the_terms_is_taken_and_found_by_code"),
    ("SA-5.2.2-C9", "faqs::every_kind_of_the_terms_is_taken_and_found_by_code"),
    ("SA-5.2.2-C10", "faqs::every_kind_of_the_terms_is_taken_and_found_by_code"),
    ("SA-5.2.2-C11", "faqs::a_faq_may_point_to_a_document"),
    ("EXC-6-C0", "inquiries::excluded_work_is_refused_by_its_clause"),
    ("EXC-6-C1", "inquiries::excluded_work_is_refused_by_its_clause"),
    ("EXC-6-C2", "inquiries::excluded_work_is_refused_by_its_clause"),
    ("EXC-6-C3", "inquiries::excluded_work_is_refused_by_its_clause"),
    ("EXC-6-C4", "inquiries::excluded_work_is_refused_by_its_clause"),
    ("EXC-6-C5", "inquiries::excluded_work_is_refused_by_its_clause"),
    ("DEN-6-C0", "denials::a_denied_product_is_not_served"),
    ("DEN-6-C1", "denials::each_denial_has_its_clause"),
    ("DEN-6-C2", "denials::each_denial_has_its_clause"),
    ("DEN-6-C3", "denials::each_denial_has_its_clause"),
    ("DEN-6-C4", "denials::one_inquiry_can_be_denied"),
];

/// The rooms that are not built yet, with the clauses that wait for them. This may only shrink.
const NOT_YET: &[(&str, &[&str])] = &[];

#[test]
fn every_clause_that_asks_is_covered_or_waits() {
    let covered: BTreeSet<&str> = CLAUSES.iter().map(|(clause, _)| *clause).collect();
    let waiting: BTreeSet<&str> = NOT_YET.iter().flat_map(|(_, clauses)| *clauses).copied().collect();
    let asking: BTreeSet<&str> = current().clauses.iter().filter(|clause| clause.asks).map(|c| c.id.0).collect();
    let both: Vec<_> = covered.intersection(&waiting).collect();
    assert!(both.is_empty(), "covered and waiting: {both:?}");
    let known: BTreeSet<&str> = covered.union(&waiting).copied().collect();
    assert_eq!(known, asking);
    assert_eq!(covered.len(), CLAUSES.len(), "a clause stands twice");
}

#[test]
fn every_covering_test_exists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for (clause, test) in CLAUSES {
        let (file, name) = test.split_once("::").unwrap();
        let source = std::fs::read_to_string(folder.join(file).with_extension("rs")).unwrap();
        assert!(source.contains(&format!("fn {name}(app: &TestApp) {{")), "{clause}: no {test}");
    }
}

on_both! {
    fn the_desk_speaks_japanese(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let path = "/v1/inquiries/0192a000-0000-7000-8000-000000000000";
        let told = app.look(&customer, path);
        assert_eq!(told.header("Content-Language"), Some("ja"));
        assert_eq!(told.refused(404, "not_found")["title"], "見つかりません");
        let english = app.get(path).token(&customer).english().send();
        assert_eq!(english.header("Content-Language"), Some("en"));
        assert_eq!(english.refused(404, "not_found")["title"], "Not found");
        // Asked in another language, it is taken, and what is asked back is in Japanese.
        let body = json!({ "subject": "No start", "body": "It does not start.", "product_version": null });
        let opening =
            app.post("/v1/inquiries").token(&customer).key("en").english().json(&with(desk.question(), &body));
        let id = opening.send().expect(201).id();
        let requests = app.get(&format!("/v1/inquiries/{id}/information-requests")).token(&customer).english().send();
        assert_eq!(requests.json()["items"][0]["body"], "ご利用中の製品のバージョンをお知らせください。");
    }

    fn there_is_no_other_document_than_the_answer(app: &TestApp) {
        let desk = app.desk();
        let agent = app.agent();
        for (question, clause) in [(desk.question(), "SW-4.2.1-C26"), (desk.saas_question(), "SA-5.2.1-C23")] {
            let id = app.opened(&app.customer(ID), &question);
            for channel in ["mail", "letter", "document"] {
                let body = json!({ "type": "answer", "channel": channel, "body": "回答書" });
                app.say(&agent, &id, &body).refused(422, "validation_failed");
            }
            // Who wants one is told so, and that can be why an inquiry is complete.
            let evidence = json!({ "scope_reason": "written_answer_not_offered" });
            let decision = app.close(&agent, &id, "out_of_service_scope", &evidence).expect(201).json();
            assert_eq!(decision["clause"], clause);
        }
    }
}
