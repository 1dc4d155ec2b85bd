//! The feed, its gates and its chain.

use super::support::*;

on_both! {
    fn the_feed_is_for_the_desk_and_partners(app: &TestApp) {
        app.get("/v1/events").send().refused(401, "unauthenticated");
        let agent = app.agent();
        let page = app.get("/v1/events?after=0").token(&agent).send().expect(200).json();
        assert_eq!(page["last_seq"], 0);
        app.get("/v1/events?limit=0").token(&agent).send().refused(400, "invalid_parameter");
        app.get("/v1/events?frm=0").token(&agent).send().refused(400, "invalid_parameter");
        app.get("/v1/evens").token(&agent).send().refused(404, "not_found");
        app.delete("/v1/events").token(&agent).send().refused(405, "method_not_allowed");
    }
}
