//! Settings from flags and the environment. All faults are told at once, by name, and nothing
//! starts with one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use lettre::SmtpTransport;

use crate::contracts::model::Contact;
use crate::db::connection::Target;
use crate::files::Place;
use crate::http::text::EmailAddress;

/// The settings as they are given.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Where the data is: sqlite://PATH or postgres://…
    #[arg(long, env = "DATABASE_URL", global = true)]
    pub database_url: Option<String>,
    /// The folder for the embedded database and generated secrets.
    #[arg(long, env = "DATA_DIR", default_value = "data", global = true)]
    pub data_dir: PathBuf,
    /// The address and port to serve on.
    #[arg(long, env = "BIND", default_value = "127.0.0.1:8080", global = true)]
    pub bind: String,
    /// The address and port to serve GET /metrics on, for Prometheus; nowhere unless set.
    #[arg(long, env = "METRICS_BIND", global = true)]
    pub metrics_bind: Option<String>,
    /// How callers reach the service; used in links.
    #[arg(long, env = "PUBLIC_URL", global = true)]
    pub public_url: Option<String>,
    /// Who signs the access tokens; PUBLIC_URL unless set.
    #[arg(long, env = "JWT_ISSUER", global = true)]
    pub jwt_issuer: Option<String>,
    /// Where attachments and downloads are kept: file:///PATH, or s3://BUCKET/PREFIX reached as the
    /// AWS_… variables say. DATA_DIR/files unless set.
    #[arg(long, env = "STORAGE_URL", global = true)]
    pub storage_url: Option<String>,
    /// The most bytes that one uploaded file may have: 1 to 5,368,709,120.
    #[arg(long, env = "ATTACHMENT_LIMIT", default_value_t = 1 << 30, global = true)]
    pub attachment_limit: u64,
    /// After how many days from an inquiry's closure customer information and files are erased, and
    /// mails from their end: 1 to 36,500. They are kept unless set.
    #[arg(long, env = "RETENTION_DAYS", global = true)]
    pub retention_days: Option<u16>,
    /// Seals the signing keys in the database: at least 32 characters. Made in DATA_DIR on the
    /// first start unless set; several nodes need the same.
    #[arg(long, env = "KEY_ENCRYPTION_SECRET", hide_env_values = true, global = true)]
    pub key_encryption_secret: Option<String>,
    /// Origins whose pages may call, with commas between.
    #[arg(long, env = "CORS_ORIGINS", default_value = "", global = true)]
    pub cors_origins: String,
    /// Proxies whose X-Forwarded-For is believed: addresses with commas between.
    #[arg(long, env = "TRUSTED_PROXIES", default_value = "", global = true)]
    pub trusted_proxies: String,
    /// The desk's telephone number.
    #[arg(long, env = "DESK_PHONE", default_value = "03-0000-0000", global = true)]
    pub desk_phone: String,
    /// The desk's address.
    #[arg(long, env = "DESK_EMAIL", default_value = "support@desk.example.jp", global = true)]
    pub desk_email: String,
    /// The mail server: smtp://HOST:PORT, with ?tls=required for STARTTLS, or smtps://; USER:PASSWORD@
    /// before the host where it asks for them. Without one, mail is written to DATA_DIR/mail.
    #[arg(long, env = "SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<String>,
    /// Connections to the database: readers on SQLite, all on PostgreSQL. 1 to 100.
    #[arg(long, env = "DATABASE_CONNECTIONS", global = true)]
    pub database_connections: Option<u32>,
}

/// The settings, read and found good.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the data is.
    pub target: Target,
    /// The folder for generated secrets.
    pub data_dir: PathBuf,
    /// Where content is kept.
    pub storage: Place,
    /// The most bytes that one uploaded file may have.
    pub attachment_limit: u64,
    /// After how many days from its closure an inquiry's content is erased.
    pub retention_days: Option<u16>,
    /// The address and port to serve on.
    pub bind: SocketAddr,
    /// The address and port to serve numbers for Prometheus on.
    pub metrics_bind: Option<SocketAddr>,
    /// How callers reach the service.
    pub public_url: String,
    /// Who signs the access tokens.
    pub jwt_issuer: String,
    /// Seals the signing keys.
    pub key_encryption_secret: Option<String>,
    /// Origins whose pages may call.
    pub cors_origins: Vec<String>,
    /// Proxies whose forwarding header is believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// The desk's telephone number.
    pub desk_phone: String,
    /// The desk's address.
    pub desk_email: EmailAddress,
    /// The mail server; without one, mail is written to a folder.
    pub smtp_url: Option<String>,
    /// Connections to the database.
    pub database_connections: u32,
}

