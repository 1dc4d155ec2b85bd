//! Applications for notices by mail: confirmed, recorded, ended with one click.

use madoguchi::db::connection::Target;
use madoguchi::db::types::Id;
use madoguchi::terms::codes::Delivery;
use serde_json::{Value, json};

use super::notices::about;
use super::support::desk::{Desk, ID, with};
use super::support::smtp::{SmtpServer, Taken};
use super::support::world::NOTHING;
use super::support::*;

/// An application for the desk's software.
pub fn application(desk: &Desk, email: &str) -> Value {
    json!({ "email": email, "product_ids": [desk.software], "kinds": ["patch", "version_upgrade_program"] })
}

impl TestApp {
    pub fn applies(&self, token: &str, body: &Value) -> Answer {
        self.post("/v1/notice-subscriptions").token(token).support_id(ID).json(body).send()
    }

    /// Recorded by the desk, and registered; gives the id.
    #[track_caller]
    pub fn subscribed(&self, desk: &Desk, email: &str) -> String {
        let recorded = json!({ "support_id": ID, "applied_by": "paper", "applied_on": "2026-11-20" });
        let body = with(application(desk, email), &recorded);
        self.post("/v1/notice-subscriptions").token(&self.agent()).json(&body).send().expect(201).id()
    }

    /// Writes down who is to be told and sends what is due.
    pub fn send_notices(&self) -> usize {
        actix_web::rt::System::new().block_on(madoguchi::deliveries::work(&self.app)).unwrap()
    }

    /// An application with a mail server of its own in place of this one's folder.
    pub fn with_mail(backend: Backend) -> (Self, SmtpServer) {
        let server = SmtpServer::start();
        (Self::start_with(backend, |config| config.smtp_url = Some(server.url())), server)
    }

    /// One on the same database engine that has a mail server.
    fn mailing(&self) -> (Self, SmtpServer) {
        Self::with_mail(match self.database.target {
            Target::Sqlite(_) => Backend::Sqlite,
            Target::Postgres(_) => Backend::Postgres,
        })
    }
}

/// What leads to the page that ends mail, as mail programs find it.
#[track_caller]
pub fn unsubscribe_path(mail: &Taken) -> String {
    let link = mail.header("List-Unsubscribe");
    link.strip_prefix("<http://desk.example.jp").unwrap().strip_suffix('>').unwrap().to_owned()
}

