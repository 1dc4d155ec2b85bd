//! `madoguchi serve`: opens the database, or waits for it, and serves until it is told to stop.

use std::net::TcpListener;

use super::Outcome;
use crate::app::App;
use crate::customer_information::reads;
use crate::db::Unusable;
use crate::metrics;
use crate::server::{self, Size};
use crate::workers::{self, Migrate};

pub fn serve(app: App, migrate: Migrate) -> Outcome {
    match workers::open(&app, migrate) {
        Ok(()) => {}
        Err(Unusable::Unreachable(why)) => log::warn!("the database is not there yet: {why}"),
        Err(unfit) => return Err(unfit.into()),
    }
    let listener = bind(&app)?;
    log::info!("serving on http://{}", listener.local_addr()?);
    run(app, listener, migrate)
}

/// Takes the address to serve on.
pub fn bind(app: &App) -> std::io::Result<TcpListener> {
    TcpListener::bind(app.config().bind)
}

/// Runs the server and what runs beside it.
pub fn run(app: App, listener: TcpListener, migrate: Migrate) -> Outcome {
    let watched = app.config().metrics_bind.map(TcpListener::bind).transpose()?;
    let served = actix_web::rt::System::new().block_on(async move {
        workers::start(app.clone(), migrate);
        if let Some(listener) = watched {
            log::info!("metrics on http://{}/metrics", listener.local_addr()?);
            actix_web::rt::spawn(metrics::serve(app.clone(), listener)?);
        }
        let served = server::serve(app.clone(), listener, Size::default())?.await;
        if let Err(problem) = reads::write_down(&app).await {
            log::error!("who read what customers entrusted could not be written down: {problem}");
        }
        served
    });
    Ok(served?)
}