impl Settings {
    /// Reads the settings; the error lists every fault, a line each.
    pub fn read(self) -> Result<Config, String> {
        let mut faults = Vec::new();
        let url =
            self.database_url.unwrap_or_else(|| format!("sqlite://{}", self.data_dir.join("madoguchi.db").display()));
        let target = Target::parse(&url).map_err(|fault| faults.push(fault));
        let storage = match &self.storage_url {
            Some(url) => Place::parse(url).map_err(|fault| faults.push(fault)),
            None => Ok(Place::Folder(self.data_dir.join("files"))),
        };
        if !(1..=5 << 30).contains(&self.attachment_limit) {
            faults.push("ATTACHMENT_LIMIT must be 1 to 5368709120".to_owned());
        }
        if self.retention_days.is_some_and(|days| !(1..=36_500).contains(&days)) {
            faults.push("RETENTION_DAYS must be 1 to 36500".to_owned());
        }
        let bind = self.bind.parse::<SocketAddr>().map_err(|e| faults.push(format!("BIND {}: {e}", self.bind)));
        let metrics_bind = self.metrics_bind.filter(|text| !text.is_empty()).map(|text| text.parse::<SocketAddr>());
        let metrics_bind = metrics_bind.transpose().map_err(|e| faults.push(format!("METRICS_BIND: {e}")));
        let public_url = self.public_url.unwrap_or_else(|| format!("http://{}", self.bind));
        if !(public_url.starts_with("http://") || public_url.starts_with("https://")) || public_url.ends_with('/') {
            faults.push("PUBLIC_URL must begin with http:// or https:// and not end with /".to_owned());
        }
        if self.key_encryption_secret.as_ref().is_some_and(|secret| secret.len() < 32) {
            faults.push("KEY_ENCRYPTION_SECRET must have at least 32 characters".to_owned());
        }
        let database_connections = self.database_connections.unwrap_or(match target {
            Ok(Target::Postgres(_)) => 16,
            _ => 8,
        });
        if !(1..=100).contains(&database_connections) {
            faults.push("DATABASE_CONNECTIONS must be 1 to 100".to_owned());
        }
        let desk_email = EmailAddress::parse(&self.desk_email)
            .map_err(|_| faults.push(format!("DESK_EMAIL {}: not an e-mail address", self.desk_email)));
        let smtp_url = self.smtp_url.filter(|url| !url.is_empty());
        if let Some(Err(e)) = smtp_url.as_deref().map(SmtpTransport::from_url) {
            faults.push(format!("SMTP_URL: {e}"));
        }
        let listed = |text: &str| -> Vec<String> {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let mut trusted_proxies = Vec::new();
        let cors_origins = listed(&self.cors_origins);
        for origin in cors_origins.iter().filter(|origin| !is_origin(origin)) {
            faults.push(format!("CORS_ORIGINS {origin}: not an origin such as https://support.example.jp"));
        }
        for proxy in listed(&self.trusted_proxies) {
            match proxy.parse() {
                Ok(address) => trusted_proxies.push(address),
                Err(e) => faults.push(format!("TRUSTED_PROXIES {proxy}: {e}")),
            }
        }
        match (target, storage, bind, metrics_bind, desk_email) {
            (Ok(target), Ok(storage), Ok(bind), Ok(metrics_bind), Ok(desk_email)) if faults.is_empty() => Ok(Config {
                target,
                data_dir: self.data_dir,
                storage,
                attachment_limit: self.attachment_limit,
                retention_days: self.retention_days,
                bind,
                metrics_bind,
                jwt_issuer: self.jwt_issuer.unwrap_or_else(|| public_url.clone()),
                public_url,
                key_encryption_secret: self.key_encryption_secret,
                cors_origins,
                trusted_proxies,
                desk_phone: self.desk_phone,
                desk_email,
                smtp_url,
                database_connections,
            }),
            _ => Err(faults.join("\n")),
        }
    }
}

impl Config {
    /// The desk's own counter.
    pub fn desk_contact(&self) -> Contact {
        Contact {
            name: "サポート窓口".to_owned(),
            email: Some(self.desk_email.to_string()),
            phone: Some(self.desk_phone.clone()),
        }
    }

    /// The host of the public URL, by which mail servers know us.
    pub fn host(&self) -> &str {
        let rest = self.public_url.split_once("://").map_or(self.public_url.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or(rest);
        authority.rsplit_once(':').map_or(authority, |(host, _)| host)
    }

    /// The secret that seals the signing keys: the setting, or the one made in the data folder.
    pub fn sealing_secret(&self, fresh: impl FnOnce() -> [u8; 32]) -> Result<String, String> {
        match &self.key_encryption_secret {
            Some(secret) => Ok(secret.clone()),
            None => kept_secret(&self.data_dir.join("key_encryption_secret"), fresh),
        }
    }
}

/// Reads the secret, or makes it: readable by its owner alone, and whole or not at all.
fn kept_secret(path: &Path, fresh: impl FnOnce() -> [u8; 32]) -> Result<String, String> {
    use std::io::{ErrorKind, Write};
    use std::os::unix::fs::OpenOptionsExt;
    let told = |e: std::io::Error| format!("{}: {e}", path.display());
    match std::fs::read_to_string(path) {
        Ok(secret) if secret.len() >= 32 => return Ok(secret),
        Ok(_) => return Err(format!("{} is too short to be the secret", path.display())),
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) => return Err(told(e)),
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(told)?;
    }
    let secret = crate::events::seal::hex(&fresh());
    let draft = path.with_extension(format!("{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(told)?;
    file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).map_err(told)?;
    // A link fails where another process was first; its secret is then the one.
    let first = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft).map_err(told)?;
    match first {
        Ok(()) => Ok(secret),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => std::fs::read_to_string(path).map_err(told),
        Err(e) => Err(told(e)),
    }
}

/// Scheme, host and perhaps a port, as browsers send them.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:[]".contains(&b))
    })
}