on_both! {
    fn an_application_is_confirmed_by_mail(app: &TestApp) {
        let (app, server) = &app.mailing();
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        app.applies(&customer, &application(&desk, "Tanaka@City.example.jp")).expect(202);
        let state = || app.look(&agent, "/v1/notice-subscriptions").json()["items"][0]["state"].clone();
        assert_eq!((app.send_mail(), state()), (1, json!("applied")));
        let token = server.taken()[0].token();
        let notice = app.drafted_notice(&about("patch", &json!([desk.software])));
        app.announced(&notice);
        assert_eq!(app.send_notices(), 0, "nobody is mailed who is not registered");
        let confirm = |token: &str| app.post("/v1/notice-subscriptions/confirmations").json(&json!({ "token": token })).send();
        confirm("mot_unknown").refused(422, "one_time_token_invalid");
        let registered = confirm(&token).expect(200).json();
        assert_eq!((&registered["state"], &registered["email"]), (&json!("registered"), &json!("tanaka@city.example.jp")));
        confirm(&token).refused(422, "one_time_token_invalid");
        // A day is enough, and after it the link is as good as none.
        app.applies(&customer, &application(&desk, "late@city.example.jp")).expect(202);
        app.send_mail();
        let late = server.taken()[0].token();
        app.at("2026-11-26T01:00:00Z");
        app.unchanged("an expired link", || confirm(&late).refused(422, "one_time_token_invalid"));
    }

    fn an_address_gets_few_mails_before_it_is_confirmed(app: &TestApp) {
        let (app, server) = &app.mailing();
        let desk = app.desk();
        let customer = app.customer(ID);
        for _ in 0..6 {
            app.applies(&customer, &application(&desk, "victim@elsewhere.example.jp")).expect(202);
        }
        app.send_mail();
        assert_eq!(server.taken().len(), 3);
        app.at("2026-11-25T02:00:01Z");
        app.applies(&app.customer(ID), &application(&desk, "victim@elsewhere.example.jp")).expect(202);
        app.send_mail();
        assert_eq!(server.taken().len(), 1);
    }

    fn what_cannot_be_applied_for_is_refused(app: &TestApp) {
        let desk = app.desk();
        let foreign = app.product("OTHER", Delivery::Software);
        let (customer, agent) = (app.customer(ID), app.agent());
        let body = application(&desk, "tanaka@city.example.jp");
        let asked = |members: &Value| app.applies(&customer, &with(body.clone(), members));
        app.unchanged("a refused application", || {
            for email in ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "a@b.example;c@d.example", "a", "<a@b.example>"] {
                asked(&json!({ "email": email })).refused(422, "validation_failed");
            }
            for product in [foreign, Id::parse(NOTHING).unwrap()] {
                asked(&json!({ "product_ids": [product] })).refused(422, "product_not_contracted");
            }
            let problem = asked(&json!({ "kinds": ["alert"] })).refused(422, "notice_kind_not_offered");
            assert_eq!(problem["clause"], "SW-4.2.2-C1");
            for (name, value) in [("support_id", ID), ("applied_by", "phone"), ("applied_on", "2026-11-20")] {
                let problem = asked(&json!({ name: value })).refused(422, "validation_failed");
                assert_eq!(problem["errors"][0]["code"], "not_allowed_here");
            }
            let record = |members: &Value| {
                let whole = json!({ "support_id": ID, "applied_by": "phone", "applied_on": "2026-11-20" });
                app.post("/v1/notice-subscriptions").token(&agent).json(&with(with(body.clone(), &whole), members)).send()
            };
            record(&json!({ "applied_by": "support_web" })).refused(422, "validation_failed");
            record(&json!({ "applied_on": "2026-11-26" })).refused(422, "validation_failed");
            record(&json!({ "support_id": "MNT-404" })).refused(403, "support_id_unknown");
            app.post("/v1/notice-subscriptions").token(&agent).json(&body).send().refused(422, "validation_failed");
        });
    }

    fn the_last_application_of_an_address_counts(app: &TestApp) {
        let desk = app.desk();
        let first = app.subscribed(&desk, "tanaka@city.example.jp");
        let second = app.subscribed(&desk, "tanaka@city.example.jp");
        let seen = |id: &str| app.look(&app.agent(), &format!("/v1/notice-subscriptions/{id}")).expect(200).json();
        assert_eq!((&seen(&first)["ended_by"], &seen(&second)["state"]), (&json!("replaced"), &json!("registered")));
    }

    fn one_click_ends_all_mail_whatever_the_contract(app: &TestApp) {
        let (app, server) = &app.mailing();
        let desk = app.desk();
        let id = app.subscribed(&desk, "tanaka@city.example.jp");
        app.announced(&app.drafted_notice(&about("patch", &json!([desk.software]))));
        assert_eq!(app.send_notices(), 1);
        let mail = server.taken().remove(0);
        assert_eq!(mail.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        let path = unsubscribe_path(&mail);
        app.at("2027-04-02T01:00:00Z"); // the contract has ended
        app.unchanged("looking at the page", || {
            let page = app.get(&path).send().expect(200);
            assert_eq!(page.header("Cache-Control"), Some("no-store"));
            app.get("/unsubscribe/unknown").send().refused(404, "not_found");
            app.post("/unsubscribe/unknown").send().refused(404, "not_found");
        });
        let click = || app.post(&path).header("Content-Type", "application/x-www-form-urlencoded").bytes(b"List-Unsubscribe=One-Click".to_vec()).send();
        click().expect(200);
        click().expect(200);
        let seen = app.look(&app.agent(), &format!("/v1/notice-subscriptions/{id}")).expect(200).json();
        assert_eq!((&seen["state"], &seen["ended_by"]), (&json!("ended"), &json!("unsubscribed")));
    }

    fn everybody_ends_its_own(app: &TestApp) {
        let desk = app.desk();
        let id = app.subscribed(&desk, "tanaka@city.example.jp");
        let place = format!("/v1/notice-subscriptions/{id}");
        let delete = |token: &str| app.delete(&place).token(token).send();
        delete(&app.customer_named("someone@city.example.jp", ID)).refused(403, "forbidden");
        let partner = app.partner(desk.reseller);
        app.delete(&place).token(&partner).support_id(ID).send().refused(404, "not_found");
        delete(&app.customer_named("tanaka@city.example.jp", ID)).expect(204);
        assert_eq!(app.look(&app.agent(), &place).json()["ended_by"], "applicant");
    }

    fn an_older_application_takes_no_newer_ones_place(app: &TestApp) {
        let (app, server) = &app.mailing();
        let desk = app.desk();
        app.applies(&app.customer(ID), &application(&desk, "tanaka@city.example.jp")).expect(202);
        app.send_mail();
        let token = server.taken()[0].token();
        app.at("2026-11-25T01:00:01Z");
        let newer = app.subscribed(&desk, "tanaka@city.example.jp");
        app.post("/v1/notice-subscriptions/confirmations").json(&json!({ "token": token })).send().refused(422, "one_time_token_invalid");
        let seen = app.look(&app.agent(), &format!("/v1/notice-subscriptions/{newer}")).json();
        assert_eq!(seen["state"], "registered");
    }

    fn an_erased_address_is_told_to_have_ended(app: &TestApp) {
        let desk = app.desk();
        let id = app.subscribed(&desk, "tanaka@city.example.jp");
        let manager = app.manager();
        app.post("/v1/erasures").token(&manager).json(&json!({ "email": "tanaka@city.example.jp" })).send().expect(200);
        let told = app.get("/v1/events?limit=100&types=subscription.ended").token(&manager).send().expect(200).json();
        assert_eq!((&told["items"][0]["subject"]["id"], &told["items"][1]), (&json!(id), &Value::Null), "{told}");
    }

    fn a_partner_sees_what_it_applied_for_while_the_contract_is_its(app: &TestApp) {
        let desk = app.desk();
        let partner = app.partner(desk.reseller);
        app.applies(&partner, &application(&desk, "tanaka@city.example.jp")).expect(202);
        let seen = || app.get("/v1/notice-subscriptions").token(&partner).send().expect(200).json()["items"].as_array().unwrap().len();
        assert_eq!(seen(), 1);
        let change = json!({ "reseller_id": null });
        app.patch(&format!("/v1/contracts/{}", desk.contract)).token(&app.manager()).if_match("*").merge_patch(&change).send().expect(200);
        assert_eq!(seen(), 0);
    }
}
