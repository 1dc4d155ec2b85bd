//! Two customers of two resellers: whatever the one's side calls with the other's ids is answered as
//! if they named nothing, and nothing that it reads tells of them.

use std::collections::BTreeSet;

use madoguchi::db::types::Id;
use serde_json::json;

use super::access::{Caller, Row, parameter, rows, told};
use super::support::desk::fresh_key;
use super::support::world::{NOTHING, Tenant, VERSION, World};
use super::support::*;

/// Paths whose blank names what belongs to no one contract.
const SHARED: &[&str] = &[
    "/problems/{code}",
    "/v1/terms/{version}",
    "/v1/calendar/days/{date}",
    "/v1/staff/{id}",
    "/v1/clients/{id}",
    "/v1/products/{id}",
    "/v1/faqs/{id}",
    "/v1/faq-synonyms/{id}",
    "/v1/release-notices/{id}",
    "/v1/downloads/{id}",
    "/unsubscribe/{token}",
];

/// Filters of lists that take what belongs to a contract.
const FILTERS: &[&str] = &["contract", "reseller", "support_id"];

/// What nothing belongs to.
fn nowhere() -> Tenant {
    let nothing = || NOTHING.to_owned();
    Tenant {
        support_id: "MNT-404",
        reseller: Id::parse(NOTHING).unwrap(),
        contract: Id::parse(NOTHING).unwrap(),
        administrator: nothing(),
        account: nothing(),
        inquiry: nothing(),
        message: nothing(),
        attachment: nothing(),
        customers: (nothing(), nothing()),
        partners: (nothing(), nothing()),
        step: nothing(),
        escalation: nothing(),
        request: nothing(),
        unwanted: nothing(),
        closed: nothing(),
        decision: nothing(),
        denial: nothing(),
        subscription: nothing(),
        grant: format!("mdg_{}", "Q".repeat(43)),
    }
}

/// The first tenant's inquiries, each with what it has: the one on the web that is worked on, the
/// one that is closed, and one by phone that shall be sent again.
fn inquiries(app: &TestApp, world: &World) -> [Tenant; 3] {
    let own = &world.own;
    let agent = app.agent();
    let done = |path: String, body| app.post(&path).token(&agent).key(&fresh_key()).json(&body).send().expect(201).id();
    let at = format!("/v1/inquiries/{}", own.inquiry);
    let provided = json!({ "result": "provided", "body": "設定値です。" });
    done(format!("{at}/information-requests/{}/results", own.request), provided);
    let said = json!({ "outcome": "answered", "language": "en", "disclosure": "permitted", "body": "Known." });
    done(format!("{at}/escalations/{}/answers", own.escalation), said.clone());
    let phone = done(
        "/v1/inquiries".into(),
        json!({
            "channel": "phone", "kind": "problem_resolution", "product_id": world.software, "product_version": VERSION,
            "subject": "電話の件名", "body": "本文", "presented_support_id": own.support_id,
            "call": { "called_at": app.app.now(), "with": "田中" },
        }),
    );
    let at = format!("/v1/inquiries/{phone}");
    let message =
        done(format!("{at}/messages"), json!({ "type": "message", "channel": "support_web", "body": "確認中" }));
    let escalation = done(format!("{at}/escalations"), json!({ "question": "?" }));
    done(format!("{at}/escalations/{escalation}/answers"), said);
    let request = done(format!("{at}/web-resubmissions"), json!({}));
    let phone = Tenant { inquiry: phone, message, escalation, unwanted: request.clone(), request, ..own.clone() };
    [own.clone(), Tenant { inquiry: own.closed.clone(), ..own.clone() }, phone]
}

/// Everybody of the second tenant's side.
fn strangers(app: &TestApp, world: &World) -> [Caller; 5] {
    // Both contracts name one person as their administrator, to whom both would be told.
    let at = format!("/v1/contracts/{}/administrators/{}", world.own.contract, world.own.administrator);
    let other = json!({ "name": "田中 一", "email": "first@city.example.jp" });
    app.put(&at).token(&world.manager).if_match("*").json(&other).send().expect(200);
    let partner = app.partner(world.other.reseller);
    [
        Caller::new("customer", "C", app.customer("MNT-2")),
        Caller::new("administrator", "C!", app.customer_named("admin@city.example.jp", "MNT-2")),
        Caller::new("partner", "R", partner.clone()).presenting("MNT-2"),
        Caller::new("partner without an ID", "R", partner.clone()),
        Caller::new("partner with a foreign ID", "R", partner).presenting("MNT-1"),
    ]
}

/// What would give the first tenant away.
fn marks(tenants: &[Tenant]) -> BTreeSet<String> {
    let of = |tenant: &Tenant| {
        let Tenant { customers, partners, .. } = tenant.clone();
        [
            tenant.contract.to_string(),
            tenant.reseller.to_string(),
            tenant.support_id.into(),
            "甲販売".into(),
            tenant.administrator.clone(),
            tenant.account.clone(),
            tenant.inquiry.clone(),
            tenant.message.clone(),
            tenant.attachment.clone(),
            customers.0,
            customers.1,
            partners.0,
            partners.1,
            tenant.step.clone(),
            tenant.escalation.clone(),
            tenant.request.clone(),
            tenant.unwanted.clone(),
            tenant.decision.clone(),
            tenant.denial.clone(),
            tenant.subscription.clone(),
            "電話の件名".into(),
        ]
    };
    tenants.iter().flat_map(of).collect()
}

