//! How it goes, for Prometheus: on an address of its own, and nothing of anybody in it.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;
use actix_web::{App as ActixApp, HttpResponse, HttpServer, get};
use prometheus::core::Collector;
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TEXT_FORMAT, TextEncoder,
};

use crate::app::App;
use crate::db::Connection;
use crate::db::types::Instant;
use crate::http::{Problem, Result};
use crate::{deliveries, events, mail};

/// From a millisecond to the time after which nobody waits.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What is counted as it happens; the rest is asked when somebody looks.
pub struct Metrics {
    counted: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    in_flight: IntGauge,
}

/// A request on its way: over when this is dropped, also when its caller has gone away.
#[derive(Debug)]
pub struct OnTheWay(IntGauge);

impl Drop for OnTheWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Begins to count.
    pub fn begin(now: Instant) -> Result<Self, String> {
        let made = || -> prometheus::Result<Self> {
            let counted = Registry::new();
            let requests =
                Opts::new("madoguchi_http_requests_total", "Requests by operation and class of the answer's status.");
            let requests = kept(&counted, IntCounterVec::new(requests, &["operation", "status"])?)?;
            let seconds =
                HistogramOpts::new("madoguchi_http_request_duration_seconds", "How long requests took, by operation.");
            let seconds = HistogramVec::new(seconds.buckets(SECONDS.to_vec()), &["operation"])?;
            let seconds = kept(&counted, seconds)?;
            let in_flight = gauge(&counted, "madoguchi_http_requests_in_flight", "Requests that are being answered.")?;
            let start = "Since when the program runs, in seconds since 1970.";
            gauge(&counted, "process_start_time_seconds", start)?.set(now.micros() / 1_000_000);
            Ok(Self { counted, requests, seconds, in_flight })
        };
        made().map_err(|error| error.to_string())
    }

    /// A request has come in.
    pub fn arrived(&self) -> OnTheWay {
        self.in_flight.inc();
        OnTheWay(self.in_flight.clone())
    }

    /// A request was answered. Paths and methods that do not exist have no operation.
    pub fn answered(&self, operation: &str, status: u16, took: Duration) {
        let class = match status / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        self.requests.with_label_values(&[operation, class]).inc();
        self.seconds.with_label_values(&[operation]).observe(took.as_secs_f64());
    }
}

fn kept<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

fn gauge(registry: &Registry, name: &str, help: &str) -> prometheus::Result<IntGauge> {
    kept(registry, IntGauge::new(name, help)?)
}

/// What waits in the database.
struct Waiting {
    mails: (i64, Option<Instant>),
    notices: (i64, Option<Instant>),
    unsealed: i64,
}

fn waiting(db: &mut Connection) -> Result<Waiting> {
    Ok(Waiting {
        mails: mail::store::waiting(db)?,
        notices: (deliveries::store::waiting(db)?, deliveries::store::oldest_waiting(db)?),
        unsealed: events::store::count_unsealed(db)?,
    })
}

/// All of it, as text. While the database is down, what waits there is left out.
pub async fn told(app: &App) -> Result<Vec<u8>> {
    let now = app.now();
    let waiting = app.db().read(waiting).await.inspect_err(|problem| log::warn!("metrics: {problem}"));
    let written = || -> prometheus::Result<Vec<u8>> {
        let asked = Registry::new();
        let (waited, refused) = app.db().permits();
        for (name, help, count) in [
            ("madoguchi_db_permits_waited_total", "Calls that waited for a connection to be free.", waited),
            ("madoguchi_db_permits_refused_total", "Calls that were refused, since none was free in time.", refused),
        ] {
            kept(&asked, IntCounter::new(name, help)?)?.inc_by(count);
        }
        let size = i64::try_from(app.faqs().size()).unwrap_or(i64::MAX);
        gauge(&asked, "madoguchi_faq_index_documents", "Texts of FAQs that the search holds.")?.set(size);
        if let Ok(waiting) = &waiting {
            for (what, (count, oldest)) in [("mail", waiting.mails), ("notice", waiting.notices)] {
                let waits = gauge(&asked, &format!("madoguchi_{what}_waiting"), "Mails that are yet to be sent.")?;
                waits.set(count);
                let age = "The age of the oldest mail that is yet to be sent; 0 where none is.";
                let age = gauge(&asked, &format!("madoguchi_{what}_oldest_undelivered_seconds"), age)?;
                age.set(oldest.map_or(0, |at| now.since(at).whole_seconds()));
            }
            gauge(&asked, "madoguchi_events_unsealed", "Events without a number yet.")?.set(waiting.unsealed);
        }
        let mut text = Vec::new();
        let encoder = TextEncoder::new();
        encoder.encode(&app.metrics().counted.gather(), &mut text)?;
        encoder.encode(&asked.gather(), &mut text)?;
        Ok(text)
    };
    written().map_err(Problem::bug)
}

#[get("/metrics")]
async fn get_metrics(app: Data<App>) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, TEXT_FORMAT)).body(told(&app).await?))
}

/// Serves them, and nothing else. It ends with the program.
pub fn serve(app: App, listener: TcpListener) -> std::io::Result<Server> {
    let data = Data::new(app);
    let server = HttpServer::new(move || ActixApp::new().app_data(data.clone()).service(get_metrics));
    Ok(server.workers(1).disable_signals().shutdown_timeout(1).listen(listener)?.run())
}
