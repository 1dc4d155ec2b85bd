//! What carries mail away: an SMTP server, or a folder where none is set.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Message, SmtpTransport, Transport as _};

use super::model::Tried;
use crate::config::Config;
use crate::terms::codes::MailOutcome;

/// How long the mail server may take for one step of the conversation.
const STEP: Duration = Duration::from_secs(30);
/// Connections that are kept for the next mail.
const POOL: u32 = 4;
/// What is kept of what a mail server says.
const DETAIL_MAX: usize = 500;
/// What a mail server says when it does not let us in: ours to mend, and no word on the recipient.
const NOT_ADMITTED: [u16; 5] = [421, 530, 534, 535, 538];

/// What carries mail away. Sending blocks.
#[derive(Debug)]
pub enum Transport {
    /// To a mail server.
    Smtp(SmtpTransport),
    /// Into a folder, a file for each mail.
    Folder(PathBuf),
}

impl Transport {
    /// By `SMTP_URL`; without one, into `DATA_DIR/mail`. Nothing is connected to yet.
    pub fn new(config: &Config) -> Result<Self, String> {
        let Some(url) = &config.smtp_url else { return Ok(Self::Folder(config.data_dir.join("mail"))) };
        let server = SmtpTransport::from_url(url).map_err(|e| format!("SMTP_URL: {e}"))?;
        let server = server
            .hello_name(ClientId::Domain(config.host().to_owned()))
            .timeout(Some(STEP))
            .pool_config(PoolConfig::new().max_size(POOL));
        Ok(Self::Smtp(server.build()))
    }

    /// Hands a mail over, and says how that went: a refusal for good (5xx) and one for now (4xx, no
    /// connection, a hang) are apart.
    pub fn send(&self, message: &Message) -> Tried {
        match self {
            Self::Smtp(server) => match server.send(message) {
                Ok(reply) => {
                    let said = reply.message().collect::<Vec<_>>().join(" ");
                    tried(MailOutcome::Delivered, Some(reply.code().into()), &said)
                }
                Err(error) => {
                    let code = error.status().map(u16::from);
                    let ours = code.is_some_and(|code| NOT_ADMITTED.contains(&code));
                    let outcome =
                        if error.is_permanent() && !ours { MailOutcome::Refused } else { MailOutcome::Deferred };
                    tried(outcome, code, &error.to_string())
                }
            },
            Self::Folder(folder) => match keep(folder, message) {
                Ok(()) => tried(MailOutcome::Delivered, None, "kept in the folder"),
                Err(error) => tried(MailOutcome::Deferred, None, &error.to_string()),
            },
        }
    }
}

fn tried(outcome: MailOutcome, reply_code: Option<u16>, said: &str) -> Tried {
    let detail = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(DETAIL_MAX).collect();
    Tried { outcome, reply_code, detail }
}

/// Writes a mail whole or not at all, under its `Message-ID`: a repeat takes the place of the first.
fn keep(folder: &Path, message: &Message) -> std::io::Result<()> {
    let id = message.headers().get_raw("Message-ID").unwrap_or_default();
    let name: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '@' | '.')).collect();
    std::fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&message.formatted())?;
    file.sync_all()?;
    std::fs::rename(&draft, folder.join(format!("{name}.eml")))
}
