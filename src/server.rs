//! The HTTP server around the application.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App as ActixApp, HttpServer};
use utoipa_actix_web::AppExt;

use crate::app::App;
use crate::http::front::front;

/// How the server is set up.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Threads that serve.
    pub workers: usize,
    /// Connections held at once by each of them; more wait.
    pub connections: usize,
}

impl Default for Size {
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        Self { workers, connections: 4096 }
    }
}

/// Serves until it is told to stop: then it takes nothing new and drains for 10 s at most.
pub fn serve(app: App, listener: TcpListener, size: Size) -> std::io::Result<Server> {
    let data = Data::new(app);
    let server = HttpServer::new(move || {
        ActixApp::new()
            .into_utoipa_app()
            .configure(crate::api::routes)
            .into_app()
            .app_data(data.clone())
            .configure(crate::api::pages)
            .wrap(from_fn(front))
    });
    Ok(server
        .workers(size.workers)
        .worker_max_blocking_threads(64)
        .max_connections(size.connections)
        .client_request_timeout(Duration::from_secs(10))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(10)
        .listen(listener)?
        .run())
}
