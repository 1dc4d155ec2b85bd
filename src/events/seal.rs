//! The sealer: gives committed events their numbers and hashes, one transaction at a time.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::store::{self, Head, Row};
use crate::app::App;
use crate::contracts::Reseller;
use crate::db::Connection;
use crate::db::types::Id;
use crate::http::Result;
use crate::terms::codes::{CallerKind, Code};

/// How many events are sealed in one transaction.
const BATCH: i64 = 500;

/// Seals all that is committed now.
pub async fn seal(app: &App) -> Result<()> {
    while app.read(store::any_unsealed).await? {
        app.db().transaction(seal_batch).await?;
    }
    Ok(())
}

/// Seals up to a batch of events inside the transaction at hand.
pub fn seal_batch(connection: &mut Connection) -> Result<usize> {
    store::hold_seal(connection)?;
    let rows = store::unsealed(connection, BATCH)?;
    let mut head = store::head(connection)?;
    let mut resellers: HashMap<Id<Reseller>, Head> = HashMap::new();
    for row in &rows {
        let previous = head.hash;
        head = next(head.seq, &previous, &desk_view(row));
        store::seal(connection, row.id, &previous, &head)?;
        let Some(reseller) = row.reseller_id else { continue };
        let own = match resellers.remove(&reseller) {
            Some(head) => head,
            None => store::reseller_head(connection, reseller)?,
        };
        let next = next(own.seq, &own.hash, &reseller_view(row));
        store::seal_for_reseller(connection, reseller, row.id, &own.hash, &next)?;
        resellers.insert(reseller, next);
    }
    Ok(rows.len())
}

/// The place after the last one of a chain: the hash is SHA-256 over the RFC 8785 bytes of
/// `{"event": …, "previous_hash": …}`, where the event has its number in it.
pub fn next(last_seq: i64, previous: &[u8], event: &Value) -> Head {
    let seq = last_seq.saturating_add(1);
    let mut event = event.clone();
    if let Some(members) = event.as_object_mut() {
        members.insert("seq".to_owned(), seq.into());
    }
    let whole = json!({ "previous_hash": hex(previous), "event": event });
    let mut bytes = Vec::new();
    canonical(&whole, &mut bytes);
    Head { seq, hash: digest(&SHA256, &bytes).as_ref().to_vec() }
}

/// The event as the desk sees it, without its number and hashes.
pub fn desk_view(row: &Row) -> Value {
    view(row, json!({ "kind": row.actor_kind.as_str(), "id": row.actor_id }))
}

/// The event as a reseller sees it: the desk is "desk" and a customer nobody in particular, and what stands under
/// `internal` in the data is left out.
pub fn reseller_view(row: &Row) -> Value {
    let actor = match row.actor_kind {
        CallerKind::Partner => json!({ "kind": row.actor_kind.as_str(), "id": row.actor_id }),
        CallerKind::Customer => json!({ "kind": row.actor_kind.as_str(), "id": null }),
        _ => json!({ "kind": "desk", "id": null }),
    };
    let mut seen = view(row, actor);
    if let Some(data) = seen.pointer_mut("/data").and_then(Value::as_object_mut) {
        data.remove("internal");
    }
    seen
}

fn view(row: &Row, actor: Value) -> Value {
    json!({
        "type": row.event_type.as_str(),
        "occurred_at": row.occurred_at,
        "actor": actor,
        "subject": { "kind": row.subject_kind, "id": row.subject_id },
        "data": row.data.0,
    })
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        text
    })
}

/// RFC 8785 for what events hold: text, whole numbers, booleans, null, lists and objects.
fn canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push(b'{');
            for (i, name) in names.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                out.extend(Value::from(name.as_str()).to_string().into_bytes());
                out.push(b':');
                canonical(members.get(name).unwrap_or(&Value::Null), out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                canonical(item, out);
            }
            out.push(b']');
        }
        plain => out.extend(plain.to_string().into_bytes()),
    }
}
