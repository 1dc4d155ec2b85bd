//! The HTTP server around the application.

use std::net::TcpListener;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::Data;
use actix_web::{App as ActixApp, HttpServer};

use crate::app::App;
use crate::config::Config;
use crate::http::front::front;

/// How the server is set up.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Threads that serve.
    pub workers: usize,
    /// Connections held at once by each of them; more wait.
    pub connections: usize,
}

/// Files that are not connections of callers: database, logs, sockets of our own.
const SPARE_FILES: u64 = 256;

impl Default for Size {
    /// As many workers as cores; connections below the limit of open files, which is raised as far
    /// as the system allows.
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        let files = rlimit::increase_nofile_limit(32_768).unwrap_or(1024);
        let free = usize::try_from(files.saturating_sub(SPARE_FILES)).unwrap_or(1024);
        Self { workers, connections: (free / workers).clamp(64, 8192) }
    }
}

/// Lets the pages of the configured origins call; without any, no page of another origin may.
fn cors(config: &Config) -> Condition<Cors> {
    let exposed = [
        "ETag",
        "Link",
        "Location",
        "Retry-After",
        "RateLimit",
        "RateLimit-Policy",
        "X-Request-Id",
        "Accept-Patch",
        "Idempotent-Replayed",
        "Accept-Ranges",
        "Content-Disposition",
        "Content-Range",
    ];
    let cors = config.cors_origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    let cors = cors
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            "Authorization",
            "Content-Type",
            "Accept-Language",
            "If-Match",
            "If-None-Match",
            "If-Range",
            "Range",
            "Idempotency-Key",
            "Support-Id",
            "X-Request-Id",
        ])
        .expose_headers(exposed)
        .max_age(3600);
    Condition::new(!config.cors_origins.is_empty(), cors)
}

/// The HTTP side of the application, as each worker has it.
pub fn http(
    data: Data<App>,
) -> ActixApp<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let cors = cors(data.config());
    ActixApp::new()
        .app_data(data)
        .configure(crate::api::routes)
        .configure(crate::api::pages)
        .wrap(from_fn(front))
        .wrap(cors)
}

/// Serves until it is told to stop: then it takes nothing new and drains for 10 s at most.
pub fn serve(app: App, listener: TcpListener, size: Size) -> std::io::Result<Server> {
    let data = Data::new(app);
    Ok(HttpServer::new(move || http(data.clone()))
        .workers(size.workers)
        .worker_max_blocking_threads(64)
        .max_connections(size.connections)
        .client_request_timeout(Duration::from_secs(10))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(10)
        .listen(listener)?
        .run())
}
