//! `madoguchi demo`: a throwaway database with sample data, and calls ready to paste.

use std::io::Write;
use std::net::SocketAddr;

use super::sample::{self, AGENT, CUSTOMER, MANAGER, Made, PASSWORD};
use super::{Failure, Outcome, application, serve};
use crate::accounts::store::staff::anybody as anybody_at_the_desk;
use crate::app::App;
use crate::config::Settings;
use crate::time::Clock;
use crate::workers::{Migrate, open};

pub fn demo(settings: Settings) -> Outcome {
    let folder = tempfile::Builder::new().prefix("madoguchi-demo-").tempdir()?;
    let file = folder.path().join("demo.db");
    let url = settings.database_url.clone().unwrap_or_else(|| format!("sqlite://{}", file.display()));
    let settings = Settings { database_url: Some(url), data_dir: folder.path().to_path_buf(), ..settings };
    let app = application(settings, Clock::shifted())?;
    open(&app, Migrate::Auto)?;
    if app.db().transaction_blocking(anybody_at_the_desk)? {
        return Err("the database is in use: the demo fills an empty one only".into());
    }
    let listener = serve::bind(&app)?;
    let address = listener.local_addr()?;
    let filling = app.clone();
    std::thread::spawn(move || {
        if let Err(failure) = print_calls(&filling, address) {
            eprintln!("{}", failure.message);
            std::process::exit(i32::from(failure.code));
        }
    });
    serve::run(app, listener, Migrate::Auto)
}

fn print_calls(app: &App, address: SocketAddr) -> Result<(), Failure> {
    let made = sample::fill(app, address)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", calls(&made, address))?;
    out.flush()?;
    Ok(())
}

/// The calls, in an order in which each finds what it needs; each works at any hour of any day.
fn calls(made: &Made, address: SocketAddr) -> String {
    let Made { software, saas, partner: (partner, partner_secret), robot: (robot, robot_secret) } = made;
    let json = "-H 'Content-Type: application/json'";
    let key = "-H \"Idempotency-Key: $(date +%s%N)\"";
    format!(
        r#"Madoguchi demo on http://{address}: sample data (サンプル), gone when it stops. Read /docs in a browser.

Sign-ins, password {PASSWORD} for all:
  customer {CUSTOMER} with MNT-000123 (in force) or MNT-000300 (expired)
  agent    {AGENT}
  manager  {MANAGER}

Paste these one after the other.

# What is open now, what the terms say, and what the codes mean
A=http://{address}; alias ask='curl -sS --fail-with-body'; shopt -s expand_aliases 2>/dev/null
ask $A/v1/reception; echo
ask $A/v1/terms/2025-04-01/clauses/SW-4.2.1-C21; echo

# A customer signs in, sees the contract's inquiries, and opens one
C=$(ask $A/v1/sessions {json} -d '{{"email":"{CUSTOMER}","password":"{PASSWORD}","support_id":"ＭＮＴー０００１２３"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
ask $A/v1/inquiries -H "Authorization: Bearer $C"; echo
Q=$(ask $A/v1/inquiries -H "Authorization: Bearer $C" {key} {json} -d '{{"channel":"support_web","kind":"problem_resolution","product_id":"{software}","product_version":"9.6.132","subject":"ステータスが NotExist になる","body":"登録して数分後に状態を尋ねると NotExist が返ります。"}}' | sed 's/^{{"id":"\([^"]*\)".*/\1/'); echo $Q

# A version that the vendor no longer supports is refused with the ones that are (422)
curl -sS $A/v1/inquiries -H "Authorization: Bearer $C" {key} {json} -d '{{"channel":"support_web","kind":"problem_resolution","product_id":"{software}","product_version":"9.4.100","subject":"古いバージョンについて","body":"サポート対象でしょうか。"}}'; echo

# An agent signs in and answers with a workaround
S=$(ask $A/v1/staff/sessions {json} -d '{{"email":"{AGENT}","password":"{PASSWORD}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
M=$(ask $A/v1/inquiries/$Q/messages -H "Authorization: Bearer $S" {key} {json} -d '{{"type":"answer","channel":"support_web","marks":["workaround"],"body":"最終ステータスは 3 分で消えます。60 秒以内の間隔で状態をお尋ねください。"}}' | sed 's/^{{"id":"\([^"]*\)".*/\1/'); echo $M

# The desk checks the evidence, and judges the inquiry complete under one of the ten conditions
ask $A/v1/inquiries/$Q/closure-decisions/check -H "Authorization: Bearer $S" {json} -d '{{"code":"workaround_presented","evidence":{{}}}}'; echo
E=$(ask -D - -o /dev/null $A/v1/inquiries/$Q -H "Authorization: Bearer $S" | sed -n 's/^[Ee][Tt]ag: //p' | tr -d '\r'); echo $E
ask $A/v1/inquiries/$Q/closure-decisions -H "Authorization: Bearer $S" -H "If-Match: $E" {key} {json} -d "{{\"code\":\"workaround_presented\",\"evidence\":{{\"message_id\":\"$M\"}}}}"; echo

# A call by phone is logged, whatever the hour, with a reason; its product is SaaS and has no version
ask $A/v1/inquiries -H "Authorization: Bearer $S" {key} {json} -d "{{\"channel\":\"phone\",\"kind\":\"configuration_operation\",\"product_id\":\"{saas}\",\"subject\":\"SAML SSO の設定\",\"body\":\"設定の順序を教えてほしい。\",\"presented_support_id\":\"ctr 2026 0007\",\"call\":{{\"called_at\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\",\"with\":\"田中 一郎\"}},\"override\":{{\"codes\":[\"outside_reception_hours\"],\"reason\":\"デモのため\"}}}}"; echo

# A partner's system, for one of its contracts
P=$(ask $A/oauth/token -u {partner}:{partner_secret} -d grant_type=client_credentials | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
ask $A/v1/inquiries -H "Authorization: Bearer $P" -H 'Support-Id: MNT-000123'; echo

# A script reads what happened; every event follows from the one before by its hash
R=$(ask $A/oauth/token -u {robot}:{robot_secret} -d grant_type=client_credentials | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
ask "$A/v1/events?after=0&types=inquiry.opened,inquiry.closed" -H "Authorization: Bearer $R"; echo

# The same script sorts the desk's queue; the second one is the nightly sync of contracts
export MADOGUCHI_URL=$A MADOGUCHI_CLIENT_ID={robot} MADOGUCHI_CLIENT_SECRET={robot_secret}
python3 examples/triage.py
python3 examples/sync_contracts.py examples/contracts.csv

# Set the demo's clock to a Friday evening before a long weekend, look, and set it back
ask $A/demo/clock {json} -d '{{"now":"2026-09-18T17:12:00+09:00"}}'; echo
ask "$A/v1/reception"; echo
ask $A/demo/clock {json} -d "{{\"now\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}}"; echo
"#
    )
}
