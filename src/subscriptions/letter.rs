//! The mail that carries the link which registers an address.

use super::model::LINK_GOOD;
use super::store;
use crate::accounts::model::{digest_of, secret};
use crate::app::Tx;
use crate::config::Config;
use crate::http::Result;
use crate::mail::letter::Letter;
use crate::mail::model::Words;
use crate::mail::store::Row;
use crate::terms::codes::{Code, SubscriptionState};

/// Makes the token and writes the letter; none where the application has been decided meanwhile.
pub fn write(tx: &mut Tx<'_>, config: &Config, mail: &Row) -> Result<Option<Letter>> {
    let Some(id) = mail.about_id else { return Ok(None) };
    let row = store::find(tx, id.cast())?.filter(|row| row.state == SubscriptionState::Applied);
    let Some(row) = row else { return Ok(None) };
    let token = secret("mot_", tx.ids().secret());
    store::insert_confirmation(tx, &digest_of(&token), row.id, LINK_GOOD)?;
    let words = Words::from([("token".to_owned(), token)]);
    Letter::by_text(config, row.email, mail.kind.as_str(), &words).map(Some)
}