/// Reads with as much on the page as there may be.
fn read(app: &TestApp, world: &World, row: &Row, tenant: &Tenant, caller: &Caller, filter: &str) -> Answer {
    let path = row.path(world, tenant);
    let limit = parameter(row.place, "limit").map(|_| "limit=100");
    let query: Vec<&str> = limit.into_iter().chain(Some(filter).filter(|filter| !filter.is_empty())).collect();
    let joint = if path.contains('?') { "&" } else { "?" };
    let path = if query.is_empty() { path } else { format!("{path}{joint}{}", query.join("&")) };
    row.call_at(app, &path, None, caller)
}

#[test]
fn every_path_with_an_id_is_held_to_it() {
    let open = rows().filter(|row| row.template.contains('{') && !isolated(row));
    let unknown: Vec<_> =
        open.filter(|row| !SHARED.iter().any(|start| row.template.starts_with(start))).map(|row| row.place).collect();
    assert_eq!(unknown, Vec::<&str>::new(), "whose are these?");
}

/// Whether its path names what belongs to one contract or one reseller.
fn isolated(row: &Row) -> bool {
    row.is_of_a_contract()
        || ["/v1/resellers/{id}", "/v1/contracts/by-support-id/"].iter().any(|start| row.template.starts_with(start))
}

on_both! {
    fn a_strangers_ids_name_nothing(app: &TestApp) {
        let world = World::new(app);
        let (inquiries, strangers, nowhere) = (inquiries(app, &world), strangers(app, &world), nowhere());
        for row in rows().filter(isolated) {
            app.unchanged(row.place, || {
                for (tenant, caller) in inquiries.iter().flat_map(|tenant| strangers.iter().map(move |caller| (tenant, caller))) {
                    let body = row.body(app, &world, &world.other, caller);
                    let call = |tenant: &Tenant| {
                        let path = row.path(&world, tenant).replace("MNT-8", tenant.support_id);
                        row.call_at(app, &path, body.clone(), caller)
                    };
                    let (foreign, none) = (call(tenant), call(&nowhere));
                    assert!([403, 404].contains(&foreign.status), "{}, {}: {foreign}", row.place, caller.name);
                    assert_eq!(told(&foreign), told(&none), "{}, {}", row.place, caller.name);
                }
            });
        }
    }

    fn nothing_read_tells_of_a_stranger(app: &TestApp) {
        let world = World::new(app);
        let inquiries = inquiries(app, &world);
        let (marks, strangers, nowhere) = (marks(&inquiries), strangers(app, &world), nowhere());
        let reads: Vec<Row> = rows().filter(|row| row.method == "GET" && !row.is_public()).collect();
        // At home every one of them is found, so that it is known where they would be.
        let home = [
            Caller::new("customer", "C", app.customer("MNT-1")),
            Caller::new("partner", "R", app.partner(world.own.reseller)).presenting("MNT-1"),
            Caller::new("manager", "M", app.manager()),
        ];
        let mut hidden = marks.clone();
        for row in &reads {
            for (caller, tenant) in home.iter().flat_map(|caller| inquiries.iter().map(move |tenant| (caller, tenant))) {
                let answer = read(app, &world, row, tenant, caller, "");
                if answer.status == 200 {
                    let text = String::from_utf8_lossy(&answer.body).into_owned();
                    hidden.retain(|mark| !text.contains(mark.as_str()));
                }
            }
        }
        assert_eq!(hidden, BTreeSet::new(), "nobody finds these");

        let mut looked = BTreeSet::new();
        for (row, caller) in reads.iter().flat_map(|row| strangers.iter().map(move |caller| (row, caller))) {
            let answer = read(app, &world, row, &world.other, caller, "");
            let text = String::from_utf8_lossy(&answer.body);
            let told: Vec<_> = marks.iter().filter(|mark| text.contains(mark.as_str())).collect();
            assert_eq!(told, Vec::<&String>::new(), "{}, {}: {answer}", row.place, caller.name);
            looked.extend((answer.status == 200).then_some(row.place));
        }
        let open = |row: &&Row| row.allows("C") || row.allows("C!") || row.scope("R").is_some();
        let unread: Vec<_> = reads.iter().filter(open).map(|row| row.place).filter(|place| !looked.contains(place)).collect();
        assert_eq!(unread, Vec::<&str>::new(), "nobody looked at these");

        // A filter finds no more than none would.
        for (row, name) in reads.iter().flat_map(|row| FILTERS.iter().map(move |name| (row, *name))) {
            if parameter(row.place, name).is_none() {
                continue;
            }
            let value = |tenant: &Tenant| match name {
                "contract" => tenant.contract.to_string(),
                "reseller" => tenant.reseller.to_string(),
                _ => tenant.support_id.to_owned(),
            };
            for caller in &strangers {
                let ask = |tenant: &Tenant| told(&read(app, &world, row, &world.other, caller, &format!("{name}={}&count=exact", value(tenant))));
                assert_eq!(ask(&world.own), ask(&nowhere), "{}?{name}, {}", row.place, caller.name);
            }
        }
    }

    /// A call by phone is sent again by its own customer's side alone.
    fn a_strangers_call_is_not_sent_again(app: &TestApp) {
        let world = World::new(app);
        let [.., phone] = inquiries(app, &world);
        let strangers = strangers(app, &world);
        let row = rows().find(|row| row.place == "POST /v1/inquiries").unwrap();
        app.unchanged("sending a stranger's call again", || {
            for caller in &strangers[..3] {
                let send = |id: &str| {
                    let mut body = row.body(app, &world, &world.other, caller).unwrap();
                    body["resubmits"] = json!(id);
                    row.call_at(app, "/v1/inquiries", Some(body), caller)
                };
                let (foreign, none) = (send(&phone.inquiry), send(NOTHING));
                assert_eq!((foreign.status, &foreign.json()["errors"][0]["pointer"]), (422, &json!("/resubmits")), "{foreign}");
                assert_eq!(told(&foreign), told(&none), "{}", caller.name);
            }
        });
    }
}
