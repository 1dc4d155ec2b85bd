//! Content: bytes that are too many for the database. They are kept in a folder or in a bucket that
//! speaks S3, under random names, and only rows say what they are.
//!
//! Bytes and rows cannot be written in one transaction, so nothing is ever in the store without a
//! line that says so: [`store::expect`] writes the name down before the first byte, [`store::keep`]
//! strikes it out in the transaction that writes the row, once [`Files::put`] has made the bytes
//! durable. [`store::discard`] writes a name down again when its content is to go. Whatever is due
//! is deleted by [`sweep`].

pub mod form;
pub mod place;
pub mod raw;
pub mod serve;
pub mod storage;
pub mod store;

pub use form::Form;
pub use place::Place;
pub use raw::Raw;
pub use serve::{BinaryContent, Content, Wanted, WantedParams};
pub use storage::{FileName, Files, Kept};

use crate::app::App;
use crate::http::Result;

/// How many names a turn of the sweep takes.
const SWEPT_AT_ONCE: i64 = 100;

/// Deletes what is due: erased content, and what an upload left behind that never came to its row.
pub async fn sweep(app: &App) -> Result<()> {
    let now = app.now();
    let due = app.read(move |db| store::due(db, now, SWEPT_AT_ONCE)).await?;
    let mut swept = Ok(());
    for name in due {
        // What cannot be deleted is due again from now, behind all others.
        swept = delete(app, name).await.and(swept);
    }
    swept
}

/// Deletes one content unless a row speaks for it, and its line once it is gone. Whether a row does
/// is asked and not taken for granted: a commit whose answer was lost may have been carried out.
pub async fn delete(app: &App, name: FileName) -> Result<()> {
    let (line, now) = (name.clone(), app.now());
    if !app.db().transaction(move |db| store::give_up(db, &line, now)).await? {
        return Ok(());
    }
    app.files().delete(&name).await?;
    app.db().transaction(move |db| store::strike(db, &name)).await
}
