//! Every query on names in the store that no row speaks for.

use diesel::prelude::*;
use time::Duration;

use super::FileName;
use crate::app::Tx;
use crate::db::Connection;
use crate::db::schema::unowned_files as files;
use crate::db::types::Instant;
use crate::http::{Problem, Result};

/// How long an upload may take before what it wrote is taken for left behind.
pub const UPLOAD_TIME: Duration = Duration::hours(24);

/// Writes a new name down before anything is stored under it.
pub fn expect(tx: &mut Tx<'_>) -> Result<FileName> {
    let name = FileName::new(tx.ids());
    let due = tx.now.plus(UPLOAD_TIME);
    insert(tx, &name, due)?;
    Ok(name)
}

/// A row speaks for the name from now on. 503 if it is due by now and may be gone.
pub fn keep(tx: &mut Tx<'_>, name: &FileName) -> Result<()> {
    let in_time = files::table.find(name.as_str()).filter(files::due_at.gt(tx.now));
    match diesel::delete(in_time).execute(&mut **tx)? {
        1 => Ok(()),
        _ => Err(Problem::unavailable("the upload took too long and was given up")),
    }
}

/// No row speaks for the name any more: its content is to go.
pub fn discard(tx: &mut Tx<'_>, name: &FileName) -> Result<()> {
    let now = tx.now;
    insert(tx, name, now)
}

/// Makes a name due, and says whether it still was one that no row speaks for. From then on none
/// will: a [`keep`] that was under way is waited for, and one that comes later finds it due.
pub fn give_up(connection: &mut Connection, name: &FileName, now: Instant) -> Result<bool> {
    let found = diesel::update(files::table.find(name.as_str())).set(files::due_at.eq(now)).execute(connection)?;
    Ok(found == 1)
}

/// Strikes a name out whose content is gone.
pub fn strike(connection: &mut Connection, name: &FileName) -> Result<()> {
    diesel::delete(files::table.find(name.as_str())).execute(connection)?;
    Ok(())
}

/// Names whose content is to go now, those first that are due longest.
pub fn due(connection: &mut Connection, now: Instant, most: i64) -> Result<Vec<FileName>> {
    let names: Vec<String> = files::table
        .filter(files::due_at.le(now))
        .order((files::due_at, files::name))
        .limit(most)
        .select(files::name)
        .load(connection)?;
    Ok(names.into_iter().map(FileName::kept).collect())
}

fn insert(connection: &mut Connection, name: &FileName, due: Instant) -> Result<()> {
    diesel::insert_into(files::table)
        .values((files::name.eq(name.as_str()), files::due_at.eq(due)))
        .execute(connection)?;
    Ok(())
}
