//! The mail of a notice: its words once for all, and what is each recipient's own.

use crate::config::Config;
use crate::contracts::store::products_of;
use crate::db::Connection;
use crate::http::text::{Day, EmailAddress};
use crate::http::{Problem, Result};
use crate::mail::letter::Letter;
use crate::mail::model::Words;
use crate::releases::NoticeId;
use crate::releases::store::find;
use crate::releases::view::disclaimer;
use crate::terms::codes::{Code, Language};

/// How much of a title a subject holds.
const HEADLINE: usize = 120;

/// Reads what every mail of a notice says.
pub fn words(connection: &mut Connection, id: NoticeId) -> Result<Words> {
    let notice = find(connection, id)?.ok_or_else(|| Problem::bug("a mail about a notice that is not there"))?;
    let products = products_of(connection, &notice.product_ids.0)?;
    let names: Vec<&str> = products.iter().map(|product| &*product.name).collect();
    let version = notice.to_version.as_ref().map_or(String::new(), |version| format!("\nバージョン: {version}"));
    let disclaimer = disclaimer(&products).map_or(String::new(), |clause| format!("\n{}\n", clause.ja));
    let headline: String = notice.title.chars().take(HEADLINE).collect();
    let words = [
        ("kind", notice.kind.label(Language::Ja).to_owned()),
        ("products", names.join("、")),
        ("announced_on", Day::from(notice.vendor_announced_on).to_string()),
        ("version", version),
        ("headline", headline),
        ("title", notice.title.to_string()),
        ("body", notice.body.to_string()),
        ("disclaimer", disclaimer),
        ("notice", notice.id.to_string()),
    ];
    Ok(words.into_iter().map(|(blank, word)| (blank.to_owned(), word)).collect())
}

/// The letter to one recipient, with the link that ends mail in its text and, by RFC 8058, in its
/// headers. `numbers` are of the recipient's own inquiries.
pub fn write(
    config: &Config,
    shared: &Words,
    to: EmailAddress,
    unsubscribe_key: &str,
    numbers: &[String],
) -> Result<Letter> {
    let mut words = shared.clone();
    words.insert("unsubscribe".to_owned(), unsubscribe_key.to_owned());
    words.insert("numbers".to_owned(), numbers.join("、"));
    let name = if numbers.is_empty() { "release_notice" } else { "release_notice_fix" };
    let mut letter = Letter::by_text(config, to, name, &words)?;
    let link = format!("<{}/unsubscribe/{unsubscribe_key}>", config.public_url);
    letter.headers.push(("List-Unsubscribe", link));
    letter.headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    Ok(letter)
}
